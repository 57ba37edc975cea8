"""The default provider's ``loads`` is :func:`json.loads`, value for value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insula import Insula

provider = Insula("island").json

ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-le",
    "utf-32-be",
    "latin-1",
]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
blanks = st.text(" \t\n\r", max_size=2)


def outcome(loads: Any, document: Any) -> str:
    try:
        return repr(loads(document))
    except Exception as exc:
        return repr(exc)


@given(documents, blanks, blanks, st.sampled_from(ENCODINGS), st.booleans())
def test_document_in_any_encoding_is_read_as_by_the_standard_library(
    document: Any, before: str, after: str, encoding: str, ascii_only: bool
) -> None:
    text = f"{before}{json.dumps(document, ensure_ascii=ascii_only)}{after}"
    encoded = text.encode(encoding, "backslashreplace")
    for given_as in (text, encoded, bytearray(encoded)):
        assert outcome(provider.loads, given_as) == outcome(json.loads, given_as)


@given(
    st.binary(max_size=8)
    | st.lists(
        st.sampled_from(
            [*(bytes([n]) for n in b'\0\0 1[]"{}\xff\xfe\xef\xbb\xbf'), b"\xed\xa0\x80"]
        ),
        max_size=6,
    ).map(b"".join)
)
def test_any_bytes_are_read_as_by_the_standard_library(document: bytes) -> None:
    assert outcome(provider.loads, document) == outcome(json.loads, document)


@given(st.text('1[]{}":, \ufeff\u2003\x0ceNa', max_size=8))
def test_any_text_is_read_as_by_the_standard_library(document: str) -> None:
    assert outcome(provider.loads, document) == outcome(json.loads, document)


@pytest.mark.parametrize(
    "document",
    [
        '{"a": 1, "a": 2}',
        "1" * 5000,
        "[" * 100_000,
        "NaN",
        '"\\ud800"',
        '"\ud800"',
        "1e400",
        "[1] ]",
        None,
        5,
        memoryview(b"1"),
        type("Text", (str,), {})("[1]"),
        type("Bytes", (bytes,), {})(b"[1]"),
    ],
    ids=lambda document: repr(document)[:12],
)
def test_odd_document_is_read_as_by_the_standard_library(document: Any) -> None:
    assert outcome(provider.loads, document) == outcome(json.loads, document)
