"""Static files and files sent by a view."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from insula import Insula, send_file, send_from_directory, url_for

if TYPE_CHECKING:
    from pathlib import Path

    from insula.testing import InsulaClient


@pytest.fixture
def client(folder: Path) -> InsulaClient:
    return Insula("files", root_path=str(folder)).test_client()


def test_static_file_has_type_length_and_validators(client: InsulaClient) -> None:
    response = client.get("/static/style.css")
    assert response.status_code == 200
    assert response.mimetype == "text/css"
    assert response.content_length == 7
    assert response.get_etag()[0] is not None
    assert response.last_modified is not None
    assert response.cache_control.no_cache


@pytest.mark.parametrize(
    ("header", "status", "text"),
    [
        ("bytes=0-3", 206, "0123"),
        ("bytes=7-", 206, "789"),
        ("bytes=-2", 206, "89"),
        ("bytes=50-", 416, None),
        ("lines=1-2", 416, None),
    ],
)
def test_range_of_a_static_file(
    client: InsulaClient, header: str, status: int, text: str | None
) -> None:
    response = client.get("/static/a.txt", headers={"Range": header})
    assert response.status_code == status
    if text is not None:
        assert response.text == text


def test_static_file_that_has_not_changed_is_304(client: InsulaClient) -> None:
    first = client.get("/static/a.txt")
    for headers in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-Modified-Since": first.headers["Last-Modified"]},
    ):
        again = client.get("/static/a.txt", headers=headers)
        assert (again.status_code, again.data) == (304, b"")
    assert client.get("/static/a.txt", headers={"If-None-Match": '"x"'}).text


@pytest.mark.parametrize(
    "path",
    [
        "/static/missing.txt",
        "/static/",
        "/static/../secret.txt",
        "/static/%2e%2e/secret.txt",
        "/static/..%2fsecret.txt",
        "/static//etc/passwd",
        "/static/a.txt%00.html",
    ],
)
def test_what_is_not_a_static_file_is_404(client: InsulaClient, path: str) -> None:
    assert client.get(path, follow_redirects=True).status_code == 404


def test_head_of_a_static_file_has_no_body(client: InsulaClient) -> None:
    response = client.head("/static/a.txt")
    assert (response.content_length, response.data) == (10, b"")


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({}, "/static/x"),
        ({"static_url_path": "/files"}, "/files/x"),
        ({"static_url_path": ""}, "/x"),
        ({"static_folder": "templates"}, "/templates/x"),
    ],
)
def test_address_of_static_files(
    folder: Path, options: dict[str, Any], url: str
) -> None:
    app = Insula("files", root_path=str(folder), **options)
    with app.test_request_context("/"):
        assert url_for("static", filename="x") == url


def test_without_a_folder_there_is_no_static_route(folder: Path) -> None:
    app = Insula("files", root_path=str(folder), static_folder=None)
    assert not app.has_static_folder
    assert app.test_client().get("/static/a.txt").status_code == 404
    assert list(app.url_map.iter_rules()) == []


def test_age_of_sent_files_is_configured(folder: Path) -> None:
    app = Insula("files", root_path=str(folder))
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 60
    response = app.test_client().get("/static/a.txt")
    assert response.cache_control.max_age == 60

    class Own(Insula):
        def get_send_file_max_age(self, filename: str | None) -> int | None:
            return 5 if filename == "a.txt" else None

    response = Own("own", root_path=str(folder)).test_client().get("/static/a.txt")
    assert response.cache_control.max_age == 5


def test_sent_file_has_a_name_and_a_type(folder: Path) -> None:
    app = Insula("files", root_path=str(folder))
    with app.test_request_context("/"):
        response = send_file("secret.txt", as_attachment=True, download_name="é.csv")
        assert response.mimetype == "text/csv"
        assert "filename*=UTF-8''%C3%A9.csv" in response.headers["Content-Disposition"]
        response.close()
        response = send_file(io.BytesIO(b"data"), mimetype="image/png")
        response.direct_passthrough = False
        assert (response.mimetype, response.data) == ("image/png", b"data")
        response.close()
        with pytest.raises(TypeError, match="download_name"):
            send_file(io.BytesIO(b"data"), as_attachment=True)


def test_directory_is_not_left(folder: Path) -> None:
    app = Insula("files", root_path=str(folder))
    app.add_url_rule(
        "/get/<path:name>", view_func=lambda name: send_from_directory("static", name)
    )
    client = app.test_client()
    assert client.get("/get/a.txt").text == "0123456789"
    assert client.get("/get/../secret.txt").status_code == 404


@pytest.mark.parametrize(
    "send",
    [
        lambda _app: send_file("secret.txt"),
        lambda _app: send_from_directory("static", "a.txt"),
        lambda app: app.send_static_file("a.txt"),
    ],
)
def test_outside_of_a_request_no_file_is_sent(folder: Path, send: Any) -> None:
    app = Insula("files", root_path=str(folder))
    with pytest.raises(RuntimeError, match="outside of application context"):
        send(app)
    with (
        app.app_context(),
        pytest.raises(RuntimeError, match="outside of request context"),
    ):
        send(app)


def test_resource_is_opened_below_the_root(folder: Path) -> None:
    app = Insula("files", root_path=str(folder))
    with app.open_resource("secret.txt") as binary:
        assert binary.read() == b"secret"
    with app.open_resource("secret.txt", "r") as text:
        assert text.read() == "secret"
    with pytest.raises(ValueError, match="read"):
        app.open_resource("secret.txt", "w")
