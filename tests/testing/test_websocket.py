"""The test client's WebSockets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from insula import (
    Insula,
    WebSocketDisconnected,
    abort,
    has_request_context,
    request,
    session,
    websocket,
)
from insula.testing import WebSocketRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insula.testing import InsulaClient


@pytest.fixture
def client(app: Insula) -> InsulaClient:
    @app.websocket("/echo")
    async def echo() -> None:
        async for message in websocket:
            await websocket.send(message)

    @app.websocket("/sync")
    def sync() -> None:
        for message in websocket:
            websocket.send(message)

    @app.websocket("/json")
    async def json() -> None:
        data = await websocket.receive_json()
        await websocket.send_json(data | {"x": request.args.get("x")})
        await websocket.send_json(dict(websocket.headers))

    @app.websocket("/close")
    async def close() -> None:
        await websocket.accept("b", {"X-Own": "1"})
        await websocket.close(3001, "bye")

    @app.websocket("/count")
    async def count() -> None:
        session["n"] = session.get("n", 0) + 1
        await websocket.send_json(session["n"])

    @app.websocket("/refuses")
    async def refuses() -> Any:
        session["refused"] = True
        return {"error": "full"}, 503

    @app.websocket("/aborts")
    def aborts() -> None:
        abort(403)

    @app.websocket("/fails")
    async def fails() -> None:
        if request.args.get("early"):
            raise LookupError("early")
        await websocket.receive()
        raise LookupError("late")

    @app.websocket("/stays")
    async def stays() -> None:
        await websocket.accept()
        await asyncio.Event().wait()

    @app.get("/count")
    def counted() -> dict[str, Any]:
        return dict(session)

    return app.test_client()


@pytest.mark.parametrize("path", ["/echo", "/sync"])
def test_messages_go_both_ways(client: InsulaClient, path: str) -> None:
    with client.websocket(path) as ws:
        ws.send("a")
        ws.send(b"b")
        assert ws.receive() == "a"
        assert ws.receive(timeout=30) == b"b"
    assert ws.close_code == 1000
    assert not has_request_context()


def test_json_arguments_and_headers_reach_the_view(client: InsulaClient) -> None:
    arguments: dict[str, Any] = {"query_string": {"x": "1"}, "headers": {"X-Own": "2"}}
    with client.websocket("/json", **arguments) as ws:
        ws.send_json({"a": 1})
        assert ws.receive_json() == {"a": 1, "x": "1"}
        assert ws.receive_json()["X-Own"] == "2"


def test_answer_that_accepts_is_shown(client: InsulaClient) -> None:
    with client.websocket("/close", subprotocols=["a", "b"]) as ws:
        assert (ws.subprotocol, ws.headers["X-Own"]) == ("b", "1")
        for _ in range(2):
            with pytest.raises(WebSocketDisconnected, match="code 3001, 'bye'"):
                ws.receive()
        assert (ws.close_code, ws.close_reason) == (3001, "bye")


def test_cookies_are_sent_and_kept(client: InsulaClient) -> None:
    for number in (1, 2):
        with client.websocket("/count") as ws:
            assert ws.receive_json() == number
    assert client.get("/count").json == {"n": 2}


@pytest.mark.parametrize(
    ("path", "status"), [("/aborts", 403), ("/nowhere", 404), ("/refuses", 503)]
)
def test_refusal_carries_the_response(
    client: InsulaClient, path: str, status: int
) -> None:
    with (
        pytest.raises(
            WebSocketRefused, match=f"{path} was refused: {status}"
        ) as caught,
        client.websocket(path),
    ):
        pass
    assert caught.value.response.status_code == status
    if path == "/refuses":
        assert caught.value.response.json == {"error": "full"}
        assert client.get("/count").json == {"refused": True}


@pytest.mark.parametrize("target", ["/fails?early=1", "/fails"])
def test_error_of_the_view_is_raised_in_the_test(
    client: InsulaClient, target: str
) -> None:
    with pytest.raises(LookupError), client.websocket(target) as ws:
        ws.send("a")
        ws.receive()


def test_error_of_the_view_is_raised_at_the_end_at_the_latest(
    client: InsulaClient,
) -> None:
    with pytest.raises(LookupError), client.websocket("/fails") as ws:
        ws.send("a")


def test_error_of_the_view_without_propagation_closes(client: InsulaClient) -> None:
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    with client.websocket("/fails") as ws:
        ws.send("a")
        with pytest.raises(WebSocketDisconnected, match="code 1011"):
            ws.receive()


def test_error_of_the_test_itself_comes_first(client: InsulaClient) -> None:
    with pytest.raises(ZeroDivisionError), client.websocket("/stays"):
        raise ZeroDivisionError


def test_receive_gives_up_after_its_timeout(client: InsulaClient) -> None:
    with client.websocket("/echo") as ws:
        with pytest.raises(TimeoutError, match=r"nothing in 0\.01 seconds"):
            ws.receive(timeout=0.01)
        ws.send("a")
        assert ws.receive() == "a"


def test_view_that_never_ends_is_reported(
    client: InsulaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        pytest.raises(TimeoutError, match="neither receives nor sends"),
        client.websocket("/stays"),
    ):
        # Opening it has the time that it needs.
        monkeypatch.setattr("insula.testing.websocket._TIMEOUT", 0.05)


def test_several_are_open_at_once(client: InsulaClient) -> None:
    with client.websocket("/echo") as one, client.websocket("/sync") as two:
        one.send("one")
        two.send("two")
        assert (two.receive(), one.receive()) == ("two", "one")


def test_async_test_awaits_on_its_own_loop(app: Insula, client: InsulaClient) -> None:
    loops: list[Any] = []

    @app.before_websocket
    async def note() -> None:
        loops.append(asyncio.get_running_loop())

    async def main() -> None:
        async with client.websocket("/echo") as ws:
            await ws.send("a")
            assert await ws.receive() == "a"
            await ws.close(3001, "enough")
        async with client.websocket("/json") as ws:
            await ws.send_json({})
            assert await ws.receive_json() == {"x": None}
        with pytest.raises(WebSocketRefused):
            async with client.websocket("/aborts"):
                pass
        assert loops == [asyncio.get_running_loop()] * 3

    asyncio.run(main())


def test_websocket_that_is_not_entered_says_so(client: InsulaClient) -> None:
    ws = client.websocket("/echo")
    with pytest.raises(RuntimeError, match="enter it first"):
        ws.send("a")


def test_websocket_is_opened_once(client: InsulaClient) -> None:
    ws = client.websocket("/echo")
    with ws:
        pass
    with pytest.raises(RuntimeError, match="ask the client for another"), ws:
        pass


def test_websocket_of_a_test_does_not_start_the_application(
    app: Insula, client: InsulaClient
) -> None:
    calls: list[str] = []

    @app.before_serving
    def start() -> None:
        calls.append("start")

    with client.websocket("/echo"):
        pass
    assert calls == []


def test_mounted_application_is_found(app: Insula) -> None:
    app.config["APPLICATION_ROOT"] = "/shop"

    @app.websocket("/ws")
    async def ws() -> None:
        await websocket.send_json([request.root_path, request.path, request.url])

    with app.test_client().websocket("/ws") as opened:
        assert opened.receive_json() == ["/shop", "/ws", "ws://localhost/shop/ws"]


@pytest.fixture(autouse=True)
def is_left_as_it_was() -> Iterator[None]:
    yield
    assert not has_request_context()
