"""The response: what nobody touched, what somebody did, and what subclasses do.

That any mixture of changes ends as Werkzeug's does: tests/properties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import werkzeug.wrappers
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ

from insula import Insula, Response

if TYPE_CHECKING:
    from collections.abc import Iterator

HTML = ("Content-Type", "text/html; charset=utf-8")


def send(response: Any, method: str = "GET") -> tuple[str, Any, Any]:
    """Return the status, the fields and the body, unread, as a server gets them."""
    answer: list[Any] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        answer[:] = [status, headers]

    body = response(create_environ("/", method=method), start_response)
    return answer[0], answer[1], body


# ----------------------------------------------------------------------- untouched


@pytest.mark.parametrize("body", ["größe", "größe".encode(), "", b""])
def test_response_untouched_is_sent_as_plain_lists(body: str | bytes) -> None:
    sent = body.encode() if isinstance(body, str) else body
    status, fields, parts = send(Response(body))
    assert (status, parts) == ("200 OK", [sent])
    assert type(parts) is list
    assert type(fields) is list
    assert fields == [HTML, ("Content-Length", str(len(sent)))]


@pytest.mark.parametrize(
    "arguments",
    [
        {"status": 404},
        {"mimetype": "text/plain"},
        {"headers": {"X-A": "1"}},
        {"content_type": "text/x"},
    ],
)
def test_response_untouched_has_no_wrapper_to_close(arguments: Any) -> None:
    _, fields, parts = send(Response("x", **arguments))
    assert type(parts) is list
    assert ("Content-Length", "1") in fields


def test_response_untouched_can_be_sent_twice() -> None:
    response = Response("x")
    first = send(response)
    # A server may change the list it was handed.
    assert send(response) == first
    response.headers["X-A"] = "1"
    assert ("X-A", "1") in send(response)[1]
    assert response.data == b"x"


def test_response_sent_shares_no_header_list_with_the_next_one() -> None:
    send(Response("x", status=200))[1].append(("X-Server", "1"))
    assert ("X-Server", "1") not in send(Response("x"))[1]


def test_response_of_a_bytearray_is_sent_as_bytes() -> None:
    source: Any = bytearray(b"array")
    response = Response(source)
    response_set = Response()
    response_set.set_data(source)
    source.clear()
    for made in (response, response_set):
        assert [type(part) for part in send(made)[2]] == [bytes]
        assert made.data == b"array"


# ------------------------------------------------------------------ headers touched


def test_response_headers_touched_are_sent_and_the_body_kept() -> None:
    response = Response("x")
    response.headers["X-A"] = "1"
    status, fields, parts = send(response)
    assert (status, parts) == ("200 OK", [b"x"])
    assert fields == [HTML, ("Content-Length", "1"), ("X-A", "1")]


def test_response_headers_given_as_headers_object_are_the_same_object() -> None:
    own = Headers()
    response = Response("x", headers=own)
    assert response.headers is own
    own["X-Later"] = "1"
    assert ("X-Later", "1") in send(response)[1]


@pytest.mark.parametrize("name", ["X-A", "Location", "Content-Type"])
@pytest.mark.parametrize("value", ["a\r\nX-B: 1", "a\nb", "a\rb"])
@pytest.mark.parametrize("how", ["argument", "list", "set", "add", "extend", "update"])
def test_header_injection_is_refused_wherever_it_comes_in(
    name: str, value: str, how: str
) -> None:
    response = Response("x")
    ways: dict[str, Any] = {
        "argument": lambda: Response("x", headers={name: value}),
        "list": lambda: Response("x", headers=[(name, value)]),
        "set": lambda: response.headers.__setitem__(name, value),
        "add": lambda: response.headers.add(name, value),
        "extend": lambda: response.headers.extend({name: value}),
        "update": lambda: response.headers.update([(name, value)]),
    }
    with pytest.raises(ValueError, match="newline"):
        ways[how]()


@pytest.mark.parametrize("argument", ["mimetype", "content_type"])
def test_header_injection_by_a_type_never_reaches_the_server(argument: str) -> None:
    # The short way keeps fields of its own, which must be as safe as Werkzeug's.
    arguments: Any = {argument: "text/plain\r\nX-B: 1"}
    with pytest.raises(ValueError, match="newline"):
        send(Response("x", **arguments))


def test_header_injection_by_a_status_is_not_sent() -> None:
    try:
        status = send(Response("x", status="200 OK\r\nX-B: 1"))[0]
    except ValueError:
        return
    assert status == send(werkzeug.wrappers.Response("x", "200 OK\r\nX-B: 1"))[0]


# -------------------------------------------------------------------------- bodies


@pytest.mark.parametrize("status", [100, 101, 199, 204, 304])
@pytest.mark.parametrize("how", ["argument", "status", "status_code"])
def test_response_of_a_bodyless_status_sends_none(status: int, how: str) -> None:
    response = Response("x", status=status if how == "argument" else None)
    if how != "argument":
        setattr(response, how, status)
    _, fields, parts = send(response)
    assert b"".join(parts) == b""
    assert "content-length" not in {name.lower() for name, _ in fields}
    assert response.data == b"x"


def test_response_to_head_has_the_fields_and_no_body() -> None:
    status, fields, parts = send(Response("four"), "HEAD")
    assert (status, b"".join(parts)) == ("200 OK", b"")
    assert fields == [HTML, ("Content-Length", "4")]


def test_response_body_changed_in_place_is_sent() -> None:
    response = Response("a")
    response.response.append(b"b")
    assert b"".join(send(response)[2]) == b"ab"
    response.response[0] = "c"
    assert response.get_data() == b"cb"
    assert b"".join(send(response)[2]) == b"cb"


def test_response_replaced_body_is_sent_and_the_old_one_forgotten() -> None:
    response = Response("old")
    response.response = [b"n", "e", b"w"]
    assert b"".join(send(response)[2]) == b"new"
    response.data = "newest"
    assert send(response)[1][-1] == ("Content-Length", "6")
    assert response.get_data(as_text=True) == "newest"


@pytest.mark.parametrize("passthrough", [True, False])
def test_response_of_an_iterator_is_streamed_and_closed(passthrough: bool) -> None:
    events: list[str] = []

    def pieces() -> Iterator[bytes]:
        try:
            events.append("begun")
            yield b"a"
            yield b"b"
        finally:
            events.append("closed")

    response = Response(pieces(), direct_passthrough=passthrough)
    assert response.is_streamed
    _, fields, parts = send(response)
    assert not events
    assert fields == [HTML]
    assert next(iter(parts)) == b"a"
    parts.close()
    assert events == ["begun", "closed"]


def test_response_of_text_pieces_is_encoded_as_it_is_sent() -> None:
    pieces: Any = (piece for piece in ["ö", b"b"])
    parts = send(Response(pieces))[2]
    assert list(parts) == ["ö".encode(), b"b"]


def test_response_passed_through_hands_out_its_own_iterable() -> None:
    body = iter([b"a"])
    response = Response(body, direct_passthrough=True)
    with pytest.raises(RuntimeError, match="passthrough"):
        response.get_data()
    parts: Any = send(response)[2]
    assert parts is body


def test_call_on_close_runs_each_once_in_order_when_the_server_closes() -> None:
    events: list[str] = []
    response = Response("x")

    @response.call_on_close
    def first() -> None:
        events.append("first")

    response.call_on_close(lambda: events.append("second"))
    assert first is not None
    other: Any = send(Response("x"))[2]
    assert not hasattr(other, "close")
    parts: Any = send(response)[2]
    assert list(parts) == [b"x"]
    assert events == []
    parts.close()
    assert events == ["first", "second"]


def test_response_as_a_context_manager_closes() -> None:
    events: list[str] = []
    with Response("x") as response:
        response.call_on_close(lambda: events.append("closed"))
    assert events == ["closed"]


# --------------------------------------------------------------------------- cookies


def test_cookies_are_set_and_deleted_in_order() -> None:
    response = Response("x")
    response.set_cookie("a", "1", max_age=5, samesite="Lax", secure=True)
    response.delete_cookie("b", path="/p")
    _, fields, parts = send(response)
    cookies = [value for name, value in fields if name == "Set-Cookie"]
    assert cookies[0].startswith("a=1;")
    assert {"Secure", "Max-Age=5", "SameSite=Lax"} <= set(cookies[0].split("; "))
    assert cookies[1].startswith("b=;")
    assert {"Path=/p", "Max-Age=0"} <= set(cookies[1].split("; "))
    assert parts == [b"x"]


def test_max_cookie_size_is_the_configurations_in_a_context() -> None:
    app = Insula("island")
    app.config["MAX_COOKIE_SIZE"] = 20
    response = Response()
    assert response.max_cookie_size == werkzeug.wrappers.Response.max_cookie_size
    with app.app_context():
        assert response.max_cookie_size == 20
        with pytest.warns(UserWarning, match="too large"):
            response.set_cookie("a", "long enough for it")


def test_json_of_a_response_is_parsed() -> None:
    assert Response("[1]", mimetype="application/json").json == [1]
    assert Response("[1]").get_json(force=True) == [1]
    assert Response("[1]").get_json(silent=True) is None
