"""The guard between Granian and an ASGI application: one request, made safe.

Rules of the file: whatever an application raises, its client is answered or cut, the
exception is logged once, and the loop goes on; nothing of a request stays behind.

Theory. Granian calls `Guard.schedule` on a thread of its own. Each request becomes a
task of the loop, and a task copies the Context it is made in: an empty one, so that
what a request sets in context variables is its own. What is mended, and where:

* The scope: HTTP/1.0 is called by its name, ports are numbers, a Unix socket has no
  address; `root_path` and `state` are there; a header `Proxy`, or one whose name has an
  underscore, is left out (behind `X-Forwarded-For` a proxy says who the client is,
  which `X_Forwarded_For` must not become). A request that names no host (HTTP/1.0
  may), several, or what is none (`host`) is a 400.
* Receiving and sending: `http`, `websocket`.
* A response that failed after its head had gone: `cut`.

A server that is told to stop and has waited long enough cancels the tasks there are.
What has not been answered then is a 503.

Sources: ASGI 3, HTTP & WebSocket 2.3; RFC 9112 §3.2 (Host); CVE-2016-5385 (Proxy).
"""

from __future__ import annotations

import time
from contextvars import Context
from functools import partial
from typing import TYPE_CHECKING, Any

from insula.servers.asgi.cut import cut_connection
from insula.servers.asgi.exchange import LOGGER
from insula.servers.asgi.http import HttpExchange
from insula.servers.asgi.websocket import (
    GOING_AWAY,
    INTERNAL_ERROR,
    NORMAL,
    WebSocketExchange,
)
from insula.servers.host import KNOWN_HOSTS, is_host

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from insula.servers.access_log import EntryLog
    from insula.servers.asgi.exchange import Exchange

    Scope = dict[str, Any]
    Application = Callable[[Scope, Any, Any], Any]

__all__ = ["Guard", "Serving"]

_CLIENT_CLOSED_REQUEST = 499  # as nginx has it in its log
_ASGI = {"version": "3.0", "spec_version": "2.3"}
_NO_HOST = b"Bad Request: a request must name one valid host (RFC 9112, 3.2).\n"
_STOPPING = b"Service Unavailable: the server is stopping.\n"
_FAILED = b"Internal Server Error\n"

_HARMLESS: set[bytes] = set()
"""Names of headers that need no look."""
_HARMLESS_MAX = 256


