"""Whoever overrides a step of sending a file is called; files change at any time."""

from __future__ import annotations

import mimetypes
import os
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import werkzeug.utils
import werkzeug.wrappers
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ

from insula import Blueprint, Insula, Response, send_from_directory
from insula.http import files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def calls(function: Callable[[], Any]) -> set[str]:
    """Return the names of Werkzeug's functions that run while ``function`` does."""
    found: set[str] = set()

    def note(frame: Any, event: str, _arg: Any) -> None:
        if event == "call" and "werkzeug" in frame.f_code.co_filename:
            found.add(frame.f_code.co_name)

    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
    return found


def test_usual_answer_is_made_without_werkzeugs_steps(folder: Path) -> None:
    app = Insula("files", root_path=str(folder))
    first = app.test_client().get("/static/style.css")
    for headers in (
        {},
        {"If-None-Match": first.headers["ETag"]},
        {"If-Modified-Since": first.headers["Last-Modified"]},
    ):
        with app.test_request_context(headers=headers):
            # The first shows which fields Werkzeug's version adds.
            app.send_static_file("style.css").close()
            made: list[Response] = []

            def send(made: list[Response] = made) -> None:
                made.append(app.send_static_file("style.css"))

            names = calls(send)
            assert made[0].status_code == (304 if headers else 200)
            made[0].close()
        assert not names & {"send_file", "safe_join", "make_conditional", "set"}
    with app.test_request_context(headers={"Range": "bytes=0-1"}):
        names = calls(lambda: app.send_static_file("style.css").close())
    assert "make_conditional" in names


