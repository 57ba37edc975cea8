"""One cookie read and written, against Werkzeug's own functions."""

from __future__ import annotations

import warnings
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers, ImmutableMultiDict
from werkzeug.sansio.http import parse_cookie

from insula.http import Request, Response
from insula.sessions import cookies
from insula.sessions.cookies import (
    as_options,
    read_cookie,
    set_plain_cookie,
    vary_on_cookie,
)

SETTINGS = (None, "/", False, True, None, False)

names = st.sampled_from(
    ["session", "s", "", " s", "a b", 's"', "é", "s=", "my-app", "\x0b"]
)
headers = st.lists(
    st.sampled_from([*'=; \t"\\,é\x0b\n', "session", "s", "x", "my-app", "; ", "%20"]),
    max_size=14,
).map("".join) | st.text(st.characters(max_codepoint=255))


def outcome(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Return the result, or the error and what it says; with the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function(*args, **kwargs)
        except Exception as exc:
            result = type(exc), str(exc)
    return result, [str(warning.message) for warning in caught]


@given(headers, names)
@example("s", "s")
@example("s=1; s=2", "s")
@example("s=1 2; s=3", "s")
@example("s = 1 ;x", "s")
@example("s;s=1", "s")
@example("xs=1; s=a=b", "s")
@example("a b=1", "a b")
@example("=1", "")
@example('x="; s=1"; s=2', "s")
def test_cookie_is_read_as_werkzeug_reads_it(header: str, name: str) -> None:
    request = Request({"HTTP_COOKIE": header})
    found = read_cookie(request, name)
    assert found == request.cookies.get(name)
    assert found == parse_cookie(header).get(name)


def test_request_without_cookies_has_none() -> None:
    assert read_cookie(Request({}), "s") is None
    assert read_cookie(Request({"HTTP_COOKIE": ""}), "s") is None


def test_reading_one_cookie_parses_no_others() -> None:
    request = Request({"HTTP_COOKIE": "s=1"})
    assert read_cookie(request, "s") == "1"
    assert "cookies" not in vars(request)
    assert request.headers["Cookie"] == "s=1"
    assert read_cookie(request, "s") == "1"
    assert "cookies" not in vars(request)


def test_cookies_of_a_requests_own_are_what_is_read() -> None:
    environ = {"HTTP_COOKIE": "s=1"}

    class Own(Request):
        @property
        def cookies(self) -> Any:
            return {"s": "property"}

    class OwnHeaders(Request):
        headers = Headers({"Cookie": "s=headers"})

    class Last(ImmutableMultiDict[str, str]):
        def get(self, key: str, *args: Any) -> Any:
            return self.getlist(key)[-1]

    class OwnStorage(Request):
        dict_storage_class = Last

    class Plain(Request):
        pass

    assert read_cookie(Own(environ), "s") == "property"
    assert read_cookie(OwnHeaders(environ), "s") == "headers"
    assert read_cookie(OwnStorage({"HTTP_COOKIE": "s=1; s=2"}), "s") == "2"
    assert read_cookie(Plain(environ), "s") == "1"


def test_cookies_or_headers_set_on_a_request_are_what_is_read() -> None:
    request = Request({"HTTP_COOKIE": "s=1"})
    request.cookies = ImmutableMultiDict({"s": "set"})
    assert read_cookie(request, "s") == "set"
    request = Request({"HTTP_COOKIE": "s=1"})
    request.headers = Headers({"Cookie": "s=set"})
    assert read_cookie(request, "s") == "set"
    request = Request({"HTTP_COOKIE": "s=1"})
    request.headers = Request({"HTTP_COOKIE": "s=other"}).headers
    assert read_cookie(request, "s") == "other"


def test_cookies_patched_on_the_class_are_what_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Request, "cookies", property(lambda _: {"s": "patched"}))
    assert read_cookie(Request({"HTTP_COOKIE": "s=1"}), "s") == "patched"


settings = st.tuples(
    st.sampled_from(
        [None, "", "example.com", ".b\u00fccher.example:80", "a\nb", False, 0]
    ),
    st.sampled_from([None, "", "/", "/a b;%/é", "/\r\n", 1]),
    st.sampled_from([True, False, 1, 0, None, "yes"]),
    st.sampled_from([True, False, 1, 0, None]),
    st.sampled_from([None, "lax", "Strict", "none", "other", "", 3]),
    st.sampled_from([True, False, 1, 0, None]),
)
expiries: Any = st.sampled_from(
    [
        None,
        0,
        1_800_000_000,
        1.5,
        "tomorrow",
        "a\nb",
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
        datetime(2026, 1, 2),  # noqa: DTZ001 - that is the case
        [],
    ]
)


