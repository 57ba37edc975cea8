"""One HTTP request under ASGI, from its scope to the last message of its answer.

Theory. A request is made of its scope and matched on the server's loop. Then it goes
one of two ways:

* *The task way* (:mod:`~insula.dispatch.asgi.tasks`): an endpoint that is asynchronous
  throughout is answered where it is.
* *The thread way*: for any other the pipeline itself goes on, on a worker thread, in a
  copy of the Context, so that the context that was pushed is current there. Its
  asynchronous parts run on the server's loop (`server_loop` of `aio`).

An application that wraps ``wsgi_app`` in middleware, or overrides a step, is called
through ``wsgi_app`` on a worker thread.

Rules of the file:

* What is put on the stacks is taken off again by value, on every exit.
* A server gives each request a Context of its own. Where one does not, or a view calls
  an application, something is on the stacks already; such a request is driven, step by
  step, in its own.
* A body that is declared to be small is received before the application is called, so
  that it can be read there without waiting. Any other waits until somebody reads it.

Sources: the ASGI specification, HTTP 2.5.
"""

from __future__ import annotations

import asyncio
import io
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

from insula._core.running import note_loops
from insula._core.signals import forget_deaf, heard
from insula.context.stacks import (
    EMPTY,
    app_stack,
    get_app_node,
    get_request_node,
    request_stack,
    set_app_node,
    set_request_node,
)
from insula.dispatch.asgi.async_streams import AsyncBody
from insula.dispatch.asgi.departure import Departure
from insula.dispatch.asgi.incoming import BodyFile, Incoming, read_ahead
from insula.dispatch.asgi.outgoing import (
    ClientGone,
    FileBlocks,
    Head,
    Watch,
    send_blocking,
    send_stream,
    send_whole,
)
from insula.dispatch.asgi.own_task import exit_refused
from insula.dispatch.asgi.tasks import (
    answer_on_loop,
    decide_by_task,
    dispatch_on_loop,
    is_async_throughout,
)
from insula.dispatch.loops.ahead import AHEAD
from insula.dispatch.loops.aio import DEPARTURE_KEY, inbox_of, is_async, server_loop
from insula.dispatch.loops.drive import drive
from insula.dispatch.loops.threads import in_worker
from insula.dispatch.streaming import run_body_in
from insula.http.awaited import BODY_KEY
from insula.http.response import ASYNC_BODY_KEY
from insula.http.scope import environ_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable

    from insula._core.protocols import WSGIEnvironment

    Receive = Callable[[], Awaitable[dict[str, Any]]]
    Send = Callable[[dict[str, Any]], Awaitable[None]]

__all__ = ["answer_in_steps", "answer_in_thread", "finish_http", "new_watch"]

# Requests that hardly ever have a body.
_BODILESS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS"})

note_loops()


async def answer_in_steps(
    app: Any, scope: dict[str, Any], receive: Receive, send: Send
) -> None:
    """Answer a scope of type ``http``."""
    exchange = _Exchange(app, environ_of(scope, None), receive, send)
    await _quietly(exchange, exchange.answer())


async def answer_in_thread(
    app: Any, scope: dict[str, Any], receive: Receive, send: Send
) -> None:
    """Answer a scope of type ``http`` whose endpoint is known to be synchronous."""
    exchange = _Exchange(app, environ_of(scope, None), receive, send)
    await _quietly(exchange, exchange.answer_in_thread())


async def finish_http(
    ctx: Any,
    steps: Coroutine[Any, Any, Any],
    receive: Receive,
    send: Send,
    watch: Watch | None,
    context: Context,
) -> None:
    """Answer a request on the task way, whose first steps have been taken.

    :param watch: that of the steps taken.
    :param context: the Context that they were taken in.
    """
    exchange = _Exchange(ctx.app, ctx._request.environ, receive, send)
    if watch is not None:
        exchange._watch = watch
        exchange._incoming = watch.incoming
    await _quietly(exchange, drive(exchange.finish(ctx, steps), context))


def new_watch(receive: Receive) -> Watch | None:
    """Return what watches the current task's client, all of whose body has come."""
    incoming = Incoming(receive, asyncio.get_running_loop())
    incoming.has_ended = True
    task = asyncio.current_task()
    return None if task is None else Watch(incoming, task)


async def _quietly(exchange: _Exchange, answer: Awaitable[None]) -> None:
    try:
        await answer
    except ClientGone:
        return
    except (SystemExit, KeyboardInterrupt) as exc:
        raise exit_refused(exc) from exc
    finally:
        exchange._incoming.end()


def _own_context() -> Context:
    """Return a Context in which no other's request or application is current."""
    context = copy_context()
    if get_request_node() is not EMPTY:
        context.run(request_stack.__release_local__)
    if get_app_node() is not EMPTY:
        context.run(app_stack.__release_local__)
    return context


