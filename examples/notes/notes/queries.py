"""Questions to the database that pages and API have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from insula import abort, g
from notes.db import get_session
from notes.models import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Page", "find_notes", "get_own_note"]

# What SQLite can take as a key; a larger number in an address names no note.
LARGEST_ID = 2**63 - 1
# Each word costs the database two comparisons with every note.
MOST_WORDS = 10
LONGEST_WORD = 100


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a longer list."""

    notes: Sequence[Note]
    number: int
    total: int
    size: int

    @property
    def count(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.size))


def find_notes(search: str, number: int, size: int) -> Page:
    """Return one page of the current user's notes: pinned first, then the latest."""
    wanted = select(Note).where(Note.owner_id == g.user.id)
    for word in search.split()[:MOST_WORDS]:
        # `autoescape`: % and _ stand for themselves.
        in_title = Note.title.icontains(word[:LONGEST_WORD], autoescape=True)
        in_body = Note.body.icontains(word[:LONGEST_WORD], autoescape=True)
        wanted = wanted.where(or_(in_title, in_body))
    db = get_session()
    total = db.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    page = Page((), number, total, size)
    if not 1 <= number <= page.count:
        abort(404, f"There is no page {number}: the list has {page.count}.")
    ordered = wanted.order_by(Note.pinned.desc(), Note.updated.desc(), Note.id.desc())
    notes = db.scalars(ordered.offset((number - 1) * size).limit(size)).all()
    return Page(notes, number, total, size)


def get_own_note(note_id: int) -> Note:
    """Return a note of the current user; end with 404 or 403 when it is none."""
    note = get_session().get(Note, note_id) if note_id <= LARGEST_ID else None
    if note is None:
        abort(404, "There is no such note. It may have been deleted.")
    if note.owner_id != g.user.id:
        abort(403, "This note belongs to someone else.")
    return note
