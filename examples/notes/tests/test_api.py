"""The JSON API, with a token and with the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

People = Callable[[str], Any]


class Program:
    """A client of the API with a token, without cookies."""

    def __init__(self, client: Any, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str = "/api/notes", **options: Any) -> Any:
        return self.client.open(path, method=method, headers=self.headers, **options)


@pytest.fixture
def program(app: Any, ada: Any) -> Program:
    return Program(app.test_client(use_cookies=False), ada.api_token())


def test_note_is_created_read_changed_and_deleted(program: Program) -> None:
    created = program.call("POST", json={"title": "Ferry", "body": "07:40"})
    assert created.status_code == 201
    address = created.headers["Location"]
    assert created.json["url"] == address

    read = program.call("GET", address)
    assert read.json["title"] == "Ferry"
    assert read.json["created"].endswith("+00:00")

    patched = program.call("PATCH", address, json={"pinned": True})
    assert (patched.json["body"], patched.json["pinned"]) == ("07:40", True)

    put = program.call("PUT", address, json={"title": "Train"})
    assert (put.json["title"], put.json["body"]) == ("Train", "")
    assert put.json["pinned"] is False

    deleted = program.call("DELETE", address)
    assert (deleted.status_code, deleted.data) == (204, b"")
    assert program.call("GET", address).status_code == 404


def test_list_has_pages_and_search(program: Program) -> None:
    for number in range(5):
        program.call("POST", json={"title": f"note {number}"})

    answer = program.call("GET", "/api/notes?per_page=2&page=3").json
    found = program.call("GET", "/api/notes?q=3").json

    assert [note["title"] for note in answer["notes"]] == ["note 0"]
    assert (answer["page"], answer["pages"], answer["total"]) == (3, 3, 5)
    assert [note["title"] for note in found["notes"]] == ["note 3"]


@pytest.mark.parametrize("total", [0, 1, 2, 3, 4, 5])
def test_every_page_tells_how_many_notes_and_pages_there_are(
    program: Program, total: int
) -> None:
    for number in range(total):
        program.call("POST", json={"title": f"note {number}"})
    pages = max(1, -(-total // 2))

    for number in range(1, pages + 1):
        answer = program.call("GET", f"/api/notes?per_page=2&page={number}").json
        assert (answer["pages"], answer["total"]) == (pages, total)
        first = total - 1 - 2 * (number - 1)
        titles = [f"note {n}" for n in range(first, max(first - 2, -1), -1)]
        assert [note["title"] for note in answer["notes"]] == titles
    for number in (-1, 0, pages + 1, 2**63, 2**65):
        answer = program.call("GET", f"/api/notes?per_page=2&page={number}")
        assert answer.status_code == 404
        assert f"the list has {pages}." in answer.text


@pytest.mark.parametrize(
    ("document", "fields"),
    [
        ({}, {"title": "A note needs a title."}),
        ({"title": 7}, {"title": "Send a string."}),
        ({"title": "T", "pinned": "yes"}, {"pinned": "Send true or false."}),
        ({"title": "T", "owner_id": 2}, {"owner_id": "There is no such field."}),
        (["T"], {"": "Send a JSON object."}),
        (
            {"title": "\ud800", "body": "\udfff"},
            {
                "title": "This is not valid Unicode text.",
                "body": "This is not valid Unicode text.",
            },
        ),
    ],
)
def test_create_with_bad_document_says_which_field(
    program: Program, document: Any, fields: dict[str, str]
) -> None:
    response = program.call("POST", json=document)

    assert response.status_code == 422
    assert response.json["error"]["fields"] == fields
    assert program.call("GET").json["total"] == 0


def test_create_with_broken_json_is_answered_in_json(program: Program) -> None:
    broken = program.call("POST", data="{", content_type="application/json")
    form = program.call("POST", data={"title": "T"})

    assert (broken.status_code, broken.json["error"]["status"]) == (400, 400)
    assert (form.status_code, form.json["error"]["status"]) == (415, 415)


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    "given", [None, "Bearer wrong", "Bearer", "Basic YWRhOmFkYQ==", "nonsense"]
)
def test_call_without_valid_token_is_unauthorized(app: Any, given: str | None) -> None:
    headers = {} if given is None else {"Authorization": given}

    response = app.test_client().get("/api/notes", headers=headers)

    assert response.status_code == 401
    assert response.json["error"]["name"] == "Unauthorized"
    assert response.www_authenticate.type == "bearer"


def test_wrong_token_is_not_helped_by_session(ada: Any) -> None:
    response = ada.client.get("/api/notes", headers={"Authorization": "Bearer wrong"})

    assert response.status_code == 401


def test_new_token_replaces_old_and_revoked_is_worthless(app: Any, ada: Any) -> None:
    client = app.test_client(use_cookies=False)
    old, new = (Program(client, ada.api_token()) for _ in range(2))
    assert old.call("GET").status_code == 401
    assert new.call("GET").status_code == 200

    ada.send("/account/token/revoke", form="/account")

    assert new.call("GET").status_code == 401


def test_token_is_shown_once_and_stored_as_digest_only(app: Any, ada: Any) -> None:
    from notes.db import get_session
    from notes.models import User

    token = ada.api_token()

    assert token not in ada.see("/account")
    with app.app_context():
        stored = get_session().get(User, 1)
        assert stored is not None
        assert stored.token_digest is not None
        assert token not in stored.token_digest


def test_session_may_read_and_needs_csrf_token_to_write(ada: Any) -> None:
    headers = {"X-CSRF-Token": ada.token("/")}
    note = {"title": "From a script"}

    assert ada.client.get("/api/notes").status_code == 200
    assert ada.client.post("/api/notes", json=note).status_code == 400
    written = ada.client.post("/api/notes", json=note, headers=headers)
    assert written.status_code == 201


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_note_of_someone_else_is_forbidden(
    program: Program, bob: Any, method: str
) -> None:
    address = bob.write("Bob's")

    response = program.call(method, f"/api{address}", json={"title": "Ada's"})

    assert response.status_code == 403
    assert response.json["error"]["message"] == "This note belongs to someone else."
    assert "Bob" in bob.see(address)
