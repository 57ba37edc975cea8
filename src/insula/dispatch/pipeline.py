"""The pipeline: the steps of a request, from the environ to the response.

See the package's docstring for the order of steps and the rules.
"""

from __future__ import annotations

from contextvars import copy_context
from functools import partial
from inspect import CO_COROUTINE
from typing import TYPE_CHECKING, Any, overload

from insula._core.asynchrony import is_async, is_ending, taken_for_async
from insula._core.lazy import yielding
from insula._core.signals import (
    appcontext_tearing_down,
    request_finished,
    request_started,
    request_tearing_down,
)
from insula.context import AppContext, RequestContext
from insula.context.lifetime import UNSET, current_exception
from insula.context.stacks import EMPTY, get_app_node, get_request_node
from insula.dispatch.ambient import set_aside_leftovers
from insula.dispatch.decisions import function_of
from insula.dispatch.errors import ErrorHandling
from insula.dispatch.first import FirstRequest
from insula.dispatch.matching import Matching
from insula.dispatch.result import make_response
from insula.dispatch.streaming import run_body_in
from insula.sessions.interface import opens_lazily

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from insula._core.protocols import (
        ASGIReceive,
        ASGIScope,
        ASGISend,
        StartResponse,
        WSGIEnvironment,
    )

__all__ = ["Pipeline"]


