"""Building URLs: in a request, outside of one, with every argument."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.routing import BuildError, Map, MapAdapter

from insula import Insula, render_template_string, url_for
from insula.context import RequestContext
from insula.routing import RuleMap
from insula.views import MethodView


@pytest.fixture
def app(app: Insula) -> Insula:
    app.add_url_rule("/", "index", lambda: "x")
    app.add_url_rule("/user/<name>", "user", lambda name: name)
    app.add_url_rule("/page/<int:n>", "page", str, methods=["GET"])
    app.add_url_rule("/page/<int:n>/edit", "page", methods=["POST"])
    return app


@pytest.mark.parametrize(
    ("endpoint", "values", "url"),
    [
        ("index", {}, "/"),
        ("index", {"q": "a b", "p": ["1", "2"]}, "/?q=a+b&p=1&p=2"),
        ("index", {"q": None}, "/"),
        ("index", {"_anchor": "é x"}, "/#%C3%A9%20x"),
        ("user", {"name": "é/x"}, "/user/%C3%A9/x"),
        ("page", {"n": 5}, "/page/5"),
        ("page", {"n": 5, "_method": "POST"}, "/page/5/edit"),
        ("index", {"_external": True}, "http://localhost/"),
        ("index", {"_external": True, "_scheme": "https"}, "https://localhost/"),
        ("index", {"_scheme": "https"}, "https://localhost/"),
        ("index", {"_scheme": "", "_external": True}, "//localhost/"),
    ],
)
def test_url_in_a_request(
    app: Insula, endpoint: str, values: dict[str, Any], url: str
) -> None:
    with app.test_request_context("/"):
        assert url_for(endpoint, **values) == url


def test_url_of_a_mounted_application_begins_with_its_mount(app: Insula) -> None:
    with app.test_request_context("/", base_url="https://example.com/shop"):
        assert url_for("user", name="a") == "/shop/user/a"
        assert url_for("index", _external=True) == "https://example.com/shop/"


def test_scheme_alone_cannot_stand_for_an_internal_url(app: Insula) -> None:
    with (
        app.test_request_context("/"),
        pytest.raises(ValueError, match="_scheme"),
    ):
        url_for("index", _scheme="https", _external=False)


def test_outside_of_a_request_the_server_name_is_needed(app: Insula) -> None:
    with app.app_context(), pytest.raises(RuntimeError, match="SERVER_NAME"):
        url_for("index")
    app.config["SERVER_NAME"] = "example.com:8000"
    app.config["PREFERRED_URL_SCHEME"] = "https"
    app.config["APPLICATION_ROOT"] = "/shop"
    with app.app_context():
        assert url_for("index") == "https://example.com:8000/shop/"
        assert url_for("index", _external=False) == "/shop/"


def test_without_any_context_the_error_says_what_to_do(app: Insula) -> None:
    with pytest.raises(RuntimeError, match="SERVER_NAME"):
        app.url_for("index")


def test_endpoint_that_is_not_there_goes_to_the_handlers(app: Insula) -> None:
    with app.test_request_context("/"), pytest.raises(BuildError, match="nowhere"):
        url_for("nowhere")

    def handle(error: Exception, endpoint: str, values: dict[str, Any]) -> str | None:
        return f"/built/{endpoint}/{values['x']}" if endpoint == "nowhere" else None

    app.url_build_error_handlers.append(handle)
    with app.test_request_context("/"):
        assert url_for("nowhere", x=1) == "/built/nowhere/1"
        with pytest.raises(BuildError, match="elsewhere"):
            url_for("elsewhere", x=1)


def test_defaults_are_filled_in_for_all_urls(app: Insula) -> None:
    app.add_url_rule("/<lang>/about", "about", lambda lang: lang)

    @app.url_defaults
    def language(endpoint: str, values: dict[str, Any]) -> None:
        if app.url_map.is_endpoint_expecting(endpoint, "lang"):
            values.setdefault("lang", "la")

    with app.test_request_context("/"):
        assert url_for("about") == "/la/about"
        assert url_for("index") == "/"


def test_url_of_a_class_based_view(app: Insula) -> None:
    class Item(MethodView):
        def get(self, n: int) -> str:
            return str(n)

    app.add_url_rule("/item/<int:n>", view_func=Item.as_view("item"))
    with app.test_request_context("/"):
        assert url_for("item", n=3) == "/item/3"
    assert app.test_client().get("/item/3").text == "3"
    assert app.test_client().post("/item/3").status_code == 405


def test_url_of_an_application_whose_class_builds_urls_itself(app: Insula) -> None:
    class Own(Insula):
        def url_for(self, endpoint: str, **values: Any) -> str:
            return f"/own{super().url_for(endpoint, **values)}"

    own = Own("own", static_folder=None)
    own.add_url_rule("/<a>", "e", str)
    with own.test_request_context("/"):
        assert url_for("e", a="x", _method="GET") == "/own/x"


def test_url_of_an_application_whose_method_was_replaced(
    app: Insula, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.test_request_context("/"):
        assert url_for("user", name="a") == "/user/a"
        monkeypatch.setattr(Insula, "url_for", lambda *args, **kwargs: "/of/class")
        assert url_for("user", name="a") == "/of/class"
        monkeypatch.setattr(app, "url_for", lambda *args, **kwargs: "/of/object")
        assert url_for("user", name="a") == "/of/object"
        monkeypatch.undo()
        other = Insula("other", static_folder=None)
        other.add_url_rule("/other", "index", lambda: "x")
        other.config["SERVER_NAME"] = "other.org"
        monkeypatch.setattr(app, "url_for", other.url_for)
        assert url_for("index") == "http://other.org/other"


def test_defaults_are_asked_of_a_method_that_was_replaced(
    app: Insula, monkeypatch: pytest.MonkeyPatch
) -> None:
    def inject(self: Insula, endpoint: str, values: dict[str, Any]) -> None:
        values["name"] = endpoint

    with app.test_request_context("/"):
        assert url_for("user", name="a") == "/user/a"
        monkeypatch.setattr(Insula, "inject_url_defaults", inject)
        assert url_for("user") == "/user/user"


def test_url_is_asked_of_an_adapter_that_was_replaced(app: Insula) -> None:
    class Own(MapAdapter):
        def build(self, *args: Any, **kwargs: Any) -> str:
            return "/of/adapter"

    with app.test_request_context("/") as ctx:
        assert url_for("index") == "/"
        ctx.url_adapter.build = lambda *args, **kwargs: "/of/object"
        assert url_for("index") == "/of/object"
        ctx.url_adapter = Own(app.url_map, "localhost", "/", "", "http", "/", "GET")
        assert url_for("index") == "/of/adapter"
        ctx.url_adapter = None
        with pytest.raises(RuntimeError, match="SERVER_NAME"):
            url_for("index")


def test_url_is_asked_of_the_adapter_that_the_application_makes(app: Insula) -> None:
    class Own(Insula):
        def create_url_adapter(self, request: Any) -> Any:
            adapter = super().create_url_adapter(request)
            assert adapter is not None
            adapter.script_name = "/made/"
            return adapter

    own = Own("own", static_folder=None)
    own.add_url_rule("/", "index", lambda: "x")
    with own.test_request_context("/"):
        assert [url_for("index") for _ in range(2)] == ["/made/"] * 2


def test_url_is_asked_of_the_adapter_that_the_context_hands_out(app: Insula) -> None:
    class Own(RequestContext):
        @property  # type: ignore[misc]  # it need not be settable
        def url_adapter(self) -> Any:
            super().url_adapter  # noqa: B018 - it makes the adapter
            return app.url_map.bind("example.org", "/of/context")

    with Own(app, app.test_request_context("/").request.environ):
        assert [url_for("index") for _ in range(2)] == ["/of/context/"] * 2


def test_urls_of_rules_that_are_added_or_changed_late(app: Insula) -> None:
    with app.test_request_context("/"):
        assert url_for("index") == "/"
        rule = app.url_rule_class("/late/<int:n>", endpoint="index")
        app.url_map.add(rule)
        assert [url_for("index"), url_for("index", n=1)] == ["/", "/late/1"]
        assert url_for("index", n=1, q="x") == "/late/1?q=x"
        rule.rule = "/later/<n>"
        rule.refresh()
        assert url_for("index", n="a b") == "/later/a%20b"


def test_relative_endpoint_is_never_taken_for_one_of_that_very_name(
    app: Insula,
) -> None:
    app.add_url_rule("/dotted", ".index", lambda: "x")
    with app.test_request_context("/"):
        assert app.create_url_adapter(None) is None
        adapter = app.create_url_adapter(app.test_request_context("/").request)
        assert adapter is not None
        assert adapter.build(".index", {}) == "/dotted"
        assert url_for(".index") == "/"


def test_url_in_a_request_of_another_application_is_the_current_ones(
    app: Insula,
) -> None:
    other = Insula("other", static_folder=None)
    other.config["SERVER_NAME"] = "other.org"
    other.add_url_rule("/other", "index", lambda: "x")
    with app.test_request_context("/"):
        assert url_for("index") == "/"
        with other.app_context():
            assert url_for("index") == "http://other.org/other"
        with other.test_request_context("/"):
            assert url_for("index") == "/other"
        assert url_for("index") == "/"


def test_url_of_another_subdomain_has_its_host() -> None:
    app = Insula("shop", static_folder=None, subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    app.add_url_rule("/", "index", lambda: "x")
    app.add_url_rule("/<a>", "api", str, subdomain="api")
    app.add_url_rule("/<a>", "user", str, subdomain="<user>")
    with app.test_request_context("/", base_url="http://example.org"):
        assert url_for("index") == "/"
        assert url_for("api", a="x") == "http://api.example.org/x"
        assert url_for("user", a="x", user="ada") == "http://ada.example.org/x"
    with app.test_request_context("/", base_url="http://api.example.org"):
        assert url_for("index") == "http://example.org/"
        assert url_for("api", a="x") == "/x"


def test_url_in_a_template_is_the_applications(app: Insula) -> None:
    with app.test_request_context("/"):
        text = render_template_string("{{ url_for('user', name=name) }}", name="é")
    assert text == "/user/%C3%A9"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"HTTP_HOST": "Shop.Example.org:8080", "wsgi.url_scheme": "https"},
        {"HTTP_HOST": "example.org:80", "REQUEST_METHOD": "POST"},
        {"SCRIPT_NAME": "/shop/", "PATH_INFO": "", "QUERY_STRING": "a=b"},
        {"SCRIPT_NAME": None, "PATH_INFO": None, "QUERY_STRING": None},
        {"PATH_INFO": "/\u00c3\u00a9", "QUERY_STRING": "q=\u00c3\u00a9"},
        {"HTTP_CONNECTION": "Upgrade", "HTTP_UPGRADE": "websocket"},
        {"HTTP_UPGRADE": "websocket"},
        {"HTTP_HOST": None, "SERVER_NAME": "10.0.0.1", "SERVER_PORT": "443"},
        {"HTTP_HOST": "b\u00fccher.example"},
        {"HTTP_HOST": "a b"},
        {"HTTP_HOST": f"{'x' * 70}.org"},
        {"HTTP_HOST": "a..b"},
    ],
)
def test_adapter_of_a_request_is_what_the_map_binds(
    app: Insula, changes: dict[str, str | None]
) -> None:
    with app.test_request_context("/") as ctx:
        environ = dict(ctx.request.environ)
    for name, value in changes.items():
        if value is None:
            environ.pop(name, None)
        else:
            environ[name] = value

    def bound(bind: Any) -> object:
        try:
            adapter = bind()
        except Exception as exc:
            return type(exc)
        return {**vars(adapter), "map": None}

    request = app.request_class(environ)
    assert bound(lambda: app.create_url_adapter(request)) == bound(
        lambda: app.url_map.bind_to_environ(environ, subdomain="")
    )


def test_map_that_binds_requests_itself_is_asked(
    app: Insula, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bind(self: Any, *args: Any, **kwargs: Any) -> MapAdapter:
        return Map.bind(self, "example.org", "/own")

    class Own(RuleMap):
        bind_to_environ = bind

    class OwnApp(Insula):
        url_map_class = Own

    own = OwnApp("own", static_folder=None)
    own.add_url_rule("/", "index", lambda: "x")
    with own.test_request_context("/"):
        assert url_for("index") == "/own/"
    monkeypatch.setattr(Map, "bind_to_environ", bind)
    with app.test_request_context("/"):
        assert url_for("index") == "/own/"
