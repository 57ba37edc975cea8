"""A configuration file of mounts: INI, one section for each.

::

    [shop]
    place = /
    app = shop:app

    [admin]
    place = /admin
    app = admin:create_app()

Rules of the file: what is not understood is an error that names file and section;
values are taken as they stand, nothing is interpolated.

Theory. INI is read by every Python from 3.10 on (``tomllib`` came with 3.11) and runs
no code; whoever wants code has :class:`Mounts` and a Python file. ``place`` may have
several lines: the application is mounted at each.

Source: :mod:`configparser`.
"""

from __future__ import annotations

from configparser import (
    ConfigParser,
    DuplicateOptionError,
    DuplicateSectionError,
    MissingSectionHeaderError,
)
from configparser import Error as ParserError
from pathlib import Path
from typing import TYPE_CHECKING

from insula.servers.mounts.place import Place

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

__all__ = ["check_places", "read_mounts", "taken_twice"]

_KEYS = {"place", "app"}


def read_mounts(path: str | os.PathLike[str]) -> list[tuple[str, str, str]]:
    """Return place, application and name of each mount; raise `ValueError`."""
    parser = ConfigParser(
        interpolation=None, delimiters=("=",), default_section="", strict=True
    )
    try:
        # Editors of Windows put a mark before the text.
        parser.read_string(Path(path).read_text("utf-8-sig"), source=str(path))
    except ParserError as exc:
        raise ValueError(_said(exc, path)) from None
    except (OSError, UnicodeDecodeError) as exc:
        raise ValueError(f"{str(path)!r} cannot be read: {exc}.") from None
    found = [each for name in parser.sections() for each in _of(parser, name, path)]
    if not found:
        raise ValueError(
            f"{str(path)!r} has no mounts; write a section for each:"
            " [shop], and below it 'place = /' and 'app = shop:app'."
        )
    return found


def _said(exc: ParserError, path: str | os.PathLike[str]) -> str:
    match exc:
        case MissingSectionHeaderError():
            what = f"line {exc.lineno}, {exc.line.strip()!r}, is in no section"
            mend = "write one above it, such as [shop]"
        case DuplicateSectionError():
            what = f"section [{exc.section}] begins again in line {exc.lineno}"
            mend = "choose another name, or write all its places into the first one"
        case DuplicateOptionError():
            what = f"{exc.option!r} is there again in line {exc.lineno}"
            mend = f"remove one of those in section [{exc.section}]"
        case _:
            what = " ".join(str(exc).split())
            mend = "mend the line"
    return f"{str(path)!r} cannot be read: {what}; {mend}."


def check_places(mounts: list[tuple[str, str, str]]) -> None:
    """Raise `ValueError` where a place is none, or is taken twice."""
    taken: dict[Place, str] = {}
    for text, application, _ in mounts:
        place = Place.parse(text)
        before = taken.setdefault(place, application)
        if before is not application:
            raise taken_twice(place, before, application)


def taken_twice(place: Place, first: object, second: object) -> ValueError:
    """Return the error that two applications want one place."""
    return ValueError(
        f"{str(place)!r} is mounted twice, for {first} and for {second}; choose"
        " another place for one of them."
    )


def _of(
    parser: ConfigParser, name: str, path: str | os.PathLike[str]
) -> Iterator[tuple[str, str, str]]:
    section = parser[name]
    wrong = sorted(section.keys() ^ _KEYS)
    if wrong:
        verb = "is missing" if wrong[0] in _KEYS else "is not known"
        raise ValueError(
            f"{wrong[0]!r} {verb} in section [{name}] of {str(path)!r}; each has"
            " 'place', such as /admin, and 'app', such as admin:create_app()."
        )
    for place in filter(None, map(str.strip, section["place"].splitlines())):
        yield place, section["app"], name
