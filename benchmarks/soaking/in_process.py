"""Ways to the application without a socket: called as WSGI, and as ASGI from a task.

Rules of the file: what is called is what a server would call, as it would: one
`start_response`, messages one by one, back-pressure by a `send` that waits. The methods
are those of `wire.Wire`.

Theory. A client is synchronous. So that it can be one of many tasks of a loop, it runs
in a greenlet of its own (`in_a_greenlet`): where it has to wait, it hands a coroutine
to the task that has started it, which awaits it and hands the outcome back. The
application is never awaited in the greenlet.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from io import BytesIO
from typing import TYPE_CHECKING, Any

import greenlet
from benchmarks.soaking.wire import Answer, BrokenAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Iterator

__all__ = ["LoopWire", "ThreadWire", "in_a_greenlet"]

PATIENCE = 30.0  # seconds
MOUNT = "/soak"
DROPPED = 0.2  # the share of streams that are not closed, but forgotten


def _answer(
    status: int, fields: Iterable[tuple[str, str]], body: bytes = b""
) -> Answer:
    answer = Answer(status, {}, {}, body)
    for name, value in fields:
        if name.lower() == "set-cookie":
            pair = value.partition(";")[0].partition("=")
            answer.cookies[pair[0]] = pair[2]
        else:
            answer.headers[name.lower()] = value
    if "content-length" not in answer.headers:
        answer.headers["transfer-encoding"] = "chunked"
    return answer


def _cookie(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={text}" for name, text in cookies.items())


def _parts(target: str) -> tuple[str, str]:
    path, _, query = target.partition("?")
    return path.removeprefix(MOUNT), query


class ThreadWire:
    """Calls the application as a WSGI server does, where it is called itself."""

    def __init__(self, app: Any) -> None:
        self.cookies: dict[str, str] = {}
        self._app = app
        self._body: Any = None
        self._steps: Iterator[bytes] = iter(())

    def request(
        self,
        method: str,
        target: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        *,
        split: int = 0,  # noqa: ARG002 - there is nothing to be split
    ) -> Answer:
        """Send one request; return the answer."""
        answer = self._call(method, target, headers or {}, body)
        try:
            answer.body = b"".join(self._steps)
        finally:
            self._end(is_closed=True)
        self.cookies.update(answer.cookies)
        return answer

    def open(self, target: str, headers: dict[str, str]) -> Answer:
        """Ask for a stream; return its head."""
        return self._call("GET", target, headers, None)

    def read_chunk(self) -> bytes:
        """Return the next chunk of the stream; an empty one is the end."""
        return next(self._steps, b"")

    def close(self) -> None:
        """Leave a stream: close it as a server does, or drop it as a bad one does."""
        self._end(is_closed=random.random() > DROPPED)

    def _end(self, *, is_closed: bool) -> None:
        body, self._body, self._steps = self._body, None, iter(())
        if is_closed and hasattr(body, "close"):
            body.close()

    def _call(
        self, method: str, target: str, headers: dict[str, str], body: bytes | None
    ) -> Answer:
        path, query = _parts(target)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": MOUNT,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body or b""),
            "wsgi.errors": None,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        if self.cookies:
            environ["HTTP_COOKIE"] = _cookie(self.cookies)
        if body is not None:
            environ["CONTENT_LENGTH"] = str(len(body))
        begun: list[Any] = []

        def start_response(status: str, fields: Any, _exc_info: Any = None) -> Any:
            begun[:] = [int(status[:3]), fields]

        self._body = self._app(environ, start_response)
        self._steps = iter(self._body)
        if not begun:
            raise BrokenAnswerError("the body came before start_response was called")
        return _answer(*begun)

    # A WSGI server has no WebSockets, and does not say who has left.

    def connect(self, target: str, headers: dict[str, str]) -> Answer:
        raise NotImplementedError

    def say(self, text: str) -> None:
        raise NotImplementedError

    def hear(self) -> str | int:
        raise NotImplementedError

    def hang_up(self) -> None:
        raise NotImplementedError

    def ask_and_leave(self, target: str, headers: dict[str, str], delay: float) -> None:
        raise NotImplementedError


async def in_a_greenlet(function: Callable[[], None]) -> None:
    """Run a client's function, and await for it what it hands over."""
    runner = greenlet.greenlet(function)
    coroutine = runner.switch()
    while not runner.dead:
        try:
            outcome = await coroutine
        except BaseException as exc:  # noqa: BLE001 - it is the function's
            coroutine = runner.throw(exc)
        else:
            coroutine = runner.switch(outcome)


