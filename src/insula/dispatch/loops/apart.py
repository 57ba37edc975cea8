"""Contexts that are pushed by a coroutine, or below what others push: how they end.

Rules of the file: what ends a context (teardown functions, which may wait) never runs
on an event loop; it runs whatever lies above the context on the stack, and on whatever
thread, in a copy of the Context, so that it sees what the work has set.
"""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from insula._core.signals import (
    appcontext_popped,
    appcontext_tearing_down,
    request_tearing_down,
)
from insula.context.lifetime import leave
from insula.context.stacks import app_stack, request_stack
from insula.dispatch.loops.aio import _loop, inbox_of, server_loop
from insula.dispatch.loops.hub import is_patched
from insula.dispatch.loops.threads import in_worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["Pushed", "off_loop", "outside", "pop_apart"]

T = TypeVar("T")


def outside(func: Callable[..., T], *args: Any) -> T:
    """Call ``func`` where no context is current, with all other context variables."""
    return copy_context().run(_released, func, args)


def _released(func: Callable[..., T], args: tuple[Any, ...]) -> T:
    request_stack.__release_local__()
    app_stack.__release_local__()
    return func(*args)


def pop_apart(ctx: Any, exc: BaseException | None) -> None:
    """Pop ``ctx``, whatever was pushed above it and is meant to stay."""
    try:
        outside(ctx.pop, exc)
    finally:
        _tidy(ctx)


def _tidy(ctx: Any) -> None:
    for stack in (request_stack, app_stack):
        if stack.top is ctx:
            leave(stack, ctx)


async def off_loop(func: Callable[..., T], *args: Any) -> T:
    """Call ``func`` on a worker thread, in a copy of this Context.

    What of it is asynchronous comes back to this loop.
    """
    import asyncio

    context = copy_context()
    loop = asyncio.get_running_loop()
    own = _loop._inbox
    if own is None or own.loop is not loop:
        context.run(server_loop.set, inbox_of(loop))
    if is_patched():
        # A thread of ours would be a greenlet of the loop's thread.
        return await loop.run_in_executor(None, context.run, func, *args)
    return await in_worker(context, func, *args)


class Pushed:
    """Make ``ctx`` current for an ``async with`` block, and end it off the loop."""

    __slots__ = ("_ctx",)

    def __init__(self, ctx: Any) -> None:
        self._ctx = ctx

    async def __aenter__(self) -> Any:
        self._ctx.push()
        return self._ctx

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        ctx = self._ctx
        try:
            if _is_heard(ctx.app):
                await off_loop(outside, ctx.pop, exc_value)
            else:
                outside(ctx.pop, exc_value)
        finally:
            _tidy(ctx)


def _is_heard(app: Any) -> bool:
    return bool(
        app.teardown_appcontext_funcs
        or app.teardown_request_funcs
        or appcontext_tearing_down.receivers
        or appcontext_popped.receivers
        or request_tearing_down.receivers
    )
