"""Subclasses of the response, and what is forced to be one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import werkzeug.wrappers
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ

from insula import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def send(response: Any, method: str = "GET") -> tuple[str, Any, Any]:
    """Return the status, the fields and the body, unread, as a server gets them."""
    answer: list[Any] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        answer[:] = [status, headers]

    body = response(create_environ("/", method=method), start_response)
    return answer[0], answer[1], body


# ------------------------------------------------------------------------ subclasses


class OwnHeaders(Response):
    def get_wsgi_headers(self, environ: Any) -> Headers:
        headers = super().get_wsgi_headers(environ)
        headers["X-Own"] = environ["REQUEST_METHOD"]
        return headers


class OwnData(Response):
    def set_data(self, value: bytes | bytearray | str) -> None:
        super().set_data(f"<{value if isinstance(value, str) else bytes(value)!s}>")


class OwnIter(Response):
    def get_app_iter(self, environ: Any) -> Iterable[bytes]:
        return [b"own ", *super().get_app_iter(environ)]


class OwnEncoded(Response):
    def iter_encoded(self) -> Iterator[bytes]:
        yield from (part.upper() for part in super().iter_encoded())


class OwnAnswer(Response):
    def get_wsgi_response(self, environ: Any) -> Any:
        app_iter, _, headers = super().get_wsgi_response(environ)
        return app_iter, "299 Own", headers


class Unmeasured(Response):
    automatically_set_content_length = False


class Later(OwnHeaders):
    """Nothing of its own, but its base has."""


@pytest.mark.parametrize(
    ("cls", "status", "field", "body"),
    [
        (OwnHeaders, "200 OK", ("X-Own", "GET"), b"x"),
        (Later, "200 OK", ("X-Own", "GET"), b"x"),
        (OwnData, "200 OK", ("Content-Length", "6"), b"<b'x'>"),
        (OwnIter, "200 OK", ("Content-Length", "1"), b"own x"),
        (OwnEncoded, "200 OK", ("Content-Length", "1"), b"X"),
        (OwnAnswer, "299 Own", ("Content-Length", "1"), b"x"),
        (Unmeasured, "200 OK", None, b"x"),
    ],
)
@pytest.mark.parametrize("headers", [None, {"X-A": "1"}])
def test_subclass_overriding_a_step_is_served_through_it(
    cls: type[Response], status: str, field: Any, body: bytes, headers: Any
) -> None:
    sent_status, fields, parts = send(cls(b"x", headers=headers))
    assert (sent_status, b"".join(parts)) == (status, body)
    names = {name for name, _ in fields}
    assert field in fields if field else "Content-Length" not in names
    assert ("X-A" in names) is (headers is not None)


def test_subclass_overriding_close_is_closed() -> None:
    events: list[str] = []

    class Own(Response):
        def close(self) -> None:
            super().close()
            events.append("closed")

    parts: Any = send(Own("x"))[2]
    parts.close()
    assert events == ["closed"]


def test_subclass_with_headers_of_its_own_sends_them() -> None:
    class Own(Response):
        @property
        def headers(self) -> Headers:
            own = Headers(self._kept)
            own["X-Own"] = "1"
            return own

        @headers.setter
        def headers(self, value: Headers) -> None:
            self._kept = value

    assert ("X-Own", "1") in send(Own("x"))[1]


def test_subclass_overriding_call_is_called() -> None:
    class Own(Response):
        def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
            environ["own"] = True
            return super().__call__(environ, start_response)

    environ = create_environ("/")
    Own("x")(environ, lambda *_: lambda _: None)
    assert environ["own"]


@pytest.mark.parametrize("body", ["x", b"x", ["x"]])
def test_subclass_defaults_are_used(body: Any) -> None:
    class Own(Response):
        default_status = 202
        default_mimetype = "text/plain"

    class Typeless(Response):
        default_mimetype = None

    status, fields, _ = send(Own(body))
    assert status == "202 ACCEPTED"
    assert fields[0] == ("Content-Type", "text/plain; charset=utf-8")
    assert send(Own(body, status=404))[0] == "404 NOT FOUND"
    assert send(Own(body, mimetype="a/b"))[1][0] == ("Content-Type", "a/b")
    assert send(Typeless(body))[1] == [("Content-Length", "1")]


def test_default_mimetype_changed_on_the_class_later_is_used() -> None:
    class Own(Response):
        pass

    Own.default_mimetype = "text/css"
    assert Own("x").mimetype == "text/css"


# ------------------------------------------------------------------------ force_type


@pytest.mark.parametrize("body", ["x", ["a", b"b"], None])
def test_force_type_of_werkzeugs_response_keeps_everything(body: Any) -> None:
    theirs = werkzeug.wrappers.Response(body, 202, {"X-A": "1"})
    expected = send(theirs)
    events: list[str] = []
    theirs.call_on_close(lambda: events.append("closed"))
    ours = Response.force_type(theirs)
    assert isinstance(ours, Response)
    status, fields, parts = send(ours)
    assert (status, fields) == expected[:2]
    assert b"".join(parts) == b"".join(expected[2])
    parts.close()
    assert events == ["closed"]
    ours.headers["X-B"] = "2"
    ours.set_data("new")
    assert ("X-B", "2") in send(ours)[1]
    assert b"".join(send(ours)[2]) == b"new"


def test_force_type_of_a_wsgi_application_runs_it() -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        start_response("202 ACCEPTED", [("X-A", environ["PATH_INFO"])])
        return [b"wsgi"]

    callable_: Any = application
    with pytest.raises(TypeError, match="environ"):
        Response.force_type(callable_)
    ours = Response.force_type(callable_, create_environ("/path"))
    status, fields, parts = send(ours)
    assert (type(ours), status, b"".join(parts)) == (Response, "202 ACCEPTED", b"wsgi")
    assert ("X-A", "/path") in fields


def test_force_type_to_a_subclass_uses_its_steps() -> None:
    assert ("X-Own", "GET") in send(OwnHeaders.force_type(Response("x")))[1]
