"""An application by either interface: WSGI applications as ASGI ones, and back.

Which interfaces an application speaks is told from what it is (`spoken_by`): a
coroutine function, or an object whose ``__call__`` is one, speaks ASGI, and so does
what must be given three arguments; what has a ``wsgi_app`` *and* an ``asgi_app``, as
every Insula application, speaks both; anything else WSGI. Where that is wrong, as for a
plain function that returns a coroutine, :func:`as_asgi` and :func:`as_wsgi` say so.

Each of them returns one object for both: called ``(environ, start_response)`` it is
WSGI, ``(scope, receive, send)`` ASGI 3, ``(scope)`` ASGI 2. Like an Insula application
it has a ``wsgi_app`` and an ``asgi_app``.

* A WSGI application under ASGI runs on a worker thread, in a Context of its own.
* An ASGI application under WSGI runs on the process's event loop (`bridge`). Its
  lifespan begins with the first request and ends with the process.

Sources: PEP 3333; the ASGI specification 3.0, Lifespan 2.0.
"""

from __future__ import annotations

import inspect
import os
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any

from insula._core.asynchrony import taken_for_async

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Coroutine, Iterable

    from insula._core.protocols import (
        ASGIReceive,
        ASGIScope,
        ASGISend,
        StartResponse,
        WSGIEnvironment,
    )
    from insula.servers.asgi.lifespan import Lifespan

__all__ = ["TwoSided", "as_asgi", "as_wsgi", "spoken_by", "two_sided"]

_ASGI_ARGUMENTS = 3  # scope, receive, send


def as_asgi(wsgi_app: Callable[..., Iterable[bytes]]) -> TwoSided:
    """Return what calls a WSGI application, by ASGI or WSGI.

    ::

        from insula import as_asgi

        application = as_asgi(legacy)  # for uvicorn
    """
    return _Wsgi(wsgi_app)


def as_wsgi(asgi_app: Callable[..., Coroutine[Any, Any, None]]) -> TwoSided:
    """Return what calls an ASGI 3 application, by WSGI or ASGI.

    ::

        from insula import as_wsgi

        application = as_wsgi(modern)  # for gunicorn
    """
    return _Asgi(asgi_app)


def spoken_by(application: Any) -> frozenset[str]:
    """Return the interfaces, "asgi" and "wsgi", by which it can be called."""
    if hasattr(application, "asgi_app") and hasattr(application, "wsgi_app"):
        return _BOTH
    if _is_coroutine_function(application):
        return _ASGI
    try:
        parameters = inspect.signature(application).parameters.values()
    except (TypeError, ValueError):
        return _WSGI
    required = [
        parameter
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind
        in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD}
    ]
    return _ASGI if len(required) == _ASGI_ARGUMENTS else _WSGI


_ASGI = frozenset({"asgi"})
_WSGI = frozenset({"wsgi"})
_BOTH = _ASGI | _WSGI


def _is_coroutine_function(application: Any) -> bool:
    return inspect.iscoroutinefunction(application) or inspect.iscoroutinefunction(
        getattr(application, "__call__", None)  # noqa: B004 - not whether, but what it is
    )


def two_sided(application: Any) -> Any:
    """Return the application such that it can be called by either interface."""
    spoken = spoken_by(application)
    if spoken is _BOTH:
        return application
    return _Asgi(application) if spoken is _ASGI else _Wsgi(application)


class TwoSided:
    """One object for both interfaces, as an Insula application is."""

    #: The interface by which what it calls is called.
    native = "wsgi"

    @taken_for_async
    def __call__(
        self, environ: Any, start_response: Any = None, send: Any = None, /
    ) -> Any:
        """Answer one request, by the interface that the arguments tell."""
        if send is not None:
            return self.asgi_app(environ, start_response, send)
        if start_response is None:
            return partial(self.asgi_app, environ)
        return self.wsgi_app(environ, start_response)

    def wsgi_app(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer one request by WSGI."""
        raise NotImplementedError

    async def asgi_app(
        self, scope: ASGIScope, receive: ASGIReceive, send: ASGISend
    ) -> None:
        """Answer one scope by ASGI."""
        raise NotImplementedError


class _Wsgi(TwoSided):
    """A WSGI application."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application
        self._in_worker = _InWorker(application)

    def __repr__(self) -> str:
        return f"as_asgi({self._application!r})"

    def wsgi_app(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        return self._application(environ, start_response)

    async def asgi_app(
        self, scope: ASGIScope, receive: ASGIReceive, send: ASGISend
    ) -> None:
        kind = scope["type"]
        if kind == "http":
            from insula.dispatch.asgi.exchange import answer_in_steps

            await answer_in_steps(self._in_worker, scope, receive, send)
        elif kind == "websocket":
            # There are none in WSGI; before it is accepted this is a 403.
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        elif kind == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            raise ValueError(
                f"The server called with a scope of type {kind!r}, for which a WSGI"
                " application has no answer. Configure the server to leave it out."
            )


class _InWorker:
    """What `exchange` needs to know of a WSGI application: it takes the thread way."""

    _by_task = False

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application

    def wsgi_app(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer one request, and have its body produced in the same Context."""
        from insula.dispatch.streaming import run_body_in

        body = self._application(environ, start_response)
        return run_body_in(copy_context(), body, environ)


class _Asgi(TwoSided):
    """An ASGI application."""

    native = "asgi"

    def __init__(self, application: Callable[..., Coroutine[Any, Any, None]]) -> None:
        self._application = application
        # NOTE: of each process its own: in a forked child a thread of the parent's
        # may hold the lock, and nothing has begun.
        self._locks: dict[int, threading.Lock] = {}
        self._lives: dict[int, Lifespan] = {}

    def __repr__(self) -> str:
        return f"as_wsgi({self._application!r})"

    async def asgi_app(
        self, scope: ASGIScope, receive: ASGIReceive, send: ASGISend
    ) -> None:
        await self._application(scope, receive, send)

    def wsgi_app(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        from insula.dispatch.loops.aio import _loop
        from insula.http.scope import scope_of
        from insula.servers.bridge import Bridge

        inbox = _loop.get()
        life = self._lives.get(os.getpid()) or self._begin(inbox)
        scope = scope_of(environ)
        scope["state"] = dict(life.state)
        return Bridge(self._application, environ, scope, inbox).respond(start_response)

    def _start_serving(self) -> None:
        from insula.dispatch.loops.aio import _loop

        self._begin(_loop.get())

    def _stop_serving(self) -> None:
        life = self._lives.pop(os.getpid(), None)
        if life is not None:
            from insula.servers.lifespans import end

            end(life)

    def _begin(self, inbox: Any) -> Lifespan:
        """Begin the lifespan, once in a process; raise if the application refuses."""
        from insula.dispatch.loops.hub import new_short_lock

        process = os.getpid()
        with self._locks.setdefault(process, new_short_lock()):
            life = self._lives.get(process)
            if life is None:
                from insula.servers.lifespans import begin

                life = begin(self._application, inbox)
                self._lives[process] = life
            return life
