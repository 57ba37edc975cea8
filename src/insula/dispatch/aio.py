"""Run coroutine functions from synchronous code.

One event loop, on a thread of its own, is kept per process; it is started when it
is first needed. A coroutine runs there as a task with a copy of the caller's Context,
so that ``request`` and ``g`` are what they are for the caller, and the caller waits. A
forked child starts a loop of its own.
"""

from __future__ import annotations

import os
from contextvars import Context, copy_context
from functools import update_wrapper
from inspect import CO_COROUTINE, iscoroutinefunction
from threading import Lock, Thread, get_ident
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

__all__ = ["is_async", "run_on_loop"]


def is_async(func: Callable[..., Any]) -> bool:
    """Tell whether calling ``func`` gives a coroutine.

    As :func:`inspect.iscoroutinefunction`, faster for plain functions.
    """
    code = getattr(func, "__code__", None)
    if code is None or func.__dict__:
        return iscoroutinefunction(func)
    return bool(code.co_flags & CO_COROUTINE)


class _Loop:
    """The process's event loop."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0
        self._thread_id: int | None = None

    def get(self) -> asyncio.AbstractEventLoop:
        """Return the running loop, started if need be."""
        if self._pid != os.getpid():
            # NOTE: after a fork the lock may be held by a thread that is not here.
            self._lock = Lock()
            self._loop = None
            self._pid = os.getpid()
        with self._lock:
            if self._loop is None:
                import asyncio  # 10 ms, for those who have an async view

                loop = asyncio.new_event_loop()
                thread = Thread(
                    target=Context().run,
                    args=(self._run, loop),
                    name="insula-loop",
                    daemon=True,
                )
                thread.start()
                self._loop = loop
            return self._loop

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        import asyncio

        self._thread_id = get_ident()
        asyncio.set_event_loop(loop)
        loop.run_forever()

    def is_here(self) -> bool:
        """Tell whether the calling thread is the loop's."""
        return self._thread_id == get_ident() and self._pid == os.getpid()


_loop = _Loop()


def run_on_loop(func: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    """Return a function that runs ``func`` on the loop and waits for its result."""

    def run(*args: Any, **kwargs: Any) -> Any:
        if _loop.is_here():
            raise RuntimeError(
                f"{getattr(func, '__name__', func)!r} is async and was called in a"
                " synchronous way on the event loop, which would wait for itself;"
                " await it instead."
            )
        coroutine = _keep_loop_alive(func(*args, **kwargs))
        value, stop = _submit(copy_context(), coroutine).result()
        if stop is None:
            return value
        try:
            raise stop
        finally:
            stop = None  # its traceback refers to this frame

    return update_wrapper(run, func)


async def _keep_loop_alive(coroutine: Coroutine[Any, Any, Any]) -> tuple[Any, Any]:
    # NOTE: a task that raises one of these stops its event loop: the caller would
    # wait for ever, and so would every later one. They are raised in the caller.
    try:
        return await coroutine, None
    except (KeyboardInterrupt, SystemExit) as exc:
        return None, exc


def _submit(context: Context, coroutine: Coroutine[Any, Any, Any]) -> Future[Any]:
    from asyncio import run_coroutine_threadsafe

    # run_coroutine_threadsafe makes the task in a callback, which takes over the
    # Context that call_soon_threadsafe captures: the one it is called in.
    future: Future[Any] = context.run(run_coroutine_threadsafe, coroutine, _loop.get())
    return future
