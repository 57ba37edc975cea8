"""Call an application as an ASGI server does, in one event loop."""

from __future__ import annotations

import asyncio
from contextvars import Context
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers

if TYPE_CHECKING:
    from collections.abc import Coroutine

PATIENCE = 20.0


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run it to its end, in an empty Context, on a loop of its own."""

    async def limited() -> Any:
        return await asyncio.wait_for(coroutine, PATIENCE)

    return Context().run(asyncio.run, limited())


class Call:
    """One request, from the server's side."""

    def __init__(
        self, app: Any, path: str = "/", body: bytes = b"", **scope: Any
    ) -> None:
        headers = [(b"host", b"localhost")]
        if body:
            headers.append((b"content-length", str(len(body)).encode()))
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.5"},
            "http_version": "1.1",
            "method": "POST" if body else "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": headers + scope.pop("headers", []),
            "server": ("localhost", 80),
            "client": ("127.0.0.1", 5000),
            "extensions": {},
            "state": {},
        } | scope
        self.app = app
        self.to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.to_app.put_nowait({"type": "http.request", "body": body})
        self.is_gone = False
        self.allowed: asyncio.Semaphore | None = None

    async def send(self, message: dict[str, Any]) -> None:
        if self.is_gone:
            raise OSError("nobody is there")
        if self.allowed is not None:
            await self.allowed.acquire()
        self.from_app.put_nowait(message)

    def start(self) -> asyncio.Task[None]:
        call = self.app(self.scope, self.to_app.get, self.send)
        return Context().run(asyncio.get_running_loop().create_task, call)

    def leave(self) -> None:
        self.is_gone = True
        self.to_app.put_nowait({"type": "http.disconnect"})

    async def answer(self) -> Answer:
        await self.start()
        messages = [self.from_app.get_nowait() for _ in range(self.from_app.qsize())]
        return Answer(messages)


class Answer:
    """What came back."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        head, *parts = messages
        self.status: int = head["status"]
        fields = head.get("headers", ())
        self.headers = Headers(
            [(n.decode("latin-1"), v.decode("latin-1")) for n, v in fields]
        )
        self.chunks = [part["body"] for part in parts if part.get("body")]
        self.data = b"".join(self.chunks)
        self.text = self.data.decode()
        assert not parts[-1].get("more_body", False), "it has not ended"


def get(app: Any, path: str = "/", body: bytes = b"", **scope: Any) -> Answer:
    """Make one request."""

    async def main() -> Answer:
        return await Call(app, path, body, **scope).answer()

    answer: Answer = run(main())
    return answer