class _Exchange:
    """One request and its answer."""

    __slots__ = (
        "_app",
        "_departure",
        "_environ",
        "_head",
        "_incoming",
        "_loop",
        "_send",
        "_watch",
    )

    def __init__(
        self, app: Any, environ: WSGIEnvironment, receive: Receive, send: Send
    ) -> None:
        self._app = app
        self._environ = environ
        self._environ["wsgi.file_wrapper"] = FileBlocks
        self._environ[ASYNC_BODY_KEY] = AsyncBody
        self._head = Head()
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._incoming = Incoming(receive, self._loop)
        self._departure: Departure | None = None
        self._watch: Watch | None = None

    async def answer(self) -> None:
        """Answer the request."""
        app = self._app
        by_task = app._by_task
        if by_task is None:
            by_task = decide_by_task(app)
        if not by_task:
            # Middleware may iterate the body, which must be one that it can.
            del self._environ[ASYNC_BODY_KEY]
        if not by_task or _calls_functions(app):
            await self.answer_in_thread()
        elif await self._prepare_body():
            # NOTE: only now, for in a Context that requests share another one may have
            # begun meanwhile. From here on nothing is awaited until ours is current.
            await drive(self._settled(self._choose_way()), _own_context())

    async def answer_in_thread(self) -> None:
        """Answer the request on a worker thread, from its start."""
        if await self._prepare_body():
            await drive(self._on_thread(), _own_context())

    async def _on_thread(self) -> None:
        body = self._in_worker(self._app.wsgi_app, self._environ, self._head)
        await self._settled(body)

    async def finish(self, ctx: Any, steps: Coroutine[Any, Any, Any]) -> None:
        """Answer a request without a body that is still to come."""
        self._incoming.has_ended = True
        await self._settled(self._on_loop(ctx, steps))

    async def _settled(self, body: Awaitable[Any]) -> None:
        try:
            await self._send_body(await body)
        except asyncio.CancelledError:
            if self._departure is not None:
                if self._departure.has_cancelled:
                    return
                self._departure.cancel()
            if self._watch is None or not self._watch.has_cancelled:
                raise
            self._watch.settle()

    async def _on_loop(self, ctx: Any, steps: Coroutine[Any, Any, Any]) -> Any:
        try:
            return await answer_on_loop(
                self._app, ctx, steps, self._open, self._watching
            )
        finally:
            set_request_node(EMPTY)
            set_app_node(EMPTY)

    async def _prepare_body(self) -> bool:
        """Make the file of the body; tell whether the client is still there."""
        environ = self._environ
        incoming = self._incoming
        length = environ.get("CONTENT_LENGTH")
        data: bytes | None = b""
        if length is not None and length.isdecimal() and int(length) <= AHEAD:
            if length != "0":
                message = await incoming.receive()
                data = await read_ahead(incoming.receive, message)
        elif (
            length is not None
            or "HTTP_TRANSFER_ENCODING" in environ
            or not environ["SERVER_PROTOCOL"].startswith("HTTP/1")
        ):
            if environ["REQUEST_METHOD"] in _BODILESS:
                # Only the first message says whether there is one.
                await incoming.pull()
                if incoming.is_gone:
                    return False
            environ[BODY_KEY] = incoming
            environ["wsgi.input"] = io.BufferedReader(BodyFile(incoming))
            return True
        incoming.has_ended = True
        environ["wsgi.input"] = io.BytesIO(data or b"")
        return data is not None

    async def _choose_way(self) -> Any:
        """Match the request; return the body of its answer."""
        app = self._app
        ctx = app.request_context(self._environ)
        failure: Exception | None = None
        try:
            try:
                ctx.push()
            except Exception as exc:  # noqa: BLE001 - the handlers decide
                failure = exc
            if failure is None and is_async_throughout(app, ctx):
                steps = dispatch_on_loop(app, ctx)
                return await answer_on_loop(app, ctx, steps, self._open, self._watching)
            return await self._in_worker(self._go_on, ctx, failure)
        finally:
            set_request_node(EMPTY)
            set_app_node(EMPTY)
            # NOTE: its traceback refers to this frame.
            del failure

    def _watching(self) -> Watch | None:
        """Return what watches the current task's client."""
        if self._watch is None:
            task = asyncio.current_task()
            if task is not None:
                self._watch = Watch(self._incoming, task)
        return self._watch

    def _in_worker(self, func: Callable[..., Any], *args: Any) -> Awaitable[Any]:
        self._departure = Departure(self._incoming, self._head)
        self._environ[DEPARTURE_KEY] = self._departure
        context = copy_context()
        context.run(server_loop.set, inbox_of(self._loop))
        return in_worker(context, func, *args)

    def _go_on(self, ctx: Any, failure: Exception | None) -> Iterable[bytes]:
        """Answer step by step, on a worker thread, with a context that is pushed."""
        app = self._app
        try:
            step = _dispatch if failure is None else app._fail
            value = app if failure is None else failure
            body = app._go_on(ctx, self._environ, self._head, step, value)
        finally:
            del failure
        return run_body_in(copy_context(), body, self._environ)

    def _open(self, response: Any) -> Any:
        """Note the head of a response that was made on the loop; return its body."""
        body = response(self._environ, self._head)
        return run_body_in(copy_context(), body, self._environ)

    async def _send_body(self, body: Any) -> None:
        if isinstance(body, (list, tuple)):
            await send_whole(self._send, self._head, [*body])
        elif hasattr(body, "__aiter__"):
            watch = self._watching()
            if watch is not None:
                watch.start()
            try:
                await send_stream(self._send, self._head, body)
            finally:
                if watch is not None:
                    watch.stop()
        else:
            news = self._loop.create_task(self._incoming.wait_until_gone())
            try:
                await send_blocking(self._send, self._head, body, self._incoming)
            finally:
                news.cancel()


def _calls_functions(app: Any) -> bool:
    """Tell whether something synchronous is called for whatever comes."""
    if heard:
        forget_deaf()
    if heard or app.url_value_preprocessors:
        return True
    if not all(map(is_async, app.teardown_appcontext_funcs)):
        return True
    for table in (
        app.before_request_funcs,
        app.after_request_funcs,
        app.teardown_request_funcs,
    ):
        if table and not all(map(is_async, table.get(None, ()))):
            return True
    return False


def _dispatch(app: Any) -> Any:
    return app.full_dispatch_request()
