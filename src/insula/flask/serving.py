"""How a server is started where Flask's names are in use.

Programs replace ``werkzeug.serving.run_simple``, which Flask's ``app.run`` calls (tests
by a function that only looks at its arguments). What somebody put there is called;
Werkzeug's own server is not, Insula's stands in its place. That one is a ``TCPServer``
of the standard library, and whoever wants to know the port that the system has chosen
replaces its method ``server_bind``: our socket is bound by that method.
"""

from __future__ import annotations

import socketserver
from typing import TYPE_CHECKING, Any

import click

from insula.servers import is_running_from_reloader
from insula.servers import run_simple as own_run_simple
from insula.servers.binding import bind_by

if TYPE_CHECKING:
    import socket

__all__ = ["bind", "run_simple", "show_server_banner"]


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

    replaced = werkzeug.serving.run_simple
    if getattr(replaced, "__module__", None) == "werkzeug.serving":
        bind_by(bind)
        own_run_simple(hostname, port, application, **options)
    else:
        replaced(hostname, port, application, **options)


def show_server_banner(debug: bool, app_import_path: str | None) -> None:
    """Say what is served, unless the reloader has said so."""
    if is_running_from_reloader():
        return
    if app_import_path is not None:
        click.echo(f" * Application: {app_import_path}")
    click.echo(f" * Debug mode: {'on' if debug else 'off'}")
