from __future__ import annotations

from typing import Any

import click
import pytest
from werkzeug.test import EnvironBuilder as PlainBuilder

from insula import Insula, g, redirect, request, session, url_for
from insula.testing import EnvironBuilder, InsulaClient, InsulaCliRunner


@pytest.fixture(autouse=True)
def views(app: Insula) -> None:
    @app.route("/see/<name>", methods=["GET", "POST"])
    def see(name: str) -> Any:
        g.name = name
        return {
            "url": request.url,
            "json": request.get_json(silent=True),
            "agent": request.headers.get("User-Agent"),
            "addr": request.remote_addr,
            "session": dict(session),
        }

    @app.get("/put/<name>")
    def put(name: str) -> Any:
        session["name"] = name
        return redirect(url_for("see", name=name))

    @app.get("/fail")
    def fail() -> str:
        raise LookupError("inner")


def read(response: Any) -> Any:
    """Return the response's document, untyped."""
    return response.json


def test_with_block_keeps_the_last_requests_context(app: Insula) -> None:
    with app.test_client() as client:
        for name in ("one", "two"):
            client.get(f"/see/{name}")
            assert (g.name, request.path) == (name, f"/see/{name}")
    with pytest.raises(RuntimeError):
        _ = request.path


def test_without_a_block_no_context_is_kept(app: Insula) -> None:
    app.test_client().get("/see/one")
    assert not request


def test_block_in_a_block_of_one_client_is_refused(app: Insula) -> None:
    with app.test_client() as client, pytest.raises(RuntimeError, match="nest"):
        client.__enter__()


def test_session_transaction_changes_what_requests_see(app: Insula) -> None:
    client = app.test_client()
    client.get("/put/x")
    with client.session_transaction() as opened:
        assert opened["name"] == "x"
        opened["name"] = "y"
    assert read(client.get("/see/a"))["session"] == {"name": "y"}
    assert read(app.test_client().get("/see/a"))["session"] == {}


def test_session_transaction_keeps_the_outer_context(app: Insula) -> None:
    with app.test_client() as client:
        client.get("/see/one")
        with client.session_transaction() as opened:
            opened["a"] = 1
        assert request.path == "/see/one"


def test_session_transaction_without_a_key_says_so(app: Insula) -> None:
    app.secret_key = None
    with (
        pytest.raises(RuntimeError, match=r"app\.secret_key"),
        app.test_client().session_transaction(),
    ):
        pass


def test_session_transaction_without_cookies_says_so(app: Insula) -> None:
    with (
        pytest.raises(TypeError, match="use_cookies=True"),
        app.test_client(use_cookies=False).session_transaction(),
    ):
        pass


def test_redirects_are_followed_where_asked(app: Insula) -> None:
    client = app.test_client()
    assert client.get("/put/x").headers["Location"] == "/see/x"
    with client:
        response = client.get("/put/x", follow_redirects=True)
        assert request.path == "/see/x"
    assert [r.request.path for r in response.history] == ["/put/x"]
    assert read(response)["session"] == {"name": "x"}


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({}, "http://localhost/see/a"),
        ({"base_url": "https://x.test/root"}, "https://x.test/root/see/a"),
        ({"subdomain": "sub"}, "http://sub.localhost/see/a"),
        ({"url_scheme": "https"}, "https://localhost/see/a"),
        ({"query_string": {"q": "1"}}, "http://localhost/see/a?q=1"),
    ],
)
def test_option_of_the_request_shows_in_its_url(
    app: Insula, options: dict[str, Any], url: str
) -> None:
    assert read(app.test_client().get("/see/a", **options))["url"] == url


def test_configured_server_name_is_the_default_host(app: Insula) -> None:
    app.config.update(SERVER_NAME="x.test", PREFERRED_URL_SCHEME="https")
    url = read(app.test_client().get("/see/a"))["url"]
    assert url == "https://x.test/see/a"


def test_base_url_and_subdomain_together_are_refused(app: Insula) -> None:
    with pytest.raises(AssertionError, match="base_url"):
        app.test_client().get("/", base_url="http://x.test", subdomain="sub")


def test_environ_base_is_every_requests_start(app: Insula) -> None:
    client = app.test_client()
    seen = read(client.get("/see/a"))
    assert seen["agent"].startswith("Werkzeug/")
    assert seen["addr"] == "127.0.0.1"
    client.environ_base.update(REMOTE_ADDR="10.0.0.1", HTTP_USER_AGENT="me")
    seen = read(client.get("/see/a"))
    assert (seen["addr"], seen["agent"]) == ("10.0.0.1", "me")
    base = {"REMOTE_ADDR": "10.0.0.2"}
    assert read(client.get("/see/a", environ_base=base))["addr"] == "10.0.0.2"


def test_open_takes_builder_environ_and_request(app: Insula) -> None:
    def builder() -> EnvironBuilder:
        # A body can be read once: each form has one of its own.
        return EnvironBuilder(app, "/see/a", method="POST", json={"a": 1})

    forms: list[Any] = [
        builder(),
        PlainBuilder("/see/a", method="POST", json={"a": 1}),
        builder().get_request(),
        builder().get_environ(),
    ]
    for form in forms:
        with app.test_client() as client:
            assert read(client.open(form))["json"] == {"a": 1}
            assert g.name == "a"


@pytest.mark.parametrize(
    ("settings", "propagates"),
    [
        ({"TESTING": True}, True),
        ({"TESTING": False}, False),
        ({"TESTING": True, "PROPAGATE_EXCEPTIONS": False}, False),
        ({"TESTING": False, "PROPAGATE_EXCEPTIONS": True}, True),
    ],
)
def test_error_reaches_the_test_where_configured(
    app: Insula, settings: dict[str, bool], propagates: bool
) -> None:
    app.config.update(settings)
    if propagates:
        with pytest.raises(LookupError, match="inner"):
            app.test_client().get("/fail")
    else:
        assert app.test_client().get("/fail").status_code == 500


def test_client_class_and_options_are_the_applications(app: Insula) -> None:
    class Mine(InsulaClient):
        def __init__(self, *args: Any, user: str = "", **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.user = user

    app.test_client_class = Mine
    client = app.test_client(user="ann")
    assert isinstance(client, Mine)
    assert client.user == "ann"


def test_cli_runner_hands_the_application_to_its_commands(app: Insula) -> None:
    @app.cli.command("hello")
    def hello() -> None:
        from insula import current_app

        click.echo(f"hello {current_app.import_name}")

    runner = app.test_cli_runner()
    assert isinstance(runner, InsulaCliRunner)
    assert runner.invoke(args=["hello"]).output == "hello island\n"
    assert runner.invoke(hello).output == "hello island\n"


def test_cli_runner_leaves_an_object_that_is_given(app: Insula) -> None:
    @click.command()
    @click.pass_obj
    def show(obj: Any) -> None:
        click.echo(obj)

    assert app.test_cli_runner().invoke(show, obj="mine").output == "mine\n"
