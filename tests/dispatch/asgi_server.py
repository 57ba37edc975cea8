"""An ASGI server for tests: it hands over scopes and keeps the answer's messages."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from insula.context.stacks import EMPTY, get_app_node, get_request_node

if TYPE_CHECKING:
    from collections.abc import Iterable

PATIENCE = 10.0  # seconds that a test waits for what must come


@dataclass
class Answer:
    """What an application sent."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def status(self) -> int:
        status: int = self.messages[0]["status"]
        return status

    @property
    def headers(self) -> dict[str, str]:
        return {
            name.decode(): value.decode() for name, value in self.messages[0]["headers"]
        }

    @property
    def chunks(self) -> list[bytes]:
        return [message.get("body", b"") for message in self.messages[1:]]

    @property
    def text(self) -> str:
        return b"".join(self.chunks).decode()


def scope_for(
    path: str = "/",
    method: str = "GET",
    headers: Iterable[tuple[str, str]] = (),
    **changes: Any,
) -> dict[str, Any]:
    """Return the scope of a request."""
    path, _, query = path.partition("?")
    fields = [(b"host", b"localhost")]
    fields += [(name.encode(), value.encode()) for name, value in headers]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": fields,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
        **changes,
    }


class Client:
    """One request; its body is sent, and it leaves, when the test says so."""

    def __init__(self, app: Any, scope: dict[str, Any]) -> None:
        self.answer = Answer()
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.asked = 0
        self.is_taking = asyncio.Event()
        self.is_taking.set()
        self.is_refused = asyncio.Event()
        self.has_news = asyncio.Event()
        self._app = app
        self._scope = scope

    def put(self, data: bytes, *, more: bool = False) -> None:
        """Send a piece of the body."""
        self.sent.put_nowait({"type": "http.request", "body": data, "more_body": more})

    def leave(self) -> None:
        """Go away."""
        self.sent.put_nowait({"type": "http.disconnect"})

    async def receive(self) -> dict[str, Any]:
        self.asked += 1
        self.has_news.set()
        return await self.sent.get()

    async def send(self, message: dict[str, Any]) -> None:
        if not self.is_taking.is_set():
            self.is_refused.set()
            await self.is_taking.wait()
        self.answer.messages.append(message)
        self.has_news.set()

    async def run(self) -> Answer:
        """Have the application answer; nothing of it may be left where we are."""
        await asyncio.wait_for(
            self._app(self._scope, self.receive, self.send), PATIENCE
        )
        assert get_request_node() is EMPTY
        assert get_app_node() is EMPTY
        return self.answer

    def start(self) -> asyncio.Task[Answer]:
        """Have the application answer in a task."""
        return asyncio.create_task(self.run())


async def ask(
    app: Any,
    path: str = "/",
    method: str = "GET",
    headers: Iterable[tuple[str, str]] = (),
    *,
    body: bytes | list[bytes] | None = None,
    **changes: Any,
) -> Answer:
    """Send one request and return its answer.

    A body in pieces is sent without its length.
    """
    fields = [*headers]
    if isinstance(body, bytes):
        fields.append(("content-length", str(len(body))))
    elif body is not None:
        fields.append(("transfer-encoding", "chunked"))
    client = Client(app, scope_for(path, method, fields, **changes))
    pieces = [body or b""] if not isinstance(body, list) else body
    for number, piece in enumerate(pieces, 1):
        client.put(piece, more=number < len(pieces))
    return await client.run()
