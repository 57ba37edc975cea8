"""What an application does before and after it is served, in each process once.

::

    before_serving functions, in order
    while_serving generators, to their ``yield``, in order
      requests
    event streams are ended
    background tasks are awaited
    after_serving functions, in order
    while_serving generators, from their ``yield``, in reverse

Theory. Who serves decides when: an ASGI server says it (:func:`lifespan`), our own
server and tests call :func:`start_serving` and :func:`stop_serving`, and for a WSGI
server of others, which says nothing, it is the first request and the end of the
process. The order is written once, as coroutines (:func:`_begin`, :func:`_end`) that
await a *performer*: one has each step done on the server's loop or a worker thread; the
other does it in the calling thread, with asynchronous steps on the process's loop, and
never suspends.

Rules of the file:

* Each function runs in an application context of its own, and outside of any other.
* An asynchronous generator lives in one task, from its first step to its last: what it
  holds across its ``yield`` (a task group, a timeout, a context variable) is right. If
  that task is cancelled meanwhile, the generator is told and the log says so.
* Where starting fails, what has begun is ended and the error raised: generators in
  reverse, after_serving functions if all before_serving functions had run.
* In stopping everything is called, whatever fails; the first error is raised at the
  end. A loop that a coroutine blocks is left, and what is to be called has another.

Source: the ASGI specification, Lifespan 2.0.
"""

from __future__ import annotations

import atexit
import logging
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from insula.dispatch.lasting.background import finish_background_tasks, name_of
from insula.dispatch.lasting.pumps import end_pumps
from insula.dispatch.lasting.spans import AsyncSpan, Span, call_on_loop
from insula.dispatch.loops.aio import (
    inbox_of,
    is_async,
    leave_stuck_loop,
    run_on_loop,
    server_loop,
)
from insula.dispatch.loops.apart import off_loop, outside, pop_apart
from insula.dispatch.loops.process_state import state_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from types import TracebackType

    Step = Callable[[], Any]
    Performer = Callable[[Step], Awaitable[Any]]

__all__ = [
    "TestServing",
    "is_to_be_started",
    "lifespan",
    "start_at_first_request",
    "start_serving",
    "stop_serving",
]

T = TypeVar("T")

_STREAMS_PATIENCE = 2.0  # seconds
_LOOP_PATIENCE = 2.0  # seconds in which the process's loop must answer


def is_to_be_started(app: Any) -> bool:
    """Tell whether ``app`` has something to do before it is served, and has not."""
    return not state_of(app).is_ready and bool(
        app.before_serving_funcs or app.while_serving_gens or app.after_serving_funcs
    )


# -- who serves ----------------------------------------------------------------------


def start_serving(app: Any) -> None:
    """Do what ``app`` wants done before it is served; to be called by a server.

    What is no application of ours is left alone, but for what mounts some: that does
    it itself.
    """
    if hasattr(app, "before_serving_funcs"):
        outside(_drive, _start(app, _do_here))
    elif hasattr(app, "_start_serving"):
        app._start_serving()


def stop_serving(app: Any) -> None:
    """Do what ``app`` wants done after it was served, and await its background tasks.

    So it does for others that were started by a first request.
    """
    try:
        if hasattr(app, "before_serving_funcs"):
            outside(_drive, _stop(app, _end_here))
        elif hasattr(app, "_stop_serving"):
            app._stop_serving()
    finally:
        _stop_at_exit()


# Applications that a first request has started; they are not dropped before the end.
_started_by_request: list[Any] = []


def start_at_first_request(app: Any) -> None:
    """Start ``app``, to be stopped at the end of the process."""
    outside(_drive, _start(app, _do_here))
    _started_by_request.append(app)
    # NOTE: anew, so that it comes before the end of the loop, which is registered when
    # the loop is started.
    atexit.unregister(_stop_at_exit)
    atexit.register(_stop_at_exit)


def _stop_at_exit() -> None:
    while _started_by_request:
        app = _started_by_request.pop()
        # NOTE: in a forked child nothing of it was started.
        if state_of(app).users:
            with suppress(Exception):  # each error has been logged
                outside(_drive, _stop(app, _end_here))


class TestServing:
    """Serve an application in a ``with`` or ``async with`` block."""

    __test__ = False  # for pytest

    def __init__(self, app: Any) -> None:
        self._app = app

    def __enter__(self) -> Any:
        outside(_drive, _start(self._app, _do_here))
        return self._app

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        outside(_drive, _stop(self._app, _end_here))

    async def __aenter__(self) -> Any:
        await _start(self._app, _do_on_loop)
        return self._app

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await _stop(self._app, _do_on_loop)


