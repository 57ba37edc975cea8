"""What a view may return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pytest
import werkzeug.wrappers
from werkzeug.exceptions import (
    BadRequestKeyError,
    HTTPException,
    NotFound,
    default_exceptions,
)
from werkzeug.test import create_environ

import insula
from insula import Insula, Response

if TYPE_CHECKING:
    from collections.abc import Iterator


def ask(app: Insula, rv: Any) -> Any:
    app.testing = True
    app.add_url_rule("/", "index", lambda: rv)
    return app.test_client().get("/")


def pieces() -> Iterator[str]:
    yield "a"
    yield "b"


def wsgi(environ: Any, start_response: Any) -> list[bytes]:
    start_response("202 ACCEPTED", [("Content-Type", "text/plain"), ("X-Own", "1")])
    return [b"wsgi"]


@pytest.mark.parametrize(
    ("rv", "status", "content_type", "body"),
    [
        ("text", 200, "text/html; charset=utf-8", b"text"),
        ("größe", 200, "text/html; charset=utf-8", "größe".encode()),
        (b"bytes", 200, "text/html; charset=utf-8", b"bytes"),
        (bytearray(b"array"), 200, "text/html; charset=utf-8", b"array"),
        ({"a": 1}, 200, "application/json", b'{"a":1}\n'),
        ([1, 2], 200, "application/json", b"[1,2]\n"),
        (("text", 201), 201, "text/html; charset=utf-8", b"text"),
        (("text", "299 Odd"), 299, "text/html; charset=utf-8", b"text"),
        (({"a": 1}, 201), 201, "application/json", b'{"a":1}\n'),
        (("text", {"Content-Type": "text/x"}), 200, "text/x", b"text"),
        (("text", [("Content-Type", "text/x")]), 200, "text/x", b"text"),
        (("text", 202, {"Content-Type": "text/x"}), 202, "text/x", b"text"),
        (
            (Response("own", 203), {"X-A": "1"}),
            203,
            "text/html; charset=utf-8",
            b"own",
        ),
        ((Response("own", 203), 204), 204, None, b""),
        (
            werkzeug.wrappers.Response("wz", 203),
            203,
            "text/plain; charset=utf-8",
            b"wz",
        ),
        (wsgi, 202, "text/plain", b"wsgi"),
        ("", 200, "text/html; charset=utf-8", b""),
        ({}, 200, "application/json", b"{}\n"),
        ([], 200, "application/json", b"[]\n"),
    ],
)
def test_make_response_of_each_form(
    app: Insula, rv: Any, status: int, content_type: str | None, body: bytes
) -> None:
    response = ask(app, rv)
    assert response.status_code == status
    if content_type is not None:
        assert response.headers["Content-Type"] == content_type
    assert response.data == body


def test_make_response_of_a_generator_streams(app: Insula) -> None:
    response = ask(app, pieces())
    assert response.data == b"ab"
    assert "Content-Length" not in response.headers


def test_make_response_keeps_headers_of_a_wsgi_application(app: Insula) -> None:
    assert ask(app, wsgi).headers["X-Own"] == "1"


def test_make_response_gives_a_response_of_the_application_s_class(app: Insula) -> None:
    class Own(Response):
        pass

    app.response_class = Own
    with app.test_request_context("/"):
        for rv in ("x", b"x", {"a": 1}, pieces(), wsgi, werkzeug.wrappers.Response()):
            assert type(app.make_response(rv)) is Own
        own = Own("x")
        assert app.make_response(own) is own


@pytest.mark.parametrize(
    ("rv", "message"),
    [
        (None, "The view of endpoint 'index' returned None"),
        ((None, 200), "The view of endpoint 'index' returned None"),
        (("x",), r"returned 1 items: a tuple must have the form \(body, status\)"),
        (("x", 200, {}, 1), "returned 4 items"),
        (1, "For endpoint 'index' it was a int"),
        (object(), "it was a object"),
        ({1}, "it was a set"),
        (lambda: None, "it was a function"),
    ],
)
def test_make_response_of_anything_else_says_what_a_view_may_return(
    app: Insula, rv: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        ask(app, rv)


def test_make_response_shortcut_takes_what_a_view_may_return(app: Insula) -> None:
    with app.test_request_context("/"):
        assert insula.make_response().data == b""
        assert insula.make_response("x").data == b"x"
        response = insula.make_response("x", 201, {"X-A": "1"})
        assert (response.status_code, response.headers["X-A"]) == (201, "1")
        assert insula.make_response({"a": 1}).is_json


def test_make_response_headers_replace_and_repeat(app: Insula) -> None:
    response = ask(
        app,
        (Response("x", headers={"X-A": "old"}), [("X-A", "1"), ("Set-Cookie", "a=b")]),
    )
    assert response.headers.getlist("X-A") == ["1"]
    assert response.headers.getlist("Set-Cookie") == ["a=b"]


def answer_of(error: HTTPException) -> tuple[int, list[tuple[str, str]], bytes]:
    """Raise ``error`` in a view, and return what a client gets."""
    app = Insula("errors", static_folder=None)

    def view() -> NoReturn:
        raise error

    app.add_url_rule("/", "view", view)
    response = app.test_client().get("/")
    return response.status_code, sorted(response.headers), response.data


def page_of(error: HTTPException) -> tuple[int, list[tuple[str, str]], bytes]:
    response = error.get_response(create_environ("/"))
    headers = response.get_wsgi_headers(create_environ("/"))
    return response.status_code, sorted(headers), response.get_data()


@pytest.mark.parametrize("code", sorted(default_exceptions))
def test_http_error_is_answered_with_its_own_page(code: int) -> None:
    cls = default_exceptions[code]
    for _ in range(2):  # the second time from what the first one made
        assert answer_of(cls()) == page_of(cls())
        told = cls(description="told <b>\nmore")
        assert answer_of(told) == page_of(told)


def test_http_error_changed_by_the_user_is_answered_as_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Own(NotFound):
        def get_body(self, *_: Any) -> str:
            return "own page"

    class Headed(NotFound):
        def get_headers(self, *_: Any) -> list[tuple[str, str]]:
            return [("Content-Type", "text/plain"), ("X-A", "1")]

    assert answer_of(NotFound()) == page_of(NotFound())
    for error in (Own(), Headed(), BadRequestKeyError("key")):
        assert answer_of(error) == page_of(error)
    paged, headed = NotFound(), NotFound()
    paged.get_body = lambda *_: "mine"  # type: ignore[method-assign]  # as users do
    headed.get_headers = lambda *_: [("X-A", "1")]  # type: ignore[method-assign]  # likewise
    assert answer_of(paged)[2] == b"mine"
    assert ("X-A", "1") in answer_of(headed)[1]
    recoded = NotFound()
    recoded.code = 410
    assert answer_of(recoded) == page_of(recoded)
    monkeypatch.setattr(NotFound, "description", "not here")
    assert b"not here" in answer_of(NotFound())[2]
    monkeypatch.setattr(NotFound, "get_body", lambda *_: "patched")
    assert answer_of(NotFound())[2] == b"patched"
