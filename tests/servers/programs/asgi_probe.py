"""The ASGI application that the tests serve: a path for each thing that may go wrong.

Run as `python asgi_probe.py '{"threads": 4}'`: the object holds `run_simple`'s
keywords.
"""
# Files that appear are what the tests say to it, and to block is a thing that may
# go wrong.
# ruff: noqa: ASYNC110, ASYNC240, ASYNC251

from __future__ import annotations

import asyncio
import contextvars
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from insula.servers import run_simple

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
View = Callable[[Message, Receive, Send, str], Awaitable[None]]

PLAIN = [(b"content-type", b"text/plain")]
OPTIONS: dict[str, Any] = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
MODE = OPTIONS.pop("mode", "")
counter: contextvars.ContextVar[int] = contextvars.ContextVar("counter", default=0)


def note(text: str) -> None:
    os.write(1, f"{text}\n".encode())  # one call, so that lines stay whole


async def start(send: Send, status: int = 200, headers: Any = PLAIN) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def part(send: Send, body: Any, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def answer(send: Send, body: Any) -> None:
    await start(send)
    await part(send, body, more=False)


async def hello(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    await answer(send, b"hello")


async def scope(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    await answer(
        send, json.dumps(scope, default=lambda b: b.decode("latin-1")).encode()
    )


async def boom(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    raise ZeroDivisionError("boom")


async def leave(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    raise SystemExit(arg)


async def leave_by_task(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    async def end() -> None:
        raise SystemExit(arg)

    task = asyncio.create_task(end())
    await asyncio.wait([task])
    await answer(send, repr(task.exception()).encode())


async def nothing(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    pass


async def start_then_fail(
    scope: Message, receive: Receive, send: Send, arg: str
) -> None:
    await start(send, 201)
    raise ZeroDivisionError("between head and body")


async def fail_midway(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    sized = [(b"content-length", b"100")] if arg == "length" else []
    await start(send, headers=[*PLAIN, *sized])
    await part(send, b"first ")
    if arg == "return":
        return
    raise ZeroDivisionError("midway")


async def fail_afterwards(
    scope: Message, receive: Receive, send: Send, arg: str
) -> None:
    await answer(send, b"complete")
    raise ZeroDivisionError("afterwards")


async def twice(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    await start(send)
    try:
        await start(send, 500)
    except RuntimeError as exc:
        await part(send, str(exc).encode(), more=False)


async def odd(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    """Send what the server below cannot carry, and then the error for it."""
    odds: dict[str, Any] = {
        "status": (99, PLAIN),
        "name": (200, [(b"a b", b"c")]),
        "text": (200, [("name", b"c")]),
    }
    try:
        await start(send, *odds[arg])
    except ValueError as exc:
        await answer(send, str(exc).encode())


async def odd_value(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    await start(send, headers=[(b"x-evil", b"a\r\nset-cookie: b")])
    try:
        await part(send, b"ok", more=False)
    except ValueError as exc:
        await answer(send, str(exc).encode())


async def framed(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    await start(send, headers=[(b"Transfer-Encoding", b"gzip"), (b"X-After", b"yes")])
    await part(send, b"ok", more=False)


async def bare(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": memoryview(b"view")})


async def text(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    await start(send)
    await part(send, "text", more=False)


async def stream(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    await start(send)
    for number in range(int(arg)):
        await part(send, b"%d," % number)
    await part(send, b"", more=False)


async def endless(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    await start(send)
    try:
        while True:
            await part(send, b"x" * 65536)
            if arg:
                await asyncio.sleep(float(arg))
    except BaseException as exc:
        note(f"endless ended by {type(exc).__name__}")
        raise


async def events(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    """Say nothing in an event stream until a file appears."""
    await start(send, headers=[(b"content-type", b"text/event-stream")])
    while not Path(arg).exists():
        await asyncio.sleep(0.01)
    await part(send, b"data: x\n\n", more=False)


async def lose_a_piece(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    """Send to a client that does not read, give up, and go on."""
    await start(send)
    try:
        while True:
            await asyncio.wait_for(part(send, b"x" * 1_000_000), 0.2)
    except asyncio.TimeoutError:
        Path(arg).touch()
    await part(send, b"the end", more=False)


async def body(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    data, messages = b"", 0
    while True:
        message = await receive()
        messages += 1
        if message["type"] == "http.disconnect":
            note(f"disconnected after {len(data)}")
            break
        data += message["body"]
        if not message["more_body"]:
            break
    await answer(send, f"{len(data)} {data[-10:]!r}".encode())


async def body_while_streaming(
    scope: Message, receive: Receive, send: Send, arg: str
) -> None:
    await start(send)
    await part(send, b"first ")
    while (message := await receive())["type"] == "http.request":
        pass
    note(f"then {message['type']}")
    await part(send, b"second", more=False)


async def impatient(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    """Receive with time limits that are too short, again and again."""
    parts: list[bytes] = []
    while True:
        try:
            message = await asyncio.wait_for(receive(), 0.001)
        except asyncio.TimeoutError:
            continue
        parts.append(message["body"])
        if not message["more_body"]:
            break
    await answer(send, b"".join(parts))


async def wait_gone(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    first = await receive()
    note("stays")
    second = await receive()
    note(f"gone: {first['type']} {second['type']}")


async def count(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    counter.set(counter.get() + 1)
    await answer(send, str(counter.get()).encode())


async def file(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    await start(send)
    await send({"type": "http.response.pathsend", "path": arg})


async def until(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    """Stay until a file appears."""
    Path(arg + ".begun").touch()
    try:
        while not Path(arg).exists():
            await asyncio.sleep(0.01)
    except asyncio.CancelledError:
        note("cancelled")
        raise
    await answer(send, b"released")


async def stubborn(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    """Never end, whoever cancels."""
    Path(arg + ".begun").touch()
    while True:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            note("cancelled, in vain")


async def block(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    """Block the whole loop."""
    Path(arg + ".begun").touch()
    time.sleep(3600)


async def left_behind(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    """Leave a task behind."""

    async def linger() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            note("task cancelled")

    scope["state"]["tasks"].append(asyncio.create_task(linger()))
    await asyncio.sleep(0)
    await answer(send, b"ok")


# -- WebSockets


async def echo(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    await receive()
    protocols = scope["subprotocols"]
    await send(
        {
            "type": "websocket.accept",
            "subprotocol": protocols[0] if protocols else None,
            "headers": [(b"set-cookie", b"a=b")] if arg == "headers" else [],
        }
    )
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            note(f"disconnected with {message['code']}")
            return
        await send(message | {"type": "websocket.send"})


async def echo_impatient(
    scope: Message, receive: Receive, send: Send, arg: str
) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        try:
            message = await asyncio.wait_for(receive(), 0.0005)
        except asyncio.TimeoutError:
            continue
        if message["type"] == "websocket.disconnect":
            return
        await send({"type": "websocket.send", "text": message["text"]})


async def deny(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    await receive()
    await send({"type": "websocket.close"})
    message = await receive()
    note(f"denied: {message['type']}")


async def refuse(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    await receive()
    headers = [
        (b"x-many", b"1"),
        (b"x-many", b"2"),
        (b"set-cookie", b"a=b"),
        (b"set-cookie", b"c=d"),
    ]
    first: Message = {"type": "websocket.http.response.start", "status": 418}
    await send(first | {"headers": headers})
    second: Message = {"type": "websocket.http.response.body"}
    await send(second | {"body": b"tea", "more_body": True})
    await send(second | {"body": b"pot"})


async def fail_after_accept(
    scope: Message, receive: Receive, send: Send, arg: str
) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    raise ZeroDivisionError("after accept")


async def return_after_accept(
    scope: Message, receive: Receive, send: Send, arg: str
) -> None:
    await receive()
    await send({"type": "websocket.accept"})


async def close_while_receiving(
    scope: Message, receive: Receive, send: Send, arg: str
) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    receiving = asyncio.ensure_future(receive())
    await asyncio.sleep(0.05)
    await send({"type": "websocket.close", "code": 4001, "reason": "enough"})
    message = await receiving
    note(f"received {message['type']} {message['code']}")


async def send_on(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    """Send until somebody says that nobody is there."""
    await receive()
    await send({"type": "websocket.accept"})
    while True:
        try:
            await send({"type": "websocket.send", "text": "x" * 1000})
        except OSError as exc:
            note(f"send ended by {type(exc).__name__}")
            return
        await asyncio.sleep(0.01)


async def wrong_kinds(scope: Message, receive: Receive, send: Send, arg: str) -> None:
    await receive()
    errors = []
    messages: list[Message] = [
        {"type": "websocket.send", "text": "too soon"},
        {"type": "websocket.accept"},
        {"type": "websocket.accept"},
        {"type": "websocket.send", "bytes": "text"},
        {"type": "websocket.send", "text": b"bytes"},
        {"type": "http.response.start", "status": 200},
    ]
    for message in messages:
        try:
            await send(message)
        except (RuntimeError, TypeError) as exc:
            errors.append(f"{type(exc).__name__}: {exc}")
    await send({"type": "websocket.send", "text": json.dumps(errors)})


async def live(scope: Message, receive: Receive, send: Send) -> None:
    if MODE == "no lifespan":
        raise KeyError("method")
    await receive()
    if MODE == "cannot start":
        failed = {"type": "lifespan.startup.failed", "message": "no database"}
        await send(failed)
        return
    if MODE == "starts for ever":
        note("starting")
        await asyncio.sleep(3600)
    scope["state"]["tasks"] = []
    scope["state"]["since"] = "start"
    await send({"type": "lifespan.startup.complete"})
    note("started")
    message = await receive()
    note(f"told {message['type']}")
    if MODE == "stops for ever":
        await asyncio.sleep(3600)
    await send({"type": "lifespan.shutdown.complete"})
    note("stopped")


async def app(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await live(scope, receive, send)
        return
    view: View = globals().get(scope["path"].strip("/")) or hello
    arg = parse_qs(scope["query_string"].decode()).get("arg", [""])[0]
    await view(scope, receive, send, arg)


if __name__ == "__main__":
    run_simple(
        OPTIONS.pop("hostname", "127.0.0.1"), OPTIONS.pop("port", 0), app, **OPTIONS
    )
