"""Sessions signed and written in ways of one's own, changed at any time."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timezone
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer

from insula import Insula, session
from insula.json.tag import JSONTag, TaggedJSONSerializer
from insula.sessions import (
    SecureCookieSession,
    SecureCookieSessionInterface,
    session_json_serializer,
)


@pytest.fixture
def app() -> Insula:
    app = Insula("sessions", static_folder=None)
    app.secret_key = "one"
    app.add_url_rule("/set/<value>", view_func=_set, endpoint="set")
    app.add_url_rule(
        "/get", view_func=lambda: str(session.get("value")), endpoint="get"
    )
    return app


def _set(value: str) -> str:
    session["value"] = value
    return value


def _fresh(app: Insula, **changes: Any) -> URLSafeTimedSerializer:
    """Return what signs sessions by their published format."""
    made_of: dict[str, Any] = {
        "secret_key": [app.secret_key],
        "salt": "cookie-session",
        "serializer": session_json_serializer,
        "signer_kwargs": {"key_derivation": "hmac", "digest_method": hashlib.sha1},
    }
    signer_kwargs = made_of["signer_kwargs"] | changes.pop("signer_kwargs", {})
    return URLSafeTimedSerializer(
        **{**made_of, **changes, "signer_kwargs": signer_kwargs}
    )


def _cookie(app: Insula, path: str = "/set/ada") -> str:
    header = app.test_client().get(path).headers["Set-Cookie"]
    return header.partition("=")[2].partition(";")[0]


def _read(app: Insula, cookie: str) -> str:
    client = app.test_client()
    client.set_cookie("session", cookie)
    return client.get("/get").text


class Reversed:
    """A format of one's own, and one that cannot be hashed."""

    __hash__ = None  # type: ignore[assignment]  # which is the point

    def __eq__(self, other: object) -> bool:
        return self is other

    def dumps(self, obj: Any) -> str:
        return json.dumps(obj)[::-1]

    def loads(self, text: str) -> Any:
        return json.loads(text[::-1])


CHANGES: list[tuple[str, Any, dict[str, Any]]] = [
    ("salt", "other", {"salt": "other"}),
    ("salt", b"other", {"salt": "other"}),
    (
        "digest_method",
        hashlib.sha256,
        {"signer_kwargs": {"digest_method": hashlib.sha256}},
    ),
    ("key_derivation", "concat", {"signer_kwargs": {"key_derivation": "concat"}}),
    ("serializer", json, {"serializer": json}),
    ("serializer", reversed_ := Reversed(), {"serializer": reversed_}),
]


@pytest.mark.parametrize(("name", "value", "changes"), CHANGES)
@pytest.mark.parametrize("place", ["subclass", "instance", "class"])
def test_attribute_of_the_interface_shapes_the_signature_at_once(
    monkeypatch: pytest.MonkeyPatch,
    app: Insula,
    name: str,
    value: Any,
    changes: dict[str, Any],
    place: str,
) -> None:
    app.session_interface = SecureCookieSessionInterface()
    before = _cookie(app)
    assert _read(app, before) == "ada"
    assert _fresh(app).loads(before) == {"value": "ada"}
    static = staticmethod(value) if name == "digest_method" else value
    if place == "subclass":
        own = type("Own", (SecureCookieSessionInterface,), {name: static})
        app.session_interface = own()
    elif place == "instance":
        setattr(app.session_interface, name, value)
    else:
        monkeypatch.setattr(SecureCookieSessionInterface, name, static)
    after = _cookie(app)
    assert _fresh(app, **changes).loads(after) == {"value": "ada"}
    assert _read(app, after) == "ada"
    if name != "serializer":
        assert _read(app, before) == "None"


@pytest.mark.parametrize("place", ["subclass", "instance", "class"])
def test_signing_serializer_of_ones_own_is_asked(
    monkeypatch: pytest.MonkeyPatch, app: Insula, place: str
) -> None:
    app.session_interface = SecureCookieSessionInterface()
    before = _cookie(app)

    def get_signing_serializer(*args: Any) -> URLSafeTimedSerializer:
        assert args[-1] is app
        return _fresh(app, salt="own")

    if place == "subclass":
        own = type(
            "Own",
            (SecureCookieSessionInterface,),
            {"get_signing_serializer": get_signing_serializer},
        )
        app.session_interface = own()
    elif place == "instance":
        monkeypatch.setattr(
            app.session_interface, "get_signing_serializer", get_signing_serializer
        )
    else:
        monkeypatch.setattr(
            SecureCookieSessionInterface,
            "get_signing_serializer",
            get_signing_serializer,
        )
    after = _cookie(app)
    assert _fresh(app, salt="own").loads(after) == {"value": "ada"}
    assert _read(app, after) == "ada"
    assert _read(app, before) == "None"


def test_signing_serializer_is_itsdangerous_own_and_the_callers(app: Insula) -> None:
    interface = SecureCookieSessionInterface()
    app.session_interface = interface
    signer = interface.get_signing_serializer(app)
    assert type(signer) is URLSafeTimedSerializer
    text = signer.dumps({"value": "bob"})
    assert _read(app, text) == "bob"
    cookie = _cookie(app)
    assert signer.loads(cookie, max_age=60) == {"value": "ada"}
    assert signer.loads_unsafe(f"{cookie}x")[0] is False
    assert signer.make_signer().unsign(cookie)
    assert len(list(signer.iter_unsigners())) == 1
    # What is done to it is no session's business.
    signer.salt = b"changed"
    signer.secret_keys[:] = [b"changed"]
    assert _read(app, cookie) == "ada"


