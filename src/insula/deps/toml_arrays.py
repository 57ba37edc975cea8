"""The few values of a TOML file that are needed here, each with its place in the text.

A value is found so that it can be replaced and all else stays as it is: comments,
order, quotes and line ends. Strings and arrays of strings are read; what other values
there are is passed over. (:mod:`tomllib`, from Python 3.11 on, says no places.)

Source: TOML v1.0.0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Item", "Toml", "TomlError", "Value"]

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' r"'''.*?'{3,5}|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^\s,\]}#][^,\]}#\n]*")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r?\n\s*|.)", re.DOTALL)
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


class TomlError(ValueError):
    """A text is no TOML.

    :param line: where that was noticed.
    """

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Item:
    """A string in an array, and its place with its quotes."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Value:
    """A value and its place.

    :param items: of an array; None for other values.
    :param text: of a string; None for other values.
    """

    start: int
    end: int
    items: tuple[Item, ...] | None = None
    text: str | None = None


class Toml:
    """A TOML text.

    :param text: with line ends as they are in the file.
    :raises TomlError: it is none.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.values: dict[tuple[str, ...], Value] = {}
        # Where a table begins (after its header's line) and where its last value ends.
        self.tables: dict[tuple[str, ...], tuple[int, int]] = {}
        self._at = 0
        self._read()

    def line_of(self, place: int) -> int:
        """Return the number of the line in which a place is."""
        return self.text.count("\n", 0, place) + 1

    def string(self, *path: str) -> str:
        """Return a string; empty, if there is none."""
        value = self.values.get(path)
        return (value and value.text) or ""

    def has_table(self, name: str) -> bool:
        """Return whether there is a table, however it is written."""
        return any(p[:1] == (name,) for p in (*self.tables, *self.values))

    def _error(self, what: str) -> TomlError:
        return TomlError(what, self.line_of(self._at))

    def _take(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.match(self.text, self._at)
        if match is None:
            return None
        self._at = match.end()
        return match[0]

    def _expect(self, text: str) -> None:
        if not self.text.startswith(text, self._at):
            raise self._error(f"{text!r} is missing")
        self._at += len(text)

    def _read(self) -> None:
        table: tuple[str, ...] = ()
        listed = 0
        if self.text.startswith("\ufeff"):
            self._at = 1
        while True:
            self._take(_SPACE)
            if self._at >= len(self.text):
                return
            if self.text.startswith("[", self._at):
                double = self.text.startswith("[[", self._at)
                self._at += 1 + double
                table = self._key()
                self._expect("]]" if double else "]")
                if double:
                    # Tables in an array are told apart, so that none is taken for all.
                    listed += 1
                    table = (*table, f"[{listed}]")
                self.tables[table] = (self._line_end(), self._line_end())
            else:
                self._pair(table)
                start = self.tables.get(table, (0, 0))[0]
                self.tables[table] = (start, self._line_end())

    def _line_end(self) -> int:
        end = self.text.find("\n", self._at)
        return len(self.text) if end < 0 else end + 1

    def _key(self) -> tuple[str, ...]:
        parts = []
        while True:
            self._take(_BLANK)
            if self.text[self._at : self._at + 1] in {'"', "'"}:
                parts.append(self._string())
            else:
                part = self._take(_BARE)
                if part is None:
                    raise self._error("a key is missing")
                parts.append(part)
            self._take(_BLANK)
            if not self.text.startswith(".", self._at):
                return tuple(parts)
            self._at += 1

    def _pair(self, table: tuple[str, ...]) -> None:
        path = (*table, *self._key())
        self._expect("=")
        self._take(_BLANK)
        self._value(path)

    def _string(self) -> str:
        written = self._take(_STRING)
        if written is None:
            raise self._error("a string does not end")
        size = 3 if written[:3] in {'"""', "'''"} and len(written) > 5 else 1  # noqa: PLR2004 - both quotes
        inner = written[size:-size]
        if size > 1:
            inner = inner.removeprefix("\r").removeprefix("\n")
        return inner if written[0] == "'" else _ESCAPE.sub(_unescape, inner)

    def _value(self, path: tuple[str, ...]) -> str | None:
        """Read a value, keep it, and return its text if it is a string."""
        start = self._at
        first = self.text[start : start + 1]
        text: str | None = None
        items: tuple[Item, ...] | None = None
        if first in {'"', "'"}:
            text = self._string()
        elif first == "[":
            items = self._array(path)
        elif first == "{":
            self._inline(path)
        elif self._take(_SCALAR) is None:
            raise self._error("a value is missing")
        self.values[path] = Value(start, self._at, items, text)
        return text

    def _array(self, path: tuple[str, ...]) -> tuple[Item, ...]:
        self._expect("[")
        items: list[Item] = []
        while True:
            self._take(_SPACE)
            if self.text.startswith("]", self._at):
                self._at += 1
                return tuple(items)
            start = self._at
            text = self._value((*path, "[]"))
            if text is not None:
                items.append(Item(text, start, self._at))
            self._take(_SPACE)
            if not self.text.startswith("]", self._at):
                self._expect(",")

    def _inline(self, path: tuple[str, ...]) -> None:
        self._expect("{")
        while True:
            self._take(_SPACE)
            if self.text.startswith("}", self._at):
                self._at += 1
                return
            self._pair(path)
            self._take(_SPACE)
            if not self.text.startswith("}", self._at):
                self._expect(",")


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "uU" and len(code) > 1:
        return chr(int(code[1:], 16))
    return "" if code.strip() == "" else _ESCAPES.get(code, code)
