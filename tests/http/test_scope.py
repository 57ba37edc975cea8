"""The environ that is made of an ASGI scope."""

from __future__ import annotations

import io
from typing import Any

import pytest
from werkzeug.wrappers import Request as WerkzeugRequest

from insula.http.scope import environ_of


def _scope(**changes: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/a",
        "raw_path": b"/a",
        "query_string": b"x=1",
        "root_path": "",
        "headers": [(b"host", b"example.org")],
        "client": ("10.0.0.1", 4711),
        "server": ("10.0.0.2", 8080),
        **changes,
    }


def _environ(**changes: Any) -> dict[str, Any]:
    return environ_of(_scope(**changes), io.BytesIO())


def test_environ_of_a_plain_request_reads_as_the_request_it_was() -> None:
    request = WerkzeugRequest(_environ())

    assert request.method == "GET"
    assert request.url == "http://example.org/a?x=1"
    assert request.args.to_dict() == {"x": "1"}
    assert request.remote_addr == "10.0.0.1"
    assert request.environ["SERVER_PORT"] == "8080"
    assert request.environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert request.environ["REQUEST_URI"] == "/a?x=1"


@pytest.mark.parametrize("path", ["/shop/cart", "/cart"])
def test_environ_under_a_mount_has_what_follows_the_mount(path: str) -> None:
    # Servers differ in whether `path` names the mount, too.
    environ = _environ(path=path, raw_path=path.encode(), root_path="/shop")

    assert environ["SCRIPT_NAME"] == "/shop"
    assert environ["PATH_INFO"] == "/cart"


def test_environ_where_the_path_only_begins_like_the_mount_keeps_the_path() -> None:
    environ = _environ(path="/shopping", raw_path=b"/shopping", root_path="/shop")

    assert environ["PATH_INFO"] == "/shopping"


def test_environ_of_a_path_that_is_no_utf8_has_the_bytes_that_were_sent() -> None:
    environ = _environ(path="/�", raw_path=b"/%ff")

    assert environ["PATH_INFO"].encode("latin-1") == b"/\xff"


def test_environ_of_a_path_beyond_ascii_without_raw_path_spells_it_in_utf8() -> None:
    scope = _scope(path="/ä")
    del scope["raw_path"]

    environ = environ_of(scope, io.BytesIO())

    assert environ["PATH_INFO"].encode("latin-1") == "/ä".encode()


def test_environ_of_headers_joins_fields_of_one_name() -> None:
    environ = _environ(
        headers=[
            (b"x-a", b"1"),
            (b"x-a", b"2"),
            (b"cookie", b"a=1"),
            (b"cookie", b"b=2"),
        ]
    )

    assert environ["HTTP_X_A"] == "1,2"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"


def test_environ_leaves_out_headers_that_could_pass_for_others() -> None:
    environ = _environ(
        headers=[(b"x_forwarded_for", b"1.2.3.4"), (b"proxy", b"http://evil")]
    )

    assert not any(key.startswith("HTTP_") for key in environ)


def test_environ_of_a_body_without_a_length_ends_where_the_server_says() -> None:
    assert _environ()["wsgi.input_terminated"]
    sized = _environ(headers=[(b"content-length", b"3")])
    assert "wsgi.input_terminated" not in sized
    assert sized["CONTENT_LENGTH"] == "3"


def test_environ_of_a_unix_socket_names_a_host_and_a_port() -> None:
    environ = _environ(server=("/run/app.sock", None), client=None)

    assert environ["SERVER_NAME"] == "localhost"
    assert environ["SERVER_PORT"] == "80"
    assert "REMOTE_ADDR" not in environ
