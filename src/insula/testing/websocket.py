"""The other end of a WebSocket, for tests: the application is called, without a server.

::

    with app.test_client().websocket("/ws") as ws:
        ws.send("hello")
        assert ws.receive() == "hello"

Theory. The conversation runs as a task on the process's event loop, and the test on
its thread; with ``async with`` both run on the test's loop, and what talks must be
awaited. What the application raises is raised in the test, where it looks next.
"""

from __future__ import annotations

import asyncio
from contextvars import Context
from typing import TYPE_CHECKING, Any

import werkzeug.test
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request as WerkzeugRequest

from insula.dispatch.loops.aio import run_on_loop
from insula.dispatch.sockets.websockets import TEST_MARK
from insula.http.websocket import WebSocketDisconnected

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable
    from types import TracebackType

    from typing_extensions import Self

    from insula._core.protocols import WSGIEnvironment
    from insula.testing.client import InsulaClient

__all__ = ["WebSocketRefused", "WebsocketConnection", "handshake"]

# RFC 6455 §7.4.1
_BROKEN = 1006
_FAILED = 1011
_TIMEOUT = 10.0


class WebSocketRefused(Exception):  # noqa: N818 - what happened, as its base names it
    """The application did not accept the handshake.

    :ivar response: what it answered instead.
    """

    def __init__(self, response: werkzeug.test.TestResponse) -> None:
        self.response = response
        super().__init__(
            f"The WebSocket {response.request.path} was refused: {response.status}."
        )


class WebsocketConnection:
    """A WebSocket to the application; made by ``client.websocket(...)``.

    It is a context manager, plain or async: the handshake is made when it is entered.
    In the async form ``send``, ``receive`` and their like are awaited.
    """

    def __init__(
        self, client: InsulaClient, environ: WSGIEnvironment, subprotocols: list[str]
    ) -> None:
        self._client = client
        self._environ = environ
        self._offered = subprotocols
        self._link: _Link | None = None
        self._is_async = False
        #: The subprotocol that was chosen.
        self.subprotocol: str | None = None
        #: The fields of the answer that accepted.
        self.headers = Headers()
        #: With what code it was closed; ``None`` while it is not.
        self.close_code: int | None = None
        #: The words that came with it.
        self.close_reason = ""

    # -- opening and closing -----------------------------------------------------------

    def __enter__(self) -> Self:
        self._wait(self._open())
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._wait(self._leave(exc))

    async def __aenter__(self) -> Self:
        self._is_async = True
        await self._open()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await self._leave(exc)

    # -- talking -----------------------------------------------------------------------

    def send(self, data: str | bytes) -> Any:
        """Send text or bytes."""
        key = "text" if isinstance(data, str) else "bytes"
        return self._do(self._send({"type": "websocket.receive", key: data}))

    def send_json(self, data: Any) -> Any:
        """Send ``data`` as JSON, the application's."""
        return self.send(self._client.application.json.dumps(data))

    def receive(self, timeout: float = _TIMEOUT) -> Any:
        """Return the next message.

        :raises WebSocketDisconnected: if the application has closed.
        :raises TimeoutError: if nothing came in ``timeout`` seconds.
        """
        return self._do(self._receive(timeout))

    def receive_json(self, timeout: float = _TIMEOUT) -> Any:
        """Return the next message, decoded from JSON."""
        return self._do(self._receive_json(timeout))

    def close(self, code: int = 1000, reason: str = "") -> Any:
        """Close it, and wait until the application has done with it."""
        return self._do(self._close(code, reason))

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return work if self._is_async else self._wait(work)

    @staticmethod
    def _wait(work: Coroutine[Any, Any, Any]) -> Any:
        async def do() -> Any:
            return await work

        try:
            # NOTE: in a Context of its own; what is current in the test stays there.
            return Context().run(run_on_loop(do))
        except BaseException:
            work.close()
            raise

    # -- on the loop -------------------------------------------------------------------

    async def _open(self) -> None:
        if self._link is not None:
            raise RuntimeError(
                "This WebSocket has been opened already; ask the client for another."
            )
        scope = _scope_of(self._environ, self._offered)
        self._link = link = _Link(self._client.application, scope)
        link.put({"type": "websocket.connect"})
        event = await self._next(_TIMEOUT)
        kind = event["type"]
        if kind == "websocket.accept":
            self.subprotocol = event.get("subprotocol")
            self.headers = _headers_of(event)
            self._keep_cookies(self.headers)
            return
        body = b""
        if kind == "websocket.http.response.start":
            status, headers = event["status"], _headers_of(event)
            more = True
            while more:
                event = await self._next(_TIMEOUT)
                body += event.get("body", b"")
                more = event.get("more_body", False)
        else:
            status, headers = 403, Headers()
        self._keep_cookies(headers)
        await link.end()
        raise WebSocketRefused(self._response(body, status, headers))

    def _response(self, body: bytes, status: int, headers: Headers) -> Any:
        client = self._client
        request = werkzeug.test.EnvironBuilder.from_environ(self._environ).get_request()
        response = client.response_wrapper(
            [body],
            str(client.application.response_class(status=status).status),
            headers,
            request,
        )
        response.json_module = client.application.json
        return response

    def _keep_cookies(self, headers: Headers) -> None:
        client = self._client
        cookies = headers.getlist("Set-Cookie")
        if cookies and client._cookies is not None:
            request = WerkzeugRequest(self._environ)
            client._update_cookies_from_response(
                request.host.partition(":")[0], request.path, cookies
            )

    async def _send(self, event: dict[str, Any]) -> None:
        self._opened().put(event)
        # The application shall have a chance to take it.
        await asyncio.sleep(0)

    async def _receive(self, timeout: float) -> str | bytes:
        event = await self._next(timeout)
        if event["type"] == "websocket.close":
            self.close_code = event.get("code") or 1000
            self.close_reason = event.get("reason") or ""
            if self.close_code == _FAILED:
                # It raises, where errors propagate.
                await self._opened().end()
            raise WebSocketDisconnected(self.close_code, self.close_reason)
        data: str | bytes | None = event.get("text")
        return event["bytes"] if data is None else data

    async def _receive_json(self, timeout: float) -> Any:
        return self._client.application.json.loads(await self._receive(timeout))

    async def _next(self, timeout: float) -> dict[str, Any]:
        if self.close_code is not None:
            raise WebSocketDisconnected(self.close_code, self.close_reason)
        event = await self._opened().get(timeout)
        if event is None:
            # The application has returned without a word.
            self.close_code = _BROKEN
            raise WebSocketDisconnected(_BROKEN)
        return event

    async def _close(self, code: int, reason: str) -> None:
        link = self._opened()
        if self.close_code is None:
            self.close_code, self.close_reason = code, reason
            link.put({"type": "websocket.disconnect", "code": code, "reason": reason})
        await link.end()

    async def _leave(self, exc: BaseException | None) -> None:
        link = self._opened()
        if exc is None:
            await self._close(1000, "")
        else:
            # What the test says comes first, whatever the application says to it.
            link.put({"type": "websocket.disconnect", "code": 1001})
            await link.cut()

    def _opened(self) -> _Link:
        if self._link is None:
            raise RuntimeError(
                "This WebSocket is not open: enter it first,"
                " `with client.websocket(path) as ws:`."
            )
        return self._link


