from __future__ import annotations

import logging
import os
import pty
from typing import TYPE_CHECKING, Any

import pytest

from insula.servers.access_log import logged, printable

if TYPE_CHECKING:
    from collections.abc import Callable


def test_access_log_has_a_line_per_request(start: Any) -> None:
    served = start()
    served.get("/env?a=b")
    served.wait_for(
        r"(?m)^127\.0\.0\.1 \[\d\d/\w{3}/\d{4} \d\d:\d\d:\d\d\] "
        r'"GET /env\?a=b HTTP/1\.1" 200 \d+\.\d ms$'
    )
    served.exchange(b"GET /hello HTTP/1.0\r\n\r\n")
    served.wait_for('"GET /hello HTTP/1.0" 200')


def test_access_log_has_the_status_of_failures_and_of_streams(start: Any) -> None:
    served = start()
    served.get("/boom")
    served.get("/late_start")
    served.wait_for('"GET /boom HTTP/1.1" 500 ')
    served.wait_for('"GET /late_start HTTP/1.1" 418 ')


def test_access_log_false_writes_nothing(start: Any) -> None:
    served = start(access_log=False)
    served.get("/")
    assert served.stop() == 0
    assert "GET" not in served.output


def test_access_log_shows_no_control_character_or_quote_of_a_request(
    start: Any,
) -> None:
    served = start()
    served.get("/%1b[2J%0d%0aFAKE%7f%c2%9b?x=%1b")
    served.get("/%22%20HTTP/1.1%22?y=%22")
    served.wait_for(r'"GET /\\x22 HTTP/1.1\\x22\?y=%22 HTTP/1.1" 200')
    served.wait_for(r'"GET /\\x1b\[2J\\r\\nFAKE\\x7f\\x9b\?x=%1b HTTP/1.1" 200')


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/plain", "/plain"),
        ("/caf\xc3\xa9", "/café"),
        ("/caf\xe9", "/café"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\r\nb", "a\\r\\nb"),
        ("\xe2\x80\xae", "\\u202e"),
        ('/a"b', "/a\\x22b"),
        ('/\xc3\xa9"\r', "/é\\x22\\r"),
    ],
)
def test_printable_shows_text_and_escapes_control(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_logged_returns_the_status_of_the_runner(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def runner(protocol: Any, environ: dict[str, Any]) -> int:
        return 404

    run: Callable[..., int] = logged(runner)
    environ = {
        "REMOTE_ADDR": "",
        "REQUEST_METHOD": "GET",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "PATH_INFO": "/x",
        "QUERY_STRING": "",
    }
    with caplog.at_level("INFO", "insula.access"):
        assert run(None, environ) == 404
    assert "- [" in caplog.text
    assert '"GET /x HTTP/1.1" 404' in caplog.text


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_terminal_gets_colours_unless_no_color_is_set(
    monkeypatch: pytest.MonkeyPatch, no_color: str, *, coloured: bool
) -> None:
    from insula.servers.terminal import say

    monkeypatch.setenv("NO_COLOR", no_color)
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        say("hello", fg="red")
        answer = os.read(ours, 100)
        monkeypatch.undo()
    os.close(ours)
    assert answer == (b"\x1b[31mhello\x1b[0m\r\n" if coloured else b"hello\r\n")


def test_logged_line_goes_through_logging_when_somebody_listens_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = logging.getLogger("insula.access")
    run: Callable[..., int] = logged(lambda _protocol, _environ: 200)
    environ = {
        "REMOTE_ADDR": "",
        "REQUEST_METHOD": "GET",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "PATH_INFO": "/x",
        "QUERY_STRING": "",
    }
    records: list[logging.LogRecord] = []
    listener = logging.Handler()
    listener.emit = records.append  # type: ignore[assignment,method-assign]  # shorter than a class
    logger.addHandler(listener)
    try:
        with caplog.at_level("INFO", "insula.access"):
            run(None, environ)
    finally:
        logger.removeHandler(listener)
    assert len(records) == 1
    assert '"GET /x HTTP/1.1" 200' in records[0].getMessage()
