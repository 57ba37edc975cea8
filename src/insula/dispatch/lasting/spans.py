"""The two halves of a ``while_serving`` function: before its ``yield``, and after.

Rules and theory: see `lifespan`. A half runs in an application
context, which is the generator's where it holds one across its ``yield``.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from insula.context.current import has_app_context
from insula.dispatch.loops.apart import Pushed, pop_apart

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
    from contextvars import Context

__all__ = ["AsyncSpan", "Span", "call_on_loop"]

_PATIENCE = 2.0  # seconds in which the loop of a generator must answer


async def call_on_loop(app: Any, func: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    """Await ``func()`` in an application context."""
    async with Pushed(app.app_context()):
        await func()


def _no_yield(name: str) -> RuntimeError:
    return RuntimeError(
        f"{name} ended before its `yield`; a while_serving function must yield once,"
        " when what it provides is ready."
    )


def _two_yields(name: str) -> RuntimeError:
    return RuntimeError(
        f"{name} yielded a second time; a while_serving function must yield once, and"
        " end after that."
    )


class Span:
    """A generator; each half runs in the Context it was given."""

    def __init__(
        self, app: Any, name: str, generator: Generator[Any, Any, Any], context: Context
    ) -> None:
        self.name = name
        self._app = app
        self._generator = generator
        self._context = context

    def start(self) -> None:
        """Run the first half."""
        if not self._context.run(self._step):
            raise _no_yield(self.name)

    def stop(self) -> None:
        """Run the second half."""
        if self._context.run(self._step):
            self._generator.close()
            raise _two_yields(self.name)

    def _step(self) -> bool:
        if has_app_context():
            return self._next()
        ctx = self._app.app_context()
        ctx.push()
        try:
            goes_on = self._next()
        except BaseException as exc:
            pop_apart(ctx, exc)
            raise
        pop_apart(ctx, None)
        return goes_on

    def _next(self) -> bool:
        try:
            next(self._generator)
        except StopIteration:
            return False
        return True


class AsyncSpan:
    """An asynchronous generator, in a task that lasts from half to half."""

    def __init__(
        self, app: Any, name: str, generator: AsyncGenerator[Any, Any]
    ) -> None:
        self.name = name
        self._app = app
        self._generator = generator
        self._loop: Any = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Run the first half, and let the task wait then."""
        import asyncio

        loop = self._loop = asyncio.get_running_loop()
        self._begun: asyncio.Future[None] = loop.create_future()
        self._stop = asyncio.Event()
        task = self._task = loop.create_task(self._live())
        try:
            await self._begun
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})
            raise

    async def stop(self) -> None:
        """Run the second half."""
        import asyncio

        task = self._task
        if task is None or self._loop.is_closed():
            return  # with its loop the task has ended, and the generator with it
        if asyncio.get_running_loop() is not self._loop:
            await self._require_answer()
            elsewhere = asyncio.run_coroutine_threadsafe(self.stop(), self._loop)
            await asyncio.wrap_future(elsewhere)
            return
        self._stop.set()
        await asyncio.wait({task})
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error

    async def _require_answer(self) -> None:
        import asyncio

        answer = asyncio.run_coroutine_threadsafe(asyncio.sleep(0), self._loop)
        try:
            await asyncio.wait_for(asyncio.wrap_future(answer), _PATIENCE)
        except asyncio.TimeoutError:
            raise RuntimeError(
                f"{self.name} cannot be ended: something blocks the event loop on which"
                f" it was begun, for {_PATIENCE:g} seconds by now."
            ) from None

    async def _live(self) -> None:
        from asyncio import CancelledError

        try:
            await self._first_step()
        except BaseException as exc:  # noqa: BLE001 - it is raised in who starts
            if not self._begun.done():
                self._begun.set_exception(exc)
            return
        if not self._begun.done():
            self._begun.set_result(None)
        try:
            await self._stop.wait()
        except CancelledError as exc:
            await self._tell(exc)
            raise
        if await self._step():
            await self._generator.aclose()
            raise _two_yields(self.name)

    async def _first_step(self) -> None:
        if not await self._step():
            raise _no_yield(self.name)

    async def _step(self) -> bool:
        if has_app_context():
            return await self._next()
        async with Pushed(self._app.app_context()):
            return await self._next()

    async def _next(self) -> bool:
        try:
            await self._generator.__anext__()
        except StopAsyncIteration:
            return False
        return True

    async def _tell(self, exc: BaseException) -> None:
        """Raise in the generator what has cancelled its task while it waited."""
        from asyncio import CancelledError

        try:
            # NOTE: no context of ours, since the generator may hold one itself.
            with suppress(StopAsyncIteration, CancelledError):
                await self._generator.athrow(exc)
            await self._generator.aclose()
        except Exception:
            self._app.logger.exception(
                "%s failed while the application was being served", self.name
            )
