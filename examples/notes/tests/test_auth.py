"""Accounts: registering, logging in and out, and what forged requests get."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

People = Callable[[str], Any]


def test_register_logs_in_and_greets_once(person: People) -> None:
    ada = person("ada").register()

    assert "Welcome, ada!" in ada.see("/")
    assert "Welcome, ada!" not in ada.see("/")


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"name": "a"}, "Use 2 to 32 letters"),
        ({"name": "ada lovelace"}, "Use 2 to 32 letters"),
        ({"password": "short", "repeat": "short"}, "Use at least 8 characters"),
        ({"repeat": "another horse"}, "The passwords differ"),
    ],
)
def test_register_with_bad_field_says_which(
    person: People, fields: dict[str, str], complaint: str
) -> None:
    good = {"name": "ada", "password": "correct horse", "repeat": "correct horse"}

    response = person("ada").send("/register", **good | fields)

    assert response.status_code == 422
    assert complaint in response.text


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize("name", ["ada", "ADA"])
def test_register_with_taken_name_is_refused(person: People, name: str) -> None:
    secret = {"password": "correct horse", "repeat": "correct horse"}

    response = person(name).send("/register", name=name, **secret)

    assert response.status_code == 422
    assert "This name is taken" in response.text


@pytest.mark.usefixtures("ada")
def test_password_is_stored_as_hash_only(app: Any) -> None:
    from notes.db import get_session
    from notes.models import User

    with app.app_context():
        stored = get_session().get(User, 1)
        assert stored is not None
        assert "correct horse" not in stored.password_hash
        assert stored.password_hash.startswith("pbkdf2:sha256:")


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    ("name", "password"), [("ada", "wrong horse"), ("eve", "correct horse")]
)
def test_login_with_wrong_name_or_password_gets_same_answer(
    person: People, name: str, password: str
) -> None:
    visitor = person(name)

    response = visitor.log_in(password=password)

    assert response.status_code == 401
    assert "Name or password is wrong." in response.text
    visitor.see("/account", status=302)


def test_login_empties_what_was_in_the_session(ada: Any) -> None:
    ada.send("/logout", form="/")
    before = ada.token("/login")
    with ada.client.session_transaction() as session:
        session["planted"] = "by someone else"

    ada.log_in()

    with ada.client.session_transaction() as session:
        assert session["user_id"] == 1
        assert "planted" not in session
    assert ada.token("/") != before


def test_logout_forgets_user(ada: Any) -> None:
    ada.send("/logout", form="/")

    assert "You are logged out." in ada.see("/")
    ada.see("/account", status=302)


@pytest.mark.parametrize(
    "path",
    ["/account", "/notes/new", "/notes/1", "/notes/1/edit", "/notes/1/delete"],
)
def test_page_for_members_sends_stranger_to_login_and_back(
    ada: Any, person: People, path: str
) -> None:
    ada.write("First")
    stranger = person("ada")

    there = stranger.client.get(path)
    assert there.location == f"/login?next={path}"
    back = stranger.log_in(form=there.location)

    assert back.location == path


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example"],
)
def test_login_never_leads_to_another_site(ada: Any, target: str) -> None:
    from urllib.parse import quote

    ada.send("/logout", form="/")
    response = ada.log_in(form=f"/login?next={quote(target, safe='')}")

    assert response.location == "/"


@pytest.mark.parametrize("token", [None, "", "forged", "gefälscht"])
def test_form_without_token_of_its_session_changes_nothing(
    ada: Any, token: str | None
) -> None:
    fields = {"title": "Forged"} | ({} if token is None else {"csrf_token": token})

    response = ada.client.post("/notes/new", data=fields)

    assert response.status_code == 400
    assert "This form is no longer valid" in response.text
    assert "No notes yet" in ada.see("/")


def test_form_with_token_of_another_session_is_refused(ada: Any, bob: Any) -> None:
    stolen = bob.token("/notes/new")

    response = ada.client.post(
        "/notes/new", data={"title": "Forged", "csrf_token": stolen}
    )

    assert response.status_code == 400


def test_session_cookie_is_kept_from_scripts_and_other_sites(person: People) -> None:
    response = person("ada").client.get("/register")

    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
