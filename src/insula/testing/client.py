"""The test client: it calls the application directly and keeps cookies.

In a ``with`` block the contexts of the last request stay current, so that a test may
look at ``request``, ``session`` and ``g`` after it. They belong to the client: its next
request, or the end of the block, pops them.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from copy import copy
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import werkzeug.test
from werkzeug.wrappers import Request as WerkzeugRequest

from insula.testing.builder import EnvironBuilder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from typing_extensions import Self

    from insula._core.protocols import WSGIEnvironment
    from insula.sessions import SessionMixin
    from insula.testing.websocket import WebsocketConnection

__all__ = ["InsulaClient"]


def werkzeug_version() -> str:
    """Return the version that the client names as the agent's."""
    return version("werkzeug")


class InsulaClient(werkzeug.test.Client):
    """Werkzeug's client with sessions and preserved contexts.

    :param application: the application; the other parameters are the base's.
    """

    application: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.preserve_context = False
        self._new_contexts: list[Any] = []
        self._context_stack = ExitStack()
        #: What each request's environ starts with.
        self.environ_base: WSGIEnvironment = {
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_USER_AGENT": f"Werkzeug/{werkzeug_version()}",
        }

    @contextmanager
    def session_transaction(self, *args: Any, **kwargs: Any) -> Iterator[SessionMixin]:
        """Open the client's session, to be changed, and store it at the end.

        :param args: of the request it is opened for, as are ``kwargs``.
        """
        if self._cookies is None:
            raise TypeError(
                "Cookies are disabled. A session needs them: make the client with"
                " use_cookies=True."
            )
        app = self.application
        ctx = app.test_request_context(*args, **kwargs)
        self._add_cookies_to_wsgi(ctx.request.environ)
        with ctx:
            session = app.session_interface.open_session(app, ctx.request)
        if session is None:
            raise RuntimeError(
                "Session backend did not open a session. Is app.secret_key set?"
            )
        yield session
        if app.session_interface.is_null_session(session):
            return
        response = app.response_class()
        with ctx:
            app.session_interface.save_session(app, session, response)
        self._update_cookies_from_response(
            ctx.request.host.partition(":")[0],
            ctx.request.path,
            response.headers.getlist("Set-Cookie"),
        )

    def _copy_environ(self, other: WSGIEnvironment) -> WSGIEnvironment:
        environ = {**self.environ_base, **other}
        if self.preserve_context:
            environ["werkzeug.debug.preserve_context"] = self._new_contexts.append
        return environ

    def _request_from_builder_args(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> WerkzeugRequest:
        kwargs["environ_base"] = self._copy_environ(kwargs.get("environ_base", {}))
        builder = EnvironBuilder(self.application, *args, **kwargs)
        try:
            return builder.get_request()
        finally:
            builder.close()

    def _request_of(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> WerkzeugRequest:
        given = args[0] if args else None
        if isinstance(given, werkzeug.test.EnvironBuilder):
            builder = copy(given)
            builder.environ_base = self._copy_environ(dict(builder.environ_base or {}))
            return builder.get_request()
        if isinstance(given, dict):
            return EnvironBuilder.from_environ(
                given, app=self.application, environ_base=self._copy_environ({})
            ).get_request()
        if isinstance(given, WerkzeugRequest):
            request = copy(given)
            request.environ = self._copy_environ(request.environ)
            return request
        return self._request_from_builder_args(args, kwargs)

    def open(
        self,
        *args: Any,
        buffered: bool = False,
        follow_redirects: bool = False,
        **kwargs: Any,
    ) -> werkzeug.test.TestResponse:
        """Send a request: a path and parameters, a builder, an environ or a request."""
        # A test may have patched the application's class since the last request.
        self.application._look_again()
        request = self._request_of(args, kwargs)
        self._context_stack.close()
        response = super().open(
            request, buffered=buffered, follow_redirects=follow_redirects
        )
        response.json_module = self.application.json
        for ctx in self._new_contexts:
            if ctx is not None:
                self._context_stack.enter_context(ctx)
        self._new_contexts.clear()
        return response

    def websocket(
        self, path: str = "/", *args: Any, subprotocols: Iterable[str] = (), **kw: Any
    ) -> WebsocketConnection:
        """Return a WebSocket to ``path``, to be entered with ``with``.

        The client's cookies go with the handshake, those of the answer are kept. With
        ``async with`` the conversation takes place on the test's own event loop.

        :param subprotocols: what is offered, the preferred first.
        :param args: of a request, as are ``kw``: ``headers=``, ``query_string=``, …
        :raises WebSocketRefused: when it is entered, if it is not accepted.
        """
        from insula.testing.websocket import WebsocketConnection, handshake

        environ = self._request_of((path, *args), kw).environ
        self._add_cookies_to_wsgi(environ)
        offered = [*subprotocols]
        return WebsocketConnection(self, handshake(environ, offered), offered)

    def __enter__(self) -> Self:
        if self.preserve_context:
            raise RuntimeError(
                "Cannot nest client invocations: the client is in a with block already."
            )
        self.preserve_context = True
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.preserve_context = False
        self._context_stack.close()
