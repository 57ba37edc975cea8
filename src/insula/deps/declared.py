"""What a project declares: requirements with their places, and changes to them.

The two kinds of file, `requirements_txt` and `pyproject`, are read into this and
changed by it.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from insula.deps.requirement import Requirement

__all__ = ["Changes", "Declared", "FileError", "Text", "place_for", "says_keep"]

_KEEP = re.compile(r"#.*\bdeps:\s*keep\b", re.IGNORECASE)
_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


class FileError(Exception):
    """A file of requirements cannot be read or changed."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A requirement where it is written.

    :param extra: the extra or group of which it is; empty, the project's own.
    :param keep: its comment says ``deps: keep``.
    :param frozen: it has hashes or is editable, so that its version is not changed.
    :param in_target: it stands in the file that is changed, and not in another.
    """

    requirement: Requirement
    path: Path
    line: int
    extra: str = ""
    keep: bool = False
    frozen: bool = False
    in_target: bool = True

    @property
    def key(self) -> str:
        """The name in the form in which names are compared."""
        return self.requirement.key


@dataclass(slots=True)
class Changes:
    """What is to be written.

    :param add: for the project itself.
    :param add_dev: for those who develop it.
    :param update: by key.
    :param remove: keys.
    """

    add: list[Requirement] = field(default_factory=list)
    add_dev: list[Requirement] = field(default_factory=list)
    update: dict[str, Requirement] = field(default_factory=dict)
    remove: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Text:
    """A file's text, and what makes the same bytes of another text."""

    path: Path
    text: str
    encoding: str = "utf-8"
    bom: bytes = b""

    @classmethod
    def read(cls, path: Path) -> Text:
        """Read a file; one that is not there is empty.

        :raises FileError: it cannot be read.
        """
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return cls(path, "")
        except OSError as exc:
            raise FileError(f"{path} cannot be read: {exc.strerror}.") from None
        bom = next((bom for bom in _BOMS if data.startswith(bom)), b"")
        encoding = _BOMS.get(bom, "utf-8")
        try:
            # Bytes that are no UTF-8, in a comment, are written as they were.
            text = data[len(bom) :].decode(encoding, "surrogateescape")
        except UnicodeDecodeError as exc:
            raise FileError(f"{path} cannot be decoded: {exc}.") from None
        return cls(path, text, encoding, bom)

    @property
    def newline(self) -> str:
        """The end of its lines."""
        return "\r\n" if "\r\n" in self.text else "\n"

    def write(self, text: str) -> None:
        """Write another text in its place.

        :raises FileError: it cannot be written.
        """
        data = self.bom + text.encode(self.encoding, "surrogateescape")
        try:
            self.path.write_bytes(data)
        except OSError as exc:
            raise FileError(f"{self.path} cannot be written: {exc.strerror}.") from None


def says_keep(comment: str) -> bool:
    """Return whether a comment asks to keep what nothing imports."""
    return _KEEP.search(comment) is not None


def place_for(key: str, keys: Sequence[str]) -> int:
    """Return where a name goes among others: in order, if they are; else at the end."""
    if list(keys) != sorted(keys):
        return len(keys)
    return sum(1 for other in keys if other < key)
