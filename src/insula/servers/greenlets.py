"""Serve with gevent: a greenlet for each connection, in one thread.

Rules of the file: it is imported in a process that gevent has patched, and only where
greenlets were asked for, so gevent stands at the top; what does not differ from the
other modes is theirs: sockets, signals, guard, log, and the order of stopping.

Theory. `engine.Engine` waits for events and knows when to give up; here it starts
gevent's own server in place of Granian. `GreenletServer` has a greenlet for each
connection (`connection`), and `greenlets` places for requests: a connection that is
kept open and says nothing has a greenlet, which costs little, and no place, so that
idle clients keep nobody out. A request without a place waits until one is free.

When asked to stop the server closes its socket, has every response say that the
connection ends with it, and reports once no connection is in the middle of a
request. What is idle then is closed.

A view that waits in a way that gevent does not know stops the whole process, and with
it the greenlet that would end it in time. So when the time is up a real thread does.

Sources: gevent 26.9 `pywsgi.py`, `baseserver.py`.
"""

from __future__ import annotations

import os
import socket
import ssl
import time
from _thread import TIMEOUT_MAX
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from insula.dispatch.loops.aio import calls_waiting
from insula.servers.connection import Answer, Connection
from insula.servers.departures import CLIENT_LEFT
from insula.servers.engine import Engine
from insula.servers.terminal import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula.servers.guard import Runner
    from insula.servers.options import ServerOptions
    from insula.servers.tls import TlsFiles

__all__ = ["GreenletEngine", "GreenletServer"]

# They are not typed.
lock: Any = import_module("gevent.lock")
monkey: Any = import_module("gevent.monkey")
pool: Any = import_module("gevent.pool")
pywsgi: Any = import_module("gevent.pywsgi")

_LATE = 2.0  # seconds past its own time before a process that hangs is ended


class GreenletServer(pywsgi.WSGIServer):  # type: ignore[misc]  # see above
    """gevent's server, whose connections hand their requests to `runner`.

    `rested` is called once no request is in flight after `leave`.
    """

    handler_class = Connection

    def __init__(
        self,
        listener: socket.socket,
        runner: Runner,
        options: ServerOptions,
        *,
        tls: TlsFiles | None,
        rested: Callable[[], object],
    ) -> None:
        extra = {} if tls is None else {"ssl_context": _ssl_context(tls)}
        super().__init__(
            listener,
            runner,
            environ=_own_address(listener),
            spawn=pool.Pool(),  # without a limit: places are limited
            log=None,
            error_log=None,
            **extra,
        )
        self.body_timeout = options.body_timeout
        self.places = lock.BoundedSemaphore(options.greenlets)
        self.asking: dict[int, Answer] = {}
        self.leaving = False
        self._busy: set[Connection] = set()
        self._rested = rested

    def begin(self, connection: Connection) -> None:
        """Note that a connection is in the middle of a request."""
        self._busy.add(connection)

    def end(self, connection: Connection) -> None:
        """Note that it is not any more."""
        self._busy.discard(connection)
        if self.leaving and not self._busy:
            self._rested()

    def leave(self) -> None:
        """Take no more connections, and end those there are with their request."""
        self.leaving = True
        self.close()
        if not self._busy:
            self._rested()

    def look(self) -> None:
        """Cancel the calls that wait in requests whose clients have left."""
        for call, greenlet in calls_waiting():
            answer = self.asking.get(greenlet)
            if (
                answer is not None
                and answer.is_for_nobody()
                and CLIENT_LEFT not in answer.environ
            ):
                answer.environ[CLIENT_LEFT] = True
                call.cancel()

    def wrap_socket_and_handle(self, client_socket: Any, address: Any) -> Any:
        """Serve over TLS; a client that fails to agree on it is none of ours."""
        with suppress(OSError):
            return super().wrap_socket_and_handle(client_socket, address)


class GreenletEngine(Engine):
    """A server on one listening socket, with `options.greenlets` requests at once."""

    _server: GreenletServer
    _patience = 0.0
    _asked: float | None = None

    def stop(self) -> None:
        """Ask to stop; from any greenlet or signal handler. Again: without draining."""
        super().stop()
        now = time.monotonic()
        if self._asked is None:
            self._asked = now
            self._watch(self._patience)
        elif self._insists(self._asked):
            self._watch(0)

    def run(
        self,
        *,
        drain_timeout: float | None = None,
        ready: Callable[[], None] | None = None,
    ) -> bool:
        """Serve until `stop`; return whether every request in flight has ended."""
        allocate_lock = monkey.get_original("_thread", "allocate_lock")
        self._ended = allocate_lock()
        self._patience = (
            self._options.drain_timeout if drain_timeout is None else drain_timeout
        )
        with self._ended:
            drained = super().run(drain_timeout=drain_timeout, ready=ready)
            if drained:
                self._server.pool.kill()  # those that are idle
        return drained

    def _watch(self, patience: float) -> None:
        """End the process when `run` has not returned long after it should have."""

        def watch() -> None:
            if self._ended.acquire(timeout=patience + _LATE):
                self._ended.release()
                return
            say(" * Stopped with a request that blocks the whole process.", fg="yellow")
            os._exit(0)

        if patience + _LATE <= TIMEOUT_MAX:
            monkey.get_original("_thread", "start_new_thread")(watch, ())

    def _start(self) -> Any:
        """Start gevent's server; return what stops it."""
        # Its own descriptor, since `run` closes ours before the server stops listening.
        listener = socket.socket(fileno=os.dup(self._sock.fileno()))
        self._server = GreenletServer(
            listener,
            self._runner,
            self._options,
            tls=self._tls,
            rested=lambda: self._events.put("done"),
        )
        self._server.start()
        self._look = self._server.look
        return _Stop(self._server)

    def _views_running(self) -> bool:
        return False  # a view is part of its connection's request

    def _is_answering(self, thread: int) -> bool:
        return thread in self._server.asking


class _Stop:
    """What `Engine.run` sets to have its server stop."""

    def __init__(self, server: GreenletServer) -> None:
        self.set = server.leave


def _own_address(listener: socket.socket) -> dict[str, str]:
    if listener.family not in {socket.AF_INET, socket.AF_INET6}:
        return {}
    host, port = listener.getsockname()[:2]
    return {"SERVER_NAME": host, "SERVER_PORT": str(port)}


def _ssl_context(tls: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(tls.certificate, tls.key)
    return context
