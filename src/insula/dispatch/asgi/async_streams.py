"""Bodies that are asynchronous iterables, whoever iterates them.

Under ASGI the event loop does: :class:`AsyncBody`, in a copy of the Context that the
response was made in. :class:`AsyncHeldStream` is what ``stream_with_context`` makes of
one: as :class:`~insula.dispatch.streaming.HeldStream`,
each step runs in a copy of the Context that the request had, and the request's contexts
end with the stream, once.

Under WSGI a server's thread does. :class:`BlockingIterator` has each step run on an
event loop, the server's or the process's own, and waits.
"""

from __future__ import annotations

from asyncio import ensure_future
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from insula._core.running import is_on_loop
from insula._core.signals import heard
from insula.dispatch.loops.aio import run_on_loop
from insula.dispatch.loops.apart import off_loop
from insula.dispatch.loops.drive import drive
from insula.dispatch.streaming import run_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

__all__ = ["AsyncBody", "AsyncHeldStream", "BlockingIterator"]

_END: Any = object()


class AsyncBody:
    """The body of a response that is an asynchronous iterable, for the event loop."""

    def __init__(self, response: Any, *, is_empty: bool) -> None:
        self._response = response
        self._source = response.response
        self._is_empty = is_empty
        self._context = copy_context()
        self._iterator: AsyncIterator[Any] | None = None
        self._is_open = True

    def __del__(self) -> None:
        # NOTE: one whose request was cancelled while it was made is never sent.
        if self._is_open:
            run_in(self._context, self._response.close)

    def __aiter__(self) -> AsyncBody:
        return self

    async def __anext__(self) -> Any:
        if self._is_empty:
            raise StopAsyncIteration
        if self._iterator is None:
            self._iterator = self._context.run(aiter, self._source)
        return await drive(_next(self._iterator), self._context)

    async def aclose(self) -> None:
        """End the iterable, and close the response."""
        self._is_open = False
        try:
            close = getattr(self._source, "aclose", None)
            if close is not None:
                await drive(_await(close()), self._context)
        finally:
            self._context.run(self._response.close)


class BlockingIterator:
    """Iterate an asynchronous iterable of text or bytes by waiting; yields bytes."""

    def __init__(self, source: AsyncIterable[Any]) -> None:
        self._source = source
        self._iterator: AsyncIterator[Any] | None = None
        self._is_open = True

    def __iter__(self) -> BlockingIterator:
        return self

    def __next__(self) -> bytes:
        chunk = run_on_loop(self._step)()
        if chunk is _END:
            raise StopIteration
        return chunk.encode() if isinstance(chunk, str) else bytes(chunk)

    async def _step(self) -> Any:
        if self._iterator is None:
            self._iterator = aiter(self._source)
        return await anext(self._iterator, _END)

    def close(self) -> None:
        """Close the source, once."""
        if self._is_open:
            self._is_open = False
            run_on_loop(self._close)()

    async def _close(self) -> None:
        close = getattr(self._source, "aclose", None)
        if close is not None:
            await close()


class AsyncHeldStream:
    """An asynchronous iterator that holds a request's contexts until it has ended."""

    __slots__ = ("__weakref__", "_context", "_held", "_iterator", "_source")

    def __init__(self, source: AsyncIterable[Any], ctx: Any) -> None:
        self._held: Any = None
        self._source = source
        self._context = copy_context()
        self._iterator = self._context.run(aiter, source)
        ctx._hold()
        self._held = ctx

    def __aiter__(self) -> AsyncHeldStream:
        return self

    async def __anext__(self) -> Any:
        if self._held is None:
            raise StopAsyncIteration
        try:
            return await drive(_next(self._iterator), self._context)
        except StopAsyncIteration:
            await self._end(None)
            raise
        except BaseException as exc:
            await self._end(exc)
            raise

    async def aclose(self) -> None:
        """End the stream; a teardown function is told ``GeneratorExit`` if early."""
        await self._end(GeneratorExit())

    def __del__(self) -> None:
        held, self._held = self._held, None
        if held is None:
            return
        if is_on_loop():
            ending = drive(_release(held, GeneratorExit()), self._context)
            ensure_future(_await(ending))  # noqa: RUF006 - the loop keeps it: it is ready to run
        else:
            run_in(self._context, held._release, GeneratorExit())

    async def _end(self, exc: BaseException | None) -> None:
        held, self._held = self._held, None
        if held is None:
            return
        try:
            close = getattr(self._source, "aclose", None)
            if close is not None:
                await drive(_await(close()), self._context)
        finally:
            await drive(_release(held, exc), self._context)


async def _next(iterator: AsyncIterator[Any]) -> Any:
    return await anext(iterator)


async def _await(awaitable: Any) -> Any:
    return await awaitable


async def _release(ctx: Any, exc: BaseException | None) -> None:
    """Give the hold on a context back; teardown functions may block."""
    app = ctx.app
    if not (app.teardown_request_funcs or app.teardown_appcontext_funcs or heard):
        ctx._release(exc)
        return
    await off_loop(ctx._release, exc)
