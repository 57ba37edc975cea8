"""Run coroutine functions from synchronous code.

One event loop, on a thread of its own, is kept per process (`loop`). A coroutine runs
there as a task with a copy of the caller's Context, so that ``request`` and ``g`` are
what they are for the caller, and the caller waits. In a thread of a server that has a
loop itself, which :data:`server_loop` says, coroutines run on that one.

To the caller it is a function call: the context variables that the coroutine sets
are set for the caller, it sees the exception that the caller handles, and what it
raises is raised in the caller, be it ``SystemExit``. A caller that is interrupted while
it waits cancels the task.

Theory. What a call costs is the change of threads, there and back, and each moment at
which the two contend for the interpreter: a system call of the loop is one. So calls
come by a descriptor of their own (`inbox`), which takes one system call to read; that
of ``call_soon_threadsafe`` takes two, and wakes the loops that cannot read from ours.
A ``Lock`` is what the caller waits for, and the coroutine's last step releases it: a
``Future`` and its callbacks would cost further turns of the loop. Where gevent has
patched the process, thread and lock are those of `hub`.
"""

from __future__ import annotations

import sys
import threading
from contextvars import Context, ContextVar, copy_context
from functools import update_wrapper
from typing import TYPE_CHECKING, Any

from insula._core.asynchrony import is_async, is_ending
from insula.context.stacks import get_request_node
from insula.dispatch.loops.hub import HubLock, is_patched
from insula.dispatch.loops.inbox import Inbox, ServerInbox, inbox_of
from insula.dispatch.loops.loop import ProcessLoop
from insula.dispatch.loops.threads import here, worker_waits

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine

__all__ = [
    "DEPARTURE_KEY",
    "Call",
    "calls_waiting",
    "inbox_of",
    "is_async",
    "leave_stuck_loop",
    "run_on_loop",
    "server_loop",
]

server_loop: ContextVar[ServerInbox | None] = ContextVar("server_loop", default=None)
"""The inbox of the server's loop, where coroutines run on that; see `inbox_of`."""

#: Where an environ has what cancels coroutines when the client goes away.
DEPARTURE_KEY = "insula.departure"

_loop = ProcessLoop()


_waiting: dict[Call, int] = {}


def close_loop() -> None:
    """End the process's loop, for a process that ends without `atexit`."""
    _loop.close()


def leave_stuck_loop(patience: float) -> bool:
    """Give the process's loop up if it does not answer; return whether that is so.

    :param patience: seconds that it is given.
    """
    return _loop.leave_if_stuck(patience)


def calls_waiting() -> list[tuple[Call, int]]:
    """Return the calls whose callers wait now, each with its caller's thread."""
    return list(_waiting.items())


