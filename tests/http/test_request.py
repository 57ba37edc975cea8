"""The request: its lazy attributes, its limits and its JSON."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
import werkzeug.wrappers
from werkzeug.exceptions import (
    BadRequest,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)
from werkzeug.test import create_environ

from insula import Insula, Request
from insula import request as proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

ENVIRONS: dict[str, dict[str, Any]] = {
    "plain": create_environ("/a/b?x=1&x=2&y=", "http://host.example:8080/mount/"),
    "https": create_environ("/", "https://host.example/"),
    "latin": create_environ("/größe?q=größe", "http://host.example/höhe"),
    "cookies": create_environ("/", headers={"Cookie": "a=1; b=2; a=3"}),
    "form": create_environ("/?a=0", method="POST", data={"a": "1", "b": "2"}),
    "file": create_environ(
        "/", method="POST", data={"a": "1", "f": (io.BytesIO(b"body"), "f.txt")}
    ),
    "lower": {**create_environ("/"), "REQUEST_METHOD": "get"},
    "many slashes": {**create_environ("/"), "PATH_INFO": "//a//", "SCRIPT_NAME": "/m/"},
    "no path": {**create_environ("/"), "PATH_INFO": "", "QUERY_STRING": ""},
    "bad bytes": {**create_environ("/"), "PATH_INFO": "/\xff"},
    "socket": {**create_environ("/"), "SERVER_PORT": ""},
    "remote": create_environ("/", environ_base={"REMOTE_ADDR": "192.0.2.1"}),
    "authorized": create_environ("/", auth=("user", "word")),
}
ATTRIBUTES = [
    "access_route",
    "args",
    "authorization",
    "base_url",
    "content_length",
    "cookies",
    "form",
    "full_path",
    "headers",
    "host",
    "host_url",
    "is_json",
    "is_secure",
    "method",
    "mimetype",
    "path",
    "query_string",
    "remote_addr",
    "root_path",
    "root_url",
    "scheme",
    "script_root",
    "server",
    "url",
    "url_root",
    "values",
]


def post(data: bytes | str, mimetype: str = "application/json") -> Request:
    environ = create_environ("/", method="POST", data=data, content_type=mimetype)
    return Request(environ)


@pytest.fixture
def app() -> Iterator[Insula]:
    app = Insula("island")
    with app.app_context():
        yield app


@pytest.mark.parametrize("kind", list(ENVIRONS))
@pytest.mark.parametrize("name", ATTRIBUTES)
def test_attribute_of_any_environ_is_werkzeugs(kind: str, name: str) -> None:
    # Neither may read the body of the other.
    body = ENVIRONS[kind]["wsgi.input"].read()
    ENVIRONS[kind]["wsgi.input"].seek(0)

    def environ() -> dict[str, Any]:
        return {**ENVIRONS[kind], "wsgi.input": io.BytesIO(body)}

    request, model = Request(environ()), werkzeug.wrappers.Request(environ())
    ours: Any = getattr(request, name)
    theirs: Any = getattr(model, name)
    if name == "headers":
        ours, theirs = list(ours), list(theirs)
    assert ours == theirs
    assert isinstance(ours, type(theirs))
    request.close()
    model.close()


def test_server_of_environ_without_names_is_none() -> None:
    assert Request({"REQUEST_METHOD": "GET"}).server is None


def test_attributes_of_an_empty_environ_have_defaults() -> None:
    request = Request({})
    got = (request.method, request.path, request.root_path, request.query_string)
    assert got == ("GET", "/", "", b"")
    assert (request.scheme, request.remote_addr) == ("http", None)


def test_attribute_read_twice_is_the_same_object_until_deleted() -> None:
    request = Request(create_environ("/?a=1"))
    first = request.args
    assert request.args is first
    del request.args
    assert request.args is not first
    assert request.args == first


def test_attribute_assigned_is_kept() -> None:
    request = Request(create_environ("/a"))
    request.path = "/other"
    assert request.path == "/other"


def test_lazy_attribute_overridden_by_subclass_wins() -> None:
    class Own(Request):
        path = "/own"

        @property
        def remote_addr(self) -> str:  # type: ignore[override]  # users do this
            return "own"

    request = Own(create_environ("/a"))
    assert (request.path, request.remote_addr) == ("/own", "own")


def test_request_made_is_in_the_environ_unless_told_otherwise() -> None:
    environ = create_environ("/")
    Request(environ, populate_request=False)
    assert "werkzeug.request" not in environ
    request = Request(environ)
    assert environ["werkzeug.request"] is request


def test_request_made_shallow_refuses_its_body() -> None:
    request = Request(create_environ("/", method="POST", data="x"), shallow=True)
    with pytest.raises(RuntimeError, match="shallow"):
        request.get_data()


def test_request_no_rule_matched_has_no_endpoint_and_no_blueprint() -> None:
    request = Request(create_environ("/"))
    assert (request.url_rule, request.view_args, request.endpoint) == (None,) * 3
    assert (request.blueprint, request.blueprints) == (None, [])


@pytest.mark.parametrize(
    ("endpoint", "blueprint", "blueprints"),
    [
        ("index", None, []),
        ("a.index", "a", ["a"]),
        ("a.b.c.index", "a.b.c", ["a.b.c", "a.b", "a"]),
    ],
)
def test_request_matched_names_its_blueprints_inner_first(
    endpoint: str, blueprint: str | None, blueprints: list[str]
) -> None:
    app = Insula("island")
    app.add_url_rule("/", "placeholder", str)
    rule = next(iter(app.url_map.iter_rules("placeholder")))
    rule.endpoint = endpoint
    request = Request(create_environ("/"))
    request.url_rule = rule
    assert request.endpoint == endpoint
    assert (request.blueprint, request.blueprints) == (blueprint, blueprints)


# ---------------------------------------------------------------- the body's limits

LIMITS = ["max_content_length", "max_form_memory_size", "max_form_parts"]


@pytest.mark.parametrize("name", LIMITS)
def test_limit_outside_a_context_is_werkzeugs(name: str) -> None:
    request = Request(create_environ("/"))
    assert getattr(request, name) == getattr(werkzeug.wrappers.Request, name)


@pytest.mark.parametrize("name", LIMITS)
def test_limit_is_the_configurations_unless_set_on_the_request(
    app: Insula, name: str
) -> None:
    app.config[name.upper()] = 7
    request = Request(create_environ("/"))
    assert getattr(request, name) == 7
    setattr(request, name, 9)
    assert getattr(request, name) == 9
    setattr(request, name, None)
    assert getattr(request, name) == 7


@pytest.mark.parametrize("limit", [*LIMITS, "nothing"])
@pytest.mark.parametrize("where", ["config", "request"])
def test_form_beyond_a_limit_is_413(app: Insula, limit: str, where: str) -> None:
    data = {"a": "12345", "b": "1", "c": "1"}
    environ = create_environ(
        "/", method="POST", data=data, content_type="multipart/form-data"
    )
    request = Request(environ)
    if limit == "nothing":
        assert request.form.to_dict() == data
        return
    if where == "config":
        app.config[limit.upper()] = 2
    else:
        setattr(request, limit, 2)
    with pytest.raises(RequestEntityTooLarge):
        request.form  # noqa: B018 - reading parses


def test_data_beyond_max_content_length_is_413(app: Insula) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 3
    assert post("123").get_data() == b"123"
    with pytest.raises(RequestEntityTooLarge):
        post("1234").get_data()


def test_view_raising_the_limit_for_itself_reads_more() -> None:
    app = Insula("island")
    app.config["MAX_CONTENT_LENGTH"] = 3

    def index() -> bytes:
        if proxy.args:
            proxy.max_content_length = 10
        return proxy.get_data()

    app.add_url_rule("/", "index", index, methods=["POST"])
    client = app.test_client()
    assert client.post("/", data="12345").status_code == 413
    assert client.post("/?more", data="12345").data == b"12345"


# ------------------------------------------------------------------------ uploads


def test_request_closed_closes_its_files() -> None:
    data = {"f": (io.BytesIO(b"body"), "f.txt")}
    request = Request(create_environ("/", method="POST", data=data))
    upload = request.files["f"]
    assert upload.read() == b"body"
    request.close()
    assert upload.closed


def test_request_closed_unread_leaves_its_body_alone() -> None:
    data = {"f": (io.BytesIO(b"body"), "f.txt")}
    request = Request(create_environ("/", method="POST", data=data))
    request.close()
    assert "files" not in request.__dict__


@pytest.mark.parametrize("debug", [True, False])
def test_file_missing_for_want_of_enctype_is_explained_in_debug_mode(
    app: Insula, debug: bool
) -> None:
    app.debug = debug
    request = Request(create_environ("/", method="POST", data={"f": "f.txt"}))
    with pytest.raises(KeyError) as caught:
        request.files["f"]
    assert ("multipart/form-data" in str(caught.value)) is debug
    assert ("'f.txt'" in str(caught.value)) is debug
    with pytest.raises(KeyError) as caught:
        request.files["neither"]
    assert "multipart/form-data" not in str(caught.value)


# --------------------------------------------------------------------------- JSON


@pytest.mark.parametrize(
    "mimetype", ["application/json", "application/a+json", "APPLICATION/JSON; x=y"]
)
def test_json_of_a_json_mimetype_is_parsed(mimetype: str) -> None:
    request = post('{"a": [1, null]}', mimetype)
    assert request.is_json
    assert request.json == {"a": [1, None]}


def test_json_of_another_mimetype_is_415() -> None:
    request = post("{}", "text/plain")
    with pytest.raises(UnsupportedMediaType):
        request.get_json()
    with pytest.raises(UnsupportedMediaType):
        request.json  # noqa: B018 - reading parses
    assert request.get_json(silent=True) is None
    assert request.get_json(force=True) == {}


BAD = {
    "nothing": b"",
    "cut": b"{",
    "not UTF-8": b'"\xff"',
    "nested too deep": b"[" * 200_000,
    "nested too deep, whole": b"[" * 200_000 + b"]" * 200_000,
    "nested objects": b'{"a":' * 200_000,
}


@pytest.mark.parametrize("debug", [False, True, None])
@pytest.mark.parametrize("kind", list(BAD))
def test_json_that_is_none_is_400_and_says_why_only_in_debug_mode(
    kind: str, debug: bool | None
) -> None:
    request = post(BAD[kind])
    app = Insula("island")

    def refused() -> str:
        with pytest.raises(BadRequest) as caught:
            request.get_json()
        assert type(caught.value) is BadRequest
        return str(caught.value.description)

    if debug is None:
        # Outside of a context nobody has said that it may be told.
        assert "Failed to decode" not in refused()
        return
    app.debug = debug
    with app.app_context():
        assert ("Failed to decode JSON object" in refused()) is debug


@pytest.mark.parametrize("kind", list(BAD))
def test_json_that_is_none_asked_for_silently_is_none(kind: str) -> None:
    assert post(BAD[kind]).get_json(silent=True) is None


def test_json_asked_for_silently_first_still_raises_later() -> None:
    request = post("{")
    assert request.get_json(silent=True) is None
    with pytest.raises(BadRequest):
        request.get_json()


def test_json_is_parsed_once_unless_cache_is_off() -> None:
    request = post("[1]")
    assert request.get_json() is request.get_json()
    fresh = post("[1]")
    fresh.get_data()
    assert fresh.get_json(cache=False) is not fresh.get_json(cache=False)


def test_json_failure_handled_by_subclass_gives_what_it_returns() -> None:
    class Own(Request):
        def on_json_loading_failed(self, e: ValueError | None) -> Any:
            return type(e).__name__ if e else "mimetype"

    def own(data: bytes, mimetype: str = "application/json") -> Any:
        environ = create_environ("/", method="POST", data=data, content_type=mimetype)
        return Own(environ).get_json()

    assert own(b"{", "text/plain") == "mimetype"
    assert own(b"{") == "JSONDecodeError"
    assert own(BAD["nested too deep"]) == "ValueError"


def test_json_too_deep_in_a_view_is_answered_400() -> None:
    app = Insula("island")

    def index() -> Any:
        return proxy.get_json()

    app.add_url_rule("/", "index", index, methods=["POST"])
    client = app.test_client()
    deep = client.post("/", data=BAD["nested too deep"], content_type="text/json")
    assert deep.status_code == 415
    deep = client.post(
        "/", data=BAD["nested too deep"], content_type="application/json"
    )
    assert deep.status_code == 400
    assert client.post("/", json=[1]).json == [1]


def test_json_is_read_by_the_applications_provider(app: Insula) -> None:
    class Provider(type(app.json)):  # type: ignore[misc]  # chosen at run time
        def loads(self, s: str | bytes, **kwargs: Any) -> Any:
            return ["own", s]

    app.json = Provider(app)
    assert post("{").json == ["own", b"{"]
