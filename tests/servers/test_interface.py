"""Which interface an application is served by, and the reason that is given."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from insula import Blueprint, Insula, websocket
from insula.servers import ServerError, ServerOptions
from insula.servers.debugger import FailedApplication
from insula.servers.interface import choose_interface
from insula.views import MethodView, View


def app_with(name: str) -> Any:
    """Return an application of Insula's that has the thing of that name."""
    app = Insula("chosen", static_folder=None)
    app.add_url_rule("/", "index", lambda: "")
    blueprint = Blueprint("inner", __name__)
    owner: Any = blueprint if name.startswith("blueprint ") else app

    async def view(**values: Any) -> str:
        return ""

    async def hook(response: Any = None) -> Any:
        return response

    async def socket() -> None:
        await websocket.accept()

    class Whole(View):
        async def dispatch_request(self, **values: Any) -> str:
            return ""

    class OneMethod(MethodView):
        def get(self) -> str:
            return ""

        async def post(self) -> str:
            return ""

    class Sync(MethodView):
        def get(self) -> str:
            return ""

    kind = name.rpartition(" ")[2]
    if kind == "view":
        owner.add_url_rule("/a", "slow", view)
    elif kind == "socket":
        owner.websocket("/ws/<name>")(socket)
    elif kind == "hooks":
        app.before_request(hook)
        app.after_request(hook)
        app.teardown_request(hook)
        app.before_serving(hook)
    elif kind in {"Whole", "OneMethod", "Sync"}:
        app.add_url_rule("/b", view_func=locals()[kind].as_view(kind))
    app.register_blueprint(blueprint, url_prefix="/inner")
    return app


@pytest.mark.parametrize(
    ("name", "interface", "reason"),
    [
        ("nothing", "wsgi", "no async view, no WebSocket"),
        ("view", "asgi", "async view 'slow'"),
        ("blueprint view", "asgi", "async view 'inner.slow'"),
        ("Whole", "asgi", "async view 'Whole'"),
        ("OneMethod", "asgi", "async view 'OneMethod'"),
        ("Sync", "wsgi", "no async view, no WebSocket"),
        ("hooks", "wsgi", "no async view, no WebSocket"),
        ("socket", "asgi", "WebSocket '/ws/<name>'"),
        ("blueprint socket", "asgi", "WebSocket '/inner/ws/<name>'"),
    ],
)
def test_application_of_ours_is_served_as_what_it_has(
    name: str, interface: str, reason: str
) -> None:
    choice = choose_interface(app_with(name), ServerOptions())
    assert (choice.interface, choice.reason) == (interface, reason)
    assert str(choice) == f"{interface.upper()} ({reason})"


@pytest.mark.parametrize(
    ("lines", "interface"),
    [
        ("", "WSGI (async view 'index', as Flask serves it)"),
        ("app.websocket('/ws')(index)", "ASGI (WebSocket '/ws')"),
    ],
)
def test_async_views_that_were_written_for_flask_are_served_by_wsgi(
    lines: str, interface: str
) -> None:
    code = f"""
import insula.flask; insula.flask.install()
from flask import Flask
app = Flask("shop")
@app.route("/")
async def index(): return ""
{lines}
from insula.servers import ServerOptions
from insula.servers.interface import choose_interface
print(choose_interface(app, ServerOptions()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == interface


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
@pytest.mark.parametrize("name", ["nothing", "view", "socket"])
def test_what_is_asked_for_is_done(name: str, interface: str) -> None:
    options = ServerOptions(interface=interface)
    choice = choose_interface(app_with(name), options)
    assert (choice.interface, choice.reason) == (interface, "as asked")


def test_greenlets_serve_wsgi() -> None:
    choice = choose_interface(app_with("view"), ServerOptions(greenlets=5))
    assert (choice.interface, choice.reason) == ("wsgi", "greenlets")


def wsgi_application(environ: Any, start_response: Any) -> Any:
    return []


async def asgi_application(scope: Any, receive: Any, send: Any) -> None:
    pass


def asgi_plain(scope: Any, receive: Any, send: Any, limit: int = 3) -> Any:
    return asgi_application(scope, receive, send)


class WsgiObject:
    def __call__(self, environ: Any, start_response: Any) -> Any:
        return []


class AsgiObject:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        pass


WSGI: list[Any] = [wsgi_application, WsgiObject(), app_with("view").wsgi_app]
ASGI: list[Any] = [asgi_application, asgi_plain, AsgiObject()]


@pytest.mark.parametrize(
    ("application", "interface"),
    [(each, "wsgi") for each in WSGI] + [(each, "asgi") for each in ASGI],
)
def test_other_application_is_served_as_what_it_is(
    application: Any, interface: str
) -> None:
    choice = choose_interface(application, ServerOptions())
    assert choice.interface == interface
    assert "is no Insula application" in choice.reason


@pytest.mark.parametrize(
    ("application", "options", "message"),
    [
        (
            wsgi_application,
            {"interface": "asgi"},
            "'asgi' serves ASGI applications, and 'wsgi_application' is WSGI only; ",
        ),
        (
            AsgiObject(),
            {"interface": "wsgi"},
            "'wsgi' serves WSGI applications, and an object of class AsgiObject is ",
        ),
        (
            asgi_application,
            {"greenlets": 5},
            "greenlets=5 serves WSGI applications, and 'asgi_application' is ASGI",
        ),
    ],
)
def test_interface_that_an_application_does_not_speak_is_refused(
    application: Any, options: Any, message: str
) -> None:
    with pytest.raises(ServerError) as caught:
        choose_interface(application, ServerOptions(**options))
    assert message in str(caught.value)
    assert str(caught.value).endswith(" only; leave it out.")


@pytest.mark.parametrize("interface", ["auto", "asgi"])
def test_application_that_could_not_be_loaded_is_shown_by_wsgi(interface: str) -> None:
    failed = FailedApplication(ImportError("x"))
    choice = choose_interface(failed, ServerOptions(interface=interface))
    assert choice.interface == "wsgi"


def test_interface_that_is_none_is_refused() -> None:
    with pytest.raises(ServerError, match="interface='cgi' is not known; use one of"):
        ServerOptions(interface="cgi")


def test_interface_that_greenlets_do_not_have_is_refused() -> None:
    with pytest.raises(ServerError, match="cannot be had with greenlets=5"):
        ServerOptions(interface="asgi", greenlets=5)
