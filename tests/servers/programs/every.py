"""The application that every server serves, as it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from insula import (
    Insula,
    Response,
    abort,
    g,
    request,
    session,
    stream_with_context,
    websocket,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

app = Insula("every", static_folder=None)
app.secret_key = "every"


@app.before_request
def remember() -> None:
    g.number = request.args.get("number")


@app.after_request
def tell(response: Response) -> Response:
    response.headers["X-Number"] = str(g.number)
    return response


@app.get("/sync")
def sync() -> dict[str, Any]:
    return {"number": g.number, "scheme": request.scheme, "host": request.host}


@app.get("/async")
async def asynchronous() -> dict[str, Any]:
    await asyncio.sleep(0.001)
    return {"number": g.number, "scheme": request.scheme, "host": request.host}


@app.get("/stream")
def stream() -> Response:
    def parts() -> Iterator[str]:
        for number in range(100):
            yield f"{number} of {g.number}\n"

    return Response(stream_with_context(parts()), mimetype="text/plain")


@app.get("/async-stream")
async def async_stream() -> Response:
    number_of_request = g.number

    async def parts() -> AsyncIterator[str]:
        for number in range(100):
            await asyncio.sleep(0)
            yield f"{number} of {number_of_request}\n"

    return Response(parts(), mimetype="text/plain")


@app.post("/upload")
def upload() -> str:
    return f"{len(request.get_data())} {request.content_length}"


@app.post("/async-upload")
async def async_upload() -> str:
    data = await request.get_data()
    return f"{len(data)} {request.content_length}"


@app.post("/login")
def login() -> str:
    session["user"] = request.form["user"]
    return "in"


@app.get("/user")
def user() -> str:
    return str(session.get("user"))


@app.get("/async-user")
async def async_user() -> str:
    return str(session.get("user"))


@app.get("/boom")
def boom() -> str:
    raise ZeroDivisionError("boom")


@app.get("/async-boom")
async def async_boom() -> str:
    raise ZeroDivisionError("async boom")


@app.get("/teapot")
async def teapot() -> str:
    abort(418)


@app.websocket("/echo")
async def echo() -> None:
    await websocket.send(f"hello {websocket.args['number']} {session.get('user')}")
    while True:
        await websocket.send(await websocket.receive())
