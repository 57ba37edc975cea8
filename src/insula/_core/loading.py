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

__all__ = ["load"]

_line = RLock()


def load(module: str, name: str | None = None) -> Any:
    """Return a module, or what it has under ``name``."""
    with _line:
        found = import_module(module)
        return found if name is None else getattr(found, name)
