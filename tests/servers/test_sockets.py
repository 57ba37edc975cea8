"""WebSockets of an application on real servers."""

from __future__ import annotations

import json
import re
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.servers.conftest import PATIENCE, Served
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.client import ClientConnection

PROGRAMS = Path(__file__).parent / "programs"
UVICORN = ["-m", "uvicorn", "sockets:app", "--port", "0", "--app-dir", str(PROGRAMS)]
HYPERCORN = ["-m", "hypercorn", "--bind", "127.0.0.1:0", "asgi:sockets:app"]
COMMANDS = {
    "own": [str(PROGRAMS / "sockets.py"), '{"interface": "asgi"}'],
    "uvicorn": [*UVICORN, "--ws", "websockets-sansio"],
    "uvicorn-wsproto": [*UVICORN, "--ws", "wsproto"],
    "hypercorn": HYPERCORN,
}


class AnyServer(Served):
    @property
    def port(self) -> int:
        found = self.wait_for(r"(?i)running on https?://\S+?:(\d+)")
        return int(found.group(1))


@pytest.fixture(scope="module", params=COMMANDS)
def served(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[AnyServer]:
    command = [sys.executable, *COMMANDS[request.param]]
    path = {"PYTHONPATH": str(PROGRAMS)}
    server = AnyServer(command, path, tmp_path_factory.mktemp("sockets"))
    yield server
    server.kill_group()


@contextmanager
def talk(served: Served, path: str, **options: Any) -> Iterator[ClientConnection]:
    url = f"ws://127.0.0.1:{served.port}{path}"
    options |= {"open_timeout": PATIENCE, "close_timeout": PATIENCE}
    with connect(url, proxy=None, **options) as sock:
        yield sock


def refusal(served: Served, path: str, **options: Any) -> Any:
    with pytest.raises(InvalidStatus) as caught, talk(served, path, **options):
        pass
    return caught.value.response


def close_of(sock: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as caught:
        sock.recv(PATIENCE)
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason


def ends(served: Served, path: str) -> int:
    return served.output.count(f"end of {path} with ")


@pytest.mark.parametrize("path", ["/echo", "/sync"])
def test_messages_go_both_ways_and_the_end_comes_once(
    served: Served, path: str
) -> None:
    before = ends(served, path)
    with talk(served, path) as sock:
        for message in ("text", b"bytes", "é" * 50_000):
            sock.send(message)
            assert sock.recv(PATIENCE) == message
    served.poll(lambda: ends(served, path) == before + 1, "the end")
    assert f"end of {path} with NoneType" in served.output


def test_subprotocol_json_and_closing_reach_the_client(served: Served) -> None:
    with talk(served, "/json", subprotocols=["a", "b"]) as sock:
        assert sock.subprotocol == "b"
        sock.send('{"x": 1}')
        assert json.loads(sock.recv(PATIENCE)) == [{"x": 1}, "/json"]
        assert close_of(sock) == (3001, "bye")


def test_view_that_only_sends_ends_when_its_client_has_gone(served: Served) -> None:
    with talk(served, "/ticks") as sock:
        assert sock.recv(PATIENCE) == "tick"
        sock.send("that is never read")
    served.wait_for(r"ticks have stopped")
    served.wait_for(r"end of /ticks with NoneType")


def test_refusal_is_an_http_response_with_the_session(served: Served) -> None:
    response = refusal(served, "/refused")
    assert response.status_code == 403
    assert json.loads(response.body) == {"tries": 1}
    cookie = response.headers["Set-Cookie"].partition(";")[0]
    again = refusal(served, "/refused", additional_headers={"Cookie": cookie})
    assert json.loads(again.body) == {"tries": 2}


@pytest.mark.parametrize(("path", "status"), [("/aborts", 401), ("/nowhere", 404)])
def test_errors_before_accepting_refuse(served: Served, path: str, status: int) -> None:
    assert refusal(served, path).status_code == status


def test_rule_of_requests_and_rule_of_websockets_are_never_crossed(
    served: Served,
) -> None:
    assert refusal(served, "/").status_code == 400
    assert served.get("/echo")[0] == 400
    assert served.get("/")[2] == b"ok"


def test_error_after_accepting_is_logged_and_closes(served: Served) -> None:
    with talk(served, "/fails") as sock:
        assert close_of(sock)[0] == 1011
    served.wait_for(r"end of /fails with LookupError")
    assert re.search(r"Exception on /fails", served.output)


def test_message_after_time_limits_is_not_lost(served: Served) -> None:
    with talk(served, "/slow") as sock:
        assert sock.recv(PATIENCE) == "now"
        sock.send("a")
        assert sock.recv(PATIENCE) == "a"


def test_many_sockets_at_once_are_each_their_own(served: Served) -> None:
    from contextlib import ExitStack

    with ExitStack() as stack:
        socks = [
            stack.enter_context(talk(served, path))
            for path in ("/echo", "/sync")
            for _ in range(10)
        ]
        for turn in range(3):
            for number, sock in enumerate(socks):
                sock.send(f"{turn} {number}")
        for turn in range(3):
            for number, sock in enumerate(socks):
                assert sock.recv(PATIENCE) == f"{turn} {number}"


@pytest.mark.parametrize("name", ["own", "uvicorn"])
def test_server_that_stops_ends_the_sockets_that_wait(
    name: str, tmp_path: Path
) -> None:
    command = [sys.executable, *COMMANDS[name]]
    served = AnyServer(command, {"PYTHONPATH": str(PROGRAMS)}, tmp_path)
    try:
        with talk(served, "/waits") as sync, talk(served, "/echo") as echo:
            assert sync.recv(PATIENCE) == "here"
            echo.send("a")
            assert echo.recv(PATIENCE) == "a"
            served.process.terminate()
            close_of(sync)
            close_of(echo)
        served.wait()
        assert ends(served, "/waits") == ends(served, "/echo") == 1
    finally:
        served.kill_group()
