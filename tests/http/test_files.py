"""Whatever file is sent, and however it is asked for, the answer is Werkzeug's."""

from __future__ import annotations

import io
import mimetypes
import os
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import werkzeug.utils
import werkzeug.wrappers
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date
from werkzeug.test import create_environ

from insula import Response
from insula.http import files

if TYPE_CHECKING:
    from collections.abc import Callable

# So little before a second that its date is that second's.
CHANGED = 1_700_000_000.999_999_8
TEXT = b"0123456789"
NAMES = {
    "a.txt": TEXT,
    "empty.txt": b"",
    "big.bin": bytes(range(256)) * 100,
    "app.js.gz": b"\x1f\x8b",
    "noending": b"?",
    "upper.TXT": b"up",
    "a b.txt": b"space",
    "grüße.txt": b"beyond ASCII",
    'quote".txt': b"quote",
    "back\\slash.txt": b"slash",
    ".hidden": b"hidden",
    "a..b.txt": b"dots",
    "c:drive.txt": b"drive",
    "x;y#z?.txt": b"marks",
    "line\nbreak.txt": b"break",
    "sub/b.css": b"body {}",
}


class Answer(NamedTuple):
    """All that a server or a user sees of an answer."""

    status: str
    fields: Any
    body: Any


def fill(folder: Path) -> Path:
    (folder / "sub").mkdir()
    for name, content in NAMES.items():
        path = folder / name
        path.write_bytes(content)
        os.utime(path, (CHANGED, CHANGED))
    (folder / "link.txt").symlink_to(folder / "a.txt")
    (folder / "broken.txt").symlink_to(folder / "nothing")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return fill(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("shared"))


def answer(function: Callable[..., Any], *args: Any, **options: Any) -> Answer:
    """Return what ``function`` answers, or the error that it raises."""
    environ = args[-1]
    head: list[Any] = []
    try:
        response = function(*args, **options)
    except HTTPException as exc:
        return Answer(type(exc).__name__, exc.get_headers(environ), str(exc))
    except Exception as exc:
        # Which descriptor or name it is, and the message of another's file, too.
        return Answer(type(exc).__name__, str(exc), None)
    kept = [*response.headers]
    chunks = response(environ, lambda *args: head.extend(args))
    body = [*chunks]
    if hasattr(chunks, "close"):
        chunks.close()
    return Answer(head[0], (kept, head[1]), body)


def both(
    name: str, *args: Any, environ: dict[str, Any], **options: Any
) -> tuple[Answer, Answer]:
    """Return our answer and Werkzeug's, of one second."""
    options.setdefault("response_class", Response)
    while True:
        second = int(time.time())
        ours, theirs = (
            answer(getattr(module, name), *args, dict(environ), **options)
            for module in (files, werkzeug.utils)
        )
        if int(time.time()) == second:
            return ours, theirs


def test_first_answers_equal_werkzeugs_for_every_file(folder: Path) -> None:
    names = [*NAMES, "link.txt", "broken.txt", "sub", "missing", ""]
    for name in names:
        for max_age in (None, 60, 0):
            options = {"max_age": max_age, "_root_path": str(folder)}
            ours, theirs = both("send_file", name, environ=create_environ(), **options)
            assert ours == theirs, name


@pytest.mark.parametrize(
    "path",
    [
        "a.txt",
        "sub/b.css",
        "link.txt",
        "broken.txt",
        "sub",
        "sub/",
        "",
        ".",
        "..",
        "missing",
        "a.txt/",
        "a.txt/x",
        "/a.txt",
        "//a.txt",
        "sub//b.css",
        "./a.txt",
        "sub/./b.css",
        "sub/../a.txt",
        "../a.txt",
        "sub/../../a.txt",
        "..\\a.txt",
        "back\\slash.txt",
        "c:drive.txt",
        "C:/a.txt",
        "a.txt\0",
        "a\0.txt",
        "a.txt\n",
        "x" * 300,
        "x/" * 3000 + "x",
        ".hidden",
        "a..b.txt",
        "grüße.txt",
        "\udcff.txt",
        "~root",
        "$HOME",
        "CON",
        Path("sub/b.css"),
        b"a.txt",
        7,
        None,
    ],
)
@pytest.mark.parametrize("end", ["", "/", "/sub/.."])
def test_path_in_a_directory_is_answered_as_werkzeug_does(
    shared: Path, path: Any, end: str
) -> None:
    for root in (str(shared), "/", None):
        options = {} if root is None else {"_root_path": root}
        ours, theirs = both(
            "send_from_directory",
            f"{shared}{end}",
            path,
            environ=create_environ(),
            **options,
        )
        assert ours == theirs


def test_directory_that_is_relative_lies_below_the_root(folder: Path) -> None:
    for directory in ("sub", "", Path("sub"), ".", "missing"):
        ours, theirs = both(
            "send_from_directory",
            directory,
            "b.css",
            environ=create_environ(),
            _root_path=str(folder),
        )
        assert ours == theirs


