"""``flask.views.MethodViewType``: the metaclass that looked for a view's methods."""

from __future__ import annotations

from typing import Any

from insula.views import http_method_funcs

__all__ = ["MethodViewType"]


class MethodViewType(type):
    """Find out which methods of HTTP a class answers."""

    def __init__(cls, name: str, bases: tuple[type, ...], d: dict[str, Any]) -> None:
        super().__init__(name, bases, d)
        if "methods" in d:
            return
        found: set[str] = set()
        for base in bases:
            found.update(getattr(base, "methods", None) or ())
        found.update(key.upper() for key in http_method_funcs if hasattr(cls, key))
        if found:
            cls.methods = found