class Pipeline(FirstRequest, Matching, ErrorHandling):
    """The part of an application that answers requests.

    The application class brings the tables of hooks and the configuration.
    """

    name: str
    json: Any
    blueprints: dict[str, Any]
    request_class: Any
    app_ctx_globals_class: Any
    session_interface: Any
    after_request_funcs: dict[Any, list[Any]]
    before_request_funcs: dict[Any, list[Any]]
    teardown_request_funcs: dict[Any, list[Any]]
    teardown_appcontext_funcs: list[Any]
    url_value_preprocessors: dict[Any, list[Any]]
    view_functions: dict[str, Callable[..., Any]]
    asgi_app: Callable[..., Coroutine[Any, Any, None]]

    @yielding
    def isolates_requests(self) -> bool:
        """Tell whether a WSGI server need not give each request a Context of its own.

        Not where middleware is wrapped around :meth:`wsgi_app`: it would run outside.
        """
        inner = function_of(self.wsgi_app)
        return inner is Pipeline.wsgi_app and type(self).__call__ is Pipeline.__call__

    # -- a request ---------------------------------------------------------------

    @overload
    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]: ...
    @overload
    def __call__(
        self, environ: ASGIScope, start_response: ASGIReceive, send: ASGISend
    ) -> Coroutine[Any, Any, None]: ...
    @overload
    def __call__(
        self, environ: ASGIScope
    ) -> Callable[[ASGIReceive, ASGISend], Coroutine[Any, Any, None]]: ...
    @taken_for_async
    def __call__(
        self, environ: Any, start_response: Any = None, send: Any = None
    ) -> Any:
        """Answer one request, through whatever wraps `wsgi_app` or `asgi_app`.

        ``app(environ, start_response)`` is WSGI (PEP 3333), ``app(scope, receive,
        send)`` is ASGI 3, and ``app(scope)``, as servers call what they take for
        older, ASGI 2.
        """
        if send is not None:
            answer = self._http_answer
            if answer and environ["type"] == "http":
                # PERF: what `asgi_app` would await.
                return answer(self, environ, start_response, send)
            return self.asgi_app(environ, start_response, send)
        if start_response is None:
            return partial(self.asgi_app, environ)
        return self.wsgi_app(environ, start_response)

    def wsgi_app(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer one request; wrap this attribute to add WSGI middleware."""
        context = copy_context()
        body = context.run(self._respond, environ, start_response)
        if type(body) is list:
            return body
        return run_body_in(context, body, environ)

    def _respond(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if get_request_node() is not EMPTY or get_app_node() is not EMPTY:
            set_aside_leftovers(self, environ)
        ctx = self.request_context(environ)
        return self._go_on(ctx, environ, start_response)

    def _go_on(
        self,
        ctx: Any,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        step: Callable[[Any], Any] | None = None,
        value: Any = None,
    ) -> Iterable[bytes]:
        """Answer from the start, or with a context that is pushed from ``step`` on."""
        error: BaseException | None = None
        try:
            try:
                if step is None:
                    ctx.push()
                    response = self.full_dispatch_request()
                else:
                    response = step(value)
            except Exception as exc:  # noqa: BLE001 - the handlers decide
                error = exc
                response = self.handle_exception(exc)
            except BaseException as exc:
                error = exc
                raise
            body: Iterable[bytes] = response(environ, start_response)
            if type(body) is list:
                ctx._context_ends = True
            return body
        finally:
            if "werkzeug.debug.preserve_context" in environ:
                # The test client and the debugger go on where the request was.
                environ["werkzeug.debug.preserve_context"](get_app_node()[0])
                environ["werkzeug.debug.preserve_context"](get_request_node()[0])
            if error is not None and self.should_ignore_error(error):
                error = None
            try:
                ctx.pop(error)
            finally:
                # NOTE: an exception refers to this frame; this breaks the cycle.
                error = value = None

    def full_dispatch_request(self) -> Any:
        """Run hooks and view, turn errors into responses; return the response."""
        if not self._got_first_request:
            self._before_first_request()
        try:
            if request_started.receivers:
                request_started.send(self, _async_wrapper=self.ensure_sync)
            rv = self.preprocess_request()
            if rv is None:
                rv = self.dispatch_request()
        except Exception as exc:  # noqa: BLE001 - the handlers decide
            rv = self.handle_user_exception(exc)
        try:
            return self.finalize_request(rv)
        finally:
            # NOTE: an HTTP exception that is the response refers to this frame.
            rv = None

    def _answer_failure(self, exc: BaseException) -> Any:
        """Return the response to an error of the view, before what comes after it."""
        rv: Any = None
        try:
            # Again, so that handlers find it where they look for it; what comes after
            # them must not.
            self._fail(exc)
        except Exception as error:  # noqa: BLE001 - the handlers decide
            rv = self.handle_user_exception(error)
        finally:
            # NOTE: its traceback refers to this frame.
            del exc
        try:
            return self.make_response(rv)
        finally:
            rv = None

    @staticmethod
    def _fail(exc: BaseException) -> Any:
        """Raise what was raised before there was a view."""
        try:
            raise exc
        finally:
            del exc

    def preprocess_request(self) -> Any:
        """Call what comes before the view; a value that is not ``None`` answers."""
        preprocessors = self.url_value_preprocessors
        hooks = self.before_request_funcs
        if not preprocessors and not hooks:
            return None
        request = get_request_node()[0]._request
        scopes = (None, *reversed(request.blueprints))
        if preprocessors:
            for scope in scopes:
                for preprocess in preprocessors.get(scope, ()):
                    preprocess(request.endpoint, request.view_args)
        if hooks:
            for scope in scopes:
                for hook in hooks.get(scope, ()):
                    rv = self.ensure_sync(hook)()
                    if rv is not None:
                        return rv
        return None

    def dispatch_request(self) -> Any:
        """Call the view that the URL matched and return what it returns."""
        request = get_request_node()[0]._request
        if request.routing_exception is not None:
            self.raise_routing_exception(request)
        rule = request.url_rule
        if request.method == "OPTIONS" and getattr(
            rule, "provide_automatic_options", False
        ):
            return self.make_default_options_response()
        endpoint = rule.endpoint
        view = self.view_functions[endpoint]
        direct = self._direct_views
        if direct is None or direct.get(endpoint) is not view:
            view = self._callable_view(endpoint, view)
        return view(**request.view_args)

    def finalize_request(self, rv: Any, from_error_handler: bool = False) -> Any:
        """Make the response of a return value and run what comes after the view.

        :param from_error_handler: an error here is logged, not raised, since an
            error is being handled already.
        """
        response = self.make_response(rv)
        try:
            response = self.process_response(response)
            if request_finished.receivers:
                request_finished.send(
                    self, _async_wrapper=self.ensure_sync, response=response
                )
        except Exception:
            if not from_error_handler:
                raise
            self.logger.exception(
                "An after_request hook or the session failed while the response of an"
                " error handler was being finished"
            )
        return response

    def make_response(self, rv: Any) -> Any:
        """Turn what a view returned into a response of :attr:`response_class`.

        :raises TypeError: if it is nothing that can be a response.
        """
        kind = type(rv)
        if kind is str:
            return self.response_class(rv)
        if kind is dict or kind is list:
            return self.json.response(rv)
        return make_response(self, rv)

    def process_response(self, response: Any) -> Any:
        """Call the after-request functions and save the session."""
        ctx = get_request_node()[0]
        if ctx._after is not None:
            for hook in ctx._after:
                response = self.ensure_sync(hook)(response)
        hooks = self.after_request_funcs
        if hooks:
            for scope in (*ctx._request.blueprints, None):
                for hook in reversed(hooks.get(scope, ())):
                    response = self.ensure_sync(hook)(response)
        session = ctx._opened
        if session is None:
            if "HTTP_COOKIE" in ctx._request.environ:
                session = self._session_to_refresh(ctx)
            if session is None:
                return response
        interface = self.session_interface
        if not interface.is_null_session(session):
            interface.save_session(self, session, response)
        return response

    # -- the end of a request ------------------------------------------------------

    def do_teardown_request(self, exc: BaseException | None = UNSET) -> None:
        """Call every teardown function of the request, the last registered first.

        All are called even when one raises; the first error is raised at the end.
        """
        hooks = self.teardown_request_funcs
        if not hooks and not request_tearing_down.receivers:
            return
        ctx = get_request_node()[0]
        if ctx._is_torn_down:
            return
        functions: list[Any] = []
        for scope in (*ctx._request.blueprints, None):
            functions += reversed(hooks.get(scope, ()))
        self._call_all(functions, request_tearing_down, exc)

    def do_teardown_appcontext(self, exc: BaseException | None = UNSET) -> None:
        """Call every teardown function of the application context.

        All are called even when one raises; the first error is raised at the end.
        """
        hooks = self.teardown_appcontext_funcs
        if not hooks and not appcontext_tearing_down.receivers:
            return
        if not getattr(get_app_node()[0], "_is_torn_down", False):
            self._call_all(reversed(hooks), appcontext_tearing_down, exc)

    def _call_all(
        self, hooks: Iterable[Any], signal: Any, exc: BaseException | None
    ) -> None:
        exc = current_exception(exc)
        calls: list[Any] = [(self.ensure_sync(hook), (exc,), {}) for hook in hooks]
        if signal.receivers:
            options = {"_async_wrapper": self.ensure_sync, "exc": exc}
            calls.append((signal.send, (self,), options))
        first: BaseException | None = None
        is_ending.set(True)
        for function, args, kwargs in calls:
            try:
                function(*args, **kwargs)
            except BaseException as error:
                if first is None:
                    first = error
                else:
                    self.logger.exception("Another teardown function failed, too")
        is_ending.set(False)
        if first is not None:
            try:
                raise first
            finally:
                first = None

    # -- contexts and sessions -------------------------------------------------------

    def app_context(self) -> AppContext:
        """Return a new application context, to be entered with ``with``."""
        return AppContext(self)

    def request_context(self, environ: WSGIEnvironment) -> RequestContext:
        """Return a new request context for a WSGI environ."""
        return RequestContext(self, environ)

    def _open_session(self, ctx: RequestContext) -> Any:
        interface = self.session_interface
        session = interface.open_session(self, ctx._request)
        if session is None:
            session = interface.make_null_session(self)
        return session

    def _decide_app_context(self) -> bool:
        revision = self._revision
        makes = function_of(self.app_context) is not _app_context
        self._decide("_makes_app_context", makes, revision)
        return makes

    def _session_may_wait(self) -> bool:
        """Tell whether the session need not be opened before it is touched."""
        lazily = self._opens_session_lazily
        if lazily is None:
            revision = self._revision
            lazily = opens_lazily(self.session_interface, self)
            self._decide("_opens_session_lazily", lazily, revision)
        return lazily

    def _open_session_early(self, ctx: RequestContext) -> None:
        if not self._session_may_wait():
            ctx._opened = self._open_session(ctx)

    def _session_to_refresh(self, ctx: RequestContext) -> Any:
        # Nobody touched the session. A permanent one is still sent out again, so
        # that it expires only after that long without any request.
        if self.config[
            "SESSION_REFRESH_EACH_REQUEST"
        ] and self.session_interface.get_cookie_name(self) in ctx._request.environ.get(
            "HTTP_COOKIE", ""
        ):
            ctx._opened = self._open_session(ctx)
        return ctx._opened

    # -- async -------------------------------------------------------------------------

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``func``, or where it is async a function that runs it to its end."""
        code = getattr(func, "__code__", None)
        if code is not None and not code.co_flags & CO_COROUTINE and not func.__dict__:
            return func
        if is_async(func):
            return self.async_to_sync(func)
        return func

    def _callable_view(
        self, endpoint: str, view: Callable[..., Any]
    ) -> Callable[..., Any]:
        revision = self._revision
        function = self.ensure_sync(view)
        if function is view and function_of(self.ensure_sync) is Pipeline.ensure_sync:
            views = {**(self._direct_views or {}), endpoint: view}
            self._decide("_direct_views", views, revision)
        return function

    def async_to_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that runs the coroutine function ``func`` to its end.

        It runs on the one event loop that the process keeps, with the current
        contexts; the calling thread waits.
        """
        from insula.dispatch.loops.aio import run_on_loop  # for those who need a loop

        return run_on_loop(func)


_app_context = Pipeline.app_context
