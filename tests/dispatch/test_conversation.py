"""What is said over a WebSocket, and what must not be."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tests.dispatch.sockets import GONE, Server, talk, text

from insula import WebSocketDisconnected, websocket
from insula.dispatch.sockets.mailbox import AHEAD

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula import Insula


@pytest.fixture
def view(app: Insula) -> Callable[..., Any]:
    """Register a view and talk to it, as a client that stays."""

    def run(function: Callable[..., Any], *events: Any, **changes: Any) -> Any:
        app.testing = True
        app.add_websocket("/ws", "ws", function)

        async def main() -> Any:
            server = Server(app, **changes).put(*events)
            return await asyncio.wait_for(server.run(), 30)

        return asyncio.run(main())

    return run


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"].partition(".")[2] for event in events]


# -- accepting -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"subprotocols": ["chat", "mail"]},
        {"headers": [(b"sec-websocket-protocol", b"chat, mail"), (b"host", b"h")]},
    ],
)
def test_accept_says_subprotocol_and_headers(
    view: Callable[..., Any], changes: dict[str, Any]
) -> None:
    async def ws() -> None:
        assert websocket.subprotocols == ["chat", "mail"]
        assert websocket.requested_subprotocols == ["chat", "mail"]
        await websocket.accept("mail", [("X-A", "1"), ("X-A", "2")])

    assert view(ws, **changes)[0] == {
        "type": "websocket.accept",
        "subprotocol": "mail",
        "headers": [(b"x-a", b"1"), (b"x-a", b"2")],
    }


def test_accept_of_a_subprotocol_that_nobody_offers_is_refused(
    view: Callable[..., Any],
) -> None:
    async def ws() -> None:
        with pytest.raises(ValueError, match=r"'mail' is none .* offers \(chat\)"):
            await websocket.accept("mail")
        await websocket.accept()

    assert types(view(ws, subprotocols=["chat"])) == ["accept", "close"]


def test_accept_leaves_the_field_of_the_subprotocol_to_the_server(
    view: Callable[..., Any],
) -> None:
    async def ws() -> None:
        with pytest.raises(ValueError, match=r"accept\(subprotocol="):
            await websocket.accept(headers={"Sec-WebSocket-Protocol": "chat"})
        await websocket.accept()

    assert types(view(ws)) == ["accept", "close"]


def test_accept_twice_is_an_error(view: Callable[..., Any]) -> None:
    async def ws() -> None:
        states = [websocket.is_accepted]
        await websocket.accept()
        assert [*states, websocket.is_accepted] == [False, True]
        with pytest.raises(RuntimeError, match="accepted already"):
            await websocket.accept()

    assert types(view(ws)) == ["accept", "close"]


def test_tasks_that_talk_first_at_once_accept_once(view: Callable[..., Any]) -> None:
    async def ws() -> None:
        got = await asyncio.gather(
            websocket.receive(), websocket.send("a"), websocket.send("b")
        )
        assert got[0] == "hello"

    assert types(view(ws, text("hello"))) == ["accept", "send", "send", "close"]


# -- messages ------------------------------------------------------------------------


@pytest.mark.parametrize("sync", [True, False])
def test_json_is_the_applications(
    app: Insula, view: Callable[..., Any], sync: bool
) -> None:
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of the usual provider

    async def ws() -> None:
        assert await websocket.receive_json() == {"b": 1}
        await websocket.send_json({"b": 1, "a": 2})
        await websocket.send_json(1, 2)
        await websocket.send_json(b=1)
        await websocket.send_json()
        await websocket.send_json([])
        with pytest.raises(TypeError, match="not both"):
            websocket.send_json(1, b=1)

    def blocking() -> None:
        assert websocket.receive_json() == {"b": 1}
        websocket.send_json({"b": 1, "a": 2})
        websocket.send_json(1, 2)
        websocket.send_json(b=1)
        websocket.send_json()
        websocket.send_json([])

    events = view(blocking if sync else ws, text('{"b": 1}'))
    said = [event.get("text") for event in events[1:-1]]
    assert said == ['{"b": 1, "a": 2}', "[1, 2]", '{"b": 1}', "null", "[]"]


def test_send_of_what_is_no_message_is_an_error(view: Callable[..., Any]) -> None:
    async def ws() -> None:
        with pytest.raises(TypeError, match=r"not dict: .* send_json"):
            websocket.send({})  # type: ignore[arg-type]  # that is the point
        await websocket.send(bytearray(b"b"))

    assert view(ws)[1] == {"type": "websocket.send", "bytes": b"b"}


def test_for_over_the_websocket_on_the_loop_says_how(view: Callable[..., Any]) -> None:
    async def ws() -> None:
        with pytest.raises(TypeError, match="async for message in websocket"):
            list(websocket)

    view(ws)


def test_second_task_that_receives_is_told(view: Callable[..., Any]) -> None:
    async def ws() -> None:
        await websocket.accept()
        first = asyncio.ensure_future(websocket.receive())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="Another task is waiting"):
            await websocket.receive()
        first.cancel()

    assert types(view(ws)) == ["accept", "close"]


def test_receive_that_is_cancelled_takes_no_message_along(app: Insula) -> None:
    server = Server(app)

    @app.websocket("/ws")
    async def ws() -> None:
        await websocket.accept()
        for _ in range(3):
            task = asyncio.ensure_future(websocket.receive())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        server.put(text("a"))
        await websocket.send(await websocket.receive())

    assert asyncio.run(server.run())[1]["text"] == "a"


def test_view_that_only_sends_learns_that_its_client_has_gone(
    view: Callable[..., Any],
) -> None:
    # The server here takes whatever it is handed.
    sent = 0

    async def ws() -> None:
        nonlocal sent
        while True:
            await websocket.send("tick")
            sent += 1
            await asyncio.sleep(0)

    view(ws, *[text("unread")] * (AHEAD // 2), GONE)
    # A server that is not known takes some turns of the loop for each message.
    assert 1 <= sent < AHEAD * 4


def test_messages_that_came_before_the_client_went_can_be_read(
    view: Callable[..., Any],
) -> None:
    got: list[Any] = []

    async def ws() -> None:
        with pytest.raises(WebSocketDisconnected):
            while True:
                await websocket.send("tick")
                await asyncio.sleep(0)
        got.extend([message async for message in websocket])

    view(ws, text("a"), text("b"), GONE)
    assert got == ["a", "b"]


def test_no_message_is_fetched_before_the_view_asks(app: Insula) -> None:
    go = asyncio.Event()

    @app.websocket("/ws")
    async def ws() -> None:
        await websocket.receive()
        await go.wait()

    async def main() -> None:
        server = Server(app).put(*[text("a")] * 100)
        task = asyncio.ensure_future(server.run())
        await asyncio.sleep(0.05)
        assert server.incoming.qsize() == 99
        go.set()
        await task

    asyncio.run(main())


# -- closing -------------------------------------------------------------------------


@pytest.mark.parametrize("sync", [True, False])
def test_close_says_code_and_reason_and_ends_it(
    view: Callable[..., Any], sync: bool
) -> None:
    async def ws() -> None:
        await websocket.accept()
        codes = [websocket.close_code]
        await websocket.close(3001, "bye")
        await websocket.close()
        assert [*codes, websocket.close_code] == [None, 3001]
        assert websocket.close_reason == "bye"
        with pytest.raises(WebSocketDisconnected, match="code 3001, 'bye'"):
            await websocket.receive()
        with pytest.raises(WebSocketDisconnected):
            await websocket.send("too late")
        with pytest.raises(WebSocketDisconnected):
            await websocket.accept()

    def blocking() -> None:
        websocket.accept()
        websocket.close(3001, "bye")
        websocket.close()
        with pytest.raises(WebSocketDisconnected, match="code 3001, 'bye'"):
            websocket.receive()
        with pytest.raises(WebSocketDisconnected):
            websocket.send("too late")

    events = view(blocking if sync else ws)
    assert types(events) == ["accept", "close"]
    assert events[1] == {"type": "websocket.close", "code": 3001, "reason": "bye"}


def test_close_before_accepting_refuses(view: Callable[..., Any]) -> None:
    async def ws() -> str:
        await websocket.close()
        return "not answered"

    assert types(view(ws)) == ["close"]


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (1005, "", "1005 is no code to close"),
        (999, "", "999 is no code"),
        (5000, "", "5000 is no code"),
        (1000, "ü" * 62, "has room for 123 bytes"),
    ],
)
def test_close_with_what_no_frame_can_say_is_an_error(
    view: Callable[..., Any], code: int, reason: str, words: str
) -> None:
    async def ws() -> None:
        with pytest.raises(ValueError, match=words):
            websocket.close(code, reason)

    view(ws)


def test_server_that_says_the_client_has_gone_ends_the_view(app: Insula) -> None:
    caught: list[int] = []

    @app.websocket("/ws")
    async def ws() -> None:
        await websocket.accept()
        try:
            await websocket.send("a")
        except WebSocketDisconnected as exc:
            caught.append(exc.code)
            raise

    class Broken(Server):
        async def send(self, event: dict[str, Any]) -> None:
            if event["type"] != "websocket.accept":
                raise ConnectionResetError
            await super().send(event)

    server = Broken(app)
    asyncio.run(server.run())
    assert caught == [1006]
    assert server.types == ["accept"]


# -- from where ----------------------------------------------------------------------


def test_loop_of_a_sync_view_may_await_the_websocket(view: Callable[..., Any]) -> None:
    async def inner() -> None:
        await websocket.send(await websocket.receive())

    def ws() -> None:
        asyncio.run(inner())

    assert view(ws, text("a"))[1]["text"] == "a"


def test_thread_that_a_sync_view_starts_may_talk(view: Callable[..., Any]) -> None:
    def ws() -> None:
        socket: Any = websocket
        own = socket._get_current_object()
        own.accept()
        # Such a thread carries nothing.
        thread = threading.Thread(target=own.send, args=("from afar",))
        thread.start()
        thread.join()

    assert view(ws)[1]["text"] == "from afar"


def test_async_code_of_a_sync_view_runs_on_the_servers_loop(
    app: Insula, view: Callable[..., Any]
) -> None:
    async def inner() -> None:
        await websocket.send(await websocket.receive())

    def ws() -> None:
        app.ensure_sync(inner)()

    def returns() -> Any:
        return inner()

    assert view(ws, text("a"))[1]["text"] == "a"
    app.view_functions["ws"] = returns
    assert talk(app, text("b"))[1]["text"] == "b"


def test_websocket_of_an_environ_alone_says_that_it_has_no_connection(
    app: Insula,
) -> None:
    from insula import Websocket

    made = Websocket(app.test_request_context("/ws").request.environ)
    assert made.path == "/ws"
    with pytest.raises(RuntimeError, match=r"client.websocket\(path\)"):
        made.receive()


def test_gone_client_is_no_longer_talked_to_at_the_end(
    view: Callable[..., Any],
) -> None:
    async def ws() -> None:
        async for _ in websocket:
            pass

    assert types(view(ws, GONE)) == ["accept"]
