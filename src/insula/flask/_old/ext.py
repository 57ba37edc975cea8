"""``flask.ext``: extensions under their names of Flask 0.8 to 0.12."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from insula.flask._old.modules import extension

__all__: list[str] = []

# For the import system this is a package; its modules are found by the stand-in.
__path__: list[str] = []


def __getattr__(name: str) -> Any:
    if name.startswith("_") or extension(name) is None:
        raise AttributeError(f"module 'flask.ext' has no attribute {name!r}")
    return import_module(f"flask.ext.{name}")
