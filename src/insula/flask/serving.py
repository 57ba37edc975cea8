"""How a server is started where Flask's names are in use.

Programs replace ``werkzeug.serving.run_simple``, which Flask's ``app.run`` calls (tests
by a function that only looks at its arguments). What somebody put there is called;
Werkzeug's own server is not, Insula's stands in its place. That one is a ``TCPServer``
of the standard library, and whoever wants to know the port that the system has chosen
replaces its method ``server_bind``: our socket is bound by that method.

What asks for Werkzeug's own server gets it. A ``request_handler`` is a class of that
server's. And it alone hands a request's socket on (``environ["werkzeug.socket"]``), on
which simple-websocket speaks WebSocket by itself, under WSGI, for flask-sock and
Flask-SocketIO: where it has been imported no other server would do.
"""

from __future__ import annotations

import inspect
import socketserver
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from insula.servers import is_running_from_reloader
from insula.servers import run_simple as own_run_simple
from insula.servers.binding import bind_by
from insula.servers.terminal import say

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from insula.servers import ServerOptions

__all__ = ["bind", "run_simple", "show_server_banner", "speaks_on_sockets"]

# What speaks WebSocket on the socket of a request.
_SPEAKER = "simple_websocket"


class _Bound(socketserver.TCPServer):
    """What the method that binds is handed: a server, as far as it has come."""

    def __init__(self, sock: socket.socket, address: Any) -> None:
        self.socket = sock
        self.server_address = address


def bind(sock: socket.socket, address: Any) -> None:
    """Bind a socket as Python's own server binds its socket."""
    _Bound(sock, address).server_bind()


def run_simple(hostname: str, port: int, application: Any, **options: Any) -> None:
    """Serve ``application``; see :func:`insula.servers.run_simple`."""
    import werkzeug.serving

    theirs = werkzeug.serving.run_simple
    if getattr(theirs, "__module__", None) != "werkzeug.serving" or (
        _asks_for_werkzeugs(options)
        # An option that it does not have says that ours is meant.
        and options.keys() <= inspect.signature(theirs).parameters.keys()
    ):
        theirs(hostname, port, application, **options)
    else:
        bind_by(bind)
        own_run_simple(hostname, port, application, **options)


def _asks_for_werkzeugs(options: dict[str, Any]) -> bool:
    if options.get("request_handler") is not None:
        return True
    if _SPEAKER in sys.modules:
        say(
            f"{_SPEAKER} needs the socket of each request: Werkzeug's server, which"
            " hands it on, takes the place of Insula's."
        )
        return True
    return False


def speaks_on_sockets(load: Callable[[], Any], options: ServerOptions) -> bool:
    """Tell whether what ``load()`` returns speaks on the sockets of its requests.

    It is loaded to know that, where it may be so at all; what it raises is raised
    again to those who serve it.
    """
    if options.interface != "auto" or options.greenlets or options.processes > 1:
        return False
    if _SPEAKER not in sys.modules and find_spec(_SPEAKER) is None:
        return False
    try:
        load()
    except Exception:  # noqa: BLE001 - an application may raise anything
        return False
    return _SPEAKER in sys.modules


def show_server_banner(debug: bool, app_import_path: str | None) -> None:
    """Say what is served, unless the reloader has said so."""
    if is_running_from_reloader():
        return
    if app_import_path is not None:
        click.echo(f" * Application: {app_import_path}")
    click.echo(f" * Debug mode: {'on' if debug else 'off'}")
