"""What is stored: users and their notes."""

from __future__ import annotations

from datetime import datetime, timezone

from sqlalchemy import DateTime, Dialect, ForeignKey, Index, String, TypeDecorator
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    mapped_column,
    relationship,
    validates,
)

__all__ = ["Base", "Note", "User", "now"]


def now() -> datetime:
    """Return the present time, aware of its zone."""
    return datetime.now(timezone.utc)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. SQLite keeps no zone, so all are stored in UTC and read as UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, _dialect: Dialect
    ) -> datetime | None:
        """Turn an aware moment into what is stored."""
        return value and value.astimezone(timezone.utc).replace(tzinfo=None)

    def process_result_value(
        self, value: datetime | None, _dialect: Dialect
    ) -> datetime | None:
        """Turn what is stored into an aware moment."""
        return value and value.replace(tzinfo=timezone.utc)


class Base(DeclarativeBase):
    """The models' common base, which knows all tables."""


class User(Base):
    """An account. Names differ by more than upper and lower case."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(32, collation="NOCASE"), unique=True)
    password_hash: Mapped[str]
    token_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    created: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    notes: Mapped[list[Note]] = relationship(
        back_populates="owner", cascade="all, delete-orphan", passive_deletes=True
    )


class Note(Base):
    """A note, which belongs to one user."""

    __tablename__ = "note"
    __table_args__ = (Index("note_by_owner", "owner_id", "pinned", "updated"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(default="")
    pinned: Mapped[bool] = mapped_column(default=False)
    created: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated: Mapped[datetime] = mapped_column(UtcDateTime, default=now, onupdate=now)

    owner: Mapped[User] = relationship(back_populates="notes")

    @validates("body")
    def _plain_line_ends(self, _key: str, value: str) -> str:
        # Browsers send the lines of a text area with CRLF.
        return value.replace("\r\n", "\n")
