"""Import what a package hands out late, one thread at a time.

Theory. A package that loads its names when they are first asked for (PEP 562) may be
asked by many threads at once, each for another name. Where the modules behind them
import each other in a circle, as Werkzeug's do, threads that enter the circle at
different places meet modules that are half made, or each other's locks. So all
such loading waits in one line.

A thread may hold the import lock of a module of its own while it waits here; no module
that is imported here asks for that one.
"""

from __future__ import annotations

from _thread import RLock
from importlib import import_module
from typing import Any

__all__ = ["late_attribute", "load"]

_line = RLock()


def load(module: str, name: str | None = None) -> Any:
    """Return a module, or what it has under ``name``."""
    with _line:
        found = import_module(module)
        return found if name is None else getattr(found, name)


class _LateAttribute:
    __slots__ = ("_attribute", "_module", "_name", "_owner")

    def __init__(self, module: str, name: str) -> None:
        self._module = module
        self._name = name

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner = owner
        self._attribute = name

    def __get__(self, instance: object | None, owner: type | None = None) -> Any:
        value = load(self._module, self._name)
        # NOTE: another thread may have been here, and its program set another value.
        if vars(self._owner).get(self._attribute) is self:
            setattr(self._owner, self._attribute, value)
        return value


def late_attribute(module: str, name: str) -> Any:
    """Return a class attribute that is imported when it is first read.

    What was imported then takes this place in the class, as if it had always stood
    there. Subclasses and instances override it like any attribute.
    """
    return _LateAttribute(module, name)
