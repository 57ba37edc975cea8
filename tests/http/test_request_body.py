"""A body is read as Werkzeug reads it, whatever comes and however it is asked for."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
import werkzeug
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from insula import Insula, Request, request

if TYPE_CHECKING:
    from collections.abc import Callable

FORM = "application/x-www-form-urlencoded"


class Model(werkzeug.Request):
    json_module = json


class Own(Request):
    json_module = json


class Pieces:
    """An input that gives a few bytes at a time, and at ``breaks`` nothing but this."""

    def __init__(self, body: bytes, breaks: Exception | None = None) -> None:
        self.left = body
        self.breaks = breaks
        self.asked: list[int] = []

    def read(self, size: int = -1) -> bytes:
        self.asked.append(size)
        if self.breaks is not None and len(self.left) < 3:
            raise self.breaks
        size = min(size, 3) if size >= 0 else len(self.left)
        piece, self.left = self.left[:size], self.left[size:]
        return piece


INPUTS: dict[str, Callable[[bytes], Any]] = {
    "whole": io.BytesIO,
    "pieces": Pieces,
    "gone": lambda body: Pieces(body, OSError("gone")),
    "closed": lambda body: Pieces(body, ValueError("closed")),
}
BODIES = [
    b"",
    b'{"a": 1}',
    b' {"a": NaN} \n',
    b"[1, 2",
    "[1]".encode("utf-16-le"),
    b"\xef\xbb\xbf{}",
    b'"\xed\xa0\x80"',
    b"a=1&b=%ff&a=+3&&=",
    b"\xff=1",
    b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n',
]
TYPES = [
    None,
    "application/json",
    "application/json; charset=utf-8",
    "application/ld+json",
    "text/plain",
    FORM,
    f"{FORM}; charset=utf-8",
    "multipart/form-data; boundary=b",
]
# Of the length given, by the length there is.
LENGTHS: dict[str, Callable[[int], str | None]] = {
    "right": str,
    "missing": lambda _: None,
    "empty": lambda _: "",
    "more": lambda length: str(length + 3),
    "less": lambda length: str(max(0, length - 2)),
    "padded": lambda length: f"000{length}",
    "spaced": lambda length: f" {length}",
    "no number": lambda _: "abc",
    "negative": lambda _: "-1",
}
EXTRAS: list[dict[str, Any]] = [
    {},
    {"wsgi.input_terminated": True},
    {"HTTP_TRANSFER_ENCODING": "chunked"},
]


LONG = 100


def set_limit(made: Any, limit: int | None) -> None:
    # Of a body without a length Werkzeug cuts off in silence what is beyond.
    if limit in {None, LONG} or "wsgi.input_terminated" not in made.environ:
        made.max_content_length = limit


yes = st.booleans()
questions = st.one_of(
    st.builds(
        lambda **options: lambda made: made.get_data(**options),
        cache=yes,
        as_text=yes,
        parse_form_data=yes,
    ),
    st.builds(
        lambda **options: lambda made: made.get_json(**options),
        force=yes,
        silent=yes,
        cache=yes,
    ),
    st.builds(
        lambda limit: lambda made: set_limit(made, limit),
        st.sampled_from([None, 0, 5, LONG]),
    ),
    st.sampled_from(
        [
            lambda made: list(made.form.items(multi=True)),
            lambda made: list(made.values.items(multi=True)),
            lambda made: list(made.files),
            lambda made: made.data,
            lambda made: made.json,
            lambda made: made.stream.read(),
            lambda made: made.stream.read(2),
            lambda made: made.stream.readline(),
        ]
    ),
)


def answers(made: Any, asked: list[Callable[[Any], Any]]) -> list[str]:
    found = []
    for question in asked:
        try:
            found.append(repr(question(made)))
        except Exception as exc:
            found.append(type(exc).__name__)
    return found


@settings(max_examples=400)
@given(
    st.sampled_from(BODIES),
    st.sampled_from(sorted(INPUTS)),
    st.sampled_from(TYPES),
    st.sampled_from(["right"] * 5 + sorted(LENGTHS)),
    st.sampled_from([EXTRAS[0]] * 5 + EXTRAS),
    st.lists(questions, min_size=1, max_size=4),
)
def test_questions_in_any_order_are_answered_as_by_werkzeug(
    body: bytes,
    source: str,
    content_type: str | None,
    length: str,
    extra: dict[str, Any],
    asked: list[Callable[[Any], Any]],
) -> None:
    environ = {"REQUEST_METHOD": "POST", "QUERY_STRING": "q=1", **extra}
    if content_type is not None:
        environ["CONTENT_TYPE"] = content_type
    size = LENGTHS[length](len(body))
    if size is not None:
        environ["CONTENT_LENGTH"] = size

    def ask(cls: type[Any]) -> list[str]:
        return answers(cls({**environ, "wsgi.input": INPUTS[source](body)}), asked)

    assert ask(Own) == ask(Model)


def make(source: Any, length: int, content_type: str) -> Own:
    return Own(
        {
            "REQUEST_METHOD": "POST",
            "CONTENT_LENGTH": str(length),
            "CONTENT_TYPE": content_type,
            "wsgi.input": source,
        }
    )


def test_body_that_broke_off_is_no_empty_form_the_second_time() -> None:
    made = make(io.BytesIO(b"a=1"), 10, FORM)
    for _ in range(2):
        with pytest.raises(ClientDisconnected):
            made.get_data()
        with pytest.raises(ClientDisconnected):
            _ = made.form


def test_body_that_broke_off_is_not_read_beyond_its_length() -> None:
    source = Pieces(b"12345", OSError("for now"))
    made = make(source, 5, "text/plain")
    with pytest.raises(ClientDisconnected):
        made.get_data()
    source.breaks = None
    source.left += b"next request"
    assert made.get_data() == b"45"


def test_body_without_length_is_not_read() -> None:
    source = Pieces(b"", OSError("closed"))
    assert make(source, 0, "text/plain").get_data() == b""
    assert source.asked == []


@pytest.mark.parametrize("silent", [True, False])
def test_document_that_is_none_is_parsed_once(silent: bool) -> None:
    parsed = []

    class Module:
        @staticmethod
        def loads(document: bytes) -> Any:
            parsed.append(document)
            return json.loads(document)

    made = make(io.BytesIO(b"{"), 1, "application/json")
    made.json_module = Module()  # type: ignore[assignment]  # Werkzeug asks for loads()
    for _ in range(2):
        made.on_json_loading_failed = repr  # type: ignore[assignment]  # a user's
        found = made.get_json(silent=silent)
        assert (found is None) is silent
    assert parsed == [b"{"]


def test_query_string_of_a_subclass_counts_for_the_arguments() -> None:
    class Signed(Request):
        @property
        def query_string(self) -> bytes:  # type: ignore[override]  # a user's
            return b"name=Ada"

    assert Signed({"QUERY_STRING": "name=Bob"}).args.to_dict() == {"name": "Ada"}


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [("max_content_length", 3, 413), ("is_json", False, 415), ("mimetype", "x/y", 415)],
)
def test_step_put_in_the_class_counts_for_an_application(
    monkeypatch: pytest.MonkeyPatch, name: str, value: Any, status: int
) -> None:
    app = Insula("island")

    @app.post("/")
    def view() -> Any:
        return {"found": request.get_json()}

    client = app.test_client()
    assert client.post("/", json=[1, 2]).status_code == 200
    with monkeypatch.context() as patch:
        patch.setattr(Request, name, value)
        assert client.post("/", json=[1, 2]).status_code == status
    assert client.post("/", json=[1, 2]).status_code == 200


def read_all(made: Own) -> bytes:
    return made.stream.read()


def read_blocks(made: Own) -> bytes:
    return b"".join(iter(lambda: made.stream.read(2), b""))


def read_data(made: Own) -> bytes:
    return made.get_data()


@pytest.mark.parametrize("read", [read_all, read_blocks, read_data])
@pytest.mark.parametrize(("body", "is_refused"), [(b"12345", False), (b"123456", True)])
def test_body_without_a_length_is_refused_beyond_the_limit_and_not_cut_off(
    read: Callable[[Own], bytes], body: bytes, is_refused: bool
) -> None:
    made = Own(
        {
            "REQUEST_METHOD": "POST",
            "wsgi.input": io.BytesIO(body),
            "wsgi.input_terminated": True,
        }
    )
    made.max_content_length = 5

    if is_refused:
        with pytest.raises(RequestEntityTooLarge):
            read(made)
    else:
        assert read(made) == body
