"""The old names: what Flask and Werkzeug have removed, and what stands in for it.

One table. Where the stand-in is installed each of Flask's names works again, with a
:exc:`DeprecationWarning` that says how to modernise; Werkzeug's do so where it is told
``install(legacy=True)``. Where the filters make an error of that warning the name is
not there, so that a program which falls back goes the way that it goes on Flask 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from insula.flask._old import (
    table_behaviour,
    table_classes,
    table_modules,
    table_package,
)

__all__ = ["OLD_NAMES", "OTHER_NAMES", "OldName"]

if TYPE_CHECKING:
    OTHER_NAMES: tuple[OldName, ...]
    """The rows of Werkzeug and of others, read when they are asked for."""


class OldName(NamedTuple):
    """One row."""

    name: str
    """Its full name, ``package.module.name`` or ``package.module.Class.name``."""
    since: str
    """The release that brought it, or the first in which it is known to be."""
    removed: str
    """The first release without it."""
    instead: str
    """What to write today, as the warning says it."""
    home: str
    """Where the object is that stands in for it, ``module:name``."""


_OWN = "insula.flask._old"


def _rows(text: str) -> tuple[OldName, ...]:
    """Read rows of three lines; see :mod:`insula.flask._old.table_package`."""
    lines = [line.strip() for line in text.splitlines()]
    rows = []
    for head, home, instead in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        name, since, removed = head.split()
        place = _OWN + home if home.startswith(".") else home
        rows.append(OldName(name, since, removed, instead, place))
    return tuple(rows)


OLD_NAMES: tuple[OldName, ...] = (
    *_rows(table_package.ROWS),
    *_rows(table_modules.ROWS),
    *_rows(table_classes.ROWS),
    *_rows(table_behaviour.ROWS),
)
"""The table."""


def __getattr__(name: str) -> Any:
    if name == "OTHER_NAMES":
        from insula.flask._bygone.rows import rows

        return rows()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