def run_on_loop(func: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    """Return a function that runs ``func`` on the loop and waits for its result.

    On the loop of :data:`server_loop` where that is set and open, else on the
    process's own.
    """

    def run(*args: Any, **kwargs: Any) -> Any:
        inbox: Inbox | None = server_loop.get()
        if inbox is None or inbox.loop.is_closed():
            inbox = _loop.get()
        if inbox.is_here():
            raise RuntimeError(
                f"{getattr(func, '__name__', func)!r} is async and was called in a"
                " synchronous way on the event loop, which would wait for itself;"
                " await it instead."
            )
        ctx = get_request_node()[0]
        departure = late_body = None
        if ctx is not None:
            environ = ctx._request.environ
            if type(inbox) is ServerInbox:
                # What was carried out of a request may outlive it, and its client.
                if ctx._closes_request and not is_ending.get():
                    departure = environ.get(DEPARTURE_KEY)
            # PERF: most requests have no body, and need no call to find that out.
            elif environ.get("CONTENT_LENGTH") or "HTTP_TRANSFER_ENCODING" in environ:
                from insula.dispatch.loops.ahead import receive_ahead
                from insula.dispatch.loops.late_body import late_body_of

                receive_ahead(ctx._request)
                late_body = late_body_of(ctx._request)
        coroutine = func(*args, **kwargs)
        handled = sys.exc_info()[1]
        if handled is not None:
            coroutine = _await_while_handling(coroutine, handled)
            del handled  # its traceback may come to refer to this frame
        call = Call(coroutine, inbox, departure)
        return call.wait() if late_body is None else late_body.during(call.wait)

    return update_wrapper(run, func)


async def _await_while_handling(
    coroutine: Coroutine[Any, Any, Any], handled: BaseException
) -> Any:
    """Await with ``handled`` for ``sys.exc_info()``, as the caller has it.

    So ``logging.exception`` and a bare ``raise`` do in an async error handler what they
    do in another.
    """
    traceback = handled.__traceback__
    try:
        raise handled  # noqa: TRY301 - not to find an error, but to be handling it
    except BaseException:  # noqa: BLE001 - it is handled by the caller already
        handled.__traceback__ = traceback
        del handled, traceback
        return await coroutine


class Call:
    """A coroutine on its way to the loop, and its outcome on the way back.

    The lock is held until there is an outcome. It is made for this call only, since
    a caller that is interrupted leaves it to be released later.
    """

    __slots__ = (
        "_context",
        "_coroutine",
        "_departure",
        "_done",
        "_error",
        "_has_begun",
        "_inbox",
        "_left",
        "_result",
        "_task",
    )

    def __init__(
        self, coroutine: Coroutine[Any, Any, Any], inbox: Inbox, departure: Any = None
    ) -> None:
        self._coroutine = coroutine
        self._departure = departure
        self._inbox = inbox
        self._done = HubLock() if is_patched() else threading.Lock()
        self._done.acquire()
        self._error: BaseException | None = None
        self._has_begun = False
        self._left: Context | None = None
        self._result: Any = None
        self._task: asyncio.Task[None] | None = None

    def wait(self) -> Any:
        """Return or raise what the coroutine does."""
        inbox = self._inbox
        context = self._context = copy_context()
        if getattr(here, "is_worker", False):
            context.run(worker_waits.set, True)
        if not is_ending.get():
            _waiting[self] = threading.get_ident()
        try:
            inbox.put(context, self._start, inbox.loop)
            inbox.wait(self._done)
        except BaseException:
            if inbox.loop.is_closed():
                self._coroutine.close()  # nobody else will
            else:
                self.cancel()
            raise
        finally:
            _waiting.pop(self, None)
        # NOTE: a task that was cancelled keeps its error, whose traceback is about to
        # refer to this frame.
        self._task = None
        if self._left is not None:
            for var, value in self._left.items():
                if context.get(var, self) is not value:
                    var.set(value)
        error = self._error
        if error is None:
            return self._result
        self._error = None
        try:
            raise error
        finally:
            del error  # its traceback refers to this frame

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        work = self._work()
        try:
            # The loop itself keeps no more than a weak reference to a task. This one
            # copies the Context it is made in, the caller's.
            task = loop.create_task(work)
        except BaseException as exc:  # noqa: BLE001 - it is raised in the caller
            work.close()
            self._give_up(exc)
        else:
            if not task.done():  # which one of an eager factory (3.12) may be
                self._task = task
                task.add_done_callback(self._give_up_unless_begun)

    async def _work(self) -> None:
        self._has_begun = True
        if self._task is not None:
            # PERF: a callback is a turn of the loop, in which it contends with the
            # caller; 5 of 33 us.
            self._task.remove_done_callback(self._give_up_unless_begun)
        try:
            if self._departure is None:
                self._result = await self._coroutine
            else:
                self._result = await self._departure.over(self._coroutine)
        except BaseException as exc:
            from asyncio import CancelledError

            self._error = exc
            # NOTE: SystemExit and KeyboardInterrupt in a task would stop the loop.
            if isinstance(exc, CancelledError):
                raise
        finally:
            self._left = copy_context()
            self._free_caller()
            del self  # the error's traceback refers to this frame

    def _give_up_unless_begun(self, _task: asyncio.Task[None]) -> None:
        # NOTE: a task that is cancelled before its first step takes none.
        if not self._has_begun:
            from asyncio import CancelledError

            self._give_up(CancelledError())

    def _give_up(self, error: BaseException) -> None:
        self._coroutine.close()
        self._error = error
        self._free_caller()

    def _free_caller(self) -> None:
        # NOTE: at the end of the process only daemons wait; one that is woken to be
        # told that its call was cancelled would complain of it.
        if not self._inbox.has_ended:
            self._done.release()

    def cancel(self) -> None:
        """Cancel the coroutine's task; from any thread."""
        self._inbox.put(self._context, self._cancel)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