@given(
    st.sampled_from(["session", "s", "é", "a b", "a\nb", ""]),
    st.sampled_from(["", "e30.a0nSAA.x-_", "x" * 4090]),
    expiries,
    settings,
)
@example("session", "x", None, SETTINGS)
@example("session", "x", None, (None, "/", False, 1, None, False))
@example("session", "x", None, ("é" * 90, "/", False, True, None, False))
def test_cookie_is_written_as_werkzeug_writes_it(
    name: str, value: str, expires: Any, options: Any
) -> None:
    for _ in range(2):  # the second time it is kept
        ours, theirs = Response("x"), Response("x")
        done = outcome(
            set_plain_cookie, ours, name, value, expires=expires, settings=options
        )
        assert done == outcome(
            theirs.set_cookie, name, value, expires=expires, **as_options(options)
        )
        assert list(ours.headers) == list(theirs.headers)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((None, "/", True, False, None, False), (None, "/", 1, False, None, False)),
        ((False, "/", False, False, None, False), (0, "/", False, False, None, False)),
        (([], "/", False, False, None, False), ((), "/", False, False, None, False)),
    ],
)
def test_settings_that_are_equal_or_odd_are_written_each_as_it_is(
    monkeypatch: pytest.MonkeyPatch, first: Any, second: Any
) -> None:
    monkeypatch.setattr(cookies, "_shapes", {})
    for settings in (first, second, first):
        ours, theirs = Response("x"), Response("x")
        done = outcome(
            set_plain_cookie, ours, "s", "v", expires=None, settings=settings
        )
        assert done == outcome(theirs.set_cookie, "s", "v", **as_options(settings))
        assert list(ours.headers) == list(theirs.headers)


@pytest.mark.parametrize("limit", [0, 60, 4093])
def test_cookie_above_the_responses_limit_is_warned_of(limit: int) -> None:
    class Limited(Response):
        max_cookie_size = limit

    size = 100
    ours, theirs = Limited("x"), Limited("x")
    done = outcome(
        set_plain_cookie, ours, "s", "v" * size, expires=None, settings=SETTINGS
    )
    assert done == outcome(theirs.set_cookie, "s", "v" * size, **as_options(SETTINGS))
    assert bool(done[1]) is (0 < limit < size)
    assert list(ours.headers) == list(theirs.headers)


def test_set_cookie_of_a_responses_own_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[Any] = []

    def record(*args: Any, **kwargs: Any) -> None:
        calls.append((args[-2:], kwargs))

    class Own(Response):
        set_cookie = record

    on_instance = Response("x")
    on_instance.set_cookie = record  # type: ignore[method-assign]  # as users do
    set_plain_cookie(Own("x"), "s", "v", expires=None, settings=SETTINGS)
    set_plain_cookie(on_instance, "s", "v", expires=None, settings=SETTINGS)
    monkeypatch.setattr(Response, "set_cookie", record)
    set_plain_cookie(Response("x"), "s", "v", expires=None, settings=SETTINGS)
    assert calls == [(("s", "v"), {"expires": None, **as_options(SETTINGS)})] * 3


def test_names_and_settings_without_end_are_not_all_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept: dict[Any, Any] = {}
    monkeypatch.setattr(cookies, "_shapes", kept)
    for number in range(200):
        name = f"s{number}"
        response, expected = Response("x"), Response("x")
        set_plain_cookie(response, name, "v", expires=None, settings=SETTINGS)
        expected.set_cookie(name, "v", **as_options(SETTINGS))
        assert list(response.headers) == list(expected.headers)
    assert 0 < len(kept) < 100


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [("Vary", "")],
        [("Vary", "Cookie")],
        [("vary", "cookie")],
        [("Vary", "Accept, COOKIE")],
        [("VARY", "Accept"), ("X-Other", "1"), ("Vary", "Cookie")],
        [("Vary", "*")],
        [("Vary", '"Cookie"')],
    ],
)
def test_response_varies_as_werkzeugs_does(fields: list[tuple[str, str]]) -> None:
    ours, theirs = Response("x", headers=fields), Response("x", headers=fields)
    vary_on_cookie(ours)
    theirs.vary.add("Cookie")
    assert list(ours.headers) == list(theirs.headers)


def test_vary_of_a_responses_own_is_asked() -> None:
    added: set[str] = set()

    class Own(Response):
        vary = added

    vary_on_cookie(Own("x"))
    assert added == {"Cookie"}
