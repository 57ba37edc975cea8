"""The process's event loop: started when first needed, ended when the process ends.

Rules of the file: nobody waits for the loop for ever, neither a caller nor the end of
the process; a forked child never touches the loop of its parent.

Theory. The loop runs on a thread of its own, a daemon, so that the process can end
while a coroutine waits. When it does (`atexit`, after all threads that are no daemons),
the tasks that are left are cancelled, asynchronous generators closed, and then the
loop: what a coroutine has in its ``finally`` is done. That may take `_PATIENCE`
seconds; a task that goes on is left, and the log says so. What is called still later,
by functions that were registered with `atexit` before, runs on a loop for itself, in
the calling thread: new threads cannot be started then.

Sources: `atexit`, `threading` (3.12: no new threads at the end); asyncio, "Runners".
"""

from __future__ import annotations

import atexit
import os
import threading
from contextlib import suppress
from contextvars import Context
from typing import TYPE_CHECKING, Any

from insula.dispatch.loops.hub import (
    call_in_real_thread,
    is_patched,
    new_executor,
    new_short_lock,
)
from insula.dispatch.loops.inbox import Inbox

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

__all__ = ["ProcessLoop"]

_PATIENCE = 3.0  # seconds


class ProcessLoop:
    """The process's event loop, and its thread."""

    def __init__(self) -> None:
        # NOTE: its lock is made late, when gevent may have been put there, and by
        # `setdefault`, so that there is one.
        self._locks: dict[str, threading.Lock] = {}
        self._inbox: Inbox | None = None
        self._is_told_of_forks = False
        self._has_ended = False
        self._stopped: Any = None  # a lock, held until the loop is closed

    def get(self) -> Inbox:
        """Return the way to the running loop, which is started if need be."""
        if self._inbox is not None:
            return self._inbox
        with self._locks.setdefault("start", new_short_lock()):
            if self._has_ended:
                return _LastInbox()
            if self._inbox is None:
                if not self._is_told_of_forks and hasattr(os, "register_at_fork"):
                    os.register_at_fork(after_in_child=self._forget)
                    self._is_told_of_forks = True
                self._stopped = new_short_lock()
                self._stopped.acquire()
                try:
                    self._inbox = self._start()
                except RuntimeError:
                    # NOTE: CPython 3.12.0 and 3.12.1 start no thread from there on.
                    if threading.main_thread().is_alive():
                        raise
                    return _LastInbox()
                # NOTE: anew, since some who fork drop what was registered.
                atexit.unregister(self.close)
                atexit.register(self.close)
            return self._inbox

    def close(self) -> None:
        """End the loop's tasks and close it; for the end of the process."""
        with self._locks.setdefault("start", new_short_lock()):
            inbox, self._inbox = self._inbox, None
            self._has_ended = True
        if inbox is None:
            return
        inbox.has_ended = True
        inbox.put(Context(), inbox.loop.stop)
        with suppress(KeyboardInterrupt):  # whoever sends it wants it to end now
            # NOTE: a second more, for a coroutine may hold the loop's own thread.
            self._stopped.acquire(timeout=_PATIENCE + 1)

    def leave_if_stuck(self, patience: float) -> bool:
        """Leave the loop to what holds its thread; return whether anything does.

        What is to run on a loop after that does so in the calling thread.
        """
        inbox = self._inbox
        if inbox is None or inbox.is_here():
            return False
        answer = new_short_lock()
        answer.acquire()
        inbox.put(Context(), answer.release)
        if answer.acquire(timeout=patience):
            return False
        with self._locks.setdefault("start", new_short_lock()):
            self._inbox = None
            self._has_ended = True
        inbox.has_ended = True
        from asyncio import all_tasks

        _hush(all_tasks(inbox.loop))
        return True

    def _forget(self) -> None:
        # NOTE: in the child the lock may be held by a thread that is not there.
        self._locks = {}
        inbox, self._inbox = self._inbox, None
        if inbox is not None:
            from asyncio import all_tasks

            _hush(all_tasks(inbox.loop))  # they go on in the parent

    def _start(self) -> Inbox:
        import asyncio  # 10 ms, for those who have an async view

        if is_patched():
            return call_in_real_thread(self._prepare, self._go_on)
        # NOTE: a loop keeps the Context it is made in; this one is a request's.
        inbox = Inbox(Context().run(asyncio.new_event_loop))
        thread = threading.Thread(
            target=self._go_on, args=(inbox,), name="insula-loop", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:
            inbox.loop.close()
            raise
        return inbox

    @staticmethod
    def _prepare() -> Inbox:
        import asyncio

        loop = asyncio.new_event_loop()
        loop.set_default_executor(new_executor())
        return Inbox(loop)

    def _go_on(self, inbox: Inbox) -> None:
        Context().run(self._run, inbox)

    def _run(self, inbox: Inbox) -> None:
        import asyncio

        loop, stopped = inbox.loop, self._stopped
        inbox.thread_id = threading.get_ident()
        asyncio.set_event_loop(loop)
        try:
            while not self._has_ended:
                # NOTE: a task that a view left behind may stop the loop, with one of
                # these or by `stop`. All who wait for it would wait for ever.
                try:
                    loop.run_forever()
                except (KeyboardInterrupt, SystemExit) as exc:
                    # The loop's frames, which refer to the task, which has the error.
                    exc.__traceback__ = None
            _end(loop)
        finally:
            stopped.release()


class _LastInbox(Inbox):
    """A loop for one call, in the calling thread, as the process ends."""

    def __init__(self) -> None:
        import asyncio

        self._descriptor = None
        self.loop = asyncio.new_event_loop()
        self.thread_id = None

    def put(self, context: Context, func: Callable[..., object], *args: Any) -> None:
        """Call ``func`` and run the tasks that it starts to their end."""
        import asyncio

        try:
            context.run(func, *args)
            if tasks := asyncio.all_tasks(self.loop):
                self.loop.run_until_complete(asyncio.wait(tasks))
        finally:
            _end(self.loop)


def _end(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel the loop's tasks, close what is to be closed, and the loop."""
    import asyncio

    deadline = loop.time() + _PATIENCE
    told: set[asyncio.Task[Any]] = set()
    while tasks := asyncio.all_tasks(loop):
        left = deadline - loop.time()
        if left <= 0:
            break
        for task in tasks - told:
            task.cancel()
        told |= tasks
        wait = asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        _run_to_end(loop, wait)
    if tasks:
        import logging

        logging.getLogger("insula.loop").warning(
            "The process ends, and %d tasks of its event loop go on %g seconds after"
            " they were cancelled: %s",
            len(tasks),
            _PATIENCE,
            ", ".join(sorted(repr(task.get_coro()) for task in tasks)),
        )
        _hush(tasks)
    _run_to_end(loop, asyncio.wait_for(loop.shutdown_asyncgens(), _PATIENCE))
    loop.close()


def _hush(tasks: set[asyncio.Task[Any]]) -> None:
    """Have asyncio say nothing when these are destroyed."""
    for task in tasks:
        with suppress(AttributeError):  # there is no public way
            task._log_destroy_pending = False  # type: ignore[attr-defined]  # see above


def _run_to_end(loop: asyncio.AbstractEventLoop, coroutine: Any) -> None:
    # NOTE: a task may stop the loop at any time, with one of these or by `stop`, of
    # which a RuntimeError tells.
    try:
        loop.run_until_complete(coroutine)
    except (KeyboardInterrupt, SystemExit, RuntimeError, TimeoutError):
        coroutine.close()
