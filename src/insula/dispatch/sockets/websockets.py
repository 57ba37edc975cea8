"""A WebSocket's life: the handshake as a request, the view, one end.

::

    answer_websocket(app, scope, receive, send)
      WebsocketContext, push         match the URL                websocket_context
        url_value_preprocessors, before_websocket
        the view                     it talks                     conversation
          accept                     after_this_request, the session saved
        before it was accepted, what answers refuses: a hook's or a view's value, an
          error's handler, an HTTP exception
        after_websocket
      close
      end                            teardown_websocket, teardown_appcontext

Rules of the file:

* It runs on the server's loop, each step in a Context (of contextvars) of its own: a
  server may run several conversations in one.
* What is async is awaited here. What is not runs on a worker thread with the Context
  carried there and back; a view, which lasts, on a thread of its own. A thread holds
  the context while it runs: when the conversation is cancelled meanwhile, the thread
  is told so at its next word, and the context ends with it.
* The end comes exactly once. It is not cancelled with the conversation.

Source: the ASGI specification, HTTP & WebSocket 2.5.
"""

from __future__ import annotations

import asyncio
import io
from contextvars import copy_context
from inspect import isawaitable
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from werkzeug.exceptions import InternalServerError

from insula._core.running import note_loops
from insula._core.signals import appcontext_tearing_down, got_request_exception
from insula.context.stacks import EMPTY, get_app_node, get_request_node
from insula.dispatch.ambient import set_aside_leftovers
from insula.dispatch.asgi.own_task import exit_refused, in_own_task, runs_tasks
from insula.dispatch.asgi.tasks import coroutine_view
from insula.dispatch.loops.aio import inbox_of, is_async, server_loop
from insula.dispatch.loops.drive import drive
from insula.dispatch.sockets.conversation import Conversation
from insula.dispatch.sockets.held_job import HeldJob, to_its_end
from insula.dispatch.sockets.websocket_context import WebsocketContext
from insula.http.scope import environ_of
from insula.http.websocket import is_farewell

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

__all__ = ["TEST_MARK", "answer_websocket"]

#: The key of a scope that a test has made.
TEST_MARK = "insula.test"

_NO_BODY = io.BytesIO()
_INTERNAL_ERROR = 1011
_POLICY_VIOLATION = 1008
_HTTP_RESPONSE = "websocket.http.response"
# Of the response that is made to carry fields only.
_OF_BODIES = frozenset({"content-length", "content-type"})

note_loops()

# Of which applications it was said that a change of the session came too late.
_warned: WeakSet[Any] = WeakSet()


async def answer_websocket(
    app: Any,
    scope: Mapping[str, Any],
    receive: Callable[[], Awaitable[Mapping[str, Any]]],
    send: Callable[[Mapping[str, Any]], Awaitable[None]],
) -> None:
    """Answer one handshake (ASGI 3, scope type ``websocket``), and talk."""
    if not runs_tasks.get(type(getattr(receive, "__self__", None))) and (
        await in_own_task(answer_websocket, app, scope, receive, send)
    ):
        return
    event = await receive()
    if event["type"] != "websocket.connect":
        return
    try:
        await drive(_Answer(app, scope, receive, send).run(), copy_context())
    except (SystemExit, KeyboardInterrupt) as exc:
        raise exit_refused(exc) from exc


