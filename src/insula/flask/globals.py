"""The proxies, and the stacks as Flask shows them: two variables of the context."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from insula.context.stacks import (
    UNBOUND_APP,
    UNBOUND_REQUEST,
    app_ctx,
    app_stack,
    request_ctx,
    request_stack,
)
from insula.local import LocalProxy, LocalStack
from insula.proxies import current_app, g, request, session

__all__ = [
    "LocalProxy",
    "_cv_app",
    "_cv_request",
    "_no_app_msg",
    "_no_req_msg",
    "app_ctx",
    "current_app",
    "g",
    "request",
    "request_ctx",
    "session",
]

T = TypeVar("T")
_MISSING: Any = object()


class _StackVar(Generic[T]):
    """The top of a stack, with the methods of a ``contextvars.ContextVar``."""

    def __init__(self, name: str, stack: LocalStack[T]) -> None:
        self.name = name
        self._stack = stack

    def get(self, default: Any = _MISSING) -> Any:
        """Return the current context, else ``default``."""
        top = self._stack.top
        if top is not None:
            return top
        if default is _MISSING:
            raise LookupError(self)
        return default

    def set(self, value: Any) -> Any:
        """Make ``value`` current; what is returned undoes it."""
        before = self._stack._get()
        self._stack._set((value, before))
        return before

    def reset(self, token: Any) -> None:
        """Make current what was so before the :meth:`set` that gave ``token``."""
        self._stack._set(token)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name!r}>"


_cv_app: _StackVar[Any] = _StackVar("flask.app_ctx", app_stack)
_cv_request: _StackVar[Any] = _StackVar("flask.request_ctx", request_stack)
_no_app_msg = UNBOUND_APP
_no_req_msg = UNBOUND_REQUEST
