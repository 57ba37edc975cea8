"""The request context of a WebSocket: an ordinary one, ended by its own hooks.

It lies on the ordinary stacks, so that ``request``, ``session`` and ``g`` work. What
differs is how its rule is found, and what its end calls: the ``teardown_websocket``
functions in the place of the ``teardown_request`` ones.

Theory. The end has two forms. :meth:`WebsocketContext.end` awaits the functions that
are async and has the others called in a worker thread: it is the conversation's own.
:meth:`WebsocketContext.pop` is the plain form, for copies that threads have pushed and
for a context that a thread was holding when its conversation was cancelled.
"""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from werkzeug.routing import WebsocketMismatch

from insula._core.signals import appcontext_popped, appcontext_tearing_down
from insula.context import RequestContext
from insula.context.lifetime import UNSET, leave
from insula.context.stacks import app_stack, request_stack
from insula.dispatch.decisions import function_of
from insula.dispatch.loops.threads import in_worker
from insula.dispatch.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["WebsocketContext"]


class _Silent:
    """In the place of a signal that nobody receives."""

    receivers = ()


class WebsocketContext(RequestContext):
    """Hold what belongs to one WebSocket."""

    _is_socket = True
    # What `close` of this request would close is the WebSocket.
    _closes_request = False
    # Whether the functions of the end are being awaited.
    _is_ending = False

    @property
    def url_adapter(self) -> Any:
        """The URL adapter, which knows that this is a WebSocket."""
        is_new = self._url_adapter is UNSET
        adapter = super().url_adapter
        if is_new and adapter is not None:
            # NOTE: Werkzeug takes wss for ws where the field `Upgrade` is there.
            adapter.url_scheme = self._request.scheme
            adapter.websocket = True
        return adapter

    @url_adapter.setter
    def url_adapter(self, value: Any) -> None:
        self._url_adapter = value

    def match_request(self) -> None:
        """Find the rule for the handshake, among those of WebSockets."""
        app: Any = self.app
        request = self._request
        # PERF: an adapter, which the router does without, is 1 KiB for as long as the
        # WebSocket is open.
        match = app._match_websocket(request)
        if type(match) is tuple:
            request.url_rule, request.view_args = match
        else:
            app._settle(self, match)
        rule = request.url_rule
        if rule is not None and rule.endpoint not in app.websocket_endpoints:
            request.url_rule = request.view_args = None
            request.routing_exception = WebsocketMismatch()

    # -- the end -----------------------------------------------------------------------

    def pop(self, exc: BaseException | None = UNSET) -> None:
        """Leave the context; see :meth:`RequestContext.pop`."""
        # The short form calls the functions of an HTTP request.
        self._leave_simplicity()
        super().pop(exc)

    def _tear_down_request(self, exc: BaseException | None) -> None:
        app: Any = self.app
        app._call_all(self._teardowns(), _Silent, exc)

    def _teardowns(self) -> list[Any]:
        app: Any = self.app
        hooks = app.teardown_websocket_funcs
        functions: list[Any] = []
        if hooks:
            for scope in (*self._request.blueprints, None):
                functions += reversed(hooks.get(scope, ()))
        return functions

    def _end(self, exc: BaseException | None) -> None:
        # NOTE: the threads that call those functions hold the context, too.
        if not self._is_ending:
            super()._end(exc)

    async def end(self, exc: BaseException | None, call: Any) -> None:
        """Leave the context, for good where no thread holds it.

        :param call: ``await call(function, *args)``, as the function needs it.
        """
        self._leave_simplicity()
        brought_app = self._brought_app & 1
        self._brought_app >>= 1
        outer = self._take_outer()
        try:
            if self._drop_push():
                self._is_ending = True
                await self._end_by(exc, call)
        finally:
            self._is_ending = False
            leave(request_stack, self)
            if brought_app:
                leave(app_stack, self)
            elif outer is not None:
                # It calls functions of any kind, and leaves the stack of a copy.
                await in_worker(copy_context(), outer.pop, exc)
                leave(app_stack, outer)
        if brought_app and appcontext_popped.receivers:
            self._send(appcontext_popped)

    async def _end_by(self, exc: BaseException | None, call: Any) -> None:
        app: Any = self.app
        try:
            try:
                await self._await_all(self._teardowns(), exc, call)
            finally:
                self._close_request()
        finally:
            if self._ends_app:
                try:
                    await self._await_all(self._app_teardowns(app), exc, call)
                finally:
                    self._close_app()

    @staticmethod
    def _app_teardowns(app: Any) -> Iterable[Any]:
        step = app.do_teardown_appcontext
        usual = function_of(step) is Pipeline.do_teardown_appcontext
        if usual and not appcontext_tearing_down.receivers:
            return [*reversed(app.teardown_appcontext_funcs)]
        return (step,)

    async def _await_all(
        self, functions: Iterable[Any], exc: BaseException | None, call: Any
    ) -> None:
        first: BaseException | None = None
        for function in functions:
            try:
                await call(function, exc)
            except GeneratorExit:
                # Nothing can be awaited any more.
                raise
            except BaseException as error:
                if first is None:
                    first = error
                else:
                    app: Any = self.app
                    app.logger.exception("Another teardown function failed, too")
        if first is not None:
            try:
                raise first
            finally:
                first = None
