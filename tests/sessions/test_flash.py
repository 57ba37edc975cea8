"""Messages for the next page."""

from __future__ import annotations

import json
from typing import Any

import pytest

from insula import Insula, flash, get_flashed_messages, message_flashed


@pytest.fixture
def app() -> Insula:
    app = Insula("flashes", static_folder=None)
    app.secret_key = "key"

    @app.get("/flash")
    def send() -> str:
        flash("Saved.")
        flash("Careful!", "warning")
        flash("Gone.", "error")
        return "x"

    @app.get("/read")
    def read() -> str:
        return json.dumps(get_flashed_messages())

    return app


def test_messages_are_there_once_in_the_next_request(app: Insula) -> None:
    client = app.test_client()
    client.get("/flash")
    assert json.loads(client.get("/read").text) == ["Saved.", "Careful!", "Gone."]
    assert json.loads(client.get("/read").text) == []


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["Saved.", "Careful!", "Gone."]),
        (
            {"with_categories": True},
            [("message", "Saved."), ("warning", "Careful!"), ("error", "Gone.")],
        ),
        ({"category_filter": ["error", "warning"]}, ["Careful!", "Gone."]),
        (
            {"category_filter": ["error"], "with_categories": True},
            [("error", "Gone.")],
        ),
        ({"category_filter": ["nothing"]}, []),
    ],
)
def test_categories_and_filters(
    app: Insula, options: dict[str, Any], expected: list[Any]
) -> None:
    with app.test_request_context("/"):
        flash("Saved.")
        flash("Careful!", "warning")
        flash("Gone.", "error")
        assert get_flashed_messages(**options) == expected
        # In one request they may be asked for again and again.
        assert get_flashed_messages(**options) == expected


def test_flash_in_a_template_is_found_by_its_function(app: Insula) -> None:
    from insula import render_template_string

    with app.test_request_context("/"):
        flash("<b>")
        text = render_template_string(
            "{% for m in get_flashed_messages() %}{{ m }}{% endfor %}"
        )
    assert text == "&lt;b&gt;"


def test_signal_is_sent_for_each_message(app: Insula) -> None:
    seen: list[tuple[str, str]] = []

    def receive(sender: Any, message: str, category: str, **_: Any) -> None:
        seen.append((message, category))

    with message_flashed.connected_to(receive, app), app.test_request_context("/"):
        flash("Saved.", "info")
    assert seen == [("Saved.", "info")]


def test_flash_without_a_key_says_how_to_mend_it() -> None:
    app = Insula("flashes", static_folder=None)
    with (
        app.test_request_context("/"),
        pytest.raises(RuntimeError, match="secret_key"),
    ):
        flash("x")
