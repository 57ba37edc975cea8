"""The benchmark times nobody who answers wrongly, and says what is wrong."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from benchmarks.beside.checks import difference, objection, refusals
from benchmarks.beside.rounds import HARNESS, Contender, check
from benchmarks.beside.works import DOCUMENT, FILE, FLASKLIKE, PAGE, WORKS, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

KNOWN = {work.name: work for work in WORKS}
HTML = {"content-type": "text/html; charset=utf-8"}
JSON = {"content-type": "application/json"}
NOT_FOUND = b"<!doctype html><title>404 Not Found</title>"
NOT_ALLOWED = b"<!doctype html><title>405 Method Not Allowed</title>"
FILE_HEADERS = {
    "content-type": "text/plain; charset=utf-8",
    "content-length": str(len(FILE.read_bytes())),
    "etag": '"1"',
    "last-modified": "Sat, 21 Nov 2026 07:51:19 GMT",
}
RIGHT = {
    "hello": Reply(200, HTML, b"Hello, World!"),
    "json": Reply(200, JSON, json.dumps(DOCUMENT).encode()),
    "headers": Reply(
        200, HTML | {"x-request-id": "r-1", "cache-control": "no-store"}, b"ok"
    ),
    "404": Reply(404, HTML, NOT_FOUND),
    "405": Reply(405, HTML | {"allow": "GET, OPTIONS"}, NOT_ALLOWED),
    "session": Reply(200, HTML | {"set-cookie": "session=e.t.s; Path=/"}, b"2 visits"),
    "template": Reply(200, HTML, PAGE.encode()),
    "static": Reply(200, FILE_HEADERS, FILE.read_bytes()),
    "304": Reply(304, {"etag": '"1"'}, b""),
}


@pytest.mark.parametrize("name", RIGHT)
def test_objection_to_a_right_answer_is_none(name: str) -> None:
    assert objection(KNOWN[name], "insula", RIGHT[name]) is None


def test_objection_to_the_error_of_falcon_in_json_is_none() -> None:
    reply = Reply(404, JSON, b'{"title": "404 Not Found"}')
    assert objection(KNOWN["404"], "falcon", reply) is None


def without(name: str, header: str) -> Reply:
    reply = RIGHT[name]
    kept = {key: value for key, value in reply.headers.items() if key != header}
    return replace(reply, headers=kept)


def having(name: str, header: str, value: str) -> Reply:
    reply = RIGHT[name]
    return replace(reply, headers=reply.headers | {header: value})


def saying(name: str, body: bytes) -> Reply:
    return replace(RIGHT[name], body=body)


@pytest.mark.parametrize(
    ("name", "reply", "sentence"),
    [
        ("hello", replace(RIGHT["hello"], status=500), "status 500, expected 200"),
        ("hello", saying("hello", b"Hello"), "'Hello', not 'Hello, World!'"),
        ("hello", saying("hello", b"\xff"), "'\\\\xff', not 'Hello, World!'"),
        (
            "hello",
            having("hello", "content-length", "12"),
            "Content-Length is 12, the body's length 13",
        ),
        (
            "json",
            having("json", "content-type", "text/html"),
            "content type 'text/html', expected 'application/json'",
        ),
        ("json", saying("json", b"{'a'}"), "\"{'a'}\" is no JSON"),
        ("json", saying("json", b"{}"), f"{{}}, not {DOCUMENT!r}"),
        (
            "headers",
            without("headers", "cache-control"),
            "header Cache-Control is None, not 'no-store'",
        ),
        (
            "headers",
            having("headers", "x-request-id", "r-2"),
            "header X-Request-Id is 'r-2', not 'r-1'",
        ),
        ("404", saying("404", b""), "'' is no HTML"),
        (
            "404",
            saying("404", b"<p>gone"),
            "'<p>gone' does not say '404 Not Found'",
        ),
        (
            "404",
            without("404", "content-type"),
            "content type '', expected 'text/html'",
        ),
        (
            "405",
            without("405", "allow"),
            "header Allow is None; it has to name GET, and not DELETE",
        ),
        (
            "405",
            having("405", "allow", "GET, DELETE"),
            "header Allow is 'GET, DELETE'; it has to name GET, and not DELETE",
        ),
        (
            "405",
            saying("405", NOT_FOUND),
            f"{NOT_FOUND.decode()!r} does not say '405 Method Not Allowed'",
        ),
        ("session", without("session", "set-cookie"), "there is no header Set-Cookie"),
        ("static", without("static", "etag"), "there is no header ETag"),
        (
            "static",
            without("static", "last-modified"),
            "there is no header Last-Modified",
        ),
        (
            "static",
            without("static", "content-length"),
            "there is no header Content-Length",
        ),
        (
            "static",
            having("static", "content-type", "text/html"),
            "header Content-Type is 'text/html', not 'text/plain; charset=utf-8'",
        ),
        ("304", without("304", "etag"), "there is no header ETag"),
        ("304", saying("304", b"All"), "a body: 'All'"),
    ],
)
def test_objection_to_a_wrong_answer_says_what_is_wrong(
    name: str, reply: Reply, sentence: str
) -> None:
    assert objection(KNOWN[name], "insula", reply) == sentence


def test_objection_to_a_long_body_is_short() -> None:
    wrong = saying("template", b"x" * 1_000)
    sentence = objection(KNOWN["template"], "insula", wrong)
    assert sentence is not None
    assert len(sentence) < 500


def test_objection_to_the_error_of_flask_in_json_names_both_kinds() -> None:
    reply = Reply(404, JSON, b'{"title": "404 Not Found"}')
    found = objection(KNOWN["404"], "flask", reply)
    assert found == "content type 'application/json', expected 'text/html'"


def test_difference_of_what_servers_and_clocks_add_is_none() -> None:
    one = Reply(200, HTML | {"date": "now", "server": "a", "connection": "close"}, b"")
    other = Reply(200, HTML | {"date": "then", "server": "b"}, b"")
    assert difference(one, other) is None


def test_difference_of_the_order_of_methods_is_none() -> None:
    one = having("405", "allow", "GET, HEAD")
    assert difference(one, having("405", "allow", "HEAD, GET")) is None


def test_difference_of_the_signature_of_a_cookie_is_none() -> None:
    one = having("session", "set-cookie", "session=e.time.signature; Path=/")
    assert difference(one, RIGHT["session"]) is None


@pytest.mark.parametrize(
    ("one", "other", "sentence"),
    [
        (RIGHT["404"], RIGHT["405"], "status 404 and 405"),
        (
            having("405", "allow", "GET"),
            having("405", "allow", "GET, HEAD"),
            "header allow is 'GET' and 'GET, HEAD'",
        ),
        (
            having("session", "set-cookie", "session=f.t.s; Path=/"),
            RIGHT["session"],
            "header set-cookie is 'session=f.t.s; Path=/' and 'session=e.t.s; Path=/'",
        ),
        (
            having("session", "set-cookie", "session=e.t.s; Secure"),
            RIGHT["session"],
            "header set-cookie is 'session=e.t.s; Secure' and 'session=e.t.s; Path=/'",
        ),
        (
            without("hello", "content-type"),
            RIGHT["hello"],
            "header content-type is None and 'text/html; charset=utf-8'",
        ),
        (
            saying("hello", b"Hello, world!"),
            RIGHT["hello"],
            "from byte 7 on the bodies differ: 'world!' and 'World!'",
        ),
        (
            saying("hello", b"Hello"),
            RIGHT["hello"],
            "from byte 5 on the bodies differ: '' and ', World!'",
        ),
    ],
)
def test_difference_of_two_answers_says_in_what(
    one: Reply, other: Reply, sentence: str
) -> None:
    assert difference(one, other) == sentence


def test_refusals_compare_insula_with_flask_beside_others() -> None:
    replies = dict.fromkeys(("insula", "flask", "falcon", "bottle"), RIGHT["hello"])
    replies["insula"] = having("hello", "vary", "Cookie")
    assert refusals([KNOWN["hello"]], {"hello": replies}) == [
        "insula and flask, hello: header vary is 'Cookie' and None"
    ]


def test_reply_of_a_field_that_comes_twice_shows_it() -> None:
    fields = [("Content-Length", "2"), ("content-length", "3")]
    assert Reply.of(200, fields, b"ok").headers == {"content-length": "2, 3"}


def test_reply_of_any_bytes_passes_through_json() -> None:
    reply = Reply(200, {"etag": '"1"'}, bytes(range(256)))
    passed: dict[str, Any] = json.loads(json.dumps(reply.as_json()))
    assert Reply.from_json(passed) == reply


@pytest.fixture
def insula() -> Iterator[Contender]:
    contender = Contender("insula", sys.executable, HARNESS)
    yield contender
    contender.end()


@pytest.fixture
def wrong() -> Iterator[Contender]:
    contender = Contender("insula", sys.executable, "tests.beside.wrong_contender")
    yield contender
    contender.end()


FOR_FLASKLIKE = [replace(work, contenders=FLASKLIKE) for work in WORKS]


def test_check_of_contenders_that_answer_alike_lets_the_bench_go_on(
    insula: Contender,
) -> None:
    check({"insula": insula, "flask": insula}, FOR_FLASKLIKE)


def test_check_of_a_wrong_contender_ends_the_bench_and_says_why(
    insula: Contender, wrong: Contender
) -> None:
    works = [
        replace(KNOWN[name], contenders=FLASKLIKE) for name in ("headers", "hooks")
    ]
    with pytest.raises(SystemExit) as ended:
        check({"insula": insula, "flask": wrong}, works)
    assert ended.value.code == (
        "Not all contenders do the same work:\n"
        "  flask, request header read, response headers set:"
        " header X-Request-Id is None, not 'r-1'\n"
        "  insula and flask, request header read, response headers set:"
        " header x-cheap is None and 'yes'"
    )