OPTIONS: dict[str, list[Any]] = {
    "as_attachment": [True, False, 1],
    "download_name": [
        "x.csv",
        "x y.csv",
        "é.csv",
        "x.tar.gz",
        "x",
        "",
        'a"b',
        "a\r\nX: y",
    ],
    "mimetype": ["image/png", "text/plain", "text/html; charset=x", "", "a\nb"],
    "conditional": [False, True, 0],
    "etag": [False, True, "given", 'quo"te', "", None, 1],
    "last_modified": [0, 1.5, datetime(2020, 1, 1, tzinfo=timezone.utc)],
    "max_age": [
        0,
        1,
        True,
        1.0,
        60,
        -1,
        2.5,
        "1",
        timedelta(seconds=1),
        len,
        lambda _path: None,
        lambda _path: 1.5,
        lambda _path: 1 // 0,
        10**12,
    ],
    "use_x_sendfile": [True, False],
    "unknown": [1],
    "response_class": [None, werkzeug.wrappers.Response],
}


@pytest.mark.parametrize(
    ("option", "value"),
    [(option, value) for option, values in OPTIONS.items() for value in values],
)
@pytest.mark.filterwarnings("ignore:.*unclosed:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_option_means_what_it_means_to_werkzeug(
    shared: Path, option: str, value: Any
) -> None:
    # Where an option is wrong, Werkzeug leaves its file open.
    for method in ("GET", "HEAD", "POST"):
        for name in ("a.txt", "app.js.gz"):
            ours, theirs = both(
                "send_file",
                shared / name,
                environ=create_environ(method=method),
                _root_path=str(shared),
                **{option: value},
            )
            assert ours == theirs


TAGS = [
    "no-cache",
    "right",
    "W/right",
    "right, x",
    '"x"',
    "x",
    "*",
    'W/"x"',
    "",
    ",",
    '"',
]
DATES = [
    http_date(CHANGED),
    http_date(CHANGED).replace("GMT", "+0000"),
    http_date(CHANGED - 1),
    http_date(CHANGED + 1),
    "yesterday",
    "",
]
RANGES = [
    "bytes=0-3",
    "bytes=7-",
    "bytes=-2",
    "bytes=50-",
    "bytes=0-1,4-5",
    "bytes=3-1",
    "lines=1-2",
    "bytes",
    "",
    "bytes=0-9",
    "bytes=0-99",
    "bytes=-0",
]


@settings(max_examples=400, deadline=None)
@given(
    name=st.sampled_from(["a.txt", "empty.txt", "big.bin", "app.js.gz", "grüße.txt"]),
    method=st.sampled_from(["GET", "GET", "HEAD", "POST", "get"]),
    tags=st.dictionaries(
        st.sampled_from(["HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH", "HTTP_IF_RANGE"]),
        st.sampled_from(TAGS) | st.text('W/"*,x \\', max_size=6),
    ),
    dates=st.dictionaries(
        st.sampled_from(["HTTP_IF_MODIFIED_SINCE", "HTTP_IF_RANGE"]),
        st.sampled_from(DATES),
    ),
    byte_range=st.none()
    | st.sampled_from(RANGES)
    | st.builds("bytes={}-{}".format, st.integers(0, 30), st.integers(0, 30)),
    options=st.fixed_dictionaries(
        {},
        optional={
            "as_attachment": st.booleans(),
            "conditional": st.booleans(),
            "etag": st.sampled_from([True, False, "x"]),
            "last_modified": st.just(0),
            "max_age": st.sampled_from([None, 0, 60, len]),
            "use_x_sendfile": st.booleans(),
        },
    ),
)
@example(  # the last field is no tag
    name="a.txt",
    method="GET",
    tags={"HTTP_IF_NONE_MATCH": "no-cache"},
    dates={},
    byte_range=None,
    options={"etag": False},
)
def test_condition_of_a_request_has_werkzeugs_answer(
    shared: Path,
    name: str,
    method: str,
    tags: dict[str, str],
    dates: dict[str, str],
    byte_range: str | None,
    options: dict[str, Any],
) -> None:
    options["_root_path"] = str(shared)
    environ = {**create_environ(), "REQUEST_METHOD": method}
    plain = werkzeug.utils.send_file(name, environ, **options)
    plain.close()
    right = plain.headers.get("ETag", '"none"')
    asked = {field: tag.replace("right", right) for field, tag in tags.items()} | dates
    if byte_range is not None:
        asked["HTTP_RANGE"] = byte_range
    ours, theirs = both("send_file", name, environ=environ | asked, **options)
    assert ours == theirs


@pytest.mark.parametrize("encoding", ["br", "b r", "gzip\r\nX-Evil: 1", ""])
def test_encoding_that_is_guessed_is_werkzeugs(
    shared: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setattr(mimetypes, "guess_type", lambda _name: ("", encoding))
    ours, theirs = both(
        "send_file", "a.txt", environ=create_environ(), _root_path=str(shared)
    )
    assert ours == theirs


@pytest.mark.parametrize("content", [b"", b"file"])
def test_file_object_is_answered_as_werkzeug_does(content: bytes) -> None:
    for options in ({}, {"download_name": "x.txt"}, {"mimetype": "image/png"}):
        environ = create_environ(headers={"Range": "bytes=1-2"})
        ours, theirs = (
            answer(
                function,
                io.BytesIO(content),
                environ,
                response_class=Response,
                _root_path="/",
                **options,
            )
            for function in (files.send_file, werkzeug.utils.send_file)
        )
        assert ours[0] == theirs[0]
        assert ours.body == theirs.body
