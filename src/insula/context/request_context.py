"""The request context: request, session and flashes of one request.

A request context is an application context, too: where none of its application is
current it takes that place itself, as nearly always. A request then makes one object
and not two. Where the application makes application contexts in a way of its own (an
overridden ``app_context``), it is asked for one, and that one is pushed.

What costs something is made when it is first touched: the session (unless the
application's session interface wants to be asked at every request), ``g``, the URL
adapter, the list of functions to call after this request.
"""

from __future__ import annotations

import sys
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException

from insula._core.signals import appcontext_popped, appcontext_pushed
from insula.context.app_context import AppContext
from insula.context.lifetime import GONE, UNSET, leave
from insula.context.stacks import (
    EMPTY,
    app_stack,
    get_app_node,
    get_request_node,
    request_stack,
    set_app_node,
    set_request_node,
)

if TYPE_CHECKING:
    from insula._core.protocols import AppProtocol, WSGIEnvironment

__all__ = ["RequestContext"]


class RequestContext(AppContext):
    """Hold what belongs to one request.

    Made by ``app.request_context(environ)`` and ``app.test_request_context(...)``.
    """

    # What the proxy `request` reads: GONE before and after the context's life.
    _live: Any
    # The session, once it has been opened.
    _opened: Any
    flashes: list[tuple[str, str]] | None = None
    _after: list[Any] | None
    # Whether an application context that is current already may be shared.
    _shares_app_context = True
    # Whether it was pushed once, took the application context's place, too, and is not
    # held: what nearly every request comes to. The next two are kept otherwise.
    _whole = False
    # Whether the Context (of contextvars) ends with it, so that the stacks there need
    # not be tidied up for anybody.
    _context_ends = False
    #: Whether :meth:`auto_pop` has left it pushed.
    preserved = False
    # Whether its end is that of the request, whose files are closed then; a carried
    # copy's is not. NOTE: looked at where the context is not `_whole`.
    _closes_request = True
    # Whether the request is a WebSocket's handshake.
    _is_socket = False
    # Whether a subclass finds the rule in its own way.
    _matches_itself = False
    # Of each push one bit: whether it took the application context's place.
    _brought_app = 0
    _ends_app = False
    # The application contexts that the application was asked for, each with the number
    # of the push that it was for; and the first of them.
    _outers: tuple[tuple[int, Any], ...] = ()
    _outer: Any = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._matches_itself = cls.match_request is not RequestContext.match_request

    def __init__(
        self,
        app: AppProtocol,
        environ: WSGIEnvironment,
        request: Any = None,
        session: Any = None,
    ) -> None:
        self.app = app
        self._live_app = None
        self._live = self._live_g = GONE
        if request is None:
            request = app.request_class(environ)
            request.json_module = app.json
        self._request = request
        self._opened = session
        self._after = None

    @property
    def request(self) -> Any:
        """The request object."""
        return self._request

    @request.setter
    def request(self, value: Any) -> None:
        self._request = value
        if self._live is not GONE:
            self._live = value

    @property
    def url_adapter(self) -> Any:
        """The URL adapter bound to the request, ``None`` if it could not be bound."""
        if self._url_adapter is UNSET:
            try:
                self._url_adapter = self.app.create_url_adapter(self._request)
            except HTTPException as exc:
                self._url_adapter = None
                self._request.routing_exception = exc
        return self._url_adapter

    @url_adapter.setter
    def url_adapter(self, value: Any) -> None:
        self._url_adapter = value

    @property
    def _after_request_functions(self) -> list[Any]:
        if self._after is None:
            self._after = []
        return self._after

    @property
    def session(self) -> Any:
        """The session, opened when it is first touched.

        Reading it marks it as accessed, so that the response varies on the cookie.
        """
        session = self._opened
        if session is None:
            session = self._open()
        session.accessed = True
        return session

    @session.setter
    def session(self, value: Any) -> None:
        self._opened = value

    def _open(self) -> Any:
        if self._live is GONE:
            raise RuntimeError(
                "The session has not yet been opened: push the request context"
                " first (`with app.test_request_context(...):`)."
            )
        self._opened = session = self.app._open_session(self)
        return session

    @property
    def _session(self) -> Any:
        # Flask's name for the session when reading it is not to count as access.
        if self._opened is None and self._live is not GONE:
            return self._open()
        return self._opened

    @_session.setter
    def _session(self, value: Any) -> None:
        self._opened = value

    def copy(self) -> RequestContext:
        """Return a new context with the same request and session objects.

        A live context's session is opened for it: what the copy writes is seen here.
        It has a life of its own: it can be pushed in another greenlet, thread or
        task, and outlives this one.
        """
        return self.__class__(
            self.app,
            environ=self._request.environ,
            request=self._request,
            session=self._session,
        )

    def match_request(self) -> None:
        """Find the rule that answers the request; subclasses may hook in here."""
        self.app._match_request(self)

    def push(self) -> None:
        """Make this the current request context.

        Pushes an application context where none of this application is current,
        opens the session where the interface wants that early, matches the URL.
        """
        app = self.app
        if (
            self._pushes
            or app._makes_app_context is not False
            or get_app_node() is not EMPTY
        ):
            self._push_beside()
        else:
            # PERF: what nearly every request comes to, in one function.
            self._pushes = 1
            self._whole = True
            self._live_app = app
            set_app_node((self, EMPTY))
            if appcontext_pushed.receivers:
                self._send(appcontext_pushed)
            self._live = self._request
            set_request_node((self, get_request_node()))
        if not app._opens_session_lazily and self._opened is None:
            app._open_session_early(self)
        if self._matches_itself:
            self.match_request()
        else:
            app._match_request(self)

    def _push_beside(self) -> None:
        self._leave_simplicity()
        app = self.app
        makes = app._makes_app_context
        if makes is None:
            makes = app._decide_app_context()
        below = get_app_node()
        top = below[0]
        if top is not None and top._live_app is app and self._shares_app_context:
            self._brought_app <<= 1
        elif makes:
            self._brought_app <<= 1
            outer = app.app_context()
            outer.push()
            self._outers = (*self._outers, (self._pushes, outer))
            if self._outer is None:
                self._outer = outer
        else:
            self._brought_app = self._brought_app << 1 | 1
            self._ends_app = True
            self._live_app = app
            set_app_node((self, below))
            if appcontext_pushed.receivers:
                self._send(appcontext_pushed)
        self._pushes += 1
        self._live = self._request
        set_request_node((self, get_request_node()))

    def _leave_simplicity(self) -> None:
        if self._whole:
            self._whole = False
            self._brought_app = 1
            self._ends_app = True

    def _hold(self) -> None:
        self._leave_simplicity()
        super()._hold()
        if self._outer is not None:
            self._outer._hold()

    def _release(self, exc: BaseException | None) -> None:
        try:
            super()._release(exc)
        finally:
            if self._outer is not None:
                self._outer._release(exc)

    def _take_outer(self) -> Any:
        """Return the application context that the last push had made, or ``None``.

        To be asked for before that push is counted down.
        """
        if self._outers and self._outers[-1][0] == self._pushes - 1:
            outer = self._outers[-1][1]
            self._outers = self._outers[:-1]
            return outer
        return None

    def pop(self, exc: BaseException | None = UNSET) -> None:
        """Leave the context; the last pop calls the teardown functions.

        :param exc: handed to them; by default the exception being handled.
        :raises LookupError: if the context is not pushed.
        :raises AssertionError: if another context was pushed since and not popped.
        """
        if exc is UNSET:
            exc = sys.exc_info()[1]
        node = get_request_node()
        if node[0] is not self or not self._whole:
            self._pop_one_of_many(exc)
            return
        # PERF: what nearly every request comes to, in one function.
        self._whole = False
        self._pushes = 0
        app = self.app
        request = self._request
        try:
            try:
                app.do_teardown_request(exc)
            finally:
                request.close()
        finally:
            self._live = GONE
            # As in `_end_request`.
            request.environ["werkzeug.request"] = None
            if request.url_rule is None:
                _forget_traceback(request.routing_exception)
            if not self._context_ends:
                leave(request_stack, self)
            try:
                app.do_teardown_appcontext(exc)
            finally:
                self._live_app = None
                self._live_g = GONE
                if self._context_ends:
                    self._context_ends = False  # it may be pushed again elsewhere
                else:
                    leave(app_stack, self)
        if appcontext_popped.receivers:
            self._send(appcontext_popped)

    def auto_pop(self, exc: BaseException | None = None) -> None:
        """Leave the context, unless the environ asks to keep it.

        NOTE: the name under which Flask before 2.2 ended a request; a test client of
        that time asks by ``flask._preserve_context``.
        """
        if self._request.environ.get("flask._preserve_context"):
            self.preserved = True
        else:
            self.pop(exc)

    def _pop_one_of_many(self, exc: BaseException | None) -> None:
        self._check_pushed()
        self._leave_simplicity()
        # This way tidies up, whether or not the Context ends.
        self._context_ends = False
        if get_request_node()[0] is self:
            self._pop_current(exc)
            return
        # It was pushed elsewhere, or lies below another one: its teardown functions
        # see it all the same.
        brought_app = self._brought_app & 1
        try:
            copy_context().run(self._pop_as_current, exc)
        finally:
            try:
                leave(request_stack, self)
            finally:
                if brought_app:
                    leave(app_stack, self)

    def _pop_as_current(self, exc: BaseException | None) -> None:
        if self._brought_app & 1:
            app_stack.push(self)
        request_stack.push(self)
        self._pop_current(exc)

    def _pop_current(self, exc: BaseException | None) -> None:
        outer = self._take_outer()
        last = self._drop_push()
        brought_app = self._brought_app & 1
        self._brought_app >>= 1
        try:
            if last:
                self._end_request(exc)
        finally:
            try:
                leave(request_stack, self)
            finally:
                if brought_app:
                    self._pop_app(exc, last=last)
                elif outer is not None:
                    outer.pop(exc)

    def _pop_app(self, exc: BaseException | None, *, last: bool) -> None:
        try:
            if last:
                self._end_app(exc)
        finally:
            leave(app_stack, self)
        if appcontext_popped.receivers:
            self._send(appcontext_popped)

    def _end(self, exc: BaseException | None) -> None:
        try:
            self._end_request(exc)
        finally:
            if self._ends_app:
                self._end_app(exc)

    def _end_request(self, exc: BaseException | None) -> None:
        try:
            self._tear_down_request(exc)
        finally:
            self._close_request()

    def _tear_down_request(self, exc: BaseException | None) -> None:
        self.app.do_teardown_request(exc)

    def _close_request(self) -> None:
        request = self._request
        try:
            if self._closes_request:
                request.close()
        finally:
            self._live = GONE
            # Neither the environ nor the exception that routing left may refer back to
            # the request: no cycle is left for the garbage collector.
            request.environ["werkzeug.request"] = None
            _forget_traceback(request.routing_exception)

    def _end_app(self, exc: BaseException | None) -> None:
        try:
            self.app.do_teardown_appcontext(exc)
        finally:
            self._close_app()

    def _close_app(self) -> None:
        self._live_app = None
        self._live_g = GONE

    def __repr__(self) -> str:
        request = self._request
        return (
            f"<{type(self).__name__} {request.url!r} [{request.method}]"
            f" of {self.app.name}>"
        )


def _forget_traceback(exc: BaseException | None) -> None:
    if exc is not None:
        exc.__traceback__ = None
