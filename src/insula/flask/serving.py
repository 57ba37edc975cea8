"""How a server is started where Flask's names are in use.

Programs replace ``werkzeug.serving.run_simple``, which Flask's ``app.run`` calls (tests
by a function that only looks at its arguments). What somebody put there is called;
Werkzeug's own server is not, Insula's stands in its place.
"""

from __future__ import annotations

from typing import Any

import click

from insula.servers import is_running_from_reloader
from insula.servers import run_simple as own_run_simple

__all__ = ["run_simple", "show_server_banner"]


def run_simple(hostname: str, port: int, application: Any, **options: Any) -> None:
    """Serve ``application``; see :func:`insula.servers.run_simple`."""
    import werkzeug.serving

    replaced = werkzeug.serving.run_simple
    if getattr(replaced, "__module__", None) == "werkzeug.serving":
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
