"""Building URLs: in a request, outside of one, with every argument."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.routing import BuildError

from insula import Insula, url_for
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
