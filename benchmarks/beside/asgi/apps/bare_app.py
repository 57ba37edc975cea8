"""A bare ASGI application: what the server alone can do."""

from __future__ import annotations

from typing import Any

__all__ = ["app"]

START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/plain"), (b"content-length", b"13")],
}
BODY = {"type": "http.response.body", "body": b"Hello, World!"}


async def app(scope: dict[str, Any], _receive: Any, send: Any) -> None:
    """Say hello, whatever is asked."""
    if scope["type"] == "http":
        await send(START)
        await send(BODY)