class _Answer:
    """One WebSocket, from its handshake to its end."""

    __slots__ = ("app", "ctx", "environ", "has_answered", "may_answer", "talk")

    def __init__(
        self, app: Any, scope: Mapping[str, Any], receive: Any, send: Any
    ) -> None:
        self.app = app
        self.environ = environ = environ_of(scope, _NO_BODY)
        if TEST_MARK in scope:
            # What comes from a server may start the application.
            del environ["asgi.scope"]
        self.has_answered = False
        self.may_answer = _HTTP_RESPONSE in (scope.get("extensions") or ())
        request = app.websocket_class(environ)
        request.json_module = app.json
        offered = scope.get("subprotocols")
        if offered:
            request.subprotocols = [*offered]
        self.ctx = WebsocketContext(app, environ, request)
        self.talk = request._talk = Conversation(receive, send, self._fields)

    async def run(self) -> None:
        """Answer, talk, and end."""
        if get_request_node() is not EMPTY or get_app_node() is not EMPTY:
            set_aside_leftovers(self.app, self.environ)
        server_loop.set(inbox_of(asyncio.get_running_loop()))
        error: BaseException | None = None
        try:
            error = await self._converse()
            if error is not None and self._propagates():
                raise error  # noqa: TRY301 - as if nobody had caught it
        except GeneratorExit as exc:
            # Nothing can be awaited any more.
            self._end_at_once(exc)
            raise
        except BaseException as exc:
            error = exc
            raise
        finally:
            if self.ctx._pushes:
                try:
                    await self._end(error)
                finally:
                    error = None

    # -- from the handshake to the view's end ------------------------------------------

    async def _push(self) -> None:
        app = self.app
        if app._session_may_wait():
            self.ctx.push()
        else:
            # It may ask a database.
            await self._in_worker(self.ctx.push)

    async def _converse(self) -> BaseException | None:
        """Return the error that nobody handled, if there was one."""
        talk = self.talk
        error: Exception | None = None
        rv: Any = None
        try:
            await self._push()
            rv = await self._dispatch()
            if rv is not None and talk.is_asked_for:
                await self._refuse(rv)
        except Exception as exc:  # noqa: BLE001 - what it is is looked at
            if not is_farewell(exc):
                error = await self._answer_error(exc)
        finally:
            # NOTE: an HTTP exception that is the response refers to this frame.
            rv = None
        try:
            if not self.has_answered:
                await self._call_after(None)
        except Exception as exc:
            if error is None:
                error = exc
                await self._report(exc)
            else:
                self.app.logger.exception("An after_websocket function failed, too")
        try:
            await talk.close(1000 if error is None else _INTERNAL_ERROR)
            return error
        finally:
            error = None

    async def _dispatch(self) -> Any:
        app = self.app
        if not app._got_first_request:
            await self._in_worker(app._before_first_request, self.environ)
        request = self.ctx._request
        scopes = (None, *reversed(request.blueprints))
        for table, args in (
            (app.url_value_preprocessors, (request.endpoint, request.view_args)),
            (app.before_websocket_funcs, ()),
        ):
            for scope in scopes if table else ():
                for hook in table.get(scope, ()):
                    rv = await self._call(hook, *args)
                    if rv is not None and table is app.before_websocket_funcs:
                        return rv
        if request.routing_exception is not None:
            raise request.routing_exception
        view = app.view_functions[request.url_rule.endpoint]
        awaitable = coroutine_view(view)
        if awaitable is not None:
            return await awaitable(**request.view_args)
        rv = await self._in_own_thread(view, request.view_args)
        return await rv if isawaitable(rv) else rv

    # -- refusing ----------------------------------------------------------------------

    async def _answer_error(self, exc: Exception) -> Exception | None:
        """Refuse the handshake for an error; return it if nobody handled it."""
        app = self.app
        if not self.talk.is_asked_for:
            await self._report(exc)
            return exc
        try:
            if app.error_handler_spec or _is_own(app, "handle_user_exception"):
                rv = await self._in_worker(app.handle_user_exception, exc)
            else:
                rv = app.handle_user_exception(exc)
            await self._refuse(rv)
        except Exception as error:  # noqa: BLE001 - it is reported
            await self._report(error)
            if not self._propagates() and self.talk.is_asked_for:
                await self._refuse(await self._in_worker(self._server_error, error))
            return error
        return None

    def _server_error(self, exc: Exception) -> Any:
        app = self.app
        error: Any = InternalServerError(original_exception=exc)
        try:
            return app.handle_http_exception(error)
        except Exception:
            app.logger.exception("The handler of status 500 failed, too")
            return error

    async def _refuse(self, rv: Any) -> None:
        """Answer the handshake with an HTTP response."""
        app = self.app
        ctx = self.ctx
        response = app.make_response(rv)
        for hook in ctx._after or ():
            response = await self._call(hook, response)
        self.has_answered = True
        response = await self._call_after(response)
        await self._save_session(response)
        if not self.may_answer:
            await self.talk.close(_POLICY_VIOLATION)
            return
        chunks, status, fields = response.get_wsgi_response(self.environ)
        if response.is_sequence:
            body = b"".join(chunks)
        else:
            body = await self._in_worker(_read, chunks)
        events: list[dict[str, Any]] = [
            {
                "type": "websocket.http.response.start",
                "status": int(status.partition(" ")[0]),
                "headers": [
                    (name.lower().encode("latin-1"), value.encode("latin-1"))
                    for name, value in fields
                ],
            },
            {"type": "websocket.http.response.body", "body": body},
        ]
        await self.talk.refuse(events)

    async def _call_after(self, response: Any) -> Any:
        hooks = self.app.after_websocket_funcs
        if hooks:
            for scope in (*self.ctx._request.blueprints, None):
                for hook in reversed(hooks.get(scope, ())):
                    answer = await self._call(hook, response)
                    if answer is not None:
                        response = answer
        return response

    async def _report(self, exc: Exception) -> None:
        """Tell of an error that nobody handled."""
        app = self.app
        if got_request_exception.receivers:
            await self._in_worker(
                got_request_exception.send,
                app,
                _async_wrapper=app.ensure_sync,
                exception=exc,
            )
        if not self._propagates():
            app.log_exception((type(exc), exc, exc.__traceback__))

    def _propagates(self) -> bool:
        app = self.app
        wanted = app.config["PROPAGATE_EXCEPTIONS"]
        return bool((app.testing or app.debug) if wanted is None else wanted)

    # -- the session -------------------------------------------------------------------

    async def _fields(self) -> list[tuple[str, str]]:
        """Return what goes with the answer that accepts."""
        ctx = self.ctx
        if ctx._opened is None and ctx._after is None and not self._refreshes():
            return []
        response = self.app.response_class(status=101)
        for hook in ctx._after or ():
            response = await self._call(hook, response)
        await self._save_session(response)
        return [
            (name, value)
            for name, value in response.headers
            if name.lower() not in _OF_BODIES
        ]

    def _refreshes(self) -> bool:
        return (
            "HTTP_COOKIE" in self.environ
            and self.app._session_to_refresh(self.ctx) is not None
        )

    async def _save_session(self, response: Any) -> None:
        app = self.app
        if self.ctx._opened is None and not self._refreshes():
            return
        session = self.ctx._opened
        interface = app.session_interface
        if interface.is_null_session(session):
            return
        if app._session_may_wait():
            interface.save_session(app, session, response)
        else:
            await self._in_worker(interface.save_session, app, session, response)
        # What is changed from now on is too late.
        session.modified = False

    def _warn_of_lost_changes(self) -> None:
        app = self.app
        session = self.ctx._opened
        if (
            app.debug
            and self.talk.was_accepted
            and session is not None
            and session.modified
            and app not in _warned
        ):
            _warned.add(app)
            app.logger.warning(
                "The session was changed after the WebSocket %s had been accepted, and"
                " is lost: its cookie can only travel with the answer to the"
                " handshake. Change it before `await websocket.accept()`. (This is"
                " said once.)",
                self.ctx._request.path,
            )

    # -- the end -----------------------------------------------------------------------

    async def _end(self, error: BaseException | None) -> None:
        ctx = self.ctx
        try:
            if not self.talk.is_closed:
                # Cancelled: there may be nobody left to say goodbye to.
                self.talk.abandon()
            self.talk.end()
            self._warn_of_lost_changes()
            app = self.app
            if error is not None and app.should_ignore_error(error):
                error = None
            if app.teardown_websocket_funcs or _ends_by_hooks(app):
                await to_its_end(ctx.end(error, self._call))
            else:
                await ctx.end(error, self._call)
        finally:
            # NOTE: the server may keep what refers to this for a while.
            self.talk = self.ctx = error = None  # type: ignore[assignment]  # it is over

    def _end_at_once(self, error: BaseException) -> None:
        # The server's loop takes nothing more; what is async runs on the process's.
        server_loop.set(None)
        self.talk.abandon()
        self.talk.end()
        if self.ctx._pushes:
            self.ctx.pop(error)

    # -- sync and async ----------------------------------------------------------------

    async def _call(self, func: Callable[..., Any], *args: Any) -> Any:
        """Call a hook, on this loop if it is async, else on a worker thread."""
        if is_async(func):
            return await func(*args)
        rv = await self._in_worker(func, *args)
        return await rv if isawaitable(rv) else rv

    async def _in_worker(self, func: Callable[..., Any], *args: Any, **kw: Any) -> Any:
        return await HeldJob(self.ctx, func, args, kw).in_worker()

    async def _in_own_thread(self, view: Callable[..., Any], kw: dict[str, Any]) -> Any:
        try:
            return await HeldJob(self.ctx, view, (), kw).in_own_thread()
        except asyncio.CancelledError:
            self.talk.abandon()
            raise


def _ends_by_hooks(app: Any) -> bool:
    return bool(
        app.teardown_appcontext_funcs
        or appcontext_tearing_down.receivers
        or _is_own(app, "do_teardown_appcontext")
    )


def _is_own(app: Any, step: str) -> bool:
    """Tell whether a step of the pipeline was overridden or replaced."""
    module = getattr(getattr(app, step), "__module__", None) or ""
    return not module.startswith("insula.dispatch.")


def _read(chunks: Any) -> bytes:
    try:
        return b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
