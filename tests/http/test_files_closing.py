"""A file that is sent is closed once, however its answer ends."""

from __future__ import annotations

import gc
import os
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.http import http_date
from werkzeug.test import create_environ
from werkzeug.wsgi import FileWrapper

from insula import Insula, Response, send_file
from insula.http import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CHANGED = 1_700_000_000.5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_bytes(b"0123456789")
    (tmp_path / "big.bin").write_bytes(bytes(range(256)) * 100)
    os.utime(tmp_path / "big.bin", (CHANGED, CHANGED))
    return tmp_path


class Counted(FileWrapper):
    """A server's own wrapper, which counts."""

    note: Callable[[Any], None]
    closings = 0

    def __init__(self, file: Any, buffer_size: int = 8192) -> None:
        super().__init__(file, buffer_size)
        self.note(self)

    def close(self) -> None:
        self.closings += 1
        super().close()


@pytest.fixture(params=["the server's wrapper", "ours"])
def ask(folder: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Yield a function that starts a request, and see that the file was closed once."""
    app = Insula("files", root_path=str(folder))
    app.add_url_rule("/<path_or_file>", view_func=send_file)
    made: list[Any] = []
    kind = type("Kind", (Counted,), {"note": staticmethod(made.append)})
    extra = {"wsgi.file_wrapper": kind} if "server" in request.param else {}

    def start(path: str = "/big.bin", **options: Any) -> tuple[Any, str]:
        head: list[Any] = []
        environ = create_environ(path, **options) | extra

        def start_response(*args: Any) -> Any:
            head.extend(args)

        return app(environ, start_response), head[0]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield start
        gc.collect()
    assert [wrapper.closings for wrapper in made] == [1] * len(made)
    assert all(wrapper.file.closed for wrapper in made)
    assert bool(made) == bool(extra)


def test_file_is_sent_in_blocks_and_closed(ask: Any) -> None:
    body, status = ask()
    assert status == "200 OK"
    assert [len(chunk) for chunk in body] == [8192, 8192, 8192, 25600 - 3 * 8192]
    body.close()


@pytest.mark.parametrize("blocks", [0, 1])
def test_file_is_closed_when_the_client_leaves(ask: Any, blocks: int) -> None:
    body, _ = ask()
    steps = iter(body)
    for _ in range(blocks):
        next(steps)
    body.close()
    with pytest.raises(ValueError, match="closed"):
        next(steps)


def test_file_is_closed_after_an_answer_to_head(ask: Any) -> None:
    body, status = ask(method="HEAD")
    assert (status, [*body]) == ("200 OK", [])
    body.close()


@pytest.mark.parametrize(
    ("headers", "status", "length"),
    [
        ({"If-Modified-Since": http_date(CHANGED)}, "304 NOT MODIFIED", 0),
        ({"If-Match": '"x"'}, "412 PRECONDITION FAILED", 25600),
        ({"Range": "bytes=1-9"}, "206 PARTIAL CONTENT", 9),
        ({"Range": "bytes=1-20000"}, "206 PARTIAL CONTENT", 20000),
    ],
)
def test_file_is_closed_after_a_conditional_answer(
    ask: Any, headers: dict[str, str], status: str, length: int
) -> None:
    body, answered = ask(headers=headers)
    assert answered == status
    assert sum(map(len, body)) == length
    body.close()


@pytest.mark.parametrize(
    "use",
    ["max_age fails", "max_age is no number", "wrapper fails", "416", "surrogate"],
)
def test_file_is_closed_where_there_is_no_answer(
    folder: Path, use: str, recwarn: pytest.WarningsRecorder
) -> None:
    def fail(*_args: Any) -> Any:
        raise LookupError

    environ = create_environ()
    options: dict[str, Any] = {"response_class": Response, "_root_path": str(folder)}
    name = "a.txt"
    opened: list[Any] = []
    if use == "max_age fails":
        options["max_age"] = fail
    elif use == "max_age is no number":
        options["max_age"] = "1"
    elif use == "416":
        environ["HTTP_RANGE"] = "bytes=50-"
    elif use == "surrogate":
        (folder / "\udcff").mkdir()
        (folder / "\udcff" / "a.txt").touch()
        name = "\udcff/a.txt"

    def wrap(file: Any, size: int) -> Any:
        opened.append(file)
        return fail() if use == "wrapper fails" else FileWrapper(file, size)

    environ["wsgi.file_wrapper"] = wrap
    with pytest.raises((LookupError, HTTPException, TypeError, UnicodeError)):
        files.send_file(name, environ, **options)
    assert [file.closed for file in opened] == [True]
    opened.clear()
    gc.collect()
    assert not recwarn.list


def test_missing_file_leaves_no_cycle(folder: Path) -> None:
    options: dict[str, Any] = {"response_class": Response, "_root_path": str(folder)}
    gc.collect()
    gc.disable()
    try:
        with suppress(NotFound):
            files.send_from_directory(
                str(folder), "missing", create_environ(), **options
            )
        assert gc.collect() == 0
    finally:
        gc.enable()
