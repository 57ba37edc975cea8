"""An application whose async views wait, and note how that ends."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from insula import Insula, Response, g, request, stream_with_context

app = Insula("waiting", static_folder=None)
events: dict[str, asyncio.Event] = {}
tasks: list[asyncio.Task[None]] = []


def note(text: str) -> None:
    with Path(request.args["note"]).open("a") as file:
        file.write(text + "\n")


@app.get("/wait/<name>")
async def wait(name: str) -> str:
    event = events[name] = asyncio.Event()
    g.name = name
    note("begun")
    try:
        await event.wait()
    except asyncio.CancelledError:
        note("cancelled")
        raise
    return f"released {name}"


@app.get("/release/<name>")
async def release(name: str) -> str:
    events[name].set()
    return "released"


@app.get("/plain-view")
def plain_view() -> str:
    """Need time for the teardown only."""
    return "plain"


@app.teardown_request
async def end_slowly(exc: BaseException | None) -> None:
    if request.path == "/plain-view":
        note("ending")
        await asyncio.sleep(1.5)  # looked at twice
        note("ended")


@app.get("/caught")
async def caught() -> str:
    note("begun")
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        note("cancelled")
    return "caught"


@app.get("/group")
async def group() -> str:
    """Wait for several at once."""
    note("begun")

    async def one() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            note("child")

    try:
        await asyncio.gather(one(), one())
    finally:
        note("cancelled")
    return "group"


@app.get("/stream")
def stream() -> Response:
    async def wait() -> bytes:
        note("begun")
        await asyncio.sleep(1.5)  # looked at twice
        note("slept")
        return b"chunk"

    get = app.ensure_sync(wait)

    def chunks() -> Any:
        yield b"first"
        yield get()

    return Response(stream_with_context(chunks()))


@app.before_request
def begin() -> None:
    if request.endpoint == "read":
        note("asked")


@app.post("/read")
async def read() -> bytes:
    return request.get_data()


@app.get("/quick")
async def quick() -> str:
    await asyncio.sleep(0)
    return "quick"


@app.get("/leave")
async def leave() -> str:
    """Leave a task behind, which lasts as long as the process."""
    path = Path(request.args["note"])

    def end() -> None:
        with path.open("a") as file:
            file.write(f"ended {os.getpid()}\n")

    async def last() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            end()

    tasks.append(asyncio.create_task(last()))
    await asyncio.sleep(0)
    return str(os.getpid())


@app.get("/plain")
def plain() -> str:
    return "plain"


@app.teardown_request
async def end(exc: BaseException | None) -> None:
    if request.endpoint in {"wait", "caught", "group"}:
        await asyncio.sleep(0)
        note(f"end {type(exc).__name__}")


if __name__ == "__main__":
    app.run(port=0, **json.loads(sys.argv[1]))
