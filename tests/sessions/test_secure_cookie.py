"""The session in a signed cookie: when it is opened, saved, refreshed, refused."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from werkzeug.http import parse_date

from insula import Insula, request, session
from insula.sessions import SecureCookieSessionInterface, SessionInterface


@pytest.fixture
def app() -> Insula:
    app = Insula("sessions", static_folder=None)
    app.secret_key = "one"
    app.add_url_rule("/set/<value>", view_func=_set, endpoint="set")
    app.add_url_rule(
        "/get", view_func=lambda: str(session.get("value")), endpoint="get"
    )
    app.add_url_rule("/clear", view_func=_clear, endpoint="clear")
    app.add_url_rule("/untouched", view_func=lambda: "x", endpoint="untouched")
    app.add_url_rule("/permanent", view_func=_permanent, endpoint="permanent")
    return app


def _set(value: str) -> str:
    session["value"] = value
    return value


def _clear() -> str:
    session.clear()
    return "cleared"


def _permanent() -> str:
    session.permanent = True
    session["value"] = "kept"
    return "permanent"


def test_value_is_read_back_by_the_next_request(app: Insula) -> None:
    client = app.test_client()
    assert client.get("/get").text == "None"
    client.get("/set/ada")
    assert client.get("/get").text == "ada"
    assert app.test_client().get("/get").text == "None"


@pytest.mark.parametrize(
    ("path", "varies", "sets"),
    [
        ("/untouched", None, False),
        ("/get", "Cookie", False),
        ("/set/x", "Cookie", True),
        ("/clear", "Cookie", True),  # the deletion, for it may be there
    ],
)
def test_response_varies_and_sets_a_cookie_only_as_needed(
    app: Insula, path: str, varies: str | None, *, sets: bool
) -> None:
    response = app.test_client().get(path)
    assert response.headers.get("Vary") == varies
    assert ("Set-Cookie" in response.headers) is sets


def test_cookie_of_a_cleared_session_is_deleted(app: Insula) -> None:
    client = app.test_client()
    client.get("/set/x")
    header = client.get("/clear").headers["Set-Cookie"]
    assert header.startswith("session=;")
    assert "Expires=Thu, 01 Jan 1970" in header
    assert client.get_cookie("session") is None


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "é", "eyJ2IjoxfQ.aaaa.bbbb"])
def test_forged_cookie_is_an_empty_session(app: Insula, value: str) -> None:
    client = app.test_client()
    client.set_cookie("session", value)
    assert client.get("/get").text == "None"


def test_cookie_of_another_key_is_refused_and_of_a_fallback_accepted(
    app: Insula,
) -> None:
    client = app.test_client()
    client.get("/set/ada")
    app.secret_key = "two"
    assert client.get("/get").text == "None"
    app.config["SECRET_KEY_FALLBACKS"] = ["one"]
    assert client.get("/get").text == "ada"
    client.get("/set/bob")  # signed with the new key
    app.config["SECRET_KEY_FALLBACKS"] = None
    assert client.get("/get").text == "bob"


def test_cookie_older_than_the_lifetime_is_refused(app: Insula) -> None:
    client = app.test_client()
    client.get("/set/ada")
    app.permanent_session_lifetime = timedelta(seconds=-1)
    assert client.get("/get").text == "None"


def test_permanent_session_expires_after_the_lifetime_and_is_refreshed(
    app: Insula,
) -> None:
    app.permanent_session_lifetime = timedelta(days=3)
    client = app.test_client()
    header = client.get("/permanent").headers["Set-Cookie"]
    expires = parse_date(header.partition("Expires=")[2].partition(";")[0])
    assert expires is not None
    away = expires - datetime.now(timezone.utc)
    assert timedelta(days=2, hours=23) < away <= timedelta(days=3)
    # Sent out again though nobody touches it, unless that is switched off.
    assert "Set-Cookie" in client.get("/untouched").headers
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    assert "Set-Cookie" not in client.get("/untouched").headers


def test_session_that_is_not_permanent_has_no_expiry(app: Insula) -> None:
    assert "Expires" not in app.test_client().get("/set/x").headers["Set-Cookie"]


@pytest.mark.parametrize(
    ("key", "value", "part"),
    [
        ("SESSION_COOKIE_NAME", "other", "other="),
        ("SESSION_COOKIE_DOMAIN", "example.com", "; Domain=example.com"),
        ("SESSION_COOKIE_PATH", "/app", "; Path=/app"),
        ("SESSION_COOKIE_SECURE", True, "; Secure"),
        ("SESSION_COOKIE_SAMESITE", "Strict", "; SameSite=Strict"),
        ("SESSION_COOKIE_PARTITIONED", True, "; Partitioned"),
        ("APPLICATION_ROOT", "/mounted", "; Path=/mounted"),
    ],
)
def test_configuration_shapes_the_cookie(
    app: Insula, key: str, value: Any, part: str
) -> None:
    app.config[key] = value
    header = app.test_client().get("/set/x", base_url="https://example.com").headers
    assert part in header["Set-Cookie"]
    assert "HttpOnly" in header["Set-Cookie"]


def test_http_only_can_be_switched_off(app: Insula) -> None:
    app.config["SESSION_COOKIE_HTTPONLY"] = False
    assert "HttpOnly" not in app.test_client().get("/set/x").headers["Set-Cookie"]


def test_without_a_key_reading_is_empty_and_writing_says_how_to_mend_it() -> None:
    app = Insula("sessions", static_folder=None)
    with app.test_request_context("/"):
        assert session.get("value") is None
        with pytest.raises(RuntimeError, match="secret_key"):
            session["value"] = 1


def test_session_is_not_opened_before_it_is_touched(app: Insula) -> None:
    opened: list[str] = []

    class Counting(SecureCookieSessionInterface):
        opens_lazily = True

        def open_session(self, app: Any, request: Any) -> Any:
            opened.append(request.path)
            return super().open_session(app, request)

    app.session_interface = Counting()
    client = app.test_client()
    client.get("/untouched")
    assert opened == []
    client.get("/get")
    assert opened == ["/get"]


def test_interface_with_its_own_way_is_asked_at_every_request(app: Insula) -> None:
    saved: list[str] = []

    class Server(SessionInterface):
        def open_session(self, app: Any, request: Any) -> Any:
            return {"path": request.path}  # any mapping will do

        def save_session(self, app: Any, session: Any, response: Any) -> None:
            saved.append(session["path"])

    app.test_client().get("/untouched")
    app.session_interface = Server()  # noticed, though late
    app.test_client().get("/untouched")
    assert saved == ["/untouched"]


def test_interface_that_opens_none_gives_a_session_that_cannot_be_written(
    app: Insula,
) -> None:
    class Absent(SessionInterface):
        def open_session(self, app: Any, request: Any) -> Any:
            return None

    app.session_interface = Absent()
    with app.test_request_context("/"):
        assert not session
        with pytest.raises(RuntimeError, match="session"):
            session["value"] = 1


def test_nested_values_that_change_need_modified(app: Insula) -> None:
    @app.get("/append")
    def append() -> str:
        session.setdefault("list", []).append(request.args["n"])
        if "mark" in request.args:
            session.modified = True
        return ",".join(session["list"])

    client = app.test_client()
    assert client.get("/append?n=1").text == "1"
    assert client.get("/append?n=2").text == "1,2"  # seen, and not stored
    assert client.get("/append?n=3&mark=1").text == "1,3"
    assert client.get("/append?n=4").text == "1,3,4"
