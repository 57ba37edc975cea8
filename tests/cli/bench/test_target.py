"""What is asked for: URLs, routes, headers."""

from __future__ import annotations

import re

import click
import pytest

from insula import Insula
from insula.cli.bench.target import parse_url, path_of, read_headers


def test_request_has_what_was_asked_for() -> None:
    target = parse_url(
        "http://example.org:8080/a b?q=ü#part",
        method="POST",
        headers=[("Host", "shop.test"), ("X-A", "b")],
        data=b"x=1",
    )
    assert (target.host, target.port, target.secure) == ("example.org", 8080, False)
    head, _, body = target.request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /a%20b?q=%C3%BC HTTP/1.1"
    assert {"Host: shop.test", "X-A: b", "Content-Length: 3"} <= set(lines)
    assert sum(line.startswith("Host:") for line in lines) == 1
    assert body == b"x=1"


@pytest.mark.parametrize(
    "url", ["http://", "ftp://a.org/", "http://a:port/", "http://[/"]
)
def test_url_that_cannot_be_asked_is_refused(url: str) -> None:
    with pytest.raises(click.UsageError, match="is no URL that can be asked"):
        parse_url(url)


@pytest.mark.parametrize("line", ["Name", ": value", "A: b\r\nC: d"])
def test_header_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(click.UsageError, match="is no header"):
        read_headers([line])


@pytest.fixture
def app() -> Insula:
    app = Insula(__name__, static_folder=None)
    app.add_url_rule("/item/<int:n>", "item", str)
    return app


@pytest.mark.parametrize(
    ("route", "values", "path"),
    [
        ("/any?a=b", {}, "/any?a=b"),
        ("item", {"n": "3"}, "/item/3"),
        ("item", {"n": "3", "q": "a b"}, "/item/3?q=a+b"),
    ],
)
def test_route_is_a_path_or_an_endpoint_with_values(
    app: Insula, route: str, values: dict[str, str], path: str
) -> None:
    assert path_of(app, route, values, method="GET") == path


@pytest.mark.parametrize(
    ("route", "values", "says"),
    [
        ("gone", {}, "There is no endpoint 'gone'"),
        ("localhost:5000/", {}, "a URL that starts with 'http://'"),
        ("item", {}, "write 'insula bench item n=...'"),
        ("item", {"n": "x"}, "needs other values"),
        ("/item/3", {"n": "3"}, "write the value into it"),
    ],
)
def test_route_that_is_none_says_how_to_mend_it(
    app: Insula, route: str, values: dict[str, str], says: str
) -> None:
    with pytest.raises(click.UsageError, match=re.escape(says)):
        path_of(app, route, values, method="GET")


@pytest.mark.parametrize(
    ("methods", "says"),
    [
        (["POST"], "The endpoint 'sent' answers POST and no GET; add --method POST."),
        (["PUT", "DELETE"], "answers DELETE, PUT and no GET; add --method DELETE."),
    ],
)
def test_endpoint_that_does_not_answer_the_method_says_which_ones(
    app: Insula, methods: list[str], says: str
) -> None:
    app.add_url_rule("/sent", "sent", str, methods=methods)
    with pytest.raises(click.UsageError, match=re.escape(says)):
        path_of(app, "sent", {}, method="GET")
    assert path_of(app, "sent", {}, method=methods[0]) == "/sent"
