"""What every contender is asked, what a right answer means, and what Insula aims at.

Rules of the file: nothing here imports a framework; a work names those that have what
it needs; the targets are ratios, Insula's time to the peer's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "EVERYBODY",
    "FLASKLIKE",
    "KEPT",
    "MICROS",
    "WORKS",
    "Micro",
    "Reply",
    "Work",
]

EVERYBODY = ("insula", "flask", "falcon", "bottle")
FLASKLIKE = ("insula", "flask")
FORM = "application/x-www-form-urlencoded"
FILE = Path(__file__).parent / "contenders" / "static" / "10k.txt"
PAGE = """\
<!doctype html>
<title>Page 7 of Ada</title>
<nav>
  <a href="/">Home</a>
  <a href="/users/1/posts">Posts</a>
  <a href="/static/10k.txt">File</a>
</nav>

<p>GET /template/7, 0 visits</p>
<a href="/template/6">Previous</a>
<a href="/template/8">Next</a>
"""
"""What `contenders/templates/page.html` becomes."""
DOCUMENT = {"name": "Ada Lovelace", "numbers": [1, 2, 3, 5, 8], "nested": {"ok": True}}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a contender answered: header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, status: int, fields: Iterable[tuple[str, str]], body: bytes) -> Reply:
        """Return it of a head's fields; those of one name are joined."""
        headers: dict[str, str] = {}
        for field_name, value in fields:
            name = field_name.lower()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return cls(status, headers, body)

    def as_json(self) -> dict[str, Any]:
        """Return what `from_json` reads, in another process."""
        body = self.body.decode("latin-1")
        return {"status": self.status, "headers": self.headers, "body": body}

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Reply:
        """Return what `as_json` was asked of."""
        return cls(found["status"], found["headers"], found["body"].encode("latin-1"))


@dataclass(frozen=True, slots=True)
class Work:
    """One request, and what a right answer to it means; `checks` compares."""

    name: str
    title: str
    path: str
    meaning: str | bytes | dict[str, Any]
    """The text of the answer, its bytes, or its JSON document."""
    method: str = "GET"
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = ""
    status: int = 200
    answer_headers: dict[str, str] = field(default_factory=dict)
    present: tuple[str, ...] = ()
    """Header fields that an answer has, with whatever value."""
    allows: tuple[str, ...] = ()
    """Methods that `Allow` has to name."""
    error: str = ""
    """For an error's page, which is each framework's own: the phrase that it says."""
    app: str = "main"
    contenders: tuple[str, ...] = EVERYBODY
    primed: str = ""
    """A header of a first answer to send back: "cookie" or "etag"."""
    targets: dict[str, float] = field(default_factory=dict)
    without: str = ""
    """The name of a work whose time is to be taken off."""


WORKS = [
    Work(
        "hello",
        "hello",
        "/hello",
        "Hello, World!",
        targets={"falcon": 0.75, "flask": 1 / 20},
    ),
    Work(
        "params",
        "path parameter + query → JSON",
        "/users/42/posts",
        {"user": 42, "limit": 10},
        query="limit=10",
        targets={"falcon": 0.85, "flask": 1 / 8},
    ),
    Work(
        "json",
        "JSON echo",
        "/echo",
        DOCUMENT,
        method="POST",
        body=json.dumps(DOCUMENT).encode(),
        content_type="application/json",
        targets={"falcon": 0.9, "flask": 1 / 8},
    ),
    Work(
        "form",
        "form echo",
        "/form",
        "Ada is 36",
        method="POST",
        body=b"name=Ada&age=36&city=London",
        content_type=FORM,
        targets={"falcon": 1.0},
    ),
    Work(
        "headers",
        "request header read, response headers set",
        "/headers",
        "ok",
        headers={"X-Request-Id": "r-1"},
        answer_headers={"X-Request-Id": "r-1", "Cache-Control": "no-store"},
        targets={"falcon": 1.0},
    ),
    Work(
        "404",
        "404",
        "/nothing",
        "",
        status=404,
        error="404 Not Found",
        targets={"falcon": 1.0},
    ),
    Work(
        "405",
        "405",
        "/hello",
        "",
        method="DELETE",
        status=405,
        allows=("GET",),
        error="405 Method Not Allowed",
        targets={"falcon": 1.0},
    ),
    Work(
        "hooks",
        "4 hooks, g, after_request header",
        "/hooked",
        "Ada at 12",
        headers={"X-User": "Ada"},
        answer_headers={"X-Served-For": "Ada"},
        app="hooks",
        targets={"flask": 1 / 6},
    ),
    Work(
        "session",
        "session read + write",
        "/session",
        "2 visits",
        present=("Set-Cookie",),
        contenders=FLASKLIKE,
        primed="cookie",
        targets={"flask": 1 / 4},
    ),
    Work(
        "no reads",
        "a view that writes to g",
        "/reads/none",
        "Hello, World!",
        contenders=FLASKLIKE,
    ),
    Work(
        "reads",
        "40 proxied reads (without the rest of the request)",
        "/reads",
        "Hello, World!",
        contenders=FLASKLIKE,
        without="no reads",
        targets={"flask": 1 / 10},
    ),
    Work(
        "template",
        "template with 5 url_for, request, g, session",
        "/template/7",
        PAGE,
        contenders=FLASKLIKE,
        targets={"flask": 1 / 2},
    ),
    Work(
        "string",
        "render_template_string again",
        "/string",
        "Ada: 1 2 3",
        contenders=FLASKLIKE,
        targets={"flask": 1 / 10},
    ),
    Work(
        "static",
        "static file, 10 KB",
        "/static/10k.txt",
        FILE.read_bytes(),
        answer_headers={"Content-Type": "text/plain; charset=utf-8"},
        present=("Content-Length", "ETag", "Last-Modified"),
        contenders=FLASKLIKE,
        targets={"flask": 1 / 3},
    ),
    Work(
        "304",
        "static file, not modified",
        "/static/10k.txt",
        b"",
        present=("ETag",),
        contenders=FLASKLIKE,
        primed="etag",
        status=304,
        targets={"flask": 1 / 3},
    ),
    Work(
        "async",
        "async view under WSGI",
        "/async",
        "Hello, World!",
        app="async",
        contenders=FLASKLIKE,
        targets={"flask": 1 / 10},
    ),
]


@dataclass(frozen=True, slots=True)
class Micro:
    """One expression, timed inside a request."""

    name: str
    code: str
    target: float | None = None
    """The largest ratio of Insula's time to Flask's."""
    bound: float | None = None
    """The largest ratio of Insula's time to an attribute of a `threading.local`."""


MICROS = [
    Micro("threading.local attribute", "plain.name"),
    Micro("request.method", "request.method", bound=4.0),
    Micro("g.name", "g.name"),
    Micro("url_for, no argument", "url_for('index')", target=1 / 4),
    Micro("url_for, 1 argument", "url_for('posts', user=1)", target=1 / 4),
    Micro(
        "url_for, 3 arguments", "url_for('three', a='a', b='b', c='c')", target=1 / 4
    ),
]

KEPT = {"idle application": 20, "request in flight": 300}
"""What is kept in memory, and how many of it are made to be weighed."""