class Serving:
    """What the requests of a server share."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        body_timeout: float,
        entry: EntryLog | None,
        changed: Callable[[], object],
    ) -> None:
        self.loop = loop
        self.body_timeout = body_timeout
        self.is_leaving = False
        """Whether the server has been told to stop."""
        self.is_over = False
        """Whether the time that requests are given to end is over."""
        self.exchanges: set[Exchange] = set()
        self._entry = entry
        self._changed = changed
        self._kept: list[Exchange] = []
        self._began: dict[Exchange, float] = {}
        self._has_body_limit = body_timeout != float("inf")

    def body_timer(self, react: Callable[[], None]) -> asyncio.TimerHandle | None:
        """Have `react` called after the time that a piece of a body may take."""
        if not self._has_body_limit:
            return None
        return self.loop.call_later(self.body_timeout, react)

    def begin(self, exchange: Exchange) -> None:
        """Note that a request is in flight."""
        self.exchanges.add(exchange)
        if self._entry is not None:
            self._began[exchange] = time.perf_counter()

    def end(self, exchange: Exchange) -> None:
        """Note that it is not any more."""
        if exchange not in self._kept:
            exchange.release()
        self.exchanges.discard(exchange)
        self._began.pop(exchange, None)
        if self.is_leaving:
            self._changed()

    def keep(self, exchange: Exchange) -> None:
        """Keep an unfinished response unfinished until the process has ended.

        NOTE: the server ends it when its object is gone, and it would look complete.
        """
        self._kept.append(exchange)

    def log(self, exchange: Exchange) -> None:
        """Write the line of the access log, for a WebSocket when it is answered."""
        if self._entry is None:
            return
        scope = exchange.scope
        client = scope["client"]
        spent = time.perf_counter() - self._began[exchange]
        self._entry(
            client[0] if client else "",
            scope.get("method", "GET"),
            scope["path"],
            scope["query_string"].decode("latin-1"),
            f"HTTP/{scope['http_version']}",
            exchange.status or _CLIENT_CLOSED_REQUEST,
            spent,
        )


class Guard:
    """Makes tasks of requests, and answers what the application does not."""

    def __init__(
        self,
        application: Application,
        serving: Serving,
        *,
        state: dict[str, Any] | None,
        unix_path: str | None,
    ) -> None:
        self._application = application
        self._serving = serving
        self._state = state
        self._unix_path = unix_path
        self._context = Context()

    def schedule(self, watcher: Any) -> None:
        """Take a request from the server, on its thread."""
        try:
            self._serving.loop.call_soon_threadsafe(
                self._begin, watcher, context=self._context
            )
        except RuntimeError:
            watcher.done()  # the loop is closed: the server answers by itself

    def _begin(self, watcher: Any) -> None:
        scope = watcher.scope
        exchange: HttpExchange | WebSocketExchange
        if scope["type"] == "http":
            exchange = HttpExchange(self._serving, watcher.proto, scope)
            work = self._answer(exchange)
        else:
            exchange = WebSocketExchange(self._serving, watcher, scope)
            work = self._converse(exchange)
        self._serving.begin(exchange)
        exchange.task = self._serving.loop.create_task(work)

    async def _answer(self, exchange: HttpExchange) -> None:
        """Answer a request, whatever happens."""
        serving = self._serving
        try:
            if not self._complete(exchange):
                exchange.answer(400, _NO_HOST)
                return
            await self._application(exchange.scope, exchange.receive, exchange.send)
            if not exchange.ended and not exchange.gone:
                exchange.log_unfinished()
        except BaseException as exc:  # noqa: BLE001 - the loop must survive anything
            _log_failure(exchange, exc)
        finally:
            try:
                await self._finish(exchange)
            finally:
                serving.log(exchange)
                serving.end(exchange)

    async def _finish(self, exchange: HttpExchange) -> None:
        """Answer what was not answered, and cut what was not ended."""
        if not exchange.status and not exchange.gone:
            if self._serving.is_leaving:
                exchange.answer(503, _STOPPING, closes=True)
            else:
                exchange.answer(500, _FAILED)
        elif exchange.must_be_cut and self._serving.is_over:
            self._serving.keep(exchange)
        elif exchange.must_be_cut:
            await self._serving.loop.run_in_executor(
                None, cut_connection, exchange.scope, partial(self._is_alone, exchange)
            )

    def _is_alone(self, exchange: HttpExchange) -> bool:
        """Tell whether no other request is in flight on the same connection."""
        client = exchange.scope["client"]
        # NOTE: on another thread than that on which they come and go.
        return not any(
            other is not exchange and other.scope["client"] == client
            for other in list(self._serving.exchanges)
        )

    async def _converse(self, exchange: WebSocketExchange) -> None:
        """Let the application have a WebSocket, and close what it leaves open."""
        code = NORMAL
        try:
            if self._complete(exchange):
                await self._application(exchange.scope, exchange.receive, exchange.send)
            else:
                await exchange.answer(400, _NO_HOST)
        except BaseException as exc:  # noqa: BLE001 - the loop must survive anything
            _log_failure(exchange, exc)
            code = GOING_AWAY if self._serving.is_leaving else INTERNAL_ERROR
        finally:
            try:
                await self._close(exchange, code)
            finally:
                exchange.watcher.done()
                self._serving.end(exchange)

    async def _close(self, exchange: WebSocketExchange, code: int) -> None:
        if exchange.status:
            if not exchange.ended:
                await exchange.close(code)
        elif self._serving.is_leaving:
            await exchange.answer(503, _STOPPING)
        else:
            if code == NORMAL:
                LOGGER.error(
                    "The handshake of %r was not answered: the application returned"
                    " without 'websocket.accept' or 'websocket.close'.",
                    exchange.scope["path"],
                )
            await exchange.answer(500, _FAILED)

    def _complete(self, exchange: HttpExchange | WebSocketExchange) -> bool:
        """Mend the scope; return whether the request names one host, or need not."""
        scope = exchange.scope
        if scope["http_version"] == "1":
            scope["http_version"] = "1.0"
        scope["asgi"] = _ASGI
        scope["root_path"] = ""
        if self._state is not None:
            scope["state"] = self._state.copy()
        if self._unix_path is None:
            address, port = scope["client"]
            scope["client"] = (address, int(port))
            address, port = scope["server"]
            scope["server"] = (address, int(port))
        else:
            scope["client"] = None
            scope["server"] = (self._unix_path, None)
        return self._look_at_headers(exchange, scope)

    @staticmethod
    def _look_at_headers(exchange: Exchange, scope: Scope) -> bool:
        host: bytes | None = None
        unwanted = hosts = 0
        for name, value in scope["headers"]:
            # PERF: a name seen before costs one look into a set.
            if name in _HARMLESS:
                continue
            if name == b"host":
                host = value
                hosts += 1
            elif name == b"content-length" or name == b"transfer-encoding":  # noqa: PLR1714 - faster than a tuple
                if isinstance(exchange, HttpExchange) and value != b"0":
                    exchange.has_body = True
            elif name == b"proxy" or b"_" in name:
                unwanted += 1
            elif len(_HARMLESS) < _HARMLESS_MAX:
                _HARMLESS.add(name)
        if unwanted:
            scope["headers"] = [
                field
                for field in scope["headers"]
                if field[0] != b"proxy" and b"_" not in field[0]
            ]
        if scope["http_version"] == "2" and isinstance(exchange, HttpExchange):
            # A body needs no header there; most methods have none.
            exchange.has_body |= scope["method"] not in {"GET", "HEAD", "OPTIONS"}
        return _names_host(scope, host, hosts)


def _names_host(scope: Scope, host: bytes | None, hosts: int) -> bool:
    if hosts == 1 and host:
        text = host.decode("latin-1")
        return text in KNOWN_HOSTS or is_host(text)
    if scope["http_version"] != "1.0" or hosts > 1:
        return False
    # The server puts an empty one where there was none.
    scope["headers"] = [field for field in scope["headers"] if field[0] != b"host"]
    return True


def _log_failure(exchange: Exchange, exc: BaseException) -> None:
    """Log what an application raised, unless its client or the server's end did it."""
    from asyncio import CancelledError

    if exchange.gone and _is_all(exc, (OSError, CancelledError)):
        return
    if exchange.serving.is_leaving and isinstance(exc, CancelledError):
        return
    scope = exchange.scope
    LOGGER.error(
        "Exception on %r [%s]",
        scope["path"],
        scope.get("method", "WebSocket"),
        exc_info=exc,
    )


def _is_all(exc: BaseException, kinds: tuple[type[BaseException], ...]) -> bool:
    """Tell whether it is of these kinds, or a group of nothing else."""
    inner = getattr(exc, "exceptions", None)
    if inner:
        return all(_is_all(each, kinds) for each in inner)
    return isinstance(exc, kinds)
