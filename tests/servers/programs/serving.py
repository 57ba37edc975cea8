"""An application that says what it does before and after it is served."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from insula import Insula, Response, request, send_events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

app = Insula("island")


def say(text: str) -> None:
    sys.stdout.write(f"{text}.\n")
    sys.stdout.flush()


@app.before_serving
def before() -> None:
    say("before")
    if "FAIL" in os.environ:
        raise ValueError("no database")


@app.while_serving
async def around() -> AsyncIterator[None]:
    await asyncio.sleep(0)
    say("around")
    yield
    await asyncio.sleep(0)
    say("around end")


if "SLOW" in os.environ:

    @app.while_serving
    async def slow() -> AsyncIterator[None]:
        say("slow")
        await asyncio.sleep(float(os.environ["SLOW"]))
        yield
        say("slow end")


@app.after_serving
async def after() -> None:
    await asyncio.sleep(0)
    say("after")


def work() -> None:
    time.sleep(0.2)
    say("worked")


@app.get("/")
def index() -> str:
    app.add_background_task(work)
    return "ok"


torn_down = asyncio.Event()


async def helper() -> None:
    await torn_down.wait()
    say("helped")


@app.get("/helped")
def helped() -> str:
    app.add_background_task(app.ensure_sync(helper))
    return "ok"


@app.get("/waits")
async def waits() -> str:
    say("waiting")
    try:
        await asyncio.sleep(600)
    finally:
        await asyncio.sleep(0.05)
        say("view end")
    return "never"


@app.teardown_request
async def tear_down(_: BaseException | None) -> None:
    if request.path == "/waits":
        await asyncio.sleep(0.05)
        say("torn down")
        torn_down.set()


@app.get("/events")
def events() -> Response:
    def steps() -> Iterator[Any]:
        try:
            for number in range(10_000):
                yield number
                time.sleep(0.02)
        finally:
            say("stream end")

    return send_events(steps(), heartbeat=0.01)


if __name__ == "__main__":
    app.run(port=0, **json.loads(sys.argv[1]))
