"""A request under ASGI is answered once, however it ends."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from contextvars import Context
from typing import Any

import pytest

from insula.app import Insula

SCOPE = {
    "type": "http",
    "http_version": "1.1",
    "method": "GET",
    "path": "/",
    "query_string": b"",
    "headers": [(b"host", b"localhost")],
    "insula.test": True,
}


async def call(app: Insula, path: str = "/") -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"type": "http.request"}

    # NOTE: the second is as simple as a request can be; the first prepares that.
    for _ in range(2):
        await app({**SCOPE, "path": path}, receive, send)
    return sent


def test_sync_view_whose_error_is_raised_to_the_server_is_called_once() -> None:
    app = Insula("island")
    app.testing = True
    calls: list[int] = []

    @app.get("/")
    async def view() -> str:
        return "first"

    @app.get("/fail")
    def fail() -> str:
        calls.append(1)
        raise LookupError(f"call {len(calls)}")

    async def main() -> None:
        await call(app)
        await call(app, "/fail")

    with pytest.raises(LookupError, match="call 1"):
        Context().run(asyncio.run, main())
    assert calls == [1]


def test_sync_view_whose_request_is_cancelled_is_called_once() -> None:
    app = Insula("island")
    calls: list[int] = []
    reached = asyncio.Event()

    @app.get("/")
    async def view() -> str:
        return "first"

    @app.get("/slow")
    def slow() -> str:
        calls.append(1)
        loop.call_soon_threadsafe(reached.set)
        return "slow"

    loop: asyncio.AbstractEventLoop

    async def main() -> None:
        nonlocal loop
        loop = asyncio.get_running_loop()
        await call(app)

        async def send(message: dict[str, Any]) -> None:
            # The server takes nothing, so that the request is cancelled here.
            await asyncio.Event().wait()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request"}

        task = loop.create_task(app({**SCOPE, "path": "/slow"}, receive, send))
        await asyncio.wait_for(reached.wait(), 20)
        await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=20)
        assert done
        with suppress(asyncio.CancelledError):
            task.result()

    Context().run(asyncio.run, main())
    assert calls == [1]
