"""Say that a name is old: a :exc:`DeprecationWarning` at the line that uses it.

Where the filters make an error of the warning the name counts as not there; whoever
tells says so in the way of the name (an :exc:`AttributeError`, no module at all).
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

from insula.flask._telling import caller, is_between, line_of, warn

__all__ = ["is_forbidden", "is_read_by_us", "tell"]


def tell(message: str) -> bool:
    """Warn whoever uses an old name; tell whether the name may be had."""
    try:
        warn(message)
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
    return is_between(sys._getframe(2))


def is_forbidden(message: str) -> bool:
    """Tell whether the filters make an error of this warning, without giving it."""
    frame = caller()
    module = frame.f_globals.get("__name__") or "<unknown>"
    of_context: Any = getattr(warnings, "_get_filters", None)
    filters: Any = warnings.filters if of_context is None else of_context()
    for action, text, category, where, line in filters:
        if (
            issubclass(DeprecationWarning, category)
            and _fits(text, message)
            and _fits(where, module)
            and line in {0, line_of(frame)}
        ):
            return bool(action == "error")
    return False