STEPS = ["set_etag", "make_conditional", "_process_range_request", "__init__"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("how", ["subclass", "ours replaced", "Werkzeug's replaced"])
def test_step_of_the_response_that_is_overridden_is_called(
    folder: Path, monkeypatch: pytest.MonkeyPatch, step: str, how: str
) -> None:
    app = Insula("files", root_path=str(folder))
    app.test_client().get("/static/style.css").close()
    owner: Any = Response
    if how == "Werkzeug's replaced" and step != "__init__":
        owner = werkzeug.wrappers.Response
        if step not in vars(owner):
            owner = owner.__mro__[1]
    original, called = getattr(owner, step), []

    def own(self: Any, *args: Any, **kwargs: Any) -> Any:
        called.append(step)
        return original(self, *args, **kwargs)

    if how == "subclass":
        app.response_class = type("Own", (Response,), {step: own})
    else:
        monkeypatch.setattr(owner, step, own)
    with app.test_client().get("/static/style.css") as response:
        assert response.data == b"body {}"
    assert called


@pytest.mark.parametrize(
    "name", ["content_length", "last_modified", "cache_control", "expires", "status"]
)
def test_property_of_the_response_that_is_overridden_is_set_or_read(
    folder: Path, name: str
) -> None:
    original: Any = getattr(Response, name)
    seen: list[str] = []

    def read(self: Any) -> Any:
        seen.append(name)
        return original.__get__(self, type(self))

    def write(self: Any, value: Any) -> None:
        seen.append(name)
        original.__set__(self, value)

    app = Insula("files", root_path=str(folder))
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 5
    app.response_class = type("Own", (Response,), {name: property(read, write)})
    tag = app.test_client().get("/static/style.css").headers["ETag"]
    seen.clear()
    with app.test_request_context(headers={"If-None-Match": tag}):
        app.send_static_file("style.css").close()
    assert seen


def test_header_fields_of_a_class_of_their_own_are_set_one_by_one(
    folder: Path,
) -> None:
    seen: list[str] = []

    class Fields(Headers):
        def __setitem__(self, key: Any, value: Any) -> None:
            seen.append(key)
            super().__setitem__(key, value)

    def read(self: Any) -> Any:
        return vars(self)["headers"]

    def write(self: Any, value: Any) -> None:
        vars(self)["headers"] = Fields(value)

    app = Insula("files", root_path=str(folder))
    app.response_class = type("Own", (Response,), {"headers": property(read, write)})
    with app.test_client().get("/static/style.css") as response:
        assert response.data == b"body {}"
    assert {"Content-Length", "Last-Modified", "ETag", "Date"} <= {*seen}


@pytest.mark.parametrize("name", ["send_file", "send_from_directory", "safe_join"])
def test_function_of_werkzeugs_that_is_replaced_is_called(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    original, called = getattr(werkzeug.utils, name), []

    def own(*args: Any, **kwargs: Any) -> Any:
        called.append(name)
        return original(*args, **kwargs)

    monkeypatch.setattr(werkzeug.utils, name, own)
    app = Insula("files", root_path=str(folder))
    with app.test_request_context():
        send_from_directory(str(folder), "secret.txt").close()
    assert called


@pytest.mark.parametrize("kind", [Insula, Blueprint])
def test_static_view_that_is_overridden_is_called(folder: Path, kind: type) -> None:
    class Own(kind):  # type: ignore[misc]  # either class
        def send_static_file(self, filename: str) -> Any:
            return f"own {filename}"

    options = {"root_path": str(folder), "static_folder": "static"}
    if kind is Insula:
        app: Insula = Own("files", **options)
    else:
        app = Insula("files", static_folder=None)
        app.register_blueprint(Own("b", "files", static_url_path="/static", **options))
    assert app.test_client().get("/static/style.css").text == "own style.css"


def test_age_method_is_asked_for_the_name_then_for_the_path(folder: Path) -> None:
    asked: list[Any] = []

    class Own(Insula):
        def get_send_file_max_age(self, filename: str | None) -> int | None:
            asked.append(filename)
            return None

    app = Own("files", root_path=str(folder))
    app.test_client().get("/static/style.css").close()
    assert asked == ["style.css", str(folder / "static" / "style.css")]


def test_configuration_counts_from_the_next_request_on(folder: Path) -> None:
    app = Insula("files", root_path=str(folder))
    client = app.test_client()
    with client.get("/static/style.css") as response:
        assert response.headers["Cache-Control"] == "no-cache"
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = timedelta(minutes=1)
    with client.get("/static/style.css") as response:
        assert response.headers["Cache-Control"] == "public, max-age=60"
        assert response.expires is not None
    app.config["USE_X_SENDFILE"] = True
    with client.get("/static/style.css") as response:
        assert response.headers["X-Sendfile"] == str(folder / "static" / "style.css")
        assert response.data == b""


def test_type_that_is_added_counts_from_the_next_request_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mimetypes, "_db", mimetypes.MimeTypes(), raising=False)
    app = Insula("files", root_path=str(folder))
    client = app.test_client()
    with client.get("/static/style.css") as response:
        assert response.mimetype == "text/css"
    mimetypes.add_type("text/own", ".css")
    with client.get("/static/style.css") as response:
        assert response.content_type == "text/own; charset=utf-8"


# -- files that change -----------------------------------------------------------------


def test_file_that_changes_has_a_new_answer(folder: Path) -> None:
    client = Insula("files", root_path=str(folder)).test_client()
    with client.get("/static/style.css") as first:
        tag = first.headers["ETag"]
    path = folder / "static" / "style.css"
    path.write_bytes(b"p {}")
    os.utime(path, (0, 0))
    with client.get("/static/style.css", headers={"If-None-Match": tag}) as second:
        assert (second.status_code, second.data) == (200, b"p {}")
        assert second.content_length == 4
        assert second.headers["Last-Modified"] != first.headers["Last-Modified"]
    path.unlink()
    assert client.get("/static/style.css").status_code == 404
    path.mkdir()
    assert client.get("/static/style.css").status_code == 404


def test_file_that_vanishes_before_it_is_opened_is_an_error_as_with_werkzeug(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def guess_type(name: str) -> tuple[str, None]:
        (folder / name).unlink()
        return "text/plain", None

    monkeypatch.setattr(mimetypes, "guess_type", guess_type)
    for module in (files, werkzeug.utils):
        (folder / "a.txt").write_bytes(b"text")
        with pytest.raises(FileNotFoundError):
            module.send_from_directory(
                str(folder),
                "a.txt",
                create_environ(),
                response_class=Response,
                _root_path="/",
            )
