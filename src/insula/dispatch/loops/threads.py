"""Worker threads: where an event loop has synchronous code run.

Rules of the file: a job runs in the Context (of contextvars) that it is given, so that
nothing of it stays on the thread; threads are started when jobs wait, up to a limit,
and end when they have been idle for a while; a forked child starts with none.

Theory. ``_free`` is the number of idle threads less that of waiting jobs. Who brings a
job takes one off; where that leaves less than nothing, a thread is missing. A job's end
is told to its loop with ``call_soon_threadsafe``, the one call of a loop that a thread
may make. When the caller is cancelled the job goes on, for a thread cannot be stopped,
and what comes of it is dropped.

A job may wait for a coroutine that has a job done itself. Were that to wait for a
thread, all of which may be taken by jobs that wait like this, none would ever go on.
So it takes one of other threads, of which there are as many as are asked for: hardly
more than there are jobs that wait. So does a job that may wait for a client
(`in_other_worker`), for clients take what time they like.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from contextvars import Context, ContextVar
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

__all__ = [
    "DEFAULT_LIMIT",
    "Job",
    "here",
    "in_other_worker",
    "in_worker",
    "set_limit",
    "start_in_worker",
    "worker_waits",
]

T = TypeVar("T")

_LOGGER = logging.getLogger("insula.server")

#: The most worker threads, unless :func:`set_limit` says otherwise.
DEFAULT_LIMIT = 40
_PATIENCE = 30.0  # seconds that a thread waits for a job

#: Has ``is_worker`` on a worker thread.
here = threading.local()
#: Whether a worker thread waits for what runs here.
worker_waits: ContextVar[bool] = ContextVar("worker_waits", default=False)


class _Workers:
    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._forget()
        self._is_told_of_forks = False

    def _forget(self) -> None:
        self._jobs: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._lock = threading.Lock()
        self._count = 0
        self._free = 0

    def put(self, job: Callable[[], object]) -> None:
        self._jobs.put(job)
        with self._lock:
            self._free -= 1
            if self._free >= 0 or self._count >= self.limit:
                return
            self._count += 1
            self._free += 1
        if not self._is_told_of_forks and hasattr(os, "register_at_fork"):
            self._is_told_of_forks = True
            os.register_at_fork(after_in_child=self._forget)
        thread = threading.Thread(
            target=Context().run,
            args=(self._work, self._jobs),
            name="insula-worker",
            daemon=True,
        )
        thread.start()

    def _work(self, jobs: SimpleQueue[Callable[[], object]]) -> None:
        here.is_worker = True
        while True:
            try:
                job = jobs.get(timeout=_PATIENCE)
            except Empty:
                with self._lock:
                    # NOTE: a job may have come just now.
                    if self._free > 0:
                        self._free -= 1
                        self._count -= 1
                        return
                continue
            try:
                job()
            except Exception:
                _LOGGER.exception("A job that nobody waits for failed")
            del job
            with self._lock:
                self._free += 1


_workers = _Workers(DEFAULT_LIMIT)
_further = _Workers(sys.maxsize)


def set_limit(limit: int) -> None:
    """Let there be up to ``limit`` worker threads; jobs beyond wait their turn."""
    _workers.limit = limit


def start_in_worker(context: Context, func: Callable[..., Any], *args: Any) -> None:
    """Have ``func`` called in ``context`` on a worker thread; nobody waits for it."""
    _workers.put(partial(context.run, func, *args))


def in_worker(
    context: Context, func: Callable[..., T], *args: Any, **kwargs: Any
) -> asyncio.Future[T]:
    """Have ``func`` called in ``context`` on a worker thread; return its future.

    It is called whether or not the future is cancelled meanwhile.
    """
    workers = _further if worker_waits.get() else _workers
    return _have_done(workers, context, func, args, kwargs)


def in_other_worker(
    context: Context, func: Callable[..., T], *args: Any
) -> asyncio.Future[T]:
    """Do as :func:`in_worker` does, for a ``func`` that may wait for a client.

    There is always a thread for it, and it takes none from the others.
    """
    return _have_done(_further, context, func, args, {})


def _have_done(
    workers: _Workers,
    context: Context,
    func: Callable[..., T],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> asyncio.Future[T]:
    import asyncio

    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    workers.put(Job(loop, future, context, func, args, kwargs))
    return future


class Job:
    """A call, and the future that waits for what comes of it."""

    __slots__ = ("_args", "_context", "_func", "_future", "_kwargs", "_loop")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        future: asyncio.Future[Any],
        context: Context,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        self._loop = loop
        self._future = future
        self._context = context
        self._func = func
        self._args = args
        self._kwargs = kwargs

    def __call__(self) -> None:
        """Do it, and tell the future."""
        result: Any = None
        error: BaseException | None = None
        try:
            result = self._context.run(self._func, *self._args, **self._kwargs)
        except BaseException as exc:  # noqa: BLE001 - it is raised in the caller
            error = exc
        try:
            self._loop.call_soon_threadsafe(_settle, self._future, result, error)
        except RuntimeError:
            pass  # a loop that has been closed has nobody left who waits
        finally:
            # NOTE: the error's traceback refers to this frame.
            del error, result, self


def _settle(
    future: asyncio.Future[Any], result: Any, error: BaseException | None
) -> None:
    try:
        if future.cancelled():
            return
        if error is None:
            future.set_result(result)
        elif isinstance(error, StopIteration):
            # A future refuses it: to an `await` it would look like a return.
            future.set_exception(_stopped(error))
        else:
            future.set_exception(error)
    finally:
        del error


def _stopped(error: StopIteration) -> RuntimeError:
    stopped = RuntimeError("The function raised StopIteration.")
    stopped.__cause__ = error
    return stopped
