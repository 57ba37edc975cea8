"""The stacks as they were pushed and popped by hand, before Flask 2.2.

Theory. A context of ours is current between its own ``push`` and ``pop``, which call
what belongs to that. Code of the time put contexts on the stack without: a context is
current as long as it lies there, then. Other objects were put there, too, to stand in
for a context.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from insula.context.app_context import AppContext
from insula.context.lifetime import GONE
from insula.context.stacks import EMPTY, app_stack, request_stack
from insula.local import LocalStack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["LocalView", "local", "pop", "push"]


def push(stack: LocalStack[Any], item: Any) -> Sequence[Any]:
    """Put a context on the stack, and make it current if it is not by itself."""
    if not isinstance(item, AppContext):
        _dress(item)
    elif item._pushes == 0:
        if stack is request_stack and item._live is GONE:  # type: ignore[attr-defined]  # a request's
            item._live = item._request  # type: ignore[attr-defined]  # likewise
        elif stack is app_stack and item._live_app is None:
            item._live_app = item.app
            item._live_g = GONE if item._g is None else item._g
    return LocalStack.push(stack, item)


def pop(stack: LocalStack[Any]) -> Any:
    """Take what lies on top off the stack; nothing else happens to it."""
    item = LocalStack.pop(stack)
    if isinstance(item, AppContext) and item._pushes == 0:
        if stack is request_stack:
            item._live = GONE  # type: ignore[attr-defined]  # a request's
        else:
            item._live_app = None
            item._live_g = GONE
    return item


def _dress(item: Any) -> None:
    """Give an object what the proxies read of a context."""
    worn = {
        "_live": getattr(item, "request", GONE),
        "_request": getattr(item, "request", None),
        "_live_app": getattr(item, "app", None),
        "_live_g": getattr(item, "g", GONE),
        "_opened": getattr(item, "session", None),
        "_is_socket": False,
    }
    for name, value in worn.items():
        with suppress(AttributeError, TypeError):
            object.__setattr__(item, name, value)


class LocalView:
    """The ``_local`` of a stack of Werkzeug before 2.0: what kept its items."""

    def __init__(self, stack: LocalStack[Any]) -> None:
        self._stack = stack

    @property
    def stack(self) -> list[Any]:
        """The items, the lowest first; an AttributeError where there are none."""
        if self._stack._get() is EMPTY:
            raise AttributeError("stack")
        return [*self._stack]

    @property
    def __ident_func__(self) -> Callable[[], Any]:
        return self._stack.__ident_func__

    @property
    def __storage__(self) -> dict[Any, Any]:
        return self._stack.__storage__

    def __release_local__(self) -> None:
        self._stack.__release_local__()


local = property(LocalView)
