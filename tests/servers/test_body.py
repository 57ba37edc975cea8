from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import ClientDisconnected

from insula.servers.body import EMPTY_BODY, RequestBody

calls = st.lists(
    st.tuples(
        st.sampled_from(["read", "readline", "readlines", "next"]),
        st.integers(-1, 12),
    ),
    max_size=12,
)


def play(stream: Any, script: list[tuple[str, int]]) -> list[Any]:
    results: list[Any] = []
    for name, size in script:
        if name == "next":
            results.append(next(stream, None))
        else:
            results.append(getattr(stream, name)(size))
    return [*results, stream.read()]


@given(data=st.binary(max_size=40) | st.from_regex(rb"[ab\n]{0,40}"), script=calls)
@pytest.mark.parametrize("declared", [True, False])
def test_body_reads_as_a_file_does(
    data: bytes, script: list[tuple[str, int]], *, declared: bool
) -> None:
    body = RequestBody(io.BytesIO(data), len(data) if declared else None)
    assert play(body, script) == play(io.BytesIO(data), script)


def test_body_shorter_than_declared_raises_client_disconnected() -> None:
    body = RequestBody(io.BytesIO(b"abc"), 10)
    with pytest.raises(ClientDisconnected, match="7 bytes of the request's body"):
        body.read()


def test_body_is_never_read_past_its_declared_length() -> None:
    raw = io.BytesIO(b"abcdef")
    assert RequestBody(raw, 3).read() == b"abc"
    assert raw.tell() == 3


def test_body_readinto_fills_the_buffer() -> None:
    buffer = bytearray(4)
    assert RequestBody(io.BytesIO(b"abc"), 3).readinto(buffer) == 3
    assert buffer == b"abc\0"


def test_body_is_empty_after_close() -> None:
    body = RequestBody(io.BytesIO(b"abc"), 3)
    body.close()
    assert body.read() == b""


def test_empty_body_is_empty_in_every_way() -> None:
    EMPTY_BODY.close()
    assert EMPTY_BODY.read() == EMPTY_BODY.read(5) == EMPTY_BODY.readline() == b""
    assert EMPTY_BODY.readlines() == list(EMPTY_BODY) == []
    assert EMPTY_BODY.readinto(bytearray(1)) == 0
    assert EMPTY_BODY.readable()
