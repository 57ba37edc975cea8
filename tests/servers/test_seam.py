"""What the server has lost when it calls us: the table of docs/design.md, row by row.

These are losses, not promises. When a newer Granian makes a test fail, something got
better: mend the guard, and take the row out of the table.
"""

from __future__ import annotations

import json
import os
import socket
from typing import TYPE_CHECKING, Any

import pytest
from tests.servers.conftest import receive_all

if TYPE_CHECKING:
    from pathlib import Path


def test_header_names_with_underscores_are_one_with_the_proper_ones(
    start: Any,
) -> None:
    _, _, body = start().get(
        "/env", "X-Forwarded-For: 1.1.1.1", "X_Forwarded_For: 6.6.6.6"
    )
    assert json.loads(body)["HTTP_X_FORWARDED_FOR"] == "6.6.6.6"


def test_header_value_beyond_ascii_arrives_empty(start: Any) -> None:
    _, _, body = start().get("/env", "X-Name: caf\xe9")
    assert json.loads(body)["HTTP_X_NAME"] == ""


def test_reason_phrase_is_the_registered_one(start: Any) -> None:
    answer = start().exchange(
        b"GET /empty?arg=201%20Fine HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 201 Created\r\n")


def test_target_as_sent_and_port_of_the_client_are_not_told(start: Any) -> None:
    _, _, body = start().get("/env?a=%41")
    environ = json.loads(body)
    assert environ.keys().isdisjoint({"REQUEST_URI", "RAW_URI", "REMOTE_PORT"})


def test_chunked_upload_that_is_cut_off_looks_complete(
    start: Any, tmp_path: Path
) -> None:
    served, note = start(), tmp_path / "note"
    with served.connect() as sock:
        sock.sendall(
            f"POST /upload?arg={note} HTTP/1.1\r\nHost: x\r\n"
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nhe".encode()
        )
        served.poll((tmp_path / "note.begun").exists, "the view")
    served.poll(lambda: note.exists() and note.read_text(), "the end of the upload")
    assert note.read_text().startswith("complete ")


def test_client_that_closes_its_side_after_the_request_gets_no_answer(
    start: Any, tmp_path: Path
) -> None:
    served, fifo = start(), tmp_path / "fifo"
    os.mkfifo(fifo)
    with served.connect() as sock:
        sock.sendall(f"GET /fifo?arg={fifo} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        with fifo.open("wb") as gate:  # waits for the view to be there
            sock.shutdown(socket.SHUT_WR)
            assert receive_all(sock) == b""
            gate.write(b"us")
    served.wait_for(r'"GET /fifo\S* HTTP/1.1" 200')


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"garbage\r\n\r\n", b"400 Bad Request"),
        (b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n" % (b"a" * 70_000), b"414 URI Too Long"),
        (
            b"GET / HTTP/1.1\r\nHost: x\r\n%b\r\n" % (b"X: y\r\n" * 200),
            b"431 Request Header Fields Too Large",
        ),
    ],
)
def test_request_that_the_server_below_refuses_is_not_in_the_access_log(
    start: Any, request_: bytes, status: bytes
) -> None:
    served = start()
    assert served.exchange(request_).startswith(b"HTTP/1.1 " + status)
    assert served.get("/after")[0] == 200
    assert served.stop() == 0
    assert [line.count('"GET /after ') for line in served.lines[4:]] == [1]
