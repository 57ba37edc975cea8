"""The database: one engine per application, one session per application context.

The session is opened when first asked for and closed when its context ends, so two
requests never share one, whatever thread, greenlet or process they run in.

Who changes something does it through the session. Who only shows something reads
rows, with `read_all`: without objects to keep track of, that takes a fifth of the time.
What it reads is what has been committed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateIndex, CreateTable

from insula import Insula, current_app, g
from notes.models import Base

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from sqlalchemy import Executable, Row

__all__ = ["create_tables", "get_engine", "get_session", "init_app", "read_all"]

ENGINE = "notes.engine"


def init_app(app: Insula) -> None:
    """Give the application an engine; nothing is opened yet."""
    # No request waits for the pool: more connections than it keeps are opened
    # when needed and closed after use, which is cheap with SQLite.
    engine = create_engine(app.config["DATABASE_URL"], pool_size=8, max_overflow=-1)
    event.listen(engine, "connect", _prepare_connection)
    app.extensions[ENGINE] = engine
    app.teardown_appcontext(_close_session)


def get_engine(app: Insula) -> Engine:
    """Return the application's engine."""
    engine: Engine = app.extensions[ENGINE]
    return engine


def get_session() -> Session:
    """Return the session of the current application context."""
    if "db" not in g:
        g.db = Session(get_engine(current_app))
    session: Session = g.db
    return session


def read_all(statement: Executable, **values: Any) -> Sequence[Row[Any]]:
    """Return all rows of a statement; `values` are those of its parameters."""
    with get_engine(current_app).connect() as connection:
        return connection.execute(statement, values).all()


def create_tables(app: Insula) -> None:
    """Create the tables that are missing; several processes may do so at once."""
    engine = get_engine(app)
    with engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))
    # NOTE: a connection must not cross a fork, and a server may fork its workers next.
    engine.dispose()


def _close_session(_exc: BaseException | None = None) -> None:
    session: Session | None = g.pop("db", None)
    if session is not None:
        session.close()


def _prepare_connection(connection: sqlite3.Connection, _record: object) -> None:
    # The time to wait comes first: changing to WAL takes a lock itself.
    connection.execute("PRAGMA busy_timeout = 10000")
    # With a write-ahead log, readers and the writer do not wait for each other.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
