"""Server-sent events as the body of a response: :func:`send_events`.

Theory. Between events a stream must stay alive, so nobody who sends one may be stuck in
its generator. A *pump* takes the events, one when it is asked for one: a thread where
the generator is synchronous (:class:`ThreadPump`), a task of the event loop where it is
asynchronous (:class:`TaskPump`). Who sends waits for it no longer than the heartbeat,
and asks again when the event has gone out, so that the generator is never ahead of the
client. One thread or task runs it from its first step to its last, so that what it
holds across a ``yield`` is right.

Rules of the file:

* The generator runs in a copy of the Context that the view had; its request's contexts
  are held until it has ended, exactly once, whoever ends it.
* A client that has gone ends it: at its ``await``; on a thread, which cannot be
  interrupted, when it yields next.
* A stream counts against the limit until its generator has ended.

Sources: WHATWG HTML, "Server-sent events"; nginx, `X-Accel-Buffering`; RFC 9111 §5.2.
"""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import ServiceUnavailable

from insula._core.running import is_on_loop
from insula.context.lifetime import GONE
from insula.context.stacks import request_stack
from insula.dispatch.lasting.pumps import TaskPump, ThreadPump
from insula.dispatch.loops.apart import off_loop
from insula.dispatch.loops.process_state import state_of
from insula.http.events import HEARTBEAT, check_retry
from insula.http.response import ASYNC_BODY_KEY

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterable, Iterable

    from insula.dispatch.lasting.pumps import Outcome
    from insula.http import Response

__all__ = ["AsyncEventStream", "EventStream", "end_event_streams", "send_events"]

_FIELDS = {
    # What is between must neither keep it, nor pack it, nor wait for more of it.
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
}
_RETRY_AFTER = 5  # seconds


def send_events(
    events: Iterable[Any] | AsyncIterable[Any],
    *,
    heartbeat: float | None = 15,
    retry: int | None = None,
) -> Response:
    """Answer with a stream of server-sent events, to be returned by a view.

    The request's context is kept for the iterable: ``request``, ``session`` and ``g``
    are there in each step. When the client has gone, it is closed.

    :param events: yields text, :class:`~insula.http.events.ServerSentEvent`, or what
        JSON can say; a generator, asynchronous or not.
    :param heartbeat: after how many seconds without an event a comment is sent, which
        keeps the connection alive and finds out whether it is; ``None`` for never.
    :param retry: how many milliseconds a client is to wait before it connects again.
    :raises ServiceUnavailable: if ``SSE_MAX_STREAMS`` of the configuration are open.
    """
    check_retry(retry)
    if heartbeat is not None and not heartbeat > 0:
        raise ValueError(
            f"heartbeat={heartbeat!r} must be a number of seconds greater than 0, or"
            " None for no heartbeat."
        )
    ctx: Any = request_stack.top
    if ctx is None or ctx._live is GONE:
        raise RuntimeError(
            "send_events answers the request that is being answered, and none is"
            " current here. Call it in a view."
        )
    app = ctx.app
    pump = _pump(app, ctx, events)
    # The first piece makes the head go out, and the client knows that it is connected.
    first = HEARTBEAT if retry is None else f"retry: {retry}\n\n".encode()
    body: Any
    if isinstance(pump, TaskPump) or ASYNC_BODY_KEY in ctx._request.environ:
        body = AsyncEventStream(pump, first, heartbeat)
    else:
        body = EventStream(pump, first, heartbeat)
    response: Response = app.response_class(
        body, headers=_FIELDS, mimetype="text/event-stream"
    )
    return response


def _pump(app: Any, ctx: Any, events: Any) -> ThreadPump | TaskPump:
    is_async = hasattr(events, "__aiter__")
    if isinstance(events, (str, bytes, dict)) or not (
        is_async or hasattr(events, "__iter__")
    ):
        raise TypeError(
            f"send_events sends what an iterable yields, and {events!r} is not one of"
            " events; hand it a generator, or a list."
        )
    streams = state_of(app).streams
    limit = app.config.get("SSE_MAX_STREAMS", 1000)
    pump = (TaskPump if is_async else ThreadPump)(events, ctx, streams)
    # NOTE: in this order, so that of many at once none is too many.
    streams.add(pump)
    if limit is not None and len(streams) > limit:
        streams.discard(pump)
        raise ServiceUnavailable(
            f"{limit} event streams are open, and no more are served at once. Try"
            " again later.",
            retry_after=_RETRY_AFTER,
        )
    pump.hold()
    return pump


def end_event_streams(app: Any) -> None:
    """End all open event streams of ``app``, as a server does that is to stop."""
    for pump in list(state_of(app).streams):
        pump.close()


class EventStream:
    """The body of a response whose events are pumped by a thread."""

    def __init__(self, pump: Any, first: bytes, heartbeat: float | None) -> None:
        self._pump = pump
        self._first = first
        self._heartbeat = heartbeat
        self._box: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._is_waiting = False

    def __iter__(self) -> EventStream:
        return self

    def __next__(self) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        if not self._is_waiting:
            if self._pump.is_closed:
                raise StopIteration
            self._is_waiting = True
            self._pump.ask(self._box.put)
        try:
            data, error = self._box.get(timeout=self._heartbeat)
        except queue.Empty:
            return HEARTBEAT
        self._is_waiting = False
        if data is None:
            try:
                raise error or StopIteration
            finally:
                del error
        return data

    def close(self) -> None:
        """End the stream."""
        self._pump.close()

    def __del__(self) -> None:
        self._pump.close()


class AsyncEventStream:
    """The body of a response whose events are waited for on an event loop."""

    def __init__(self, pump: Any, first: bytes, heartbeat: float | None) -> None:
        self._pump = pump
        self._first = first
        self._heartbeat = heartbeat
        self._waited: asyncio.Future[Outcome] | None = None

    def __aiter__(self) -> AsyncEventStream:
        return self

    async def __anext__(self) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        import asyncio

        waited = self._waited
        if waited is None:
            if self._pump.is_closed:
                raise StopAsyncIteration
            waited = self._waited = asyncio.get_running_loop().create_future()
            self._pump.ask(_deliver_to(waited))
        await asyncio.wait({waited}, timeout=self._heartbeat)
        if not waited.done():
            return HEARTBEAT
        self._waited = None
        data, error = waited.result()
        if data is None:
            try:
                raise error or StopAsyncIteration
            finally:
                del error
        return data

    async def aclose(self) -> None:
        """End the stream, and wait for the generator where that is one of the loop."""
        if isinstance(self._pump, TaskPump):
            await self._pump.aclose()
        else:
            await off_loop(self._pump.close)

    def close(self) -> None:
        """End the stream."""
        self._pump.close()

    def __del__(self) -> None:
        self._pump.close()


def _deliver_to(waited: asyncio.Future[Outcome]) -> Any:
    loop = waited.get_loop()

    def settle(outcome: Outcome) -> None:
        if not waited.done():
            waited.set_result(outcome)

    def deliver(outcome: Outcome) -> None:
        if is_on_loop():
            settle_here(outcome)
            return
        try:
            loop.call_soon_threadsafe(settle, outcome)
        except RuntimeError:
            return  # the loop is closed, and nobody waits

    def settle_here(outcome: Outcome) -> None:
        import asyncio

        if asyncio.get_running_loop() is loop:
            settle(outcome)
        else:
            loop.call_soon_threadsafe(settle, outcome)

    return deliver