async def lifespan(app: Any, _scope: Any, receive: Any, send: Any) -> None:
    """Speak the lifespan protocol of ASGI; the scope's ``state`` is left alone."""
    import asyncio

    server_loop.set(inbox_of(asyncio.get_running_loop()))
    await receive()
    try:
        await _start(app, _do_on_loop)
    except (asyncio.CancelledError, GeneratorExit):
        raise
    except BaseException as exc:
        # SystemExit, too: a server would take it for the lack of this protocol.
        app.logger.exception("The application %r could not be started", app.name)
        await send({"type": "lifespan.startup.failed", "message": _message(exc)})
        return
    try:
        await send({"type": "lifespan.startup.complete"})
        await receive()
    except BaseException:
        # The server has given up: what was begun is ended all the same.
        await _stop(app, _do_on_loop)
        raise
    try:
        await _stop(app, _do_on_loop)
    except (Exception, SystemExit, KeyboardInterrupt) as exc:  # noqa: BLE001 - it has been logged
        await send({"type": "lifespan.shutdown.failed", "message": _message(exc)})
    else:
        await send({"type": "lifespan.shutdown.complete"})


def _message(exc: BaseException) -> str:
    return f"{type(exc).__name__}: {exc}"


# -- performers ----------------------------------------------------------------------


async def _do_here(step: Step) -> Any:
    if is_async(step):
        return run_on_loop(step)()
    return step()


async def _end_here(step: Step) -> Any:
    # A process that stops must not wait for a coroutine that blocks the loop.
    if is_async(step) and leave_stuck_loop(_LOOP_PATIENCE):
        logging.getLogger("insula.loop").warning(
            "A coroutine has blocked the process's event loop for %g seconds; what ends"
            " the application runs on a loop of its own. Call what blocks by `await"
            " asyncio.to_thread(...)`.",
            _LOOP_PATIENCE,
        )
    return await _do_here(step)


async def _do_on_loop(step: Step) -> Any:
    import asyncio

    if is_async(step):
        # A task of its own, so that what the step sets stays with it.
        work = _contained(step)
        error, result = await outside(asyncio.get_running_loop().create_task, work)
        if error is not None:
            raise error
        return result
    return await off_loop(outside, step)


async def _contained(step: Step) -> tuple[BaseException | None, Any]:
    # NOTE: a task that raises one of these would stop the loop for everybody.
    try:
        return None, await step()
    except (SystemExit, KeyboardInterrupt) as exc:
        return exc, None


def _drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine whose performer never suspends it."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise RuntimeError("A step of starting or stopping waited without an event loop.")


# -- the order -----------------------------------------------------------------------


async def _start(app: Any, perform: Performer) -> None:
    state = state_of(app)
    state.users += 1
    if state.users > 1:
        return
    try:
        await _begin(app, state, perform)
    except BaseException:
        state.users = 0
        raise
    state.is_ready = True


async def _begin(app: Any, state: Any, perform: Performer) -> None:
    spans: list[Any] = []
    after: list[Any] = []
    try:
        for func in list(app.before_serving_funcs):
            await perform(_step(app, func))
        after = list(app.after_serving_funcs)
        for entry in list(app.while_serving_gens):
            span = _span(app, entry)
            await perform(span.start)
            spans.append(span)
    except BaseException:
        await _end(app, perform, after, spans)
        raise
    state.spans = spans


async def _stop(app: Any, perform: Performer) -> None:
    state = state_of(app)
    if state.users > 1:
        state.users -= 1
        return
    spans, state.spans = state.spans, []
    after = list(app.after_serving_funcs) if state.users else []
    state.users = 0
    state.is_ready = False
    first = await _end(app, perform, after, spans)
    if first is not None:
        try:
            raise first
        finally:
            first = None


async def _end(
    app: Any, perform: Performer, after: list[Any], spans: list[Any]
) -> BaseException | None:
    """End what has begun; log each error and return the first."""
    first: BaseException | None = None
    finish = partial(finish_background_tasks, app)
    steps = [
        ("The end of the event streams", partial(_end_streams, app)),
        ("The end of the background tasks", finish),
        *((f"after_serving function {name_of(f)}", _step(app, f)) for f in after),
        *((f"The end of {span.name}", span.stop) for span in reversed(spans)),
        ("The end of the background tasks", finish),
    ]
    for name, step in steps:
        try:
            await perform(step)
        except BaseException as exc:
            app.logger.exception("%s failed", name)
            if first is None:
                first = exc
    return first


def _end_streams(app: Any) -> None:
    streams = state_of(app).streams
    if streams and (left := end_pumps(streams, _STREAMS_PATIENCE)):
        app.logger.warning(
            "The application %r ends, and the generators of %d event streams go on"
            " after %g seconds; let them wait with a timeout",
            app.name,
            left,
            _STREAMS_PATIENCE,
        )


def _step(app: Any, func: Any) -> Step:
    if is_async(func):
        return partial(call_on_loop, app, func)
    return partial(_call, app, func)


def _call(app: Any, func: Callable[[], Any]) -> None:
    ctx = app.app_context()
    ctx.push()
    try:
        func()
    except BaseException as exc:
        pop_apart(ctx, exc)
        raise
    pop_apart(ctx, None)


def _span(app: Any, entry: Any) -> Span | AsyncSpan:
    generator = entry() if callable(entry) else entry
    if hasattr(generator, "__anext__"):
        return AsyncSpan(app, name_of(entry), generator)
    if hasattr(generator, "__next__"):
        return Span(app, name_of(entry), generator, outside(copy_context))
    raise TypeError(
        f"The while_serving function {name_of(entry)} returned {generator!r} and is"
        " none: it must be a generator function, async or not, with one `yield`."
    )
