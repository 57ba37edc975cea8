"""A bare ASGI application: what the server alone can do, and the standard library.

It says hello, and echoes a JSON document as one writes it by hand.
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["app"]

START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/plain"), (b"content-length", b"13")],
}
BODY = {"type": "http.response.body", "body": b"Hello, World!"}


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Say hello to a GET, echo what is posted."""
    if scope["type"] != "http":
        return
    if scope["method"] == "POST":
        await _echo(receive, send)
    else:
        await send(START)
        await send(BODY)


async def _echo(receive: Any, send: Any) -> None:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    body = json.dumps(json.loads(b"".join(parts))).encode()
    fields = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": body})
