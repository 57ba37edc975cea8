"""A short body is there before a coroutine asks for it, and reads as it would have."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.exceptions import RequestTimeout
from werkzeug.test import create_environ

from insula import Insula, request
from insula.dispatch.loops.ahead import AHEAD

if TYPE_CHECKING:
    from collections.abc import Callable

FORM = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}


class Input(io.RawIOBase):
    """What a server has for a body: it notes the threads on which it is read."""

    def __init__(self, data: bytes, error: Exception | None = None) -> None:
        super().__init__()
        self.threads: list[int] = []
        self._data = io.BytesIO(data)
        self._error = error

    def read(self, size: int = -1) -> bytes:
        self.threads.append(threading.get_ident())
        data = self._data.read(size)
        if not data and self._error is not None:
            raise self._error
        return data

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def add_views(app: Insula) -> None:
    def plain() -> Any:
        return [request.get_data().decode(), dict(request.form)]

    async def asynchronous() -> Any:
        return plain()

    async def pieces() -> str:
        return "|".join(iter(lambda: request.stream.read(2).decode(), ""))

    async def unread() -> str:
        return "unread"

    async def late() -> str:
        request.max_content_length = None
        return request.get_data(as_text=True)

    for view in (plain, asynchronous, pieces, unread, late):
        app.add_url_rule(f"/{view.__name__}", view_func=view, methods=["POST"])


@pytest.fixture
def post(app: Insula) -> Callable[..., tuple[str, str]]:
    """Post a body as a server does; return status and answer."""
    add_views(app)

    def post(path: str, source: Any, length: int, **fields: str) -> tuple[str, str]:
        environ = create_environ(path, method="POST")
        environ.update({"wsgi.input": source, "CONTENT_LENGTH": str(length)}, **fields)
        statuses: list[str] = []

        def start(status: str, *_: Any) -> Any:
            statuses.append(status)

        body = b"".join(app(environ, start))
        return statuses[0], body.decode()

    return post


@pytest.mark.parametrize("path", ["/asynchronous", "/pieces", "/unread"])
@pytest.mark.parametrize("length", [1, AHEAD])
def test_short_body_is_read_on_the_thread_of_the_request(
    post: Any, path: str, length: int
) -> None:
    source = Input(b"x" * length)
    status, body = post(path, source, length)
    assert status == "200 OK"
    assert body.count("x") == (0 if path == "/unread" else length)
    assert set(source.threads) == {threading.get_ident()}


def test_long_body_is_read_when_it_is_asked_for(post: Any) -> None:
    source = Input(b"x" * (AHEAD + 1))
    assert post("/unread", source, AHEAD + 1) == ("200 OK", "unread")
    assert source.threads == []
    assert post("/asynchronous", source, AHEAD + 1)[1].count("x") == AHEAD + 1


@pytest.mark.parametrize(
    "fields",
    [
        {"HTTP_EXPECT": "100-continue"},
        {"HTTP_TRANSFER_ENCODING": "chunked"},
        {"CONTENT_LENGTH": "x"},
        {"CONTENT_LENGTH": "-1"},
        {"CONTENT_LENGTH": ""},
    ],
)
def test_body_that_need_not_come_is_not_waited_for(
    post: Any, fields: dict[str, str]
) -> None:
    source = Input(b"abc")
    assert post("/unread", source, 3, **fields) == ("200 OK", "unread")
    assert source.threads == []


def test_body_beyond_the_limit_is_refused_unread(app: Insula, post: Any) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 2
    for path in ("/plain", "/asynchronous"):
        source = Input(b"abc")
        assert post(path, source, 3)[0] == "413 REQUEST ENTITY TOO LARGE"
        assert source.threads == []
    assert post("/late", Input(b"abc"), 3)[0] == "413 REQUEST ENTITY TOO LARGE"
    assert post("/late", Input(b"ab"), 2) == ("200 OK", "ab")


@pytest.mark.parametrize("error", [None, OSError("reset"), RequestTimeout("late")])
@pytest.mark.parametrize("fields", [{}, FORM])
def test_body_that_breaks_off_is_answered_as_a_plain_view_s(
    post: Any, error: Exception | None, fields: dict[str, str]
) -> None:
    found = [
        post(path, Input(b"a=b", error), 9, **fields)
        for path in ("/plain", "/asynchronous")
    ]
    assert found[0] == found[1]
    assert found[0][0] in {"400 BAD REQUEST", "408 REQUEST TIMEOUT"}


@pytest.mark.parametrize("error", [None, OSError("reset"), RequestTimeout("late")])
def test_body_that_breaks_off_unread_is_no_error(post: Any, error: Any) -> None:
    assert post("/unread", Input(b"a", error), 9) == ("200 OK", "unread")


def test_body_that_a_hook_has_begun_to_read_is_left_to_it(
    app: Insula, post: Any
) -> None:
    app.before_request(lambda: seen.append(request.stream.read(1)))
    seen: list[bytes] = []
    assert post("/pieces", Input(b"abcde"), 5) == ("200 OK", "bc|de")
    assert seen == [b"a"]


def test_form_reads_as_a_plain_view_s(post: Any) -> None:
    found = [
        post(path, Input(b"a=1&b=2"), 7, **FORM) for path in ("/plain", "/asynchronous")
    ]
    assert found[0] == found[1]
    assert '"a":"1"' in found[0][1].replace(" ", "")
