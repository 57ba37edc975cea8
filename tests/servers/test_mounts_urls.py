"""URLs from one mount to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from werkzeug.routing import BuildError
from werkzeug.test import Client

from insula import Insula, Mounts, current_app, render_template_string, request, url_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def plain(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    start("200 OK", [])
    return [environ["SCRIPT_NAME"].encode()]


def island(name: str, ask: Callable[[], str] = str, **config: Any) -> Insula:
    app = Insula(name, static_folder=None)
    app.config.update(config)
    app.add_url_rule("/", "index", lambda: name)
    app.add_url_rule("/item/<int:n>", "item", lambda n: "")
    app.add_url_rule("/ask", "ask", ask)
    return app


def asked(
    ask: Callable[[], str], host: str = "localhost", at: str = "/", prefix: str = ""
) -> str:
    """Return what `ask` says in a request of the application at `at`."""
    apps: dict[str, Any] = {
        "/": island("shop"),
        "/admin": island("admin"),
        "api.localhost": island("api"),
        "*.t.org": island("tenants"),
        "/in": Mounts({"/deep": island("deep"), "/other": island("other")}),
    }
    mounts = Mounts(apps)
    target = mounts.find_mount(host, f"{at}/")[0]
    assert target is not None
    app = target.application
    path = "/ask"
    if isinstance(app, Mounts):
        app, path = app.mounts[0].application, "/deep/ask"
    app.view_functions["ask"] = ask
    environ = {"HTTP_HOST": f"{host}:5000", "SCRIPT_NAME": prefix}
    return Client(mounts).get(at.rstrip("/") + path, environ_overrides=environ).text


@pytest.mark.parametrize(
    ("host", "at", "values", "url"),
    [
        ("localhost", "/", {"_app": "/admin"}, "/admin/"),
        ("localhost", "/admin", {"_app": "/"}, "/"),
        ("localhost", "/admin", {"_app": "/admin"}, "/admin/"),
        (
            "localhost",
            "/",
            {"_app": "/admin", "_external": True},
            "http://localhost:5000/admin/",
        ),
        (
            "localhost",
            "/",
            {"_app": "/admin", "_scheme": "https"},
            "https://localhost:5000/admin/",
        ),
        ("localhost", "/", {"_app": "/admin", "_anchor": "a b"}, "/admin/#a%20b"),
        ("localhost", "/", {"_app": "/admin", "q": "x y"}, "/admin/?q=x+y"),
        ("localhost", "/", {"_app": "api.localhost"}, "http://api.localhost:5000/"),
        ("localhost", "/", {"_app": "api.localhost", "_external": False}, "/"),
        ("api.localhost", "/", {"_app": "api.localhost"}, "/"),
        ("a.t.org", "/", {"_app": "*.t.org"}, "/"),
        ("localhost", "/", {"_app": "/deep"}, "/in/deep/"),
        ("localhost", "/in", {"_app": "/other"}, "/in/other/"),
        ("localhost", "/in", {"_app": "/"}, "/"),
    ],
)
def test_url_leads_to_the_other_mount_and_is_absolute_where_the_host_differs(
    host: str, at: str, values: dict[str, Any], url: str
) -> None:
    assert asked(lambda: url_for("index", **values), host, at) == url


def test_url_of_a_rule_with_values_and_of_the_own_application() -> None:
    assert asked(lambda: url_for("item", _app="/admin", n=3)) == "/admin/item/3"
    assert asked(lambda: url_for("item", _app=current_app, n=3)) == "/item/3"
    assert asked(lambda: url_for("item", _app=None, n=3)) == "/item/3"


def test_templates_build_urls_across_mounts() -> None:
    source = "{{ url_for('item', _app='/admin', n=2) }}"
    assert asked(lambda: render_template_string(source)) == "/admin/item/2"


def test_prefix_of_a_proxy_stands_before_the_mount() -> None:
    assert asked(lambda: url_for("index", _app="/admin"), prefix="/p") == "/p/admin/"
    assert asked(lambda: url_for("index", _app="/"), at="/admin", prefix="/p") == "/p/"


def test_no_host_is_guessed() -> None:
    def ask() -> str:
        with pytest.raises(RuntimeError, match=r"mounted at '/admin', which names no"):
            url_for("index", _app="/admin")
        with pytest.raises(RuntimeError, match=r"at '\*.t.org', which is no single"):
            url_for("index", _app="*.t.org")
        return "asked"

    assert asked(ask, host="api.localhost") == "asked"


def test_server_name_says_which_host_where_the_place_does_not() -> None:
    shop, api = island("shop", SERVER_NAME="shop.org"), island("api")
    api.view_functions["ask"] = lambda: url_for("index", _app=shop)
    site = Mounts({"/": shop, "api.localhost": api})
    answer = Client(site).get("/ask", headers={"Host": "api.localhost"})
    assert answer.text == "http://shop.org/"


def test_url_without_a_request_is_absolute_and_needs_a_host() -> None:
    shop, api = island("shop"), island("api", PREFERRED_URL_SCHEME="https")
    site = Mounts({"/": shop, "api.localhost/v2": api})
    with shop.app_context():
        assert url_for("index", _app=api) == "https://api.localhost/v2/"
        with pytest.raises(RuntimeError, match=r"and there is no request\. Set SERVER"):
            url_for("index", _app="/")
        assert url_for("index", _app="/", _external=False) == "/"
    assert url_for("item", n=1, _app=api) == "https://api.localhost/v2/item/1"
    assert site.url_for("item", n=1, _app=api) == "https://api.localhost/v2/item/1"
    assert api.url_for("index", _app=shop, _external=False) == "/"


def test_url_defaults_are_the_other_applications() -> None:
    shop, admin = island("shop"), island("admin")
    shop.url_defaults(lambda endpoint, values: values.setdefault("of", "shop"))
    admin.url_defaults(lambda endpoint, values: values.setdefault("of", "admin"))
    Mounts({"/": shop, "/admin": admin})
    with shop.test_request_context():
        assert url_for("index", _app=admin) == "/admin/?of=admin"


def test_name_of_a_mount_goes_before_its_place_and_stays_near() -> None:
    one, two, three = island("one"), island("two"), island("three")
    inner = Mounts()
    inner.add_mount("/x", one, name="x")
    inner.add_mount("/me", three)
    outer = Mounts({"/in": inner})
    outer.add_mount("/x2", two, name="x")
    with three.test_request_context(base_url="http://localhost/in/me"):
        assert request.script_root == "/in/me"
        assert url_for("index", _app="x") == "/in/x/"
    assert outer.url_for("index", _app="x", _external=False) == "/x2/"


def test_what_is_not_mounted_is_refused_with_what_is() -> None:
    shop, stray = island("shop"), island("stray")
    Mounts({"/": shop})
    with shop.test_request_context():
        with pytest.raises(LookupError, match=r"is not mounted; .* of a mount: '/'"):
            url_for("index", _app=stray)
        with pytest.raises(BuildError):
            url_for("nowhere", _app=shop)
    with (
        stray.test_request_context(),
        pytest.raises(RuntimeError, match=r"Mount both in one insula\.Mounts"),
    ):
        url_for("index", _app="shop")
    with pytest.raises(RuntimeError, match="nothing is mounted with this application"):
        url_for("index", _app="shop")


def test_scheme_needs_a_url_that_has_one() -> None:
    shop, admin = island("shop"), island("admin")
    site = Mounts({"/": shop, "/admin": admin})
    with pytest.raises(ValueError, match="_scheme='https' needs a URL that has"):
        site.url_for("index", _app=admin, _scheme="https", _external=False)


def test_url_of_a_starlette_is_its_own_below_the_mount() -> None:
    star = Starlette(routes=[Route("/who/{name}", plain, name="who")])
    shop = island("shop")
    Mounts({"/": shop, "/star": star, "/old": plain})
    with shop.test_request_context():
        assert url_for("who", _app="/star", name="a b") == "/star/who/a b"
        with pytest.raises(TypeError, match=r"has no endpoints .* below '/old'"):
            url_for("who", _app="/old")


def test_url_of_a_mount_that_is_down_is_the_mounts() -> None:
    shop = island("shop")
    Mounts({"/": shop, "/gone": "no_such_module_at_all:app"})
    with shop.test_request_context():
        assert url_for("any", _app="/gone", n=1) == "/gone/"


def test_second_mounts_of_an_application_hold() -> None:
    shop, admin = island("shop"), island("admin")
    Mounts({"/": shop, "/one": admin})
    Mounts({"/": shop, "/two": admin})
    with shop.test_request_context():
        assert url_for("index", _app=admin) == "/two/"
    assert admin.config["APPLICATION_ROOT"] == "/two"
