"""A source as text that can be changed here and there, and is the same bytes elsewhere.

Theory. Places of the tree are lines, and columns in the UTF-8 of a line; they are
turned into offsets in the text as it was decoded, with its line ends. Only what lies
between the offsets of an edit changes. Encoding, mark of byte order, line ends and the
missing end of a last line stay, since nothing else is written.

A file is replaced, not overwritten, so that a program that reads it meanwhile, or a
power failure, meets the old one or the new one.

Sources: PEP 263 (encodings of sources); the reference of :mod:`ast` on ``col_offset``.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
import warnings
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from insula.deps.sources import encoding_of, parse, with_plain_ends

if TYPE_CHECKING:
    import ast

__all__ = ["Edit", "SourceText", "Unreadable", "replace_file"]

_END = re.compile(r"\r\n|\r|\n")
# What Python 2 allowed, as Python 3's parser complains of it.
_OLD_SYNTAX = re.compile(
    r"Missing parentheses in call to '(?:print|exec)'"
    r"|multiple exception types must be parenthesized"
    r"|leading zeros in decimal integer|invalid (?:decimal|hexadecimal|octal) literal"
    r"|inconsistent use of tabs"
)
_OLD_LINE = re.compile(
    r"""\s*print\s+["'\w%(]|\s*raise\s+[\w.]+\s*,|\s*except\s+[^:]+,\s*\w+\s*:"""
    r"""|\s*exec\s+["'\w]|.*<>|.*\b0[0-7]+\b|.*\bur["']|.*`|.*\d[lL]\b"""
)


class Unreadable(Exception):  # noqa: N818 - it says what the file is
    """A source cannot be read.

    :param line: of what keeps it from being read; 0 where there is none.
    """

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """What stands in the place of the text between two offsets."""

    start: int
    end: int
    text: str


class SourceText:
    """The text of one source.

    :raises Unreadable: it cannot be decoded.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        try:
            self.encoding = encoding_of(data)
            self.text = data.decode(self.encoding)
        except (SyntaxError, LookupError) as exc:
            raise Unreadable(1, f"is in no encoding that is known: {exc}") from None
        except UnicodeDecodeError as exc:
            line = data[: exc.start].count(b"\n") + 1
            byte = f"byte 0x{data[exc.start]:02x}"
            raise Unreadable(
                line,
                f"cannot be decoded: {byte} is not {exc.encoding}; say its encoding in"
                " the first line, as # coding: latin-1",
            ) from None
        self._starts = [0, *(found.end() for found in _END.finditer(self.text))]

    def parse(self) -> ast.Module:
        """Return the tree.

        :raises Unreadable: it is no Python 3.
        """
        try:
            return parse(with_plain_ends(self.text))
        except SyntaxError as exc:
            raise Unreadable(exc.lineno or 0, self._explained(exc)) from None
        except (ValueError, RecursionError, MemoryError) as exc:
            raise Unreadable(0, f"cannot be read: {exc}") from None

    def _explained(self, exc: SyntaxError) -> str:
        line = self.line(exc.lineno or 0)
        if _OLD_SYNTAX.match(exc.msg) or _OLD_LINE.match(line):
            return (
                f"is Python 2 ({exc.msg}); make it Python 3 first, for example with"
                " 2to3, and run this again"
            )
        return f"is no Python: {exc.msg}"

    def line(self, number: int) -> str:
        """Return a line, without its end; empty, if there is none."""
        if not 0 < number <= len(self._starts):
            return ""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a place in the tree."""
        start = self._starts[line - 1]
        text = self.line(line)
        if not text.isascii():
            column = len(text.encode("utf-8")[:column].decode("utf-8", "ignore"))
        return start + column

    def span(self, node: ast.expr | ast.stmt | ast.alias) -> tuple[int, int]:
        """Return the offsets between which a part of the tree stands."""
        line, column = node.end_lineno, node.end_col_offset
        start = self.offset(node.lineno, node.col_offset)
        return start, self.offset(line or 0, column or 0)

    @cached_property
    def newline(self) -> str:
        """The end of its first line."""
        found = _END.search(self.text)
        return found[0] if found is not None else "\n"

    def changed(self, edits: list[Edit]) -> bytes:
        """Return the bytes with edits, compiled once.

        :raises Unreadable: it cannot be written as it was, or is no Python any more.
        """
        if self.text.encode(self.encoding) != self.data:
            raise Unreadable(0, f"would not be the same again in {self.encoding}")
        parts, at = [], 0
        for edit in sorted(edits):
            if edit.start < at:
                raise Unreadable(0, "has imports within each other; change it by hand")
            parts += [self.text[at : edit.start], edit.text]
            at = edit.end
        new = "".join([*parts, self.text[at:]])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                compile(with_plain_ends(new), "<changed>", "exec", dont_inherit=True)
            except (SyntaxError, ValueError) as exc:
                raise Unreadable(
                    getattr(exc, "lineno", None) or 0,
                    f"would not compile ({exc}); change its imports by hand",
                ) from None
        return new.encode(self.encoding)


def replace_file(path: Path, old: bytes, data: bytes) -> None:
    """Put other bytes in the place of a file, at once; its mode stays.

    :param old: what it must still have.
    :raises OSError: it cannot be written, is read-only, or has something else.
    """
    about = path.stat()
    if path.read_bytes() != old:
        raise OSError(0, "it has changed meanwhile")
    if not about.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(13, "it is read-only")
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(stat.S_IMODE(about.st_mode))
        with suppress(OSError, AttributeError):
            if os.stat(name).st_uid != about.st_uid:  # noqa: PTH116 - its twin is used
                os.chown(name, about.st_uid, about.st_gid)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
