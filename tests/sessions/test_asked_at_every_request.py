"""Session interfaces with a way of their own are asked by requests that touch nothing.

Each is held against the request that does what Flask does at every request: open the
session, look whether it is null, save it.
"""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import create_environ

from insula import Insula, session
from insula.sessions import (
    NullSession,
    SecureCookieSession,
    SecureCookieSessionInterface,
    SessionInterface,
)
from insula.sessions.interface import opens_lazily

if TYPE_CHECKING:
    from collections.abc import Callable

_METHODS = (
    "get_signing_serializer",
    "is_null_session",
    "open_session",
    "save_session",
)


@pytest.fixture
def app() -> Insula:
    app = Insula("asked", static_folder=None)
    app.secret_key = "one"
    app.add_url_rule("/", view_func=lambda: "untouched", endpoint="untouched")
    app.add_url_rule(
        "/get", view_func=lambda: str(session.get("value")), endpoint="get"
    )
    return app


def _request(app: Insula, environ: Any = None) -> list[tuple[str, str]]:
    """Send a request as a server does, and return the fields of the response."""
    sent: list[tuple[str, str]] = []

    def start_response(_status: str, fields: Any, _exc_info: Any = None) -> Any:
        sent.extend(fields)

    environ = environ or create_environ("/")
    assert b"".join(app(environ, start_response)) == b"untouched"
    return sent


def _cookies(fields: list[tuple[str, str]]) -> list[str]:
    return [value for name, value in fields if name == "Set-Cookie"]


def _noting(method: Callable[..., Any], name: str, asked: list[str]) -> Any:
    def note(*args: Any) -> Any:
        asked.append(name)
        return method(*args)

    return note


@pytest.mark.parametrize("is_in_class", [True, False])
@pytest.mark.parametrize("name", _METHODS)
def test_method_of_another_is_asked_by_a_request_that_touches_nothing(
    app: Insula, name: str, *, is_in_class: bool
) -> None:
    asked: list[str] = []
    kind: Any = SecureCookieSessionInterface
    if is_in_class:
        kind = type("Own", (kind,), {name: _noting(getattr(kind, name), name, asked)})
    interface = kind()
    if not is_in_class:
        setattr(interface, name, _noting(getattr(interface, name), name, asked))
    app.session_interface = interface
    for _ in range(3):
        _request(app)
    assert asked.count(name) == 3


@pytest.mark.parametrize("name", _METHODS)
def test_method_set_on_the_interface_and_taken_away_counts_from_the_next_request_on(
    app: Insula, name: str
) -> None:
    asked: list[str] = []
    interface = SecureCookieSessionInterface()
    app.session_interface = interface
    for _ in range(3):
        _request(app)
    setattr(interface, name, _noting(getattr(interface, name), name, asked))
    for _ in range(3):
        _request(app)
    delattr(interface, name)
    _request(app)
    assert asked.count(name) == 3


def test_interface_does_not_keep_an_application_alive() -> None:
    app = Insula("asked", static_folder=None)
    app.secret_key = "one"
    app.add_url_rule("/", view_func=lambda: "untouched", endpoint="untouched")
    _request(app)
    gone = weakref.ref(app)
    del app
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("name", _METHODS)
def test_method_patched_in_our_class_is_asked_by_a_request_that_touches_nothing(
    app: Insula, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    inherited = getattr(SecureCookieSessionInterface, name)
    monkeypatch.setattr(
        SecureCookieSessionInterface, name, _noting(inherited, name, asked)
    )
    for _ in range(3):
        _request(app)
    assert asked.count(name) == 3


def test_method_patched_between_requests_of_the_test_client_is_asked(
    app: Insula, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    client = app.test_client()
    for _ in range(3):
        client.get("/")
    opening = app.session_interface.open_session
    with monkeypatch.context() as patch:
        patch.setattr(
            app.session_interface,
            "open_session",
            _noting(opening, "open_session", asked),
        )
        client.get("/")
    client.get("/")
    assert asked == ["open_session"]


def test_session_class_that_fills_itself_is_saved(app: Insula) -> None:
    class Filled(SecureCookieSession):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            self.setdefault("made", "here")
            self.modified = True

    class Own(SecureCookieSessionInterface):
        session_class = Filled

    app.session_interface = Own()
    for _ in range(3):
        assert len(_cookies(_request(app))) == 1


def test_session_class_set_on_the_interface_is_used(app: Insula) -> None:
    made: list[bool] = []

    class Noted(SecureCookieSession):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            made.append(True)

    interface = SecureCookieSessionInterface()
    interface.session_class = Noted
    app.session_interface = interface
    _request(app)
    assert made == [True]


def test_null_session_of_a_class_of_ones_own_is_made_without_a_key(
    app: Insula,
) -> None:
    made: list[bool] = []

    class Noted(NullSession):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            made.append(True)

    class Own(SecureCookieSessionInterface):
        null_session_class = Noted

    app.secret_key = None
    app.session_interface = Own()
    for _ in range(3):
        _request(app)
    assert made == [True] * 3


def test_interface_that_always_sets_its_cookie_does(app: Insula) -> None:
    class Always(SecureCookieSessionInterface):
        def should_set_cookie(self, app: Any, session: Any) -> bool:
            return True

    app.session_interface = Always()
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    environ = create_environ("/")
    signer: Any = SecureCookieSessionInterface().get_signing_serializer(app)
    environ["HTTP_COOKIE"] = "session=" + signer.dumps({"value": "kept"})
    sent: list[tuple[str, str]] = []
    for _ in range(3):
        sent += _request(app, dict(environ))
    assert len(_cookies(sent)) == 3


def test_plain_interfaces_may_wait() -> None:
    app = Insula("asked", static_folder=None)
    assert opens_lazily(SecureCookieSessionInterface(), app)

    class Named(SecureCookieSessionInterface):
        salt = "other"

        def get_cookie_name(self, app: Any) -> str:
            return "other"

    assert opens_lazily(Named(), app)


def test_interface_may_wait_where_its_own_class_says_so() -> None:
    class Late(SessionInterface):
        opens_lazily = True

        def open_session(self, app: Any, request: Any) -> Any:
            raise NotImplementedError

    class Eager(Late):
        def save_session(self, app: Any, session: Any, response: Any) -> None:
            raise NotImplementedError

    class Said(Eager):
        opens_lazily = True

    app = Insula("asked", static_folder=None)
    assert opens_lazily(Late(), app)
    assert not opens_lazily(Eager(), app)
    assert opens_lazily(Said(), app)


def test_what_is_no_interface_of_ours_may_not_wait() -> None:
    class Duck:
        opens_lazily = True

    app = Insula("asked", static_folder=None)
    assert not opens_lazily(Duck(), app)
    assert not opens_lazily(object(), app)
