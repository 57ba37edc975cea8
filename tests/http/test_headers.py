"""Header fields are Werkzeug's, whatever is done to them, and so they are sent."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest
import werkzeug.datastructures
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import create_environ
from werkzeug.wrappers import Response as WerkzeugResponse

from insula import Response
from insula.http.headers import EnvironHeaders, Headers

if TYPE_CHECKING:
    from collections.abc import Callable

    Step = Callable[[Any], Any]


class Model(WerkzeugResponse):
    default_mimetype = "text/html"
    autocorrect_location_header = False


names = st.sampled_from(
    [
        "Content-Length",
        "content-length",
        "Content-Type",
        "CONTENT-TYPE",
        "Location",
        "content-location",
        "X-A",
        "x-a",
        "Expires",
        "Allow",
    ]
)
values = st.sampled_from(["1", "", "/ü path", "é", 5, None, b"x", "a\nb", "a\rb"])
pairs = st.lists(st.tuples(names, values), max_size=3)
places = st.integers(-2, 3)


def replace(made: Any, fields: Any) -> None:
    made.headers = type(made.headers)(fields)


def take_slice(made: Any, start: int, stop: int, fields: Any) -> None:
    made.headers[start:stop] = fields


def drop_slice(made: Any, start: int, stop: int) -> None:
    del made.headers[start:stop]


def drop(made: Any, key: Any) -> None:
    del made.headers[key]


def put(made: Any, key: Any, value: Any) -> None:
    made.headers[key] = value


def merge(made: Any, fields: Any) -> None:
    made.headers |= fields


def assign(made: Any, name: str, value: Any) -> None:
    setattr(made, name, value)


def step(function: Callable[..., Any], *args: Any) -> st.SearchStrategy[Step]:
    return st.tuples(*args).map(lambda given: lambda made: function(made, *given))


def method(name: str, *args: Any) -> st.SearchStrategy[Step]:
    return step(lambda made, *given: getattr(made.headers, name)(*given), *args)


lists = st.lists(values, max_size=2)
steps: st.SearchStrategy[Step] = st.one_of(
    step(put, names, values),
    step(put, places, st.tuples(names, values)),
    step(drop, names | places),
    step(take_slice, places, places, pairs),
    step(drop_slice, places, places),
    step(merge, pairs | pairs.map(dict)),
    step(replace, pairs | pairs.map(dict) | pairs.map(MultiDict)),
    method("add", names, values),
    method("add_header", names, values),
    method("set", names, values),
    method("remove", names),
    method("pop"),
    method("pop", names | places),
    method("pop", names, st.just("default")),
    method("popitem"),
    method("clear"),
    method("extend", pairs | pairs.map(dict) | pairs.map(MultiDict)),
    method("update", pairs | pairs.map(dict) | pairs.map(MultiDict)),
    method("setdefault", names, values),
    method("setlist", names, lists),
    method("setlistdefault", names, lists),
    step(assign, st.just("status"), st.sampled_from([200, 204, 304, 101, "299 Own"])),
    step(assign, st.just("data"), st.sampled_from(["text", b"bytes"])),
    step(assign, st.just("content_length"), st.sampled_from([None, 3])),
    step(assign, st.just("location"), st.sampled_from([None, "/é"])),
    step(assign, st.just("automatically_set_content_length"), st.booleans()),
    st.sampled_from(
        [
            lambda made: replace(made, made.headers.copy()),
            lambda made: assign(made, "headers", copy.copy(made.headers)),
            lambda made: assign(made, "headers", copy.deepcopy(made.headers)),
            lambda made: assign(made, "response", [b"other"]),
            lambda made: assign(made, "response", []),
            lambda made: assign(made, "response", iter([b"a", b"b"])),
            lambda made: made.add_etag(),
        ]
    ),
)


def sent(made: Any, environ: dict[str, Any]) -> Any:
    answer: list[Any] = []

    def start_response(status: str, fields: Any, exc_info: Any = None) -> Any:
        answer[:] = [status, list(fields)]

    body = b"".join(made(environ, start_response))
    return answer, body


def outcome(cls: type[Any], fields: Any, done: list[Step], http_method: str) -> Any:
    noted: list[Any] = []
    try:
        made = cls("größe", headers=fields)
    except ValueError as exc:
        return str(exc)
    for do in done:
        try:
            noted.append(do(made))
        except Exception as exc:
            noted.append(type(exc).__name__)
        noted.append([*made.headers])
    environ = create_environ("/", method=http_method)
    return noted, [sent(made, environ) for _ in range(2)]


@settings(max_examples=400)
@given(
    st.none() | pairs | pairs.map(dict),
    st.lists(steps, max_size=5),
    st.sampled_from(["GET", "HEAD"]),
)
def test_fields_changed_in_any_way_are_sent_as_werkzeug_sends_them(
    fields: Any, done: list[Step], http_method: str
) -> None:
    ours = outcome(Response, fields, done, http_method)
    assert ours == outcome(Model, fields, done, http_method)


@pytest.mark.parametrize("pass_on", [copy.copy, copy.deepcopy, Headers.copy])
def test_copy_of_fields_is_changed_alone(pass_on: Any) -> None:
    headers = Response("text").headers
    other = pass_on(headers)
    assert other == headers
    del other["Content-Length"]
    other["Content-Type"] = "text/plain"
    assert [*headers] == [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", "4"),
    ]


def test_fields_survive_pickling() -> None:
    made = Response("text")
    made.headers = pickle.loads(pickle.dumps(made.headers))  # noqa: S301 - its own
    made.headers["X-A"] = "1"
    environ = create_environ("/")
    assert sent(made, environ)[0][1][2:] == [("X-A", "1")]


def test_fields_equal_those_of_werkzeugs_class() -> None:
    theirs = werkzeug.datastructures.Headers([("A", "1")])
    assert Headers([("a", "1")]) == theirs
    assert theirs == Headers([("a", "1")])
    assert theirs != Headers([("a", "2")])


@pytest.mark.parametrize("key", ["X-Absent", 0, None, [], b"Host"])
def test_absent_field_of_a_request_is_werkzeugs_error(key: Any) -> None:
    headers = EnvironHeaders({"HTTP_HOST": "here"})
    theirs = werkzeug.datastructures.EnvironHeaders({"HTTP_HOST": "here"})
    for _ in range(2):
        with pytest.raises(KeyError) as caught:
            headers[key]
        with pytest.raises(KeyError) as expected:
            theirs[key]
        assert repr(caught.value) == repr(expected.value)


@pytest.mark.parametrize("name", ["Content-Type", "content_type", "HOST", "x-n"])
def test_field_of_a_request_is_found_under_each_spelling(name: str) -> None:
    environ = {"CONTENT_TYPE": "a/b", "HTTP_HOST": "here", "HTTP_X_N": "5"}
    ours = EnvironHeaders(environ)
    theirs = werkzeug.datastructures.EnvironHeaders(environ)
    for _ in range(2):
        assert ours[name] == theirs[name]
        assert ours.get(name) == theirs.get(name)
        assert ours.get(name, 7, type=int) == theirs.get(name, 7, type=int)
        assert (name in ours) is True
