"""Say that a name is old: a :exc:`DeprecationWarning` at the line that uses it.

Where the filters make an error of the warning the name counts as not there; whoever
tells says so in the way of the name (an :exc:`AttributeError`, no module at all).
"""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["is_forbidden", "is_read_by_us", "tell"]

# Whose frames are passed over on the way to the line that uses a name.
_BETWEEN = frozenset({"insula", "werkzeug", "jinja2", "importlib", "_frozen_importlib"})


def _is_between(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__", "")
    return isinstance(name, str) and name.partition(".")[0] in _BETWEEN


def _caller() -> FrameType:
    """Return the frame of the first caller that is neither Werkzeug's nor ours."""
    first = frame = sys._getframe(2)
    while _is_between(frame):
        if frame.f_back is None:
            return first
        frame = frame.f_back
    return frame


def tell(message: str) -> bool:
    """Warn whoever uses an old name; tell whether the name may be had."""
    frame = _caller()
    names = frame.f_globals
    try:
        # As `warnings.warn` does it, which counts frames instead.
        warnings.warn_explicit(
            message,
            DeprecationWarning,
            frame.f_code.co_filename,
            frame.f_lineno,
            module=names.get("__name__") or "<unknown>",
            registry=names.setdefault("__warningregistry__", {}),
        )
    except DeprecationWarning:
        return False
    return True


def _fits(pattern: Any, text: str) -> bool:
    # Those that the interpreter itself has made are texts, and mean the whole.
    if pattern is None or isinstance(pattern, str):
        return pattern is None or pattern == text
    return pattern.match(text) is not None


def is_read_by_us() -> bool:
    """Tell whether an attribute is read by Werkzeug or by Insula, not by a program."""
    return _is_between(sys._getframe(2))


def is_forbidden(message: str) -> bool:
    """Tell whether the filters make an error of this warning, without giving it."""
    frame = _caller()
    module = frame.f_globals.get("__name__") or "<unknown>"
    of_context: Any = getattr(warnings, "_get_filters", None)
    filters: Any = warnings.filters if of_context is None else of_context()
    for action, text, category, where, line in filters:
        if (
            issubclass(DeprecationWarning, category)
            and _fits(text, message)
            and _fits(where, module)
            and line in {0, frame.f_lineno}
        ):
            return bool(action == "error")
    return False
