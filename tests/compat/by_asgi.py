"""A plugin of pytest: test clients call the application by ASGI, not by WSGI.

``pytest -p by_asgi``. What a client would hand to the application as an environ is made
a scope, the application's ``asgi_app`` runs on the event loop, and its messages are
made a WSGI response again, as for an ASGI application that is mounted under WSGI. So
every request of a suite that was written for WSGI goes through what answers ASGI.

A scope has no place for what tests and the client put into an environ on top of what a
request says (``environ_overrides``, ``werkzeug.debug.preserve_context``); that is
handed over beside it.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import werkzeug.test

from insula.app import Insula
from insula.dispatch.asgi import exchange, scope_request
from insula.dispatch.loops.aio import _loop
from insula.http.scope import environ_of, scope_of
from insula.servers.bridge import Bridge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_KEY = "insula.test.environ"
_SAID = ("HTTP_", "CONTENT_", "wsgi.", "REMOTE_", "SERVER_", "RAW_URI", "REQUEST_URI")


def _whole_environ_of(scope: Any, body: Any) -> dict[str, Any]:
    environ = environ_of(scope, body)
    given = scope.get(_KEY, {})
    for key, value in given.items():
        if not key.startswith(_SAID):
            environ.setdefault(key, value)
    environ["wsgi.errors"] = given.get("wsgi.errors")
    return environ


def _by_asgi(app: Insula) -> Callable[..., Iterable[bytes]]:
    def call(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        scope = {**scope_of(environ), _KEY: environ}
        given = environ["wsgi.input"]
        if isinstance(given, io.BytesIO):
            # A client that follows a redirect sends the body again, from this file.
            environ = {**environ, "wsgi.input": io.BytesIO(given.getvalue())}
        bridge = Bridge(app.asgi_app, environ, scope, _loop.get())
        return bridge.respond(start_response)

    return call


_run_wsgi_app = werkzeug.test.run_wsgi_app


def _run(app: Any, environ: dict[str, Any], buffered: bool = False) -> Any:
    target = _by_asgi(app) if isinstance(app, Insula) else app
    return _run_wsgi_app(target, environ, buffered)


def pytest_configure() -> None:
    """Put it in place."""
    for module in (exchange, scope_request):
        vars(module)["environ_of"] = _whole_environ_of
    vars(werkzeug.test)["run_wsgi_app"] = _run
