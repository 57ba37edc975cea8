"""Which server a program for Flask is served by."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
import werkzeug.serving

from insula.flask import cli, serving
from insula.servers import ServerError, ServerOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SPEAKER = "simple_websocket"


class _Started(Exception):
    """A server was made."""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Collect the servers of Werkzeug's that are made; none of them runs."""
    found: list[Any] = []

    def serve_forever(self: werkzeug.serving.BaseWSGIServer) -> None:
        found.append(self)
        self.server_close()
        raise _Started

    monkeypatch.setattr(werkzeug.serving.BaseWSGIServer, "serve_forever", serve_forever)
    return found


@pytest.fixture
def imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what speaks on sockets be imported."""
    monkeypatch.setitem(sys.modules, SPEAKER, ModuleType(SPEAKER))


def app(_environ: Any, start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b""]


@pytest.mark.usefixtures("imported")
def test_run_simple_where_something_speaks_on_sockets_is_werkzeugs_and_says_so(
    made: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(_Started):
        serving.run_simple("127.0.0.1", 0, app, threaded=True)

    assert made[0].app is app
    assert "Werkzeug's server, which hands it on" in capsys.readouterr().err


def test_run_simple_with_a_request_handler_is_werkzeugs(made: list[Any]) -> None:
    class Handler(werkzeug.serving.WSGIRequestHandler):
        pass

    with pytest.raises(_Started):
        serving.run_simple("127.0.0.1", 0, app, request_handler=Handler)

    assert made[0].RequestHandlerClass is Handler


@pytest.mark.usefixtures("imported")
def test_run_simple_with_an_option_of_our_server_is_ours(made: list[Any]) -> None:
    with pytest.raises(SystemExit):
        serving.run_simple("127.0.0.1", 0, app, interface="asgi")  # which it is not

    assert made == []


@pytest.mark.usefixtures("imported")
def test_command_run_where_something_speaks_on_sockets_is_werkzeugs(
    made: list[Any],
) -> None:
    with pytest.raises(_Started):
        cli._serve(lambda: app, ServerOptions(port=0, threads=8))

    assert made[0].app is app
    assert made[0].multithread


@pytest.mark.usefixtures("imported")
@pytest.mark.parametrize(
    "options",
    [
        ServerOptions(interface="wsgi"),
        ServerOptions(processes=2),
    ],
)
def test_application_that_is_served_in_another_way_is_not_asked_for_sockets(
    options: ServerOptions,
) -> None:
    assert not serving.speaks_on_sockets(_fails, options)


@pytest.mark.usefixtures("imported")
def test_application_that_cannot_be_loaded_is_left_to_who_serves_it() -> None:
    assert not serving.speaks_on_sockets(_fails, ServerOptions())


def test_application_is_not_loaded_where_nothing_could_speak_on_sockets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "_SPEAKER", "nothing_of_this_name")
    loaded: list[str] = []

    assert not serving.speaks_on_sockets(lambda: loaded.append("app"), ServerOptions())
    assert loaded == []


def _fails() -> Any:
    raise ServerError("it does not load")
