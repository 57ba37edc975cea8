from __future__ import annotations

import sys
from typing import Any

import pytest

from insula.servers import start as start_module
from insula.servers.guard import base_environ, make_runner
from insula.servers.lateness import Lateness
from insula.servers.start import new_start


def test_declare_remembers_code_and_headers() -> None:
    start = new_start()
    headers = [("A", "b")]
    start.declare("404 Not Found", headers)
    assert (start.code, start.headers) == (404, headers)


def test_declare_again_before_anything_is_sent_replaces() -> None:
    start = new_start()
    start.declare("200 OK", [])
    start.declare("500 Oops", [("A", "b")])
    assert (start.code, start.headers) == (500, [("A", "b")])


def test_declare_after_sending_raises_what_to_do() -> None:
    start = new_start()
    start.declare("200 OK", [])
    start.sent = True
    with pytest.raises(RuntimeError, match="was called after 200 had been sent"):
        start.declare("500 Oops", [])
    assert start.failed


def test_declare_after_sending_with_exc_info_raises_that_exception() -> None:
    start = new_start()
    start.declare("200 OK", [])
    start.sent = True
    try:
        raise KeyError("mine")
    except KeyError:
        info = sys.exc_info()
    with pytest.raises(KeyError, match="mine"):
        start.declare("500 Oops", [], info)  # type: ignore[arg-type]  # sys.exc_info may be empty


@pytest.mark.parametrize(
    "status", ["OK", "", "20", "2000 OK", "042 Low", "20² OK", "101 Up"]
)
def test_declare_with_a_bad_status_says_what_is_wanted(status: str) -> None:
    with pytest.raises(ValueError, match="pass a status such as '200 OK'"):
        new_start().declare(status, [])


def test_declare_percent_encodes_a_location_beyond_latin_1() -> None:
    start = new_start()
    start.declare("302 Found", [("Location", "/\u4e2d?a=%20")])
    assert start.headers == [("Location", "/%E4%B8%AD?a=%20")]


def test_declare_keeps_a_tab_in_a_value() -> None:
    start = new_start()
    start.declare("200 OK", [("A", "b\tc")])
    assert start.headers == [("A", "b\tc")]


def test_write_keeps_data_in_order() -> None:
    start = new_start()
    write = start.declare("200 OK", [])
    write(b"a")
    write(b"b")
    assert start.written == [b"a", b"b"]


def test_declare_refused_leaves_what_was_declared_before() -> None:
    start = new_start()
    start.declare("200 OK", [("A", "b")])
    with pytest.raises(ValueError, match="Header name 'A B' is not one"):
        start.declare("404 Not Found", [("A B", "c")])
    assert (start.code, start.headers) == (200, [("A", "b")])


def test_declare_knows_more_names_than_it_keeps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(start_module, "_NAMES", set())
    headers = [(f"X-{number}", "a") for number in range(300)]
    for _ in range(2):
        start = new_start()
        start.declare("200 OK", headers)
        assert start.headers == headers
    assert len(start_module._NAMES) == 256


def test_start_made_by_the_guard_is_one_made_by_new_start() -> None:
    seen: list[Any] = []

    def application(_environ: Any, start_response: Any) -> list[bytes]:
        start = start_response.__self__
        seen.append({name: getattr(start, name, None) for name in start.__slots__})
        start_response("204 No Content", [])
        return []

    class Protocol:
        def response_bytes(self, *args: Any) -> None:
            seen.append(args)

        response_iter = response_bytes

    base = base_environ(threads=1, processes=1, unix=False)
    runner = make_runner(application, base, Lateness(30))
    environ = {"SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "x", "wsgi.input": None}
    assert runner(Protocol(), environ) == 204
    made = new_start()
    fields = {name: getattr(made, name, None) for name in made.__slots__}
    assert seen == [fields, (204, [], b"")]
