"""Contexts that are pushed by a coroutine, or below what others push: how they end.

Rules of the file: what ends a context (teardown functions, which may wait) never runs
on an event loop; it runs whatever lies above the context on the stack, and on whatever
thread, in a copy of the Context, so that it sees what the work has set.
"""

from __future__ import annotations

from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

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
    import asyncio
    from collections.abc import Callable
    from types import TracebackType

__all__ = [
    "Pushed",
    "begin_off_loop",
    "off_loop",
    "off_loop_to_its_end",
    "outside",
    "pop_apart",
]

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

    What of it is asynchronous comes back to this loop. The context variables that it
    sets are set here, too, unless who awaits it is cancelled: then it goes on alone.
    """
    job = _Job.start(func, args)
    try:
        return await job.future  # type: ignore[no-any-return]  # a T
    finally:
        if not job.future.cancelled():
            job.carry_back()
        # NOTE: an error that it ends with refers to this frame.
        del job, args


def begin_off_loop(func: Callable[..., object], *args: Any) -> None:
    """Have ``func`` called as :func:`off_loop` does, and wait for nothing.

    Its error is asyncio's to report, as of a future that nobody has asked.
    """
    _Job.start(func, args)


async def off_loop_to_its_end(
    cancel: Callable[[], bool], func: Callable[..., T], *args: Any
) -> T:
    """As :func:`off_loop`; but who is cancelled waits for its end all the same.

    :param cancel: called for each cancellation; tells whether it has been passed on to
        what ``func`` waits for. Else it is raised at the end.
    """
    import asyncio

    job = _Job.start(func, args)
    left: BaseException | None = None
    try:
        while not job.future.done():
            try:
                await asyncio.wait((job.future,))
            except asyncio.CancelledError as exc:
                if not cancel():
                    left = exc
        if job.future.cancelled():
            await job.future
        job.carry_back()
        if left is not None:
            job.future.exception()  # asked for, so that nobody reports it
            raise left
        return job.future.result()  # type: ignore[no-any-return]  # a T
    finally:
        del job, left, args


class _Job(NamedTuple):
    """A function on its way through a worker thread, and the Context it runs in."""

    future: asyncio.Future[Any]
    context: Context
    before: Context

    @classmethod
    def start(cls, func: Callable[..., Any], args: tuple[Any, ...]) -> _Job:
        import asyncio

        context = copy_context()
        loop = asyncio.get_running_loop()
        own = _loop._inbox
        if own is None or own.loop is not loop:
            context.run(server_loop.set, inbox_of(loop))
        before = context.copy()
        if is_patched():
            # A thread of ours would be a greenlet of the loop's thread.
            future = loop.run_in_executor(None, context.run, func, *args)
        else:
            future = in_worker(context, func, *args)
        return cls(future, context, before)

    def carry_back(self) -> None:
        """Set here what it has set."""
        before = self.before
        for var, value in self.context.items():
            if before.get(var, before) is not value:
                var.set(value)


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