def _await(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Have the task that has started this greenlet await a coroutine."""
    return greenlet.getcurrent().parent.switch(coroutine)


class _Exchange:
    """One scope that an application is called with, in a task of its own."""

    def __init__(self, app: Any, scope: dict[str, Any]) -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        # With room for one, so that the application waits for who reads slowly.
        self.outgoing: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(1)
        self.kind: str = scope["type"]
        self.has_left = False
        self.task = asyncio.ensure_future(self._run(app, scope))

    async def _run(self, app: Any, scope: dict[str, Any]) -> None:
        try:
            await app(scope, self.incoming.get, self._send)
        except asyncio.CancelledError:
            self.has_left = True  # at the end of the loop, too
            raise
        finally:
            # Who waits for the client after the end is told of it, as servers do.
            self.incoming.put_nowait({"type": f"{self.kind}.disconnect", "code": 1000})
            if not self.has_left:
                await self.outgoing.put(None)

    async def _send(self, message: dict[str, Any]) -> None:
        if self.has_left:
            raise OSError("the client has left")
        await self.outgoing.put(message)

    async def read(self) -> dict[str, Any]:
        """Return the next message."""
        message = await asyncio.wait_for(self.outgoing.get(), PATIENCE)
        if message is None:
            await self.task
            raise BrokenAnswerError("the application has ended without an answer")
        return message

    async def leave(self, gone: dict[str, Any], *, is_cancelled: bool) -> None:
        """Go away: by saying so, or by cancelling the task, as servers do, too."""
        self.has_left = True
        self.incoming.put_nowait(gone)
        if is_cancelled:
            self.task.cancel()
        # What is on its way out must not hold up who sends it.
        while not self.task.done():
            while not self.outgoing.empty():
                self.outgoing.get_nowait()
            await asyncio.wait([self.task], timeout=0.05)
        with contextlib.suppress(asyncio.CancelledError, OSError):
            await self.task


class LoopWire:
    """Calls the application as an ASGI server does, in tasks of the running loop."""

    def __init__(self, app: Any) -> None:
        self.cookies: dict[str, str] = {}
        self._app = app
        self._open: _Exchange | None = None

    def request(
        self,
        method: str,
        target: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        *,
        split: int = 0,
    ) -> Answer:
        """Send one request, its body in two parts if `split`; return the answer."""
        scope = self._scope(target, headers or {}, type="http", method=method)
        data = body or b""
        if body is not None:
            scope["headers"].append((b"content-length", str(len(data)).encode()))
        pieces = [data[:split], data[split:]] if split and data else [data]
        answer: Answer = _await(self._ask(scope, pieces))
        self.cookies.update(answer.cookies)
        return answer

    def open(self, target: str, headers: dict[str, str]) -> Answer:
        """Ask for a stream; return its head."""
        scope = self._scope(target, headers, type="http", method="GET")
        answer: Answer = _await(self._begin(scope, {"type": "http.request"}))
        return answer

    def read_chunk(self) -> bytes:
        """Return the next chunk of the stream; an empty one is the end."""
        chunk: bytes = _await(self._read_chunk())
        return chunk

    def connect(self, target: str, headers: dict[str, str]) -> Answer:
        """Ask for a WebSocket; return the answer to the handshake."""
        fields = {**headers, "Connection": "Upgrade", "Upgrade": "websocket"}
        scope = self._scope(target, fields, type="websocket", scheme="ws")
        scope["subprotocols"] = []
        scope["extensions"] = {"websocket.http.response": {}}
        answer: Answer = _await(self._begin(scope, {"type": "websocket.connect"}))
        return answer

    def say(self, text: str) -> None:
        """Send a message on the WebSocket."""
        assert self._open is not None
        self._open.incoming.put_nowait({"type": "websocket.receive", "text": text})

    def hear(self) -> str | int:
        """Return the next message of the WebSocket, or the code of its end."""
        message = _await(self._current().read())
        if message["type"] == "websocket.close":
            code: int = message["code"]
            return code
        text: str = message["text"]
        return text

    def hang_up(self) -> None:
        """Close the WebSocket in order."""
        self._leave(is_cancelled=False)

    def ask_and_leave(self, target: str, headers: dict[str, str], delay: float) -> None:
        """Send a request, and leave after a while without having read the answer."""
        _await(self._ask_and_leave(self._scope(target, headers), delay))

    def close(self) -> None:
        """Leave what is open, if anything is: the server says so, or cancels."""
        self._leave(is_cancelled=random.random() < 0.5)

    def _current(self) -> _Exchange:
        if self._open is None:
            raise BrokenAnswerError("nothing is open")
        return self._open

    def _leave(self, *, is_cancelled: bool) -> None:
        exchange, self._open = self._open, None
        if exchange is not None:
            gone = {"type": f"{exchange.kind}.disconnect", "code": 1001}
            _await(exchange.leave(gone, is_cancelled=is_cancelled))

    def _scope(
        self, target: str, headers: dict[str, str], **changes: Any
    ) -> dict[str, Any]:
        path, query = _parts(target)
        fields = {"Host": "localhost", **headers}
        if self.cookies:
            fields["Cookie"] = _cookie(self.cookies)
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.5"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": MOUNT + path,
            "raw_path": (MOUNT + path).encode(),
            "query_string": query.encode(),
            "root_path": MOUNT,
            "headers": [(k.lower().encode(), v.encode()) for k, v in fields.items()],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 80),
            **changes,
        }

    async def _ask(self, scope: dict[str, Any], pieces: list[bytes]) -> Answer:
        """Call the application in a task, as servers do; return the whole answer."""
        last = len(pieces) - 1
        incoming = [
            {"type": "http.request", "body": piece, "more_body": number < last}
            for number, piece in enumerate(pieces)
        ]
        sent: list[dict[str, Any]] = []
        is_over = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if incoming:
                return incoming.pop(0)
            await is_over.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)
            if random.random() < 0.3:
                await asyncio.sleep(0)

        try:
            # NOTE: in a task of its own, for what a view on the loop sets in a
            # ContextVar is set for who awaits it.
            await asyncio.ensure_future(self._app(scope, receive, send))
        finally:
            is_over.set()
        if not sent or sent[-1].get("more_body"):
            raise BrokenAnswerError(f"the answer has no end: {sent[-1:]}")
        body = b"".join(message.get("body", b"") for message in sent)
        return _head(sent[0], body)

    async def _begin(self, scope: dict[str, Any], first: dict[str, Any]) -> Answer:
        self._open = _Exchange(self._app, scope)
        self._open.incoming.put_nowait(first)
        return _head(await self._open.read())

    async def _read_chunk(self) -> bytes:
        exchange = self._current()
        while True:
            message = await exchange.read()
            body: bytes = message.get("body", b"")
            if body or not message.get("more_body"):
                return body

    async def _ask_and_leave(self, scope: dict[str, Any], delay: float) -> None:
        exchange = _Exchange(self._app, scope)
        exchange.incoming.put_nowait({"type": "http.request"})
        await asyncio.sleep(delay)
        gone = {"type": "http.disconnect"}
        await exchange.leave(gone, is_cancelled=random.random() < 0.5)


def _head(message: dict[str, Any], body: bytes = b"") -> Answer:
    """Return what a message that begins an answer says."""
    fields = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in message["headers"]]
    status = message.get("status", 101)
    return _answer(status, fields, body)
