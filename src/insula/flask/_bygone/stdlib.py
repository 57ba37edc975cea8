"""Old names of the standard library that extensions of Flask's age import.

``inspect.getargspec`` and its tuple; ``formatargspec`` for what it was used for. The
abstract classes that ``collections`` had are their own of today, by rows alone.

Sources: "What's New in Python" 3.10 and 3.11.
"""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

__all__ = ["ArgSpec", "formatargspec", "getargspec"]


class ArgSpec(NamedTuple):
    """The parameters of a function of Python 2's kind."""

    args: list[str]
    varargs: str | None
    keywords: str | None
    defaults: tuple[Any, ...] | None


def getargspec(func: Any) -> ArgSpec:
    """Return the parameters of a function; one that names more than that is refused."""
    full = inspect.getfullargspec(func)
    if full.kwonlyargs:
        raise ValueError(
            f"{func!r} has keyword-only parameters, which inspect.getargspec() cannot"
            " tell; use inspect.getfullargspec()."
        )
    return ArgSpec(full.args, full.varargs, full.varkw, full.defaults)


def formatargspec(
    args: Any,
    varargs: str | None = None,
    varkw: str | None = None,
    defaults: Any = None,
    *rest: Any,  # noqa: ARG001 - keyword-only parameters and annotations
    formatvalue: Any = lambda value: f"={value!r}",
    **options: Any,  # noqa: ARG001 - how the rest of them is written
) -> str:
    """Write the parameters of a function."""
    values = list(defaults or ())
    first = len(args) - len(values)
    said = [
        name + (formatvalue(values[place - first]) if place >= first else "")
        for place, name in enumerate(args)
    ]
    said += [f"*{varargs}"] if varargs else []
    said += [f"**{varkw}"] if varkw else []
    return f"({', '.join(said)})"
