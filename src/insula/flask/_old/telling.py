"""Tell that an old name is used: one warning, at the line of the program that does.

Where the filters of warnings make an error of it, the caller is to go on as if there
were no such name: this is what today's Flask does.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING

from insula.flask._legacy import OLD_NAMES, OldName
from insula.flask._telling import PACKAGE, warn

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["is_looked_for", "is_refused", "rows", "tell"]


@cache
def rows() -> dict[str, OldName]:
    """Return the rows of the table by their names."""
    return {row.name: row for row in OLD_NAMES}


def is_looked_for() -> bool:
    """Tell whether ``from package import name`` only asks if there is such a name.

    The import system looks before it imports a module of that name; the interpreter
    takes the name after, and that is the use.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    return frame is not None and (
        frame.f_code.co_filename.startswith("<frozen importlib")
        and frame.f_code.co_name == "_handle_fromlist"
    )


def _said(row: OldName) -> str:
    if "[" in row.name:
        key = row.name.partition("[")[2].rstrip("]")
        what = f"The configuration key {key!r}"
    elif "(" in row.name:
        function, _, parameters = row.name.rstrip(")").partition("(")
        what = f"The parameter {parameters.rstrip('=')!r} of {function}()"
    else:
        what = repr(row.name)
    return f"{what} was removed in Flask {row.removed}"


def tell(name: str, what: str | None = None) -> OldName:
    """Warn that the old ``name`` is used; return its row.

    :param what: what has been done, where that is more than to use a name.
    :raises DeprecationWarning: where the filters say so.
    """
    row = rows()[name]
    warn(f"{what or _said(row)}; {row.instead}")
    return row


def is_refused(name: str, what: str | None = None) -> bool:
    """Warn as :func:`tell` does; tell whether the filters refuse the name."""
    try:
        tell(name, what)
    except DeprecationWarning:
        return True
    return False