def test_applications_that_share_an_interface_do_not_share_keys(app: Insula) -> None:
    other = Insula("other", static_folder=None)
    other.secret_key = "two"
    other.session_interface = app.session_interface
    other.add_url_rule("/get", "get", lambda: str(session.get("value")))
    for number in range(3):
        cookie = _cookie(app, f"/set/{number}")
        assert _read(app, cookie) == str(number)
        assert _read(other, cookie) == "None"


def test_serializer_whose_text_needs_quotes_gets_them(app: Insula) -> None:
    class Quoting:
        def dumps(self, document: Any) -> str:
            return json.dumps(document)

        def loads(self, text: str, **_: Any) -> Any:
            return json.loads(text)

    class Own(SecureCookieSessionInterface):
        def get_signing_serializer(self, app: Any) -> Any:
            return Quoting()

    app.session_interface = Own()
    client = app.test_client()
    header = client.get("/set/ada").headers["Set-Cookie"]
    assert header.startswith('session="{\\"value\\": \\"ada\\"}";')
    client = app.test_client(use_cookies=False)
    cookie = {"Cookie": header.partition(";")[0]}
    assert client.get("/get", headers=cookie).text == "ada"


def test_key_changed_often_signs_and_verifies_each_time(app: Insula) -> None:
    interface = app.session_interface = SecureCookieSessionInterface()
    for number in range(20):
        before = _cookie(app)
        app.secret_key = f"key {number}"
        assert _read(app, before) == "None"
        assert _fresh(app).loads(_cookie(app)) == {"value": "ada"}
    assert 0 < len(interface._signers) < 20


@pytest.mark.parametrize("key", [b"bytes", bytearray(b"no hash")])
def test_key_may_be_of_any_type_of_bytes(app: Insula, key: Any) -> None:
    app.secret_key = key
    cookie = _cookie(app)
    assert _read(app, cookie) == "ada"
    assert _fresh(app).loads(cookie) == {"value": "ada"}


def test_unknown_derivation_is_an_error_when_something_is_signed(app: Insula) -> None:
    class Unknown(SecureCookieSessionInterface):
        key_derivation = "unknown"

    app.session_interface = Unknown()
    app.testing = True
    assert app.test_client().get("/get").text == "None"
    with pytest.raises(TypeError, match="derivation"):
        app.test_client().get("/set/ada")


@pytest.mark.parametrize(
    ("method", "value", "part"),
    [
        ("get_cookie_name", "own", "own="),
        ("get_cookie_domain", "own.example", "; Domain=own.example"),
        ("get_cookie_path", "/own", "; Path=/own"),
        ("get_cookie_secure", True, "; Secure"),
        ("get_cookie_secure", 1, "; Secure=1"),
        ("get_cookie_samesite", "lax", "; SameSite=Lax"),
        ("get_cookie_partitioned", True, "; Partitioned"),
        ("get_expiration_time", datetime(2030, 1, 1, tzinfo=timezone.utc), "Jan 2030"),
        ("get_expiration_time", "some day", "; Expires=some day"),
        ("should_set_cookie", True, "session="),
    ],
)
def test_method_of_a_subclass_shapes_the_cookie(
    app: Insula, method: str, value: Any, part: str
) -> None:
    own = type("Own", (SecureCookieSessionInterface,), {method: lambda *_: value})
    app.test_client().get("/set/x")
    app.session_interface = own()
    assert part in app.test_client().get("/set/x").headers["Set-Cookie"]
    app.session_interface = SecureCookieSessionInterface()
    assert part not in app.test_client().get("/set/x").headers["Set-Cookie"] or (
        method == "should_set_cookie"
    )


def test_session_class_of_a_subclass_is_used(app: Insula) -> None:
    class Session(SecureCookieSession):
        pass

    class Own(SecureCookieSessionInterface):
        session_class = Session

    app.session_interface = Own()
    cookie = _cookie(app)
    headers = {"Cookie": f"session={cookie}"}
    with app.test_request_context("/", headers=headers) as ctx:
        assert type(ctx.session) is Session
        assert ctx.session == {"value": "ada"}


def test_tag_registered_on_the_serializer_is_used_at_once(app: Insula) -> None:
    class TagAda(JSONTag):
        __slots__ = ()
        key = " ada"

        def check(self, value: Any) -> bool:
            return bool(value == "ada")

        def to_json(self, value: Any) -> Any:
            return value[::-1]

        def to_python(self, value: Any) -> Any:
            return f"tagged {value}"

    class Own(SecureCookieSessionInterface):
        serializer = TaggedJSONSerializer()

    app.session_interface = Own()
    before = _cookie(app)
    Own.serializer.register(TagAda)
    assert _read(app, _cookie(app)) == "tagged ada"
    assert _read(app, before) == "ada"


def test_callback_of_a_session_is_called_when_it_is_written() -> None:
    seen: list[Any] = []
    own = SecureCookieSession({"a": 1})
    own.on_update = seen.append
    own["b"] = 2
    assert seen == [{"a": 1, "b": 2}]
    assert own.modified is False
    own.on_update = None
    own["c"] = 3
    assert own == {"a": 1, "b": 2, "c": 3}


def test_cookie_too_large_for_a_browser_is_warned_of(app: Insula) -> None:
    app.config["MAX_COOKIE_SIZE"] = 80
    with pytest.warns(UserWarning, match="The 'session' cookie is too large"):
        app.test_client().get("/set/" + "".join(map(chr, range(65, 125))))
