"""Colours by what a text means: ``style.SUCCESS("done")``.

Whether a text is coloured follows the stream it goes to, and two conventions for the
environment: a ``NO_COLOR`` that is not empty forbids colours (https://no-color.org), a
``FORCE_COLOR`` that is not empty asks for them (https://force-color.org); with both
there are none, as in Python's own output.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Style", "color_style", "no_style", "supports_color"]

# The roles that Django has, each in colours that can be read on dark and on light.
_ROLES: dict[str, dict[str, Any]] = {
    "SUCCESS": {"fg": "green", "bold": True},
    "WARNING": {"fg": "yellow", "bold": True},
    "ERROR": {"fg": "red", "bold": True},
    "NOTICE": {"fg": "red"},
    "ERROR_OUTPUT": {"fg": "red", "bold": True},
    "SQL_FIELD": {"fg": "green", "bold": True},
    "SQL_COLTYPE": {"fg": "green"},
    "SQL_KEYWORD": {"fg": "yellow"},
    "SQL_TABLE": {"bold": True},
    "HTTP_INFO": {"bold": True},
    "HTTP_SUCCESS": {},
    "HTTP_REDIRECT": {"fg": "green"},
    "HTTP_NOT_MODIFIED": {"fg": "cyan"},
    "HTTP_BAD_REQUEST": {"fg": "red", "bold": True},
    "HTTP_NOT_FOUND": {"fg": "yellow"},
    "HTTP_SERVER_ERROR": {"fg": "magenta", "bold": True},
    "MIGRATE_HEADING": {"fg": "cyan", "bold": True},
    "MIGRATE_LABEL": {"bold": True},
}


class Style:
    """A function from text to text for each role: ``SUCCESS``, ``ERROR`` and so on.

    :param color: whether they colour; else they return the text as it is.
    """

    if TYPE_CHECKING:

        def __getattr__(self, role: str) -> Callable[[str], str]: ...

    def __init__(self, *, color: bool) -> None:
        for role, how in _ROLES.items():
            setattr(self, role, partial(click.style, **how) if color and how else str)


def color_style(force_color: bool = False) -> Style:
    """Return a style that colours if standard output is to have colours.

    :param force_color: colour in any case.
    """
    return Style(color=force_color or supports_color(sys.stdout))


def no_style() -> Style:
    """Return a style that leaves texts as they are."""
    return Style(color=False)


def supports_color(stream: Any = None) -> bool:
    """Tell whether what is written to a stream is to have colours.

    :param stream: standard output by default.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    isatty = getattr(sys.stdout if stream is None else stream, "isatty", None)
    return os.environ.get("TERM") != "dumb" and isatty is not None and bool(isatty())
