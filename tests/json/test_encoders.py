"""Kept encoders write what `json.dumps` writes."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insula import Insula
from insula.json.encoders import Encoders
from insula.json.provider import DefaultJSONProvider

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=4), inner, max_size=4)
        | st.tuples(inner, inner)
    ),
    max_leaves=12,
)
separators = st.sampled_from([None, (",", ":"), (", ", ": "), ("; ", " = ")])


def as_text(value: Any) -> str:
    return f"<{value}>"


@given(values, st.booleans(), st.booleans(), separators)
def test_encoder_writes_what_dumps_writes(
    value: Any, ascii_only: bool, sort: bool, between: tuple[str, str] | None
) -> None:
    value = [value, {"set": {1}}]
    expected = json.dumps(
        value,
        default=as_text,
        ensure_ascii=ascii_only,
        sort_keys=sort,
        separators=between,
    )
    encoders = Encoders()
    for _ in range(2):
        found = encoders.encode(value, as_text, ascii_only, sort, between)
        assert found in {expected, None}


def test_encoder_is_used_where_the_interpreter_has_one() -> None:
    made = getattr(json.encoder, "c_make_encoder", None) is not None
    text = Encoders().encode({"a": 1}, as_text, True, True, None)
    assert text == ('{"a": 1}' if made else None)


@pytest.mark.parametrize(
    ("value", "error"),
    [({(1, 2): 3}, "keys must be"), ({1: 2, "a": 3}, "not supported between")],
)
def test_value_that_cannot_be_written_is_the_same_error(value: Any, error: str) -> None:
    app = Insula("json", static_folder=None)
    with pytest.raises(TypeError, match=error):
        app.json.dumps(value)


def test_document_without_an_end_is_refused() -> None:
    app = Insula("json", static_folder=None)
    circle: list[Any] = []
    circle.append({"again": circle})
    with pytest.raises(ValueError, match="Circular reference"):
        app.json.dumps(circle)


def test_options_of_the_provider_count_at_once() -> None:
    app = Insula("json", static_folder=None)
    assert isinstance(app.json, DefaultJSONProvider)
    assert app.json.dumps({"b": "ä", "a": 1}) == '{"a": 1, "b": "\\u00e4"}'
    app.json.sort_keys = False
    app.json.ensure_ascii = False
    assert app.json.dumps({"b": "ä", "a": 1}) == '{"b": "ä", "a": 1}'
    app.json.default = as_text
    assert app.json.dumps({"b": {1}}) == '{"b": "<{1}>"}'
    assert app.json.dumps([1, 2], separators=["-", "="]) == "[1-2]"


def test_default_that_is_a_method_is_called_with_its_provider() -> None:
    class Provider(DefaultJSONProvider):
        def default(self, o: Any) -> Any:
            return f"{type(self).__name__} {o}"

    app = Insula("json", static_folder=None)
    app.json = Provider(app)
    assert app.json.dumps({1}) == '"Provider {1}"'


def test_one_object_is_written_by_many_threads_at_once() -> None:
    app = Insula("json", static_folder=None)
    shared = {str(n): [n] * 50 for n in range(50)}
    expected = json.dumps(shared, sort_keys=True)
    gate = threading.Barrier(8)
    wrong: list[str] = []

    def write() -> None:
        gate.wait()
        wrong.extend(t for _ in range(50) if (t := app.json.dumps(shared)) != expected)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
