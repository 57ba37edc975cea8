"""The namespace behind ``g``: plain attributes, with a few of a dict's methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula._core.naming import package_name

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["AppGlobals"]

_MISSING: Any = object()


class AppGlobals:
    """Hold whatever one application context needs to keep: one per context."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...
        def __delattr__(self, name: str) -> None: ...

    def get(self, name: str, default: Any | None = None) -> Any:
        """Return the attribute ``name``, or ``default``."""
        return self.__dict__.get(name, default)

    def pop(self, name: str, default: Any = _MISSING) -> Any:
        """Remove the attribute ``name`` and return it.

        Without a default a missing name raises :exc:`KeyError`.
        """
        if default is _MISSING:
            return self.__dict__.pop(name)
        return self.__dict__.pop(name, default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return the attribute ``name``, setting it to ``default`` if missing."""
        return self.__dict__.setdefault(name, default)

    def __contains__(self, name: str) -> bool:
        return name in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __repr__(self) -> str:
        from insula.context.stacks import app_stack

        ctx = app_stack.top
        if ctx is None:
            return object.__repr__(self)
        return f"<{package_name()}.g of {ctx.app.name!r}>"
