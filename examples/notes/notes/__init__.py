"""Notes: a small, real application on Insula.

Accounts, a login session, notes in SQLite, pages and a JSON API. The factory
below only composes: each concept has a file of its own.

* `models` and `db`: what is stored, and the database session of a context;
* `forms`: what a user may hand in, the same for pages and API;
* `csrf`, `secret`, `headers`: what keeps strangers out;
* `auth`, `notes`, `api`: the three blueprints;
* `errors`, `filters`, `commands`: error pages, template filters, shell commands.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insula import Insula
from notes import api, auth, commands, csrf, db, errors, filters, headers, notes
from notes.secret import read_or_create_key

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["create_app"]

DEFAULTS: dict[str, Any] = {
    "MAX_CONTENT_LENGTH": 256 * 1024,
    "MAX_FORM_MEMORY_SIZE": 256 * 1024,
    "NOTES_PER_PAGE": 9,
    "PASSWORD_METHOD": "scrypt",
    "SESSION_COOKIE_NAME": "notes_session",
    "SESSION_COOKIE_SAMESITE": "Lax",
}


def create_app(
    config: Mapping[str, Any] | None = None,
    *,
    instance_path: str | os.PathLike[str] | None = None,
) -> Insula:
    """Return a new application.

    Everything it keeps lies in the instance folder: `instance_path`, or else the
    environment variable NOTES_INSTANCE_PATH, or else `instance/` beside the package.
    Later settings win: the defaults, NOTES_* from the environment, `config`.
    """
    folder = instance_path or os.environ.get("NOTES_INSTANCE_PATH")
    app = Insula(
        __name__, instance_path=str(Path(folder).absolute()) if folder else None
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    instance = Path(app.instance_path)
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)

    app.config.from_mapping(DEFAULTS)
    app.config.from_prefixed_env("NOTES")
    app.config.from_mapping(config or {})
    app.config.setdefault("DATABASE_URL", f"sqlite:///{instance / 'notes.sqlite3'}")
    if not app.config["SECRET_KEY"]:
        app.config["SECRET_KEY"] = read_or_create_key(instance / "secret_key")

    db.init_app(app)
    app.register_blueprint(auth.bp)  # first: its hook loads the user for all others
    csrf.init_app(app)
    app.register_blueprint(notes.bp)
    app.register_blueprint(api.bp)
    errors.init_app(app)
    filters.init_app(app)
    headers.init_app(app)
    app.register_blueprint(commands.bp)
    return app
