"""What a request may cost, in Python calls, files and switches between files.

Time depends on the machine; the way that a request takes does not: `sys.setprofile`
sees each Python frame that is begun (a call, or the resumption of a generator), ours
or not, the caller's `start_response` included. The design began with 30 calls, 10 files
and 20 switches for hello world. The limits are a ratchet: lower them when the way gets
shorter, and never raise one without saying why.

A number counts frames, and CPython 3.12 began to inline comprehensions (PEP 709),
so a limit must hold on the oldest version too. On these ways there is no comprehension:
the numbers are the same on 3.10 to 3.13.
"""

from __future__ import annotations

import gc
import itertools
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import create_environ

from insula import Insula

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

SOURCE = Path(__file__).parents[2]
WARM = 3


@dataclass(frozen=True)
class Way:
    """The Python functions that were entered, in order: (file, name)."""

    steps: tuple[tuple[str, str], ...]

    @property
    def calls(self) -> int:
        return len(self.steps)

    @property
    def files(self) -> int:
        return len({file for file, _ in self.steps})

    @property
    def switches(self) -> int:
        files = [file for file, _ in self.steps]
        return sum(a != b for a, b in itertools.pairwise(files))

    def check(self, *, calls: int, files: int, switches: int) -> None:
        """Fail, and show the way, where it is longer than it may be."""
        found = (self.calls, self.files, self.switches)
        limits = (calls, files, switches)
        if any(n > limit for n, limit in zip(found, limits, strict=True)):
            raise AssertionError(
                f"The request took {found} calls, files and switches; it may take"
                f" {limits}. Its way:\n{self}"
            )

    def __str__(self) -> str:
        lines = []
        before = None
        for number, (file, name) in enumerate(self.steps, 1):
            lines.append(f"{number:3} {'' if file == before else file:44} {name}")
            before = file
        return "\n".join(lines)


def _short(path: str) -> str:
    if path.startswith(str(SOURCE)):
        return str(Path(path).relative_to(SOURCE))
    return path.rpartition("-packages/")[2]


def _answer(app: Any, path: str, query: str) -> bytes:
    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        seen.append(status)

    seen: list[str] = []
    body: Iterable[bytes] = app(
        create_environ(path, query_string=query), start_response
    )
    data = b"".join(body)
    close = getattr(body, "close", None)
    if close is not None:
        close()
    assert seen == ["200 OK"]
    return data


def way_of(app: Any, path: str, query: str = "") -> Way:
    """Answer a request of a warm application as a server does, and note its way."""
    for _ in range(WARM):
        _answer(app, path, query)
    steps: list[tuple[str, str]] = []
    environ = create_environ(path, query_string=query)

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        return None

    def note(frame: FrameType, event: str, arg: Any) -> None:
        if event == "call":
            steps.append((_short(frame.f_code.co_filename), _name(frame)))

    gc.disable()  # somebody's callbacks would be counted
    sys.setprofile(note)
    try:
        body = app(environ, start_response)
        for _ in body:
            pass
        close = getattr(body, "close", None)
        if close is not None:
            close()
    finally:
        sys.setprofile(None)
        gc.enable()
    return Way(tuple(steps))


def _name(frame: FrameType) -> str:
    code = frame.f_code
    # Names have carried their class since CPython 3.11.
    name: str = getattr(code, "co_qualname", code.co_name)
    return name


@pytest.fixture
def app() -> Insula:
    app = Insula("hello")
    app.config["SECRET_KEY"] = "key"

    @app.get("/")
    def index() -> str:
        return "Hello, World!"

    @app.get("/items/<int:number>")
    def item(number: int) -> dict[str, Any]:
        return {"number": number, "name": "spoon"}

    return app


def test_hello_world_goes_no_further_than_measured(app: Insula) -> None:
    assert _answer(app, "/", "") == b"Hello, World!"
    way_of(app, "/").check(calls=6, files=5, switches=4)


def test_path_parameter_to_json_goes_no_further_than_measured(app: Insula) -> None:
    assert b'"number":7' in _answer(app, "/items/7", "")
    # Four calls and two files of these are the standard library's json, one is abc's.
    way_of(app, "/items/7").check(calls=12, files=11, switches=11)


def test_way_does_not_grow_with_the_number_of_routes(app: Insula) -> None:
    small = way_of(app, "/items/7")
    big = Insula("hello")
    for number in range(500):
        big.add_url_rule(f"/other{number}/<name>", f"other{number}", str)
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            view = app.view_functions[rule.endpoint]
            big.add_url_rule(rule.rule, rule.endpoint, view)
    assert way_of(big, "/items/7").calls == small.calls


def test_way_is_the_same_at_every_request(app: Insula) -> None:
    assert way_of(app, "/") == way_of(app, "/")


def test_way_longer_than_its_limit_is_shown(app: Insula) -> None:
    way = way_of(app, "/")

    @app.before_request_funcs.setdefault(None, []).append
    def hook() -> None:
        sorted([2, 1], key=lambda n: n)

    longer = way_of(app, "/")
    assert longer.calls >= way.calls + 3  # the hook, its key function twice
    with pytest.raises(AssertionError, match="it may take") as raised:
        longer.check(calls=way.calls, files=99, switches=99)
    assert "Pipeline.wsgi_app" in str(raised.value) or sys.version_info < (3, 11)
    assert "tests/budget/test_hello.py" in str(raised.value)
    assert "hook" in str(raised.value)
