"""Server-sent events as a browser reads them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insula.http.events import HEARTBEAT, ServerSentEvent, encode_event


def encoded(item: Any) -> str:
    return encode_event(item, json.dumps).decode()


def parsed(stream: str) -> tuple[list[tuple[str, str, str]], list[int]]:
    """Read a stream as the standard says; return (event, data, last id), retries."""
    events: list[tuple[str, str, str]] = []
    retries: list[int] = []
    data, name, last_id = "", "", ""
    for line in re.split("\r\n|\n|\r", stream):
        if not line:
            if data:
                events.append((name or "message", data[:-1], last_id))
            data = name = ""
            continue
        field, colon, value = line.partition(":")
        if not field and colon:
            continue
        value = value.removeprefix(" ")
        if field == "data":
            data += value + "\n"
        elif field == "event":
            name = value
        elif field == "id" and "\0" not in value:
            last_id = value
        elif field == "retry" and value.isdecimal():
            retries.append(int(value))
    return events, retries


def test_text_is_the_data_of_a_message() -> None:
    assert encoded("hello") == "data: hello\n\n"


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n"])
def test_each_line_of_the_data_is_a_line_of_its_own(line_break: str) -> None:
    text = f"one{line_break}event: two"
    assert encoded(text) == "data: one\ndata: event: two\n\n"
    assert encoded(ServerSentEvent(text)) == encoded(text)


@pytest.mark.parametrize("item", [{"a": [1]}, [1, 2], 7, None, True])
def test_other_items_are_json(item: Any) -> None:
    assert parsed(encoded(item))[0] == [("message", json.dumps(item), "")]


def test_event_with_all_fields_is_read_as_it_was_made() -> None:
    event = ServerSentEvent({"n": 1}, event="tick", id="7", retry=1500, comment="a\nb")
    text = encoded(event)
    assert parsed(text) == ([("tick", '{"n": 1}', "7")], [1500])
    assert text.startswith(": a\n: b\n")


def test_empty_text_is_an_event_and_no_data_is_none() -> None:
    assert parsed(encoded(""))[0] == [("message", "", "")]
    assert parsed(encoded(ServerSentEvent("")))[0] == [("message", "", "")]
    assert parsed(encoded(ServerSentEvent(id="8")) + encoded("x"))[0] == [
        ("message", "x", "8")
    ]


def test_event_without_anything_is_a_comment() -> None:
    assert encode_event(ServerSentEvent(), json.dumps) == HEARTBEAT
    assert parsed(HEARTBEAT.decode() + "data: x\n\n")[0] == [("message", "x", "")]


def test_json_that_is_set_in_lines_stays_one_event() -> None:
    text = encode_event({"a": 1}, lambda item: json.dumps(item, indent=2)).decode()
    [(_, data, _)] = parsed(text)[0]
    assert json.loads(data) == {"a": 1}


@pytest.mark.parametrize("field", ["event", "id"])
@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n"])
def test_line_break_in_a_name_or_id_is_refused(field: str, line_break: str) -> None:
    fields: Any = {field: f"a{line_break}data: b"}
    with pytest.raises(ValueError, match=f"The {field} .* line break.*remove it"):
        ServerSentEvent("", **fields)


def test_nul_in_an_id_is_refused() -> None:
    with pytest.raises(ValueError, match=r"NUL.*leave it out"):
        ServerSentEvent("", id="a\0")


@pytest.mark.parametrize("field", ["event", "id"])
def test_name_or_id_that_is_no_text_is_refused(field: str) -> None:
    fields: Any = {field: 7}
    with pytest.raises(TypeError, match=f"The {field} of an event must be text"):
        ServerSentEvent("", **fields)


@pytest.mark.parametrize("retry", [-1, 1.5, "3", True])
def test_retry_that_is_no_number_of_milliseconds_is_refused(retry: Any) -> None:
    with pytest.raises(ValueError, match="milliseconds"):
        ServerSentEvent("", retry=retry)


_texts = st.text(st.sampled_from("a: \n\r\0é\u2028\ufeff"), max_size=12)
_words = st.text(st.sampled_from("a: é\u2028\ufeff"), max_size=6)


@given(st.lists(st.tuples(_texts, _words, _words), max_size=5), _texts)
def test_whatever_a_stream_holds_is_read_as_it_was_made(
    items: list[tuple[str, str, str]], comment: str
) -> None:
    stream = "".join(
        encoded(ServerSentEvent(data, event=name, id=id_, comment=comment))
        for data, name, id_ in items
    )
    want = [
        (name or "message", re.sub("\r\n|\r", "\n", data), id_)
        for data, name, id_ in items
    ]
    assert parsed(stream)[0] == want
