"""Clients that announce a body and keep it to themselves."""

from __future__ import annotations

import math
import os
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.servers.conftest import parse, receive_all

from insula.servers import ServerOptions
from insula.servers.errors import ServerError
from insula.servers.lateness import Lateness, TimedBody

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 1.0
PLAIN = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
FACTS = ("/", "http", "HTTP/1.1", "127.0.0.1", "127.0.0.1", "1")


def head(path: str, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@pytest.mark.parametrize(
    "started",
    [
        head("/upload?arg=note", "Content-Length: 9") + b"abc",
        head("/upload?arg=note", "Transfer-Encoding: chunked") + b"3\r\nabc\r\n",
        head("/upload?arg=note", "Content-Length: 9").replace(b"1.1", b"1.0", 1),
    ],
    ids=["length", "chunked", "http-1.0"],
)
def test_silent_client_is_answered_408_and_gives_its_thread_back(
    start: Any, tmp_path: Path, started: bytes
) -> None:
    served = start(body_timeout=LIMIT)  # one thread
    with served.connect() as sock:
        sock.sendall(started)
        status, headers = parse_head(receive_all(sock))
        assert (status, headers["connection"]) == (408, "close")
        # The client has not left, and the server does not wait for that.
        assert served.get("/hello")[0] == 200
    assert (tmp_path / "note").read_text() == "RequestTimeout"


def parse_head(answer: bytes) -> tuple[int, dict[str, str]]:
    """Return status and headers; the body is cut, on purpose, where it ends."""
    status, headers, _ = parse(answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n0\r\n\r\n")
    return status, headers


def test_silent_clients_are_told_from_others_of_their_address(start: Any) -> None:
    served = start(body_timeout=LIMIT, threads=8)
    idle = [served.connect() for _ in range(5)]
    silent = [served.connect() for _ in range(8)]
    for sock in idle:
        sock.sendall(PLAIN)
        assert sock.recv(4096).startswith(b"HTTP/1.1 200")
    for number, sock in enumerate(silent):
        sock.sendall(head(f"/upload?arg=note{number}", "Content-Length: 9"))
    for sock in silent:
        assert receive_all(sock).startswith(b"HTTP/1.1 408")
        sock.close()
    for sock in idle:
        sock.sendall(PLAIN)
        assert sock.recv(4096).startswith(b"HTTP/1.1 200")
        sock.close()


def test_long_upload_may_take_as_long_as_it_goes_on(start: Any, tmp_path: Path) -> None:
    served = start(body_timeout=LIMIT)
    piece, number = b"x" * 16384, 5
    with served.connect() as sock:
        length = number * len(piece)
        sock.sendall(head("/upload?arg=note", f"Content-Length: {length}"))
        for _ in range(number):
            sock.sendall(piece)
            time.sleep(LIMIT / 2)  # the pace is what is tested
        assert sock.recv(4096).startswith(b"HTTP/1.1 200")
    assert (tmp_path / "note").read_text() == f"complete {number * len(piece)}"


def test_response_that_has_begun_ends_when_its_silent_client_leaves(
    start: Any, tmp_path: Path
) -> None:
    served = start(body_timeout=LIMIT, threads=2)
    with served.connect() as sock:
        sock.sendall(head("/answer_then_read?arg=note", "Content-Length: 9"))
        assert sock.recv(4096).startswith(b"HTTP/1.1 200")
        served.wait_for("did not arrive within")
        assert served.get("/hello")[0] == 200
    served.poll((tmp_path / "note").exists, "the stream to end")
    assert served.poll((tmp_path / "note").read_text, "a note") == "RequestTimeout"


def test_silent_client_that_leaves_at_the_answer_costs_nobody_a_connection(
    start: Any, tmp_path: Path
) -> None:
    served = start(body_timeout=LIMIT, threads=20)
    silent = [served.connect() for _ in range(12)]
    for number, sock in enumerate(silent):
        sock.sendall(head(f"/upload?arg=note{number}", "Content-Length: 9"))
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with served.connect() as innocent:
        innocent.sendall(f"GET /fifo?arg={fifo} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert silent[0].recv(4096).startswith(b"HTTP/1.1 408")
        for sock in silent:
            sock.close()
        for number in range(12):
            served.poll((tmp_path / f"note{number}").exists, "the upload to end")
        fifo.write_text("us")
        assert innocent.recv(4096).endswith(b"released by us")


def test_time_spent_in_the_application_does_not_count() -> None:
    lateness = Lateness(0.001)
    body = TimedBody(Raw(), lateness, None, FACTS)
    assert body.read(3) == b"abc"
    time.sleep(0.005)
    lateness.look()
    assert body.read(3) == b"abc"
    assert not lateness.waiting


def test_body_without_limit_is_never_late() -> None:
    lateness = Lateness(math.inf)
    lateness.waiting[TimedBody(Raw(), lateness, None, FACTS)] = time.monotonic()
    before = threading.active_count()
    lateness.look()
    assert threading.active_count() == before


class Raw:
    def read(self, size: int, /) -> bytes:
        return b"abc"[:size]


@pytest.mark.parametrize("value", [0, -1, math.nan])
def test_limit_that_is_no_time_is_refused(value: float) -> None:
    with pytest.raises(ServerError, match=r"body_timeout=.* must be a number"):
        ServerOptions(body_timeout=value)