class _Link:
    """The server's part: a task that runs the application, and two queues."""

    def __init__(self, app: Any, scope: dict[str, Any]) -> None:
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_app: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._is_gone = False
        self._task = asyncio.get_running_loop().create_task(self._run(app, scope))

    async def _run(self, app: Any, scope: dict[str, Any]) -> None:
        try:
            await app(scope, self._to_app.get, self._send)
        finally:
            self._from_app.put_nowait(None)

    async def _send(self, event: dict[str, Any]) -> None:
        if self._is_gone:
            raise ConnectionResetError("The test has closed the WebSocket.")
        self._from_app.put_nowait(event)

    def put(self, event: dict[str, Any]) -> None:
        """Let the application receive ``event``."""
        if event["type"] == "websocket.disconnect":
            self._is_gone = True
        self._to_app.put_nowait(event)

    async def get(self, timeout: float) -> dict[str, Any] | None:
        """Return what the application sends next; ``None`` when it has returned.

        What it raised is raised here.
        """
        try:
            event = await asyncio.wait_for(self._from_app.get(), timeout)
        except asyncio.TimeoutError:
            raise TimeoutError(
                f"The application sent nothing in {timeout:g} seconds. If it takes"
                " longer, say receive(timeout=...)."
            ) from None
        if event is None:
            self._from_app.put_nowait(None)
            await self.end()
        return event

    async def end(self) -> None:
        """Wait for the application's end."""
        done, _ = await asyncio.wait([self._task], timeout=_TIMEOUT)
        if not done:
            await self.cut()
            raise TimeoutError(
                f"The view goes on {_TIMEOUT:g} seconds after the WebSocket was closed:"
                " it neither receives nor sends. It has been cancelled."
            )
        self._task.result()

    async def cut(self) -> None:
        """Cancel the application, if it goes on; whatever it raises."""
        await asyncio.wait([self._task], timeout=0.5)
        self._task.cancel()
        await asyncio.wait([self._task], timeout=_TIMEOUT)
        if self._task.done() and not self._task.cancelled():
            self._task.exception()


def handshake(environ: WSGIEnvironment, subprotocols: list[str]) -> WSGIEnvironment:
    """Make the environ of a GET that of a handshake (RFC 6455 §4.1)."""
    added = {
        "HTTP_CONNECTION": "Upgrade",
        "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==",
        "HTTP_SEC_WEBSOCKET_VERSION": "13",
        "HTTP_UPGRADE": "websocket",
    }
    if subprotocols:
        added["HTTP_SEC_WEBSOCKET_PROTOCOL"] = ", ".join(subprotocols)
    return {**environ, **added}


def _headers_of(event: dict[str, Any]) -> Headers:
    return Headers(
        [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in event.get("headers") or ()
        ]
    )


def _scope_of(environ: WSGIEnvironment, subprotocols: Iterable[str]) -> dict[str, Any]:
    request = WerkzeugRequest(environ)
    mount = request.root_path
    scheme = "wss" if request.scheme in {"https", "wss"} else "ws"
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "scheme": scheme,
        "path": f"{mount}{request.path}",
        "raw_path": f"{environ['SCRIPT_NAME']}{environ['PATH_INFO']}".encode("latin-1"),
        "query_string": request.query_string,
        "root_path": mount,
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in request.headers
        ],
        "client": (environ.get("REMOTE_ADDR", "127.0.0.1"), 0),
        "server": (environ["SERVER_NAME"], int(environ["SERVER_PORT"])),
        "subprotocols": [*subprotocols],
        "extensions": {"websocket.http.response": {}},
        "state": {},
        TEST_MARK: True,
        # No server: nothing is started, as `FirstRequest` does otherwise.
        "insula.test": True,
    }
