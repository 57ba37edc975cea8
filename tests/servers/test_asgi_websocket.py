"""WebSockets of ASGI applications behind our own server."""

from __future__ import annotations

import json
import socket
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

    from websockets.http11 import Response
    from websockets.sync.client import ClientConnection

PROBE = Path(__file__).parent / "programs" / "asgi_probe.py"


@pytest.fixture(scope="module")
def asgi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served([sys.executable, str(PROBE)], {}, tmp_path_factory.mktemp("ws"))
    yield served
    served.kill_group()


@contextmanager
def open_socket(
    served: Served, path: str, **options: Any
) -> Iterator[ClientConnection]:
    url = f"ws://127.0.0.1:{served.port}{path}"
    options |= {"open_timeout": PATIENCE, "close_timeout": PATIENCE}
    with connect(url, proxy=None, **options) as sock:
        yield sock


def refusal(served: Served, path: str, **options: Any) -> Response:
    with pytest.raises(InvalidStatus) as caught, open_socket(served, path, **options):
        pass
    return caught.value.response


def close_of(sock: ClientConnection) -> tuple[int, str]:
    """Return code and reason with which the server closes."""
    with pytest.raises(ConnectionClosed) as caught:
        while True:
            sock.recv(PATIENCE)
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason


def test_messages_go_both_ways_as_text_and_as_bytes(asgi: Served) -> None:
    with open_socket(asgi, "/echo") as sock:
        for message in ("text", b"bytes", "", b"", "é" * 70_000):
            sock.send(message)
            assert sock.recv(PATIENCE) == message
    asgi.wait_for("disconnected with 1000")
    asgi.wait_for('"GET /echo HTTP/1.1" 101 ')


def test_subprotocol_is_agreed_on(asgi: Served) -> None:
    with open_socket(asgi, "/echo", subprotocols=["b", "a"]) as sock:
        assert sock.subprotocol == "b"


def test_headers_of_accept_are_left_out_with_one_warning(asgi: Served) -> None:
    for _ in range(2):
        with open_socket(asgi, "/echo?arg=headers") as sock:
            assert sock.response is not None
            assert "set-cookie" not in sock.response.headers
    asgi.wait_for("cannot be sent by this server")
    assert asgi.output.count("cannot be sent by this server") == 1


def test_no_message_is_lost_to_who_receives_with_time_limits(asgi: Served) -> None:
    with open_socket(asgi, "/echo_impatient") as sock:
        for number in range(300):
            sock.send(str(number))
        assert [sock.recv(PATIENCE) for _ in range(300)] == [*map(str, range(300))]


def test_close_before_accept_is_a_403_at_once(asgi: Served) -> None:
    assert refusal(asgi, "/deny").status_code == 403
    asgi.wait_for("denied: websocket.disconnect")
    asgi.wait_for('"GET /deny HTTP/1.1" 403 ')


def test_refusal_has_the_response_of_the_application(asgi: Served) -> None:
    response = refusal(asgi, "/refuse")
    assert (response.status_code, response.body) == (418, b"teapot")
    assert response.headers["x-many"] == "1, 2"
    assert response.headers.get_all("set-cookie") == ["a=b"]
    asgi.wait_for("Of several cookies .*'c' is left out")


def test_handshake_without_one_valid_host_is_a_400(asgi: Served) -> None:
    headers = {"Host": "a b"}
    assert refusal(asgi, "/echo", additional_headers=headers).status_code == 400


@pytest.mark.parametrize("path", ["/boom", "/nothing"])
def test_failure_before_accept_is_a_500(asgi: Served, path: str) -> None:
    assert refusal(asgi, path).status_code == 500
    said = {"/boom": r"Exception on '/boom' \[Web", "/nothing": "'/nothing' was not"}
    asgi.wait_for(said[path])


def test_failure_after_accept_closes_with_1011(asgi: Served) -> None:
    with open_socket(asgi, "/fail_after_accept") as sock:
        assert close_of(sock) == (1011, "")
    asgi.wait_for("ZeroDivisionError: after accept")


def test_return_after_accept_closes_with_1000(asgi: Served) -> None:
    with open_socket(asgi, "/return_after_accept") as sock:
        assert close_of(sock) == (1000, "")


def test_close_does_not_wait_for_who_receives(asgi: Served) -> None:
    with open_socket(asgi, "/close_while_receiving") as sock:
        assert close_of(sock) == (4001, "enough")
    asgi.wait_for("received websocket.disconnect 4001")


def test_sending_to_a_client_that_has_left_raises(asgi: Served) -> None:
    with open_socket(asgi, "/send_on") as sock:
        sock.recv(PATIENCE)
        sock.socket.shutdown(socket.SHUT_RDWR)
        asgi.wait_for("send ended by ClientGoneError")


def test_client_that_vanishes_is_a_disconnect(asgi: Served) -> None:
    before = asgi.output.count("disconnected with")
    with open_socket(asgi, "/echo") as sock:
        sock.socket.shutdown(socket.SHUT_RDWR)
        asgi.poll(
            lambda: asgi.output.count("disconnected with") > before, "the disconnect"
        )


def test_message_of_the_wrong_kind_is_an_error_that_says_so(asgi: Served) -> None:
    with open_socket(asgi, "/wrong_kinds") as sock:
        errors = json.loads(sock.recv(PATIENCE))
    expected = [
        "RuntimeError: 'websocket.send' was sent before the answer",
        "RuntimeError: 'websocket.accept' was sent after the handshake",
        "TypeError: The 'bytes' that was sent is str, not bytes",
        "TypeError: The 'text' that was sent is bytes, not a str",
        "RuntimeError: 'http.response.start' cannot be sent to a WebSocket",
    ]
    assert len(errors) == len(expected)
    for error, beginning in zip(errors, expected, strict=True):
        assert error.startswith(beginning)
