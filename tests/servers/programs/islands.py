"""An application that says what each request sees of its own; run as `probe.py` is."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from insula import Insula, Response, g, request, session, stream_with_context
from insula.local import Local, LocalStack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

LOOKS = 5

app = Insula("islands", static_folder=None)
app.secret_key = "key"
local = Local()
stack: LocalStack[int] = LocalStack()
counts = {"now": 0, "most": 0, "contexts": 0, "teardowns": 0}


@app.before_request
def begin() -> None:
    counts["now"] += 1
    counts["most"] = max(counts["most"], counts["now"])
    if request.endpoint in {"sync", "later", "stream", "astream"}:
        counts["contexts"] += 1
        number = (request.view_args or {})["number"]
        g.number = local.number = number
        stack.push(number)


@app.after_request
def end(response: Response) -> Response:
    counts["now"] -= 1
    if "number" in g:
        response.headers["X-After"] = str(g.number)
    return response


@app.teardown_request
def torn_down(exc: BaseException | None) -> None:
    if request.endpoint != "left":
        counts["teardowns"] += 1
    if "number" in g:
        counts["contexts"] -= 1


def look() -> list[Any]:
    return [
        int(request.args["value"]),
        (request.view_args or {})["number"],
        session["number"],
        g.number,
        local.number,
        stack.top,
    ]


@app.get("/login/<int:number>")
def login(number: int) -> str:
    session["number"] = number
    return "ok"


@app.get("/sync/<int:number>")
def sync(number: int) -> str:
    seen = []
    for _ in range(LOOKS):
        seen += look()
        time.sleep(0.01 * (number % 3))
    return json.dumps(seen)


@app.get("/async/<int:number>", endpoint="later")
async def later(number: int) -> str:
    seen = []
    for _ in range(LOOKS):
        seen += look()
        await asyncio.sleep(0.01 * (number % 3))
    return json.dumps(seen)


@app.get("/stream/<int:number>")
def stream(number: int) -> Response:
    @stream_with_context
    def chunks() -> Iterator[str]:
        seen = []
        for _ in range(LOOKS):
            seen += look()
            time.sleep(0.01 * (number % 3))
        yield json.dumps(seen)

    return Response(chunks())


@app.get("/astream/<int:number>")
async def astream(number: int) -> Response:
    @stream_with_context
    async def chunks() -> AsyncIterator[str]:
        seen = []
        for _ in range(LOOKS):
            seen += look()
            await asyncio.sleep(0.01 * (number % 3))
        yield json.dumps(seen)

    return Response(chunks())


@app.get("/endless")
def endless() -> Response:
    def chunks() -> Iterator[bytes]:
        while True:
            time.sleep(0)
            yield b"x" * 65536

    return Response(chunks())


@app.post("/late/<way>")
async def late(way: str) -> str:
    sys.stderr.write("here\n")
    if way == "plain":
        return str(len(request.get_data()))
    if way == "awaited":
        return str(len(await request.get_data()))
    return str(sum([len(chunk) async for chunk in request.stream]))


@app.get("/left")
def left() -> dict[str, Any]:
    return {
        "contexts": counts["contexts"],
        "local": getattr(local, "number", None),
        "teardowns": counts["teardowns"],
    }


@app.get("/sleep")
def sleep() -> str:
    time.sleep(float(request.args["seconds"]))
    return "slept"


@app.get("/most")
def most() -> str:
    return str(counts["most"])


@app.get("/until-stopped")
def until_stopped() -> str:
    before: Any = signal.getsignal(signal.SIGTERM)
    heard = []

    def note(number: int, frame: Any) -> None:
        heard.append(number)
        before(number, frame)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, note)
    sys.stderr.write("here\n")
    while not heard:
        time.sleep(0.01)
    time.sleep(0.1)
    return "in time"


if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    app.run(port=options.pop("port", 0), **options)
