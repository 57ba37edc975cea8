"""What `insula run` hands to the server, seen over a socket."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

GET = b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
COMMAND = """
import sys
from insula import Insula, request
from insula.cli import main

app = Insula("shop", static_folder=None)
app.add_url_rule("/", "fifo", lambda: open(request.args["fifo"], "rb").read())
app.add_url_rule("/", "body", lambda: request.get_data(), methods=["POST"])

if __name__ == "__main__":
    sys.argv[1:] = ["run", sys.argv[0] + ":app", "--port", "0", *{options!r}]
    main()
"""


def test_command_takes_the_time_to_drain(start: Any, tmp_path: Path) -> None:
    program, fifo = tmp_path / "shop.py", tmp_path / "fifo"
    program.write_text(COMMAND.format(options=["--drain-timeout", "0.1"]))
    os.mkfifo(fifo)
    served = start(program=program)
    with served.connect() as sock:
        sock.sendall(GET % f"/?fifo={fifo}".encode())
        with fifo.open("wb"):
            assert served.stop() == 0
    assert "requests still in flight" in served.output


def test_command_takes_the_time_for_a_body(start: Any, tmp_path: Path) -> None:
    program = tmp_path / "shop.py"
    program.write_text(COMMAND.format(options=["--body-timeout", "0.1"]))
    served = start(program=program)
    answer = served.exchange(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("option", ["--drain-timeout", "--body-timeout"])
def test_command_refuses_a_time_that_is_none_in_one_line(
    start: Any, tmp_path: Path, option: str
) -> None:
    program = tmp_path / "shop.py"
    program.write_text(COMMAND.format(options=[option, "nan"]))
    served = start(program=program)
    assert served.wait() == 1
    name = option[2:].replace("-", "_")
    assert served.output.startswith(f"Error: {name}=nan must be a number")
    assert served.output.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], r"Interface: WSGI \(no async view, no WebSocket\)"),
        (["--interface", "asgi"], r"Interface: ASGI \(as asked\)"),
        (["--processes", "2", "--interface", "asgi"], r"Interface: ASGI \(as asked\)"),
    ],
)
def test_command_serves_by_the_interface_that_is_asked_for(
    start: Any, tmp_path: Path, options: list[str], said: str
) -> None:
    program, fifo = tmp_path / "shop.py", tmp_path / "file"
    program.write_text(COMMAND.format(options=options))
    fifo.write_bytes(b"read")
    served = start(program=program)
    assert served.get(f"/?fifo={fifo}")[2] == b"read"
    assert served.post("/", b"body")[2] == b"body"
    served.wait_for(said)
    assert served.output.count("Interface:") == 1
    assert served.stop() == 0


def test_command_refuses_an_interface_that_is_none(start: Any, tmp_path: Path) -> None:
    program = tmp_path / "shop.py"
    program.write_text(COMMAND.format(options=["--interface", "cgi"]))
    served = start(program=program)
    assert served.wait() == 2
    assert "'cgi' is not one of 'auto', 'wsgi', 'asgi'" in served.output
