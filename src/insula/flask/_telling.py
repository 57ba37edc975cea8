"""Warn of an old name at the line of the program that uses it.

Frames of the framework and of what it stands on are passed over on the way to that
line: a name that a template asks for is Jinja's to read, and the template's to use.
"""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["PACKAGE", "caller", "is_between", "is_listing", "line_of", "warn"]

#: Where the framework's own files are.
PACKAGE = str(Path(__file__).parents[1]) + os.sep


_FILES = (PACKAGE, str(Path(importlib.__file__).parent) + os.sep, "<frozen importlib")
# What reads each attribute of a class or an object, whatever it is.
_LISTING = frozenset({"inspect", "pydoc", "unittest.mock"})
_BELOW = frozenset({"jinja2", "werkzeug"})


def is_between(frame: FrameType) -> bool:
    """Tell whether a frame is the framework's, or of what it stands on."""
    if frame.f_code.co_filename.startswith(_FILES):
        return True
    name = frame.f_globals.get("__name__")
    return isinstance(name, str) and name.partition(".")[0] in _BELOW


def is_listing(frame: FrameType) -> bool:
    """Tell whether a frame reads all that ``dir()`` lists, and uses none of it."""
    return frame.f_globals.get("__name__") in _LISTING


def caller() -> FrameType:
    """Return the frame of the program that is running, not of what it has called."""
    first = frame = sys._getframe(1)
    while is_between(frame):
        if frame.f_back is None:
            return first
        frame = frame.f_back
    return frame


def line_of(frame: FrameType) -> int:
    """Return the line that runs; of a template's function, the template's line."""
    template: Any = frame.f_globals.get("__jinja_template__")
    if template is None:
        return frame.f_lineno
    line: int = template.get_corresponding_lineno(frame.f_lineno)
    return line


def warn(message: str) -> None:
    """Warn there.

    :raises DeprecationWarning: where the filters of warnings say so.
    """
    frame = caller()
    names: dict[str, Any] = frame.f_globals
    # As `warnings.warn` does it, which counts frames instead.
    warnings.warn_explicit(
        message,
        DeprecationWarning,
        frame.f_code.co_filename,
        line_of(frame),
        module=names.get("__name__") or "<unknown>",
        registry=names.setdefault("__warningregistry__", {}),
    )
