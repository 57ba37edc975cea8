from __future__ import annotations

import sys

import pytest

from insula.servers.start import Start


def test_declare_remembers_code_and_headers() -> None:
    start = Start()
    headers = [("A", "b")]
    start.declare("404 Not Found", headers)
    assert (start.code, start.headers) == (404, headers)


def test_declare_again_before_anything_is_sent_replaces() -> None:
    start = Start()
    start.declare("200 OK", [])
    start.declare("500 Oops", [("A", "b")])
    assert (start.code, start.headers) == (500, [("A", "b")])


def test_declare_after_sending_raises_what_to_do() -> None:
    start = Start()
    start.declare("200 OK", [])
    start.sent = True
    with pytest.raises(RuntimeError, match="was called after 200 had been sent"):
        start.declare("500 Oops", [])
    assert start.failed


def test_declare_after_sending_with_exc_info_raises_that_exception() -> None:
    start = Start()
    start.declare("200 OK", [])
    start.sent = True
    try:
        raise KeyError("mine")
    except KeyError:
        info = sys.exc_info()
    with pytest.raises(KeyError, match="mine"):
        start.declare("500 Oops", [], info)  # type: ignore[arg-type]  # sys.exc_info may be empty


@pytest.mark.parametrize("status", ["OK", "", "20", "2000 OK", "042 Low", "20² OK"])
def test_declare_with_a_bad_status_says_what_is_wanted(status: str) -> None:
    with pytest.raises(ValueError, match="pass a status such as '200 OK'"):
        Start().declare(status, [])


def test_declare_percent_encodes_a_location_beyond_latin_1() -> None:
    start = Start()
    start.declare("302 Found", [("Location", "/\u4e2d?a=%20")])
    assert start.headers == [("Location", "/%E4%B8%AD?a=%20")]


def test_declare_keeps_a_tab_in_a_value() -> None:
    start = Start()
    start.declare("200 OK", [("A", "b\tc")])
    assert start.headers == [("A", "b\tc")]


def test_write_keeps_data_in_order() -> None:
    start = Start()
    write = start.declare("200 OK", [])
    write(b"a")
    write(b"b")
    assert start.written == [b"a", b"b"]
