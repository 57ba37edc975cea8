"""What users may hand in. Pages and API check with the same rules."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from notes.models import Note

__all__ = ["AccountForm", "NoteForm"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{1,31}")
# Half of a character: JSON can write one down, and no database can store it.
SURROGATE = re.compile("[\ud800-\udfff]")
PASSWORD_LENGTH = range(8, 257)
TITLE_LENGTH = 120
BODY_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class AccountForm:
    """A wish for an account."""

    name: str
    password: str

    def errors(self) -> dict[str, str]:
        """Return what is wrong, by field."""
        found = {}
        if not NAME.fullmatch(self.name):
            found["name"] = (
                "Use 2 to 32 letters, digits, dots, dashes or underscores; "
                "begin with a letter or digit."
            )
        if len(self.password) not in PASSWORD_LENGTH:
            found["password"] = "Use at least 8 characters, and at most 256."
        return found


@dataclass(frozen=True, slots=True)
class NoteForm:
    """The parts of a note that its owner writes."""

    title: str = ""
    body: str = ""
    pinned: bool = False

    @classmethod
    def of(cls, note: Note) -> NoteForm:
        """Return what a note holds now."""
        return cls(note.title, note.body, note.pinned)

    @classmethod
    def from_page(cls, form: Mapping[str, str]) -> NoteForm:
        """Read the fields of a page's form."""
        return cls(
            form.get("title", "").strip(), form.get("body", ""), "pinned" in form
        )

    @classmethod
    def from_json(cls, data: Any, known: NoteForm) -> tuple[NoteForm, dict[str, str]]:
        """Read a JSON document: what it leaves out stays as known.

        Return the form, and what is wrong with the document, by field.
        """
        if not isinstance(data, dict):
            return known, {"": "Send a JSON object."}
        merged: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for field in fields(cls):
            before = getattr(known, field.name)
            value = data.get(field.name, before)
            if isinstance(value, type(before)):
                merged[field.name] = value
            else:
                wanted = "true or false" if isinstance(before, bool) else "a string"
                wrong[field.name] = f"Send {wanted}."
        for name in data.keys() - {field.name for field in fields(cls)}:
            wrong[name] = "There is no such field."
        form = cls(**merged)
        return form, wrong | {k: v for k, v in form.errors().items() if k not in wrong}

    def errors(self) -> dict[str, str]:
        """Return what is wrong, by field."""
        found = {}
        if not self.title.strip():
            found["title"] = "A note needs a title."
        elif len(self.title) > TITLE_LENGTH:
            found["title"] = f"Use at most {TITLE_LENGTH} characters."
        if len(self.body) > BODY_LENGTH:
            found["body"] = f"Use at most {BODY_LENGTH:,} characters."
        for name, text in (("title", self.title), ("body", self.body)):
            if SURROGATE.search(text):
                found[name] = "This is not valid Unicode text."
        return found

    def write_to(self, note: Note) -> None:
        """Make the note hold this."""
        note.title = self.title.strip()
        note.body = self.body
        note.pinned = self.pinned
