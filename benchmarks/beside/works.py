"""What every contender is asked, what a right answer means, and what Insula aims at.

Rules of the file: nothing here imports a framework; a work names those that have what
it needs; the targets are ratios, Insula's time to the peer's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

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
DOCUMENT = {"name": "Ada Lovelace", "numbers": [1, 2, 3, 5, 8], "nested": {"ok": True}}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a contender answered: header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Work:
    """One request, and what a right answer to it means."""

    name: str
    title: str
    path: str
    meaning: Any
    """The text of the answer, its JSON document, or None where it is not compared."""
    method: str = "GET"
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = ""
    status: int = 200
    answer_headers: dict[str, str] = field(default_factory=dict)
    app: str = "main"
    contenders: tuple[str, ...] = EVERYBODY
    primed: str = ""
    """A header of a first answer to send back: "cookie" or "etag"."""
    targets: dict[str, float] = field(default_factory=dict)
    without: str = ""
    """The name of a work whose time is to be taken off."""

    def objection(self, reply: Reply) -> str | None:
        """Return what is wrong with an answer, or None."""
        if reply.status != self.status:
            return f"status {reply.status}, expected {self.status}"
        for name, value in self.answer_headers.items():
            if reply.headers.get(name.lower()) != value:
                return f"header {name}: {reply.headers.get(name.lower())!r}"
        if isinstance(self.meaning, dict):
            found: Any = json.loads(reply.body)
            kind = reply.headers.get("content-type", "").partition(";")[0]
            if kind != "application/json":
                return f"content type {kind!r}"
        elif self.meaning is not None:
            found = reply.body.decode()
        else:
            return None
        return None if found == self.meaning else f"{found!r}, not {self.meaning!r}"


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
    Work("404", "404", "/nothing", None, status=404, targets={"falcon": 1.0}),
    Work(
        "405",
        "405",
        "/hello",
        None,
        method="DELETE",
        status=405,
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
        None,
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
        None,
        contenders=FLASKLIKE,
        targets={"flask": 1 / 3},
    ),
    Work(
        "304",
        "static file, not modified",
        "/static/10k.txt",
        None,
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
