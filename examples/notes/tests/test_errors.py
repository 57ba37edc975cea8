"""Error pages for people, error documents for programs."""

from __future__ import annotations

from typing import Any

import pytest


def test_unknown_page_is_answered_with_a_page(app: Any) -> None:
    response = app.test_client().get("/no/such/page")

    assert response.status_code == 404
    assert response.mimetype == "text/html"
    assert "There is nothing here." in response.text
    assert "Back to the start" in response.text


def test_unknown_api_address_is_answered_in_json(app: Any) -> None:
    response = app.test_client().get("/api/no/such")

    assert response.status_code == 404
    assert response.json["error"]["name"] == "Not Found"


@pytest.mark.parametrize(
    ("path", "mimetype"),
    [("/notes/1/delete", "text/html"), ("/api/notes/1", "application/json")],
)
def test_wrong_method_names_the_allowed(ada: Any, path: str, mimetype: str) -> None:
    response = ada.client.open(path, method="TRACE")

    assert response.status_code == 405
    assert response.mimetype == mimetype
    assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize(
    ("path", "mimetype"), [("/", "text/html"), ("/api/notes", "application/json")]
)
def test_broken_database_is_a_server_error_without_details(
    app: Any, ada: Any, path: str, mimetype: str
) -> None:
    from notes.db import get_engine
    from sqlalchemy import text

    app.config["PROPAGATE_EXCEPTIONS"] = False
    with get_engine(app).begin() as connection:
        connection.execute(text("DROP TABLE note"))

    response = ada.client.get(path)

    assert response.status_code == 500
    assert response.mimetype == mimetype
    assert "Something broke on our side." in response.text
    assert "no such table" not in response.text


def test_too_large_form_is_refused_with_a_page(ada: Any) -> None:
    response = ada.client.post("/notes/new", data={"body": "x" * 300_000})

    assert response.status_code == 413
    assert response.mimetype == "text/html"


def test_lost_table_does_not_trouble_the_next_request(app: Any, ada: Any) -> None:
    from notes.db import create_tables, get_engine
    from sqlalchemy import text

    app.config["PROPAGATE_EXCEPTIONS"] = False
    with get_engine(app).begin() as connection:
        connection.execute(text("DROP TABLE note"))
    assert ada.client.get("/").status_code == 500

    create_tables(app)

    assert "No notes yet" in ada.see("/")
