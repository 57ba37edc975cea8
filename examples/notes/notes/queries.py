"""Questions to the database that pages and API have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, or_, select

from insula import abort, g
from notes.db import get_session, read_all
from notes.models import Note

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from sqlalchemy import ColumnElement, Row

__all__ = ["Page", "find_notes", "get_own_note"]

# What SQLite can take as a key; a larger number in an address names no note.
LARGEST_ID = 2**63 - 1
# Each word costs the database two comparisons with every note.
MOST_WORDS = 10
LONGEST_WORD = 100
# Made once, and not for every request.
NOTES = (
    select(Note.id, Note.title, Note.body, Note.pinned, Note.created, Note.updated)
    .where(Note.owner_id == bindparam("owner"))
    .order_by(Note.pinned.desc(), Note.updated.desc(), Note.id.desc())
    .offset(bindparam("start"))
    .limit(bindparam("size"))
)
COUNT = select(func.count(Note.id)).where(Note.owner_id == bindparam("owner"))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a longer list."""

    notes: Sequence[Row[Any]]
    number: int
    total: int
    size: int

    @property
    def count(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.size))


def find_notes(search: str, number: int, size: int) -> Page:
    """Return one page of the current user's notes: pinned first, then the latest."""
    owner = g.user.id
    listed, counted = NOTES, COUNT
    conditions = _has_words(search)
    if conditions:
        listed, counted = listed.where(*conditions), counted.where(*conditions)
    start = (number - 1) * size
    notes: Sequence[Row[Any]] = ()
    if 0 <= start <= LARGEST_ID:
        notes = read_all(listed, owner=owner, start=start, size=size)
    if 0 < len(notes) < size:
        total = start + len(notes)  # it is the last page
    else:
        total = read_all(counted, owner=owner)[0][0]
    page = Page(notes, number, total, size)
    if not 1 <= number <= page.count:
        abort(404, f"There is no page {number}: the list has {page.count}.")
    return page


def _has_words(search: str) -> list[ColumnElement[bool]]:
    # `autoescape`: % and _ stand for themselves.
    return [
        or_(
            Note.title.icontains(word[:LONGEST_WORD], autoescape=True),
            Note.body.icontains(word[:LONGEST_WORD], autoescape=True),
        )
        for word in search.split()[:MOST_WORDS]
    ]


def get_own_note(note_id: int) -> Note:
    """Return a note of the current user; end with 404 or 403 when it is none."""
    note = get_session().get(Note, note_id) if note_id <= LARGEST_ID else None
    if note is None:
        abort(404, "There is no such note. It may have been deleted.")
    if note.owner_id != g.user.id:
        abort(403, "This note belongs to someone else.")
    return note
