"""A server's side of a WebSocket: a scope, and functions that note what was said."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from insula import Insula

GONE = {"type": "websocket.disconnect", "code": 1001, "reason": "leaving"}


def scope(target: str = "/ws", **changes: Any) -> dict[str, Any]:
    """Return what a server says of a handshake."""
    path, _, query = target.partition("?")
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [
            (b"host", b"localhost"),
            (b"connection", b"Upgrade"),
            (b"upgrade", b"websocket"),
        ],
        "client": ("127.0.0.1", 4711),
        "server": ("127.0.0.1", 80),
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
        **changes,
    }


def text(data: str) -> dict[str, Any]:
    return {"type": "websocket.receive", "text": data}


class Server:
    """Call the application, and note what it sends."""

    def __init__(self, app: Insula, target: str = "/ws", **changes: Any) -> None:
        self.app = app
        self.scope = scope(target, **changes)
        self.sent: list[dict[str, Any]] = []
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.incoming.put_nowait({"type": "websocket.connect"})
        self.said = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        return await self.incoming.get()

    async def send(self, event: dict[str, Any]) -> None:
        self.sent.append(event)
        self.said.set()

    def put(self, *events: dict[str, Any]) -> Server:
        for event in events:
            self.incoming.put_nowait(event)
        return self

    async def run(self) -> list[dict[str, Any]]:
        """Serve it to its end; return what was sent."""
        await self.app.asgi_app(self.scope, self.receive, self.send)
        return self.sent

    @property
    def types(self) -> list[str]:
        return [event["type"].partition(".")[2] for event in self.sent]


def talk(
    app: Insula, *events: dict[str, Any], target: str = "/ws", **changes: Any
) -> list[dict[str, Any]]:
    """Serve one WebSocket on which ``events`` come, the last being that it closes."""

    async def main() -> list[dict[str, Any]]:
        server = Server(app, target, **changes).put(*events, GONE)
        return await asyncio.wait_for(server.run(), 30)

    return asyncio.run(main())
