"""An application that talks over WebSockets, and says how each came to its end."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from insula import (
    Insula,
    WebSocketDisconnected,
    abort,
    g,
    request,
    run_simple,
    session,
    websocket,
)

app = Insula("island")
app.config["SECRET_KEY"] = "key"


def say(text: str) -> None:
    sys.stdout.write(f"{text}.\n")
    sys.stdout.flush()


@app.before_websocket
def before() -> None:
    g.path = request.path


@app.teardown_websocket
def teardown(exc: BaseException | None) -> None:
    say(f"end of {g.path} with {type(exc).__name__}")


@app.websocket("/echo")
async def echo() -> None:
    async for message in websocket:
        await websocket.send(message)


@app.websocket("/sync")
def sync() -> None:
    for message in websocket:
        websocket.send(message)


@app.websocket("/json")
async def json_() -> None:
    await websocket.accept(subprotocol=websocket.subprotocols[-1])
    await websocket.send_json(await websocket.receive_json(), g.path)
    await websocket.close(3001, "bye")


@app.websocket("/ticks")
async def ticks() -> None:
    try:
        while True:
            await websocket.send("tick")
            await asyncio.sleep(0.01)
    except WebSocketDisconnected:
        say("ticks have stopped")
        raise


@app.websocket("/refused")
async def refused() -> Any:
    session["tries"] = session.get("tries", 0) + 1
    return {"tries": session["tries"]}, 403


@app.websocket("/aborts")
def aborts() -> None:
    abort(401)


@app.websocket("/fails")
async def fails() -> None:
    await websocket.accept()
    raise LookupError("nothing")


@app.websocket("/waits")
def waits() -> None:
    websocket.send("here")
    websocket.receive()


@app.websocket("/slow")
async def slow() -> None:
    await websocket.accept()
    for _ in range(5):
        try:
            await asyncio.wait_for(websocket.receive(), 0.02)
        except asyncio.TimeoutError:
            continue
        return
    await websocket.send("now")
    await websocket.send(await websocket.receive())


@app.get("/")
def index() -> str:
    return "ok"


if __name__ == "__main__":
    options: dict[str, Any] = json.loads(sys.argv[1])
    run_simple("127.0.0.1", 0, app, **options)
