"""Blueprints: where their routes, hooks, handlers and files end up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from insula import Blueprint, Insula, abort, g, render_template, request, url_for

if TYPE_CHECKING:
    from pathlib import Path

    from insula import Response


def blueprint(name: str = "shop", **options: Any) -> Blueprint:
    made = Blueprint(name, "shop", **options)
    made.add_url_rule(
        "/where", "where", lambda: f"{request.endpoint} {request.blueprints}"
    )
    return made


@pytest.mark.parametrize(
    ("own", "given", "path"),
    [
        (None, None, "/where"),
        ("/own", None, "/own/where"),
        ("/own", "/given", "/given/where"),
        (None, "/given", "/given/where"),
        ("/own/", None, "/own/where"),
    ],
)
def test_prefix_is_its_own_unless_one_is_given(
    app: Insula, own: str | None, given: str | None, path: str
) -> None:
    options = {} if given is None else {"url_prefix": given}
    app.register_blueprint(blueprint(url_prefix=own), **options)
    assert app.test_client().get(path).text == "shop.where ['shop']"


def test_nested_blueprints_join_names_and_prefixes(app: Insula) -> None:
    outer, middle = Blueprint("outer", "m", url_prefix="/o"), Blueprint("mid", "m")
    middle.register_blueprint(blueprint("inner"), url_prefix="/i")
    outer.register_blueprint(middle, url_prefix="/m")
    app.register_blueprint(outer)
    text = app.test_client().get("/o/m/i/where").text
    assert text == "outer.mid.inner.where ['outer.mid.inner', 'outer.mid', 'outer']"


def test_one_blueprint_twice_needs_two_names(app: Insula) -> None:
    shop = blueprint()
    app.register_blueprint(shop, url_prefix="/a")
    with pytest.raises(ValueError, match="shop"):
        app.register_blueprint(shop, url_prefix="/b")
    app.register_blueprint(shop, url_prefix="/b", name="other")
    client = app.test_client()
    assert client.get("/a/where").text == "shop.where ['shop']"
    assert client.get("/b/where").text == "other.where ['other']"


@pytest.mark.parametrize("name", ["", "a.b"])
def test_name_that_cannot_be_one_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        Blueprint(name, "m")


def test_endpoint_with_a_dot_is_refused() -> None:
    with pytest.raises(ValueError, match="endpoint"):
        blueprint().add_url_rule("/x", "a.b", lambda: "x")


def test_hooks_run_for_its_own_requests_and_app_hooks_for_all(app: Insula) -> None:
    shop = blueprint()
    order: list[str] = []
    for name in (
        "before_request",
        "before_app_request",
        "teardown_request",
        "teardown_app_request",
    ):
        getattr(shop, name)(lambda *_, name=name: order.append(name))

    @shop.after_request
    def after_own(response: Response) -> Response:
        order.append("after_request")
        return response

    @shop.after_app_request
    def after_all(response: Response) -> Response:
        order.append("after_app_request")
        return response

    app.add_url_rule("/", "index", lambda: "x")
    app.register_blueprint(shop)
    app.test_client().get("/")
    assert order == ["before_app_request", "after_app_request", "teardown_app_request"]
    order.clear()
    app.test_client().get("/where")
    assert order == [
        "before_app_request",
        "before_request",
        "after_request",
        "after_app_request",
        "teardown_request",
        "teardown_app_request",
    ]


def test_errors_go_to_the_nearest_handler(app: Insula) -> None:
    outer, inner = Blueprint("outer", "m"), Blueprint("inner", "m")
    inner.add_url_rule("/inner/<int:code>", "fail", abort)
    outer.add_url_rule("/outer/<int:code>", "fail", abort)
    inner.register_error_handler(403, lambda _: ("inner 403", 403))
    outer.register_error_handler(403, lambda _: ("outer 403", 403))
    outer.register_error_handler(409, lambda _: ("outer 409", 409))
    outer.app_errorhandler(404)(lambda _: ("app 404", 404))
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    client = app.test_client()
    for path, text in [
        ("/inner/403", "inner 403"),
        ("/outer/403", "outer 403"),
        ("/inner/409", "outer 409"),
        ("/nowhere", "app 404"),
    ]:
        assert client.get(path).text == text


def test_relative_endpoints_are_the_blueprints(app: Insula) -> None:
    shop = blueprint(url_prefix="/shop")
    shop.add_url_rule(
        "/urls", "urls", lambda: f"{url_for('.where')} {url_for('where')}"
    )
    app.add_url_rule("/where", "where", lambda: "x")
    app.register_blueprint(shop)
    assert app.test_client().get("/shop/urls").text == "/shop/where /where"


def test_values_of_urls_are_preprocessed_and_filled_in(app: Insula) -> None:
    shop = Blueprint("shop", "m", url_prefix="/<lang>")

    @shop.url_value_preprocessor
    def pull(endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.lang = (values or {}).pop("lang")

    @shop.url_defaults
    def push(endpoint: str, values: dict[str, Any]) -> None:
        values.setdefault("lang", g.lang)

    shop.add_url_rule("/page", "page", lambda: f"{g.lang} {url_for('.page')}")
    app.register_blueprint(shop)
    assert app.test_client().get("/la/page").text == "la /la/page"


def test_templates_of_the_application_come_first(app: Insula, folder: Path) -> None:
    (folder / "own").mkdir()
    (folder / "own" / "both.html").write_text("blueprint")
    (folder / "own" / "mine.html").write_text("mine")
    (folder / "templates" / "both.html").write_text("application")
    app.template_folder = str(folder / "templates")
    shop = Blueprint("shop", "m", template_folder=str(folder / "own"))
    app.register_blueprint(shop)
    with app.test_request_context("/"):
        assert render_template("both.html") == "application"
        assert render_template("mine.html") == "mine"


def test_static_files_of_a_blueprint_have_its_prefix(app: Insula, folder: Path) -> None:
    shop = Blueprint(
        "shop", "m", static_folder=str(folder / "static"), url_prefix="/shop"
    )
    app.register_blueprint(shop)
    assert app.test_client().get("/shop/static/a.txt").text == "0123456789"
    with app.test_request_context("/"):
        url = url_for("shop.static", filename="a.txt")
    assert url == "/shop/static/a.txt"


def test_records_are_played_at_each_registration_or_once(app: Insula) -> None:
    shop = blueprint()
    seen: list[str] = []
    shop.record(lambda state: seen.append(f"each {state.options}"))
    shop.record_once(lambda state: seen.append(f"once {state.first_registration}"))
    app.register_blueprint(shop, name="one", note=1)
    app.register_blueprint(shop, name="two", url_prefix="/two")
    assert [text.split()[0] for text in seen] == ["each", "once", "each"]
    assert "'note': 1" in seen[0]


def test_change_after_the_registration_is_refused(app: Insula) -> None:
    shop = blueprint()
    app.register_blueprint(shop)
    with pytest.raises(AssertionError, match="shop"):
        shop.add_url_rule("/late", "late", lambda: "x")


def test_blueprint_in_itself_is_refused() -> None:
    shop = blueprint()
    with pytest.raises(ValueError, match="shop"):
        shop.register_blueprint(shop)


def test_filters_tests_and_globals_reach_the_application(app: Insula) -> None:
    from insula import render_template_string

    shop = blueprint()
    shop.app_template_filter("twice")(lambda text: text * 2)
    shop.app_template_test("short")(lambda text: len(text) < 3)
    shop.app_template_global("answer")(lambda: 42)
    shop.app_context_processor(lambda: {"extra": "more"})
    app.register_blueprint(shop)
    text = "{{ 'ab'|twice }} {{ 'ab' is short }} {{ answer() }} {{ extra }}"
    with app.test_request_context("/"):
        assert render_template_string(text) == "abab True 42 more"
