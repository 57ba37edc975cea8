"""Which functions are asynchronous, or taken for it, and which are not cancelled."""

from __future__ import annotations

import inspect
import sys
from contextvars import ContextVar
from inspect import CO_COROUTINE, iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["is_async", "is_ending", "taken_for_async"]

_Function = TypeVar("_Function", bound="Callable[..., Any]")

#: Whether teardown functions are being called, which come to their end although the
#: client may have gone.
is_ending: ContextVar[bool] = ContextVar("is_ending", default=False)


def is_async(func: Callable[..., Any]) -> bool:
    """Tell whether calling ``func`` gives a coroutine.

    As :func:`inspect.iscoroutinefunction`, faster for plain functions.
    """
    code = getattr(func, "__code__", None)
    if code is None or func.__dict__:
        return iscoroutinefunction(func)
    return bool(code.co_flags & CO_COROUTINE)


def taken_for_async(func: _Function) -> _Function:
    """Have servers that look at ``func``, the call of an application, see ASGI 3.

    They ask :mod:`inspect` from CPython 3.12 on, where this can be said, and uvicorn
    asks :mod:`asyncio` before; its own mark is there if that has been imported, as
    uvicorn does before any application. Who sees no mark calls by ASGI 2 or WSGI.
    """
    if sys.version_info >= (3, 12):
        return inspect.markcoroutinefunction(func)
    mark = getattr(sys.modules.get("asyncio.coroutines"), "_is_coroutine", None)
    if mark is not None:
        func._is_coroutine = mark  # type: ignore[attr-defined]
    return func
