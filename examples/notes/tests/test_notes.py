"""The pages about notes, and that each user sees their own only."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

People = Callable[[str], Any]
CARD = re.compile(r'<h2><a href="/notes/\d+">([^<]*)</a></h2>')


def titles(page: str) -> list[str]:
    return CARD.findall(page)


def test_start_page_invites_stranger(person: People) -> None:
    page = person("ada").see("/")

    assert "Create an account" in page


def test_note_is_written_changed_and_deleted(ada: Any) -> None:
    address = ada.write("Ferry", "07:40")
    assert "Note saved." in ada.see(address)

    changed = ada.send(f"{address}/edit", title="Ferry in winter", body="08:10")
    assert changed.location == address
    page = ada.see(address)
    assert "Changes saved." in page
    assert "Ferry in winter" in page
    assert "07:40" not in page

    assert ada.send(f"{address}/delete").location == "/"
    assert "“Ferry in winter” is deleted." in ada.see("/")
    ada.see(address, status=404)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"title": " ", "body": "kept text"}, "A note needs a title."),
        ({"title": "t" * 121, "body": "kept text"}, "Use at most 120 characters."),
        ({"title": "T", "body": "kept text" * 2500}, "Use at most 20,000 characters."),
    ],
)
def test_note_with_bad_field_is_shown_again_with_its_text(
    ada: Any, fields: dict[str, str], complaint: str
) -> None:
    address = ada.write("Before")

    for path in ["/notes/new", f"{address}/edit"]:
        response = ada.send(path, **fields)
        assert response.status_code == 422
        assert complaint in response.text
        assert "kept text" in response.text
    assert titles(ada.see("/")) == ["Before"]


@pytest.mark.parametrize("page", ["", "/edit", "/delete"])
def test_note_of_someone_else_is_forbidden(ada: Any, bob: Any, page: str) -> None:
    address = ada.write("Ada's", "secret thought")

    text = bob.see(address + page, status=403)

    assert "belongs to someone else" in text
    assert "secret thought" not in text


@pytest.mark.parametrize("action", ["edit", "delete"])
def test_note_of_someone_else_cannot_be_changed(
    ada: Any, bob: Any, action: str
) -> None:
    address = ada.write("Ada's")

    response = bob.send(f"{address}/{action}", form="/notes/new", title="Bob's")

    assert response.status_code == 403
    assert titles(ada.see("/")) == ["Ada&#39;s"]


def test_two_users_see_their_own_notes_only(ada: Any, bob: Any) -> None:
    ada.write("From Ada")
    bob.write("From Bob")

    assert titles(ada.see("/")) == ["From Ada"]
    assert titles(bob.see("/?q=From")) == ["From Bob"]


def test_users_at_the_same_moment_stay_apart(person: People) -> None:
    users = [person(f"user{number}").register() for number in range(8)]
    barrier = Barrier(len(users))

    def write_and_read(user: Any) -> list[str]:
        barrier.wait(10)
        for number in range(3):
            user.write(f"{user.name} {number}")
        return titles(user.see("/"))

    with ThreadPoolExecutor(len(users)) as pool:
        seen = list(pool.map(write_and_read, users))

    for user, found in zip(users, seen, strict=True):
        assert found == [f"{user.name} {number}" for number in (2, 1, 0)]


def test_list_has_pages_with_pinned_and_latest_first(app: Any, ada: Any) -> None:
    app.config["NOTES_PER_PAGE"] = 3
    ada.write("pinned", pinned="on")
    for number in range(6):
        ada.write(f"note {number}")

    pages = [ada.see(f"/?page={number}") for number in (1, 2, 3)]

    assert [titles(page) for page in pages] == [
        ["pinned", "note 5", "note 4"],
        ["note 3", "note 2", "note 1"],
        ["note 0"],
    ]
    assert "Page 2 of 3" in pages[1]
    assert 'rel="prev"' not in pages[0]
    assert 'rel="next"' not in pages[2]


@pytest.mark.parametrize("number", ["0", "-1", "2"])
def test_list_past_its_end_is_not_found(ada: Any, number: str) -> None:
    ada.see(f"/?page={number}", status=404)


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("tree", ["Plums"]),
        ("WALL", ["Tomatoes", "Plums"]),
        ("wall plum", ["Plums"]),
        ("100%", ["Tomatoes"]),
        ("%", ["Tomatoes"]),
        ("no such", []),
    ],
)
def test_search_finds_notes_with_every_word(
    ada: Any, search: str, expected: list[str]
) -> None:
    ada.write("Plums", "The old tree by the wall")
    ada.write("Tomatoes", "South wall, 100% ripe")

    response = ada.client.get("/", query_string={"q": search})

    assert titles(response.text) == expected


@pytest.mark.parametrize("search", ["x" * 60_000, "x " * 3_000, "%" * 3_000])
def test_search_for_nonsense_finds_nothing(ada: Any, search: str) -> None:
    ada.write("Plums")

    assert "Nothing found" in ada.client.get("/", query_string={"q": search}).text


@pytest.mark.parametrize("path", ["/notes/{}", "/notes/{}/edit", "/?page={}"])
def test_number_beyond_all_is_not_found(ada: Any, path: str) -> None:
    ada.see(path.format(10**30), status=404)


def test_note_keeps_any_character(ada: Any) -> None:
    text = "\0 \x7f 🏝 \u202e é " + "x" * 50

    address = ada.write("T" + text, text)

    assert text in ada.see(address)


def test_pager_keeps_search(app: Any, ada: Any) -> None:
    app.config["NOTES_PER_PAGE"] = 1
    ada.write("tea & cake 1")
    ada.write("tea & cake 2")

    page = ada.client.get("/", query_string={"q": "tea &"}).text

    assert re.search(r'rel="next" href="/\?page=2&amp;q=tea\+(&amp;|%26)"', page), page


def test_markup_in_note_is_shown_and_never_runs(ada: Any) -> None:
    script = "<script>alert(1)</script>"
    address = ada.write(script, f"{script} javascript:alert(1) https://safe.example")

    pages = [ada.see(path) for path in (address, "/", f"{address}/edit")]
    pages.append(ada.client.get("/", query_string={"q": script}).text)

    for page in pages:
        assert "<script" not in page
        assert "&lt;script&gt;" in page
        assert 'href="javascript:' not in page
    assert 'href="https://safe.example"' in pages[0]


def test_no_script_may_run_and_pages_of_a_user_are_not_cached(ada: Any) -> None:
    headers = ada.client.get("/").headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "script-src" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_first_line_end_and_text_survive_editing(ada: Any) -> None:
    address = ada.write("Lines", "\r\nsecond\r\nthird")

    page = ada.see(f"{address}/edit")

    # Browsers drop the first line end after the tag.
    assert ">\n\nsecond\nthird</textarea>" in page
