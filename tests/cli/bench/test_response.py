"""What a response is, and where it ends."""

from __future__ import annotations

import pytest

from insula.cli.bench.response import MalformedError, ResponseReader

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: a\r\n\r\n"
)


@pytest.mark.parametrize(
    "raw", [OK, CHUNKED, b"HTTP/1.1 204 No Content\r\nA: b\r\n\r\n"]
)
def test_response_ends_where_it_ends_however_it_is_cut(raw: bytes) -> None:
    for first in range(1, len(raw)):
        for second in range(first, len(raw)):
            reader = ResponseReader()
            parts = [raw[:first], raw[first:second], raw[second:]]
            said = [reader.feed(part) for part in parts if part]
            assert said[-1]
            assert not any(said[:-1])
            assert reader.received == len(raw)


def test_reader_reads_one_response_after_the_other() -> None:
    reader = ResponseReader()
    for raw in (OK, CHUNKED, OK):
        reader.start()
        assert reader.feed(raw)
        assert (reader.status, reader.keeps_alive) == (200, True)


def test_interim_response_is_not_the_answer() -> None:
    reader = ResponseReader()
    assert not reader.feed(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert reader.feed(OK)
    assert reader.status == 200


def test_response_to_head_has_no_body() -> None:
    assert ResponseReader(head_only=True).feed(OK[:-2])


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 nothing\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        OK + b"more",
        b"x" * 300_000,
    ],
)
def test_what_is_no_http_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        ResponseReader().feed(raw)


@pytest.mark.parametrize(
    ("head", "keeps"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive", True),
    ],
)
def test_connection_stays_where_the_server_says_so(head: bytes, keeps: bool) -> None:
    reader = ResponseReader()
    assert reader.feed(head + b"\r\n\r\n")
    assert reader.keeps_alive is keeps
