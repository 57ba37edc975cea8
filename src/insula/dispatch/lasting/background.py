"""Work in the background: it is begun in a request and goes on after the answer.

Theory. A task takes along what is current when it is added (:class:`~insula.context
.carry.Carried`): contexts of its own, with a life of their own, so that it may outlive
the request. A coroutine function runs as a task of the loop that is running here, else
of the server's, else of the process's; any other function on a thread of a small pool.
The pool's threads are daemons, so that the end of the process waits as long as the
application says, and no longer.

Rules of the file:

* What a task raises is logged when it ends, whether or not somebody asks for it.
* A task is referred to (``app.background_tasks``) until it has ended.
* Who ends the application awaits its tasks, and those that they add, up to the
  deadline; then they are cancelled, and the log says which.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
import weakref
from collections import deque
from concurrent.futures import CancelledError, Future, wait
from contextlib import suppress
from contextvars import Context
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from insula.context.carry import Carried
from insula.dispatch.loops.aio import _loop, is_async, run_on_loop, server_loop
from insula.dispatch.loops.apart import Pushed
from insula.dispatch.loops.hub import is_patched, new_future, new_short_lock
from insula.dispatch.loops.process_state import state_of

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Generator

__all__ = [
    "BackgroundTask",
    "add_background_task",
    "finish_background_tasks",
    "name_of",
    "seconds_to_finish",
]

T = TypeVar("T")

_THREADS = 32
_GRACE = 2.0  # seconds that cancelled tasks have to end


def name_of(func: Any) -> str:
    """Return what a function is called in messages: module and name."""
    inner = func
    while hasattr(inner, "func"):  # of a partial
        inner = inner.func
    name = getattr(inner, "__qualname__", None)
    if name is None:
        return repr(func)
    return f"{getattr(inner, '__module__', '?')}.{name}"


class BackgroundTask(Generic[T]):
    """A function at work in the background, and what has come of it.

    Await it, or call :meth:`result`.
    """

    def __init__(
        self, app: Any, func: Callable[..., Any], args: Any, kwargs: Any
    ) -> None:
        #: The function's module and name.
        self.name = name_of(func)
        self._app = app
        self._call: Any = (func, args, kwargs)
        self._carried: Carried | None = Carried()
        self._outcome: Future[T] = new_future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_cancelled = False
        #: Whether it went on after the deadline, and nobody waits for it any more.
        self.is_given_up = False

    def __repr__(self) -> str:
        state = "running"
        if self._outcome.cancelled():
            state = "cancelled"
        elif self._outcome.done():
            state = "failed" if self._outcome.exception() is not None else "done"
        return f"<{type(self).__name__} {self.name} {state}>"

    # -- for who has added it --------------------------------------------------------

    def done(self) -> bool:
        """Tell whether it has ended, in whatever way."""
        return self._outcome.done()

    def cancelled(self) -> bool:
        """Tell whether it was cancelled before it had ended."""
        return self._outcome.cancelled()

    def result(self, timeout: float | None = None) -> T:
        """Wait for the end and return what the function returned, or raise what it did.

        On an event loop ``await`` the task instead.

        :raises TimeoutError: after ``timeout`` seconds; the task goes on.
        :raises concurrent.futures.CancelledError: if it was cancelled.
        """
        if not self.wait(timeout):
            raise TimeoutError(f"{self!r} has not ended after {timeout} seconds.")
        return self._outcome.result()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end, whatever it is; tell whether it has come."""
        if not self._outcome.done():
            self._refuse_to_wait_on_loop()
            if self._loop is not None and is_patched():
                # Greenlets wait for a loop's thread in one way only.
                run_on_loop(self._settled)(timeout)
            else:
                wait([self._outcome], timeout)
        return self._outcome.done()

    def cancel(self) -> bool:
        """Ask it to end; return whether it will be, or was, cancelled.

        A function that runs on a thread already cannot be stopped: ``False``.
        """
        if self._outcome.done():
            return self._outcome.cancelled()
        self._is_cancelled = True
        if self._loop is None:
            if _threads.withdraw(self):
                self._end_cancelled()
                return True
            self._is_cancelled = self._outcome.cancelled()
            return self._is_cancelled
        try:
            self._loop.call_soon_threadsafe(self._cancel_task)
        except RuntimeError:  # closed, and the task with it
            self._end_cancelled()
        return True

    def __await__(self) -> Generator[Any, None, T]:
        yield from self._settled().__await__()
        try:
            return self._outcome.result(0)
        except CancelledError:
            import asyncio

            raise asyncio.CancelledError(f"{self!r}") from None

    async def _settled(self, timeout: float | None = None) -> None:
        import asyncio

        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            if not waiter.done():
                waiter.set_result(None)

        def tell(_: Any) -> None:
            with suppress(RuntimeError):  # nobody waits on a loop that is closed
                loop.call_soon_threadsafe(wake)

        self._outcome.add_done_callback(tell)
        await asyncio.wait({waiter}, timeout=timeout)
        if not waiter.done():
            waiter.cancel()

    def _refuse_to_wait_on_loop(self) -> None:
        if self._loop is None:
            return
        import asyncio

        if asyncio._get_running_loop() is self._loop:
            raise RuntimeError(
                f"{self!r} runs on this event loop, which would wait for itself in"
                " result(); await the task instead."
            )

    # -- its life --------------------------------------------------------------------

    def begin(self) -> None:
        """Start the work where it belongs."""
        state_of(self._app).tasks.add(self)
        if not is_async(self._call[0]):
            _threads.put(self)
            return
        import asyncio

        assert self._carried is not None  # noqa: S101 - for type checkers
        context = self._carried.context.copy()
        here = asyncio._get_running_loop()
        if here is not None:
            self._loop = here
            context.run(self._create_task)
            return
        inbox: Any = server_loop.get()
        if inbox is None or inbox.loop.is_closed():
            inbox = _loop.get()
        self._loop = inbox.loop
        inbox.put(context, self._create_task)

    def run(self) -> None:
        """Do the work, on this thread."""
        carried, self._carried = self._carried, None
        if carried is not None:
            carried.context.copy().run(self._run, carried)

    def _run(self, carried: Carried) -> None:
        func, args, kwargs = self._call
        error: BaseException | None = None
        result: Any = None
        try:
            ctx = carried.new_context(self._app)
            with ctx:
                carried.fill(ctx)
                result = self._app.ensure_sync(func)(*args, **kwargs)
        except BaseException as exc:  # noqa: BLE001 - it is logged, and kept
            error = exc
        self._end(result, error)
        del error

    def _create_task(self) -> None:
        if self._loop is None or self._carried is None:
            return
        if self._is_cancelled:
            self._end_cancelled()
            return
        work = self._run_on_loop(self._carried)
        self._carried = None
        try:
            self._task = self._loop.create_task(work)
        except BaseException as exc:  # noqa: BLE001 - likewise
            work.close()
            self._end(None, exc)
        else:
            self._task.add_done_callback(self._end_unbegun)

    async def _run_on_loop(self, carried: Carried) -> None:
        func, args, kwargs = self._call
        error: BaseException | None = None
        result: Any = None
        try:
            ctx = carried.new_context(self._app)
            async with Pushed(ctx):
                carried.fill(ctx)
                result = await func(*args, **kwargs)
        except BaseException as exc:  # noqa: BLE001 - likewise
            error = exc
        self._end(result, error)
        del error

    def _end_unbegun(self, _task: asyncio.Task[None]) -> None:
        # NOTE: a task that is cancelled before its first step takes none.
        if not self._outcome.done():
            self._end_cancelled()

    def _cancel_task(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _end_cancelled(self) -> None:
        self._carried = None
        self._leave()
        if self._outcome.cancel():
            self._outcome.set_running_or_notify_cancel()

    def _end(self, result: Any, error: BaseException | None) -> None:
        try:
            if error is None:
                self._leave()
                self._outcome.set_result(result)
            elif _is_cancellation(error):
                if not self._is_cancelled:
                    self._app.logger.error(
                        "The background task %s was cancelled, by its event loop or by"
                        " itself, before it had ended",
                        self.name,
                    )
                self._end_cancelled()
            else:
                self._app.logger.error(
                    "The background task %s failed", self.name, exc_info=error
                )
                self._leave()
                self._outcome.set_exception(error)
        finally:
            del error  # its traceback refers to this frame

    def _leave(self) -> None:
        self._call = (self._call[0], (), {})
        state_of(self._app).tasks.discard(self)


def _is_cancellation(error: BaseException) -> bool:
    from asyncio import CancelledError as TaskCancelled

    return isinstance(error, TaskCancelled)


class _Threads:
    """A few threads for tasks that are functions; each ends when nothing waits."""

    def __init__(self) -> None:
        self._is_told_of_forks = False
        self._forget()

    def _forget(self) -> None:
        self._lock = new_short_lock()
        self._waiting: deque[BackgroundTask[Any]] = deque()
        self._count = 0

    def put(self, task: BackgroundTask[Any]) -> None:
        if not self._is_told_of_forks and hasattr(os, "register_at_fork"):
            self._is_told_of_forks = True
            os.register_at_fork(after_in_child=self._forget)
        with self._lock:
            self._waiting.append(task)
            if self._count >= _THREADS:
                return
            self._count += 1
        threading.Thread(
            target=Context().run, args=(self._work,), name=task.name, daemon=True
        ).start()

    def withdraw(self, task: BackgroundTask[Any]) -> bool:
        """Take a task back; ``False`` if it has begun."""
        with self._lock:
            try:
                self._waiting.remove(task)
            except ValueError:
                return False
            return True

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._count -= 1
                    return
                task = self._waiting.popleft()
            task.run()
            del task


_threads = _Threads()
# Applications that have had tasks, whose end the process awaits. Weakly: a task that
# goes on refers to its application.
_apps: weakref.WeakSet[Any] = weakref.WeakSet()


def add_background_task(
    app: Any, func: Callable[..., Any], args: Any, kwargs: Any
) -> BackgroundTask[Any]:
    """Begin ``func(*args, **kwargs)`` in the background; see `Insula`."""
    task: BackgroundTask[Any] = BackgroundTask(app, func, args, kwargs)
    _apps.add(app)
    task.begin()
    # NOTE: anew, so that it comes before the end of the loop, which is registered when
    # the loop is started.
    atexit.unregister(_finish_at_exit)
    atexit.register(_finish_at_exit)
    return task


def _finish_at_exit() -> None:
    for app in list(_apps):
        finish_background_tasks(app)


def finish_background_tasks(app: Any) -> None:
    """Wait for the tasks of ``app``; cancel at the deadline those that go on."""
    tasks = state_of(app).tasks
    if not tasks:
        return
    seconds: float = app.config.get("BACKGROUND_TASKS_DEADLINE", 30)
    _wait_for(tasks, seconds)
    left = [task for task in list(tasks) if not task.is_given_up]
    if not left:
        return
    app.logger.error(
        "The application %r ends, and background tasks go on after %g seconds"
        " (BACKGROUND_TASKS_DEADLINE); they are cancelled: %s",
        app.name,
        seconds,
        ", ".join(sorted(task.name for task in left)),
    )
    for task in left:
        task.cancel()
    _wait_for({task for task in left if task._loop is not None}, _GRACE)
    for task in left:
        task.is_given_up = True


def seconds_to_finish() -> float:
    """Return how long this process's tasks may take to end; 0 if none goes on.

    For who awaits that :func:`finish_background_tasks` is called, for one application
    after the other.
    """
    seconds: float = sum(
        app.config.get("BACKGROUND_TASKS_DEADLINE", 30) + _GRACE
        for app in list(_apps)
        if any(
            not (task.done() or task.is_given_up) for task in list(state_of(app).tasks)
        )
    )
    return seconds


def _wait_for(tasks: set[BackgroundTask[Any]], seconds: float) -> None:
    """Wait until a set that changes is empty."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        going = [task for task in list(tasks) if not (task.done() or task.is_given_up)]
        if not going:
            return
        task = going[0]
        if task._loop is not None and task._loop.is_closed():
            task._end_cancelled()
            continue
        # NOTE: looked at again, for its loop may be closed.
        task.wait(min(left, 1.0))
