"""The name that the package shows in text: its own, or the one it stands in for.

The stand-in for Flask hands out Insula's very objects, so a text that names the package
(the ``repr`` of ``g``, a variable of the environment, the module that a warning comes
from) asks here. :func:`insula.flask.install` sets it once, before anything is served.
"""

from __future__ import annotations

from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["documentation", "in_module", "package_name", "show_as", "variable"]

F = TypeVar("F", bound="Callable[..., Any]")

_name = "insula"
_DOCUMENTATION = {"flask": "https://flask.palletsprojects.com"}


def package_name() -> str:
    """Return the name to show."""
    return _name


def documentation() -> str | None:
    """Return where the shown package is documented, if a message may point there."""
    return _DOCUMENTATION.get(_name)


def show_as(name: str) -> None:
    """Show ``name`` from now on."""
    global _name  # noqa: PLW0603 - the one place that keeps it
    _name = name


def variable(suffix: str) -> str:
    """Return the name of a variable of the environment: ``INSULA_APP`` of ``APP``."""
    return f"{_name.upper()}_{suffix}"


def in_module(function: F, module: str) -> F:
    """Return ``function`` as one whose code runs in the shown package's ``module``.

    Filters of warnings go by the ``__name__`` among the caller's globals.
    ``function`` may use no other global.
    """
    return _moved(function, f"{_name}.{module}")  # type: ignore[return-value]  # the same signature


@cache
def _moved(function: FunctionType, name: str) -> FunctionType:
    return FunctionType(function.__code__, {"__name__": name})
