"""The pages, as a person sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from insula.testing import InsulaClient


def test_first_page_asks_for_a_name(client: InsulaClient) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert "Your name" in response.text


def test_name_is_remembered(client: InsulaClient) -> None:
    response = client.post("/name", data={"name": "Ada"}, follow_redirects=True)
    assert "Hello, Ada!" in response.text


def test_empty_name_is_asked_for_again(client: InsulaClient) -> None:
    response = client.post("/name", data={"name": " "}, follow_redirects=True)
    assert "Tell me your name first." in response.text


def test_style_sheet_is_served(client: InsulaClient) -> None:
    with client.get("/static/style.css") as response:
        assert response.status_code == 200


def test_unknown_page_is_an_error_page(client: InsulaClient) -> None:
    response = client.get("/nowhere")
    assert response.status_code == 404
    assert "Not Found" in response.text
