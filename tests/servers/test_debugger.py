"""Werkzeug's debugger: there when asked for, guarded, and never otherwise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.servers.test_asgi import PROBE
from tests.servers.test_asgi_websocket import close_of, open_socket

if TYPE_CHECKING:
    from pathlib import Path


def test_debugger_shows_the_traceback_with_status_500(start: Any) -> None:
    served = start(use_debugger=True)
    code, headers, body = served.get("/boom")
    assert code == 500
    assert headers["content-type"].startswith("text/html")
    assert b"ZeroDivisionError: boom" in body
    assert b"EVALEX = true" in body


def test_debugger_leaves_other_answers_as_they_are(start: Any) -> None:
    served = start(use_debugger=True)
    assert served.get("/")[0:3:2] == (200, b"hello")
    assert served.get("/late_start")[0] == 418


def test_debugger_prints_its_pin_once_and_wants_it(start: Any) -> None:
    served = start(use_debugger=True, use_reloader=True)
    body = served.get("/boom")[2].decode()
    pin = served.wait_for(r"Debugger PIN: ([\d-]+)").group(1)
    assert served.output.count("Debugger PIN") == 1
    secret = match(r'SECRET = "(\w+)"', body)
    frame = match(r'id="frame-(\d+)"', body)
    run = f"/boom?__debugger__=yes&cmd=6*7*1000003&frm={frame}&s={secret}"
    assert b"42000126" not in served.get(run)[2]
    auth = f"/boom?__debugger__=yes&cmd=pinauth&pin={pin}&s={secret}"
    _, headers, answer = served.get(auth)
    assert b'"auth": true' in answer
    cookie = headers["set-cookie"].partition(";")[0]
    assert b"42000126" in served.get(run, f"Cookie: {cookie}")[2]


@pytest.mark.parametrize("host", ["evil.example", "192.0.2.7:80"])
def test_debugger_gives_no_console_to_a_foreign_host(start: Any, host: str) -> None:
    served = start(use_debugger=True)
    answer = served.exchange(
        f"GET /boom HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    )
    assert b"EVALEX = false" in answer


def test_trusted_hosts_may_be_widened(start: Any) -> None:
    served = start(use_debugger=True, trusted_hosts=["dev.example"])
    answer = served.exchange(
        b"GET /boom HTTP/1.1\r\nHost: dev.example\r\nConnection: close\r\n\r\n"
    )
    assert b"EVALEX = true" in answer


def test_debugger_has_no_console_with_several_processes(start: Any) -> None:
    served = start(use_debugger=True, processes=2)
    assert b"EVALEX = false" in served.get("/boom")[2]
    served.wait_for("console is off: it needs a single process, and there are 2")
    assert "PIN" not in served.output


def test_debugger_is_off_unless_asked_for(start: Any) -> None:
    served = start(use_reloader=True)
    code, _, body = served.get("/boom")
    assert (code, body) == (500, b"Internal Server Error\n")
    code, _, body = served.get("/console?__debugger__=yes&cmd=resource&f=style.css")
    assert body == b"hello"


MIXED = """
from insula import Insula, websocket

app = Insula("mixed", static_folder=None)


@app.get("/sync")
def sync():
    raise ZeroDivisionError("sync boom")


@app.get("/async")
async def asynchronous():
    raise ZeroDivisionError("async boom")


@app.get("/")
async def hello():
    return "hello"


@app.websocket("/ws")
async def socket():
    await websocket.accept()
    raise ZeroDivisionError("socket boom")


app.run(port=0, debug=True, use_reloader=False)
"""


def test_debugger_shows_requests_that_come_by_asgi(start: Any, tmp_path: Path) -> None:
    program = tmp_path / "mixed.py"
    program.write_text(MIXED)
    served = start(program=program)
    served.wait_for(r"Interface: ASGI \(WebSocket '/ws'\)")
    for kind in ("sync", "async"):
        code, _, page = served.get(f"/{kind}")
        assert code == 500
        assert f"ZeroDivisionError: {kind} boom".encode() in page
        assert b"EVALEX = true" in page
    pin = served.wait_for(r"Debugger PIN: ([\d-]+)").group(1)
    body = page.decode()
    secret = match(r'SECRET = "(\w+)"', body)
    frame = match(r'id="frame-(\d+)"', body)
    run = f"/sync?__debugger__=yes&cmd=6*7*1000003&frm={frame}&s={secret}"
    assert b"42000126" not in served.get(run)[2]
    auth = f"/sync?__debugger__=yes&cmd=pinauth&pin={pin}&s={secret}"
    cookie = served.get(auth)[1]["set-cookie"].partition(";")[0]
    assert b"42000126" in served.get(run, f"Cookie: {cookie}")[2]
    assert served.get("/")[2] == b"hello"


def test_websocket_has_no_debugger_and_its_failure_is_in_the_log(
    start: Any, tmp_path: Path
) -> None:
    program = tmp_path / "mixed.py"
    program.write_text(MIXED)
    served = start(program=program)
    with open_socket(served, "/ws") as sock:
        assert close_of(sock) == (1011, "")
    served.wait_for("(?s)Traceback .*ZeroDivisionError: socket boom")


def test_debugger_does_not_know_an_asgi_application_of_others(start: Any) -> None:
    served = start(program=PROBE, use_debugger=True)
    code, _, body = served.get("/boom")
    assert (code, body) == (500, b"Internal Server Error\n")
    assert "The debugger is off: it does not know this kind" in served.output


BROKEN = """
import sys
from insula.cli import main
if __name__ == "__main__":
    options = ["--port", "0", "--interface", "asgi"]
    sys.argv[1:] = ["--debug", "run", "broken:app", *options]
    main()
raise ZeroDivisionError("while it is loaded")
"""


def test_import_that_fails_is_shown_though_asgi_is_asked_for(
    start: Any, tmp_path: Path
) -> None:
    program = tmp_path / "broken.py"
    program.write_text(BROKEN)
    served = start(program=program)
    assert b"ZeroDivisionError: while it is loaded" in served.get("/")[2]
    served.wait_for(r"Interface: WSGI \(the application could not be loaded\)")


def match(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, text
    return found.group(1)
