"""Queries and plain forms are read as Werkzeug reads them."""

from __future__ import annotations

import io
import pickle
from typing import Any
from urllib.parse import parse_qsl

import pytest
import werkzeug
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.test import create_environ

from insula import Insula, Request
from insula.http.query import parse_pairs

FORM = "application/x-www-form-urlencoded"
texts = st.text("ab=&+%20fé;\0\xff", max_size=24) | st.text(max_size=12)


@given(texts)
def test_pairs_are_those_of_the_standard_library(text: str) -> None:
    items = parse_qsl(text, keep_blank_values=True, errors="werkzeug.url_quote")
    found = parse_pairs(text)
    assert isinstance(found, ImmutableMultiDict)
    assert list(found.items(multi=True)) == list(MultiDict(items).items(multi=True))


def form_environ(body: bytes, **options: Any) -> dict[str, Any]:
    environ = create_environ("/", method="POST", input_stream=io.BytesIO(body))
    environ["CONTENT_TYPE"] = FORM
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ | options


def read(request: Any) -> tuple[Any, ...]:
    try:
        form = list(request.form.items(multi=True))
    except Exception as exc:
        return (repr(exc),)
    return (
        form,
        isinstance(request.form, ImmutableMultiDict),
        isinstance(request.files, ImmutableMultiDict),
        dict(request.files),
        request.stream.read(),
        list(request.values.items(multi=True)),
        request.get_data(),
    )


@given(st.binary(max_size=20) | st.text("a=&+%2éé", max_size=20).map(str.encode))
def test_form_is_the_one_that_werkzeug_reads(body: bytes) -> None:
    ours, theirs = Request(form_environ(body)), werkzeug.Request(form_environ(body))
    assert read(ours) == read(theirs)


@given(st.binary(max_size=20))
def test_query_is_the_one_that_werkzeug_reads(query: bytes) -> None:
    environ = create_environ("/")
    environ["QUERY_STRING"] = query.decode("latin-1")
    found: list[Any] = []
    for kind in (Request, werkzeug.Request):
        try:
            found.append(list(kind(environ).args.items(multi=True)))
        except UnicodeDecodeError as exc:
            found.append(repr(exc))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "options",
    [
        {"CONTENT_TYPE": FORM + "; charset=utf-8"},
        {"CONTENT_TYPE": "APPLICATION/X-WWW-FORM-URLENCODED"},
        {"CONTENT_TYPE": "text/plain"},
        {"CONTENT_LENGTH": "2"},
        {"CONTENT_LENGTH": ""},
        {"REQUEST_METHOD": "GET"},
    ],
    ids=str,
)
def test_form_of_another_request_is_the_one_that_werkzeug_reads(
    options: dict[str, str],
) -> None:
    body = b"a=1&b=2"
    ours = Request(form_environ(body, **options))
    assert read(ours) == read(werkzeug.Request(form_environ(body, **options)))


def test_form_after_the_data_was_read_is_the_same() -> None:
    request = Request(form_environ(b"a=1"))
    assert request.get_data() == b"a=1"
    assert request.form["a"] == "1"


def test_form_larger_than_allowed_is_refused() -> None:
    app = Insula("form", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 4
    ctx = app.request_context(form_environ(b"a=12345"))
    with ctx, pytest.raises(RequestEntityTooLarge):
        ctx.request.form  # noqa: B018 - reading is what is refused


def test_classes_of_a_request_are_used() -> None:
    class Own(MultiDict[str, Any]):
        pass

    class Storing(Request):
        parameter_storage_class = Own

    environ = form_environ(b"a=1", QUERY_STRING="b=2")
    assert isinstance(Storing(environ).form, Own)
    assert isinstance(Storing(environ).args, Own)

    made: list[str] = []

    class Parser(FormDataParser):
        def parse(self, *args: Any, **kwargs: Any) -> Any:
            made.append("parser")
            return super().parse(*args, **kwargs)

    class Parsing(Request):
        form_data_parser_class = Parser

    class Making(Request):
        def make_form_data_parser(self) -> FormDataParser:
            made.append("made")
            return super().make_form_data_parser()

    assert Parsing(form_environ(b"a=1")).form["a"] == "1"
    assert Making(form_environ(b"a=1")).form["a"] == "1"
    assert made == ["parser", "made"]


NAMES = ["a", "b", "none", ""]


@given(texts, st.sampled_from(NAMES), st.sampled_from([None, int, str.upper]))
def test_value_is_read_as_werkzeug_reads_it(text: str, name: str, convert: Any) -> None:
    found = parse_pairs(text)
    theirs = ImmutableMultiDict(list(found.items(multi=True)))
    default = object()
    assert found.get(name, default, convert) == theirs.get(name, default, convert)
    assert found == theirs
    assert repr(found) == repr(theirs)
    assert outcome(found, name) == outcome(theirs, name)
    assert pickle.loads(pickle.dumps(found)) == theirs  # noqa: S301 - its own


def outcome(pairs: Any, name: str) -> Any:
    try:
        return pairs[name]
    except KeyError as exc:
        return type(exc), str(exc)
