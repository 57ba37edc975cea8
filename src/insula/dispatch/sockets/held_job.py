"""Synchronous work for a WebSocket, on a thread that holds its request context.

Rules of the file: a job holds the context from the moment it is made until it has run,
or never will; so a conversation that is cancelled meanwhile does not end the context
under a running thread, which then ends it itself. What a job sets in its Context (of
contextvars) is set for whoever awaited it.
"""

from __future__ import annotations

import asyncio
import threading
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from insula.dispatch.loops.threads import in_worker
from insula.http.websocket import is_farewell

if TYPE_CHECKING:
    from collections.abc import Coroutine

__all__ = ["HeldJob", "to_its_end"]


class HeldJob:
    """A function on its way to a thread, with the Context, which comes back.

    It holds the request context, from now until it has run or never will.
    """

    __slots__ = ("_args", "_ctx", "_func", "_kwargs", "_may_run", "_outer", "context")

    def __init__(self, ctx: Any, func: Any, args: Any, kwargs: Any) -> None:
        self.context = copy_context()
        self._ctx = ctx
        self._func = func
        self._args = args
        self._kwargs = kwargs
        # Whoever takes what is in it sees to it that the hold is given back.
        self._may_run = [True]
        ctx._hold()

    async def in_worker(self) -> Any:
        """Have it called on a worker thread; return what it returns."""
        try:
            return await in_worker(self.context, self._run)
        finally:
            self._leave()

    async def in_own_thread(self) -> Any:
        """Have it called on a thread for it alone; return what it returns."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        thread = threading.Thread(
            target=self.context.run,
            args=(self._settle, loop, future),
            name="insula-websocket",
            daemon=True,
        )
        thread.start()
        try:
            return await future
        finally:
            self._leave()
            del future  # an error's traceback refers to this frame

    def _run(self) -> Any:
        try:
            self._may_run.pop()
        except IndexError:
            return None
        error: BaseException | None = None
        try:
            return self._func(*self._args, **self._kwargs)
        except BaseException as exc:
            error = exc
            raise
        finally:
            self._ctx._release(None if is_farewell(error) else error)
            error = None

    def _settle(self, loop: Any, future: asyncio.Future[Any]) -> None:
        result: Any = None
        error: BaseException | None = None
        try:
            result = self._run()
        except BaseException as exc:  # noqa: BLE001 - it is raised where it is awaited
            error = exc
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, future, result, error)
        error = None

    def _leave(self) -> None:
        # What it has set is set here, too.
        try:
            self._may_run.pop()
        except IndexError:
            pass
        else:
            self._ctx._release(None)
        here = copy_context()
        try:
            for var, value in self.context.items():
                if here.get(var, self) is not value:
                    var.set(value)
        except RuntimeError:
            # It was cancelled, and the thread is still setting some.
            return


def _settle(
    future: asyncio.Future[Any], result: Any, error: BaseException | None
) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(result)
    else:
        if isinstance(error, StopIteration):
            # A future refuses it: to an `await` it would look like a return.
            error = RuntimeError("The view raised StopIteration.")
        future.set_exception(error)


async def to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Await ``work``; who is cancelled meanwhile is so afterwards."""
    task = asyncio.ensure_future(work)
    cancelled: BaseException | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as exc:
            cancelled = exc
        except BaseException:  # noqa: BLE001, S110 - raised below
            pass
    try:
        if cancelled is not None and not task.cancelled():
            task.exception()
            raise cancelled
        task.result()
    finally:
        cancelled = None
