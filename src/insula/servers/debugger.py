"""The application as it is served: static files, debugger, and a failed import.

Rules of the file: the debugger is put on only when asked for; its console only in a
single process (its frames live there), behind its PIN, and for the loopback hosts and
those the user named.

Sources: `werkzeug.debug` (the debugger itself), CVE-2024-34069 (why hosts are
checked).
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING, Any

from insula.servers.signals import Stopped
from insula.servers.terminal import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from insula.servers.interface import Choice
    from insula.servers.options import ServerOptions

    Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

__all__ = ["FailedApplication", "debugged", "load_or_failed"]

_LOOPBACK = ("localhost", ".localhost", "127.0.0.1", "[::1]")


class FailedApplication:
    """Stands in for an application that could not be loaded: every request says why."""

    def __init__(self, exc: BaseException) -> None:
        self.exc = exc
        # NOTE: each time it is raised it gets longer, so it is put back to this one.
        self._traceback = exc.__traceback__
        self._text = "".join(traceback.format_exception(exc))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Raise the error for the debugger, or show it as text without one."""
        if environ.get("insula.debugger"):
            if isinstance(self.exc, Exception):
                raise self.exc.with_traceback(self._traceback)
            # The debugger shows what is an Exception, and what has led to it.
            raise RuntimeError(
                f"The application ended with {self.exc!r} while it was loaded; see"
                " above for where."
            ) from self.exc
        body = self._text.encode()
        start_response(
            "500 Internal Server Error",
            [
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Content-Length", str(len(body))),
            ],
        )
        return [body]


def load_or_failed(load: Callable[[], Application]) -> Application:
    """Return the application, or one that shows why it could not be loaded."""
    try:
        return load()
    except Stopped:
        raise
    except (Exception, SystemExit) as exc:  # noqa: BLE001 - shown, and mended by a reload
        from insula.servers.mounts.failed import from_their_code

        # What loads it would only hide where the error is.
        traceback.print_exception(from_their_code(exc), file=sys.stderr)
        say(" * The application could not be loaded; waiting for a change.", fg="red")
        return FailedApplication(exc)


def debugged(
    application: Application, options: ServerOptions, choice: Choice
) -> Application:
    """Return the application behind Werkzeug's debugger, and print its PIN.

    The debugger is WSGI. Where the application is served as ASGI it is put around its
    `wsgi_app`, through which all its requests go then, in worker threads; a WebSocket
    has no debugger.
    """
    if choice.interface == "asgi":
        wsgi_app = getattr(application, "wsgi_app", None)
        if wsgi_app is None:
            say(
                " * The debugger is off: it does not know this kind of application.",
                fg="yellow",
            )
        else:
            application.wsgi_app = _debugged(wsgi_app, options)  # type: ignore[attr-defined]  # an Insula
        return application
    return _debugged(application, options)


def _debugged(application: Application, options: ServerOptions) -> Application:
    from werkzeug.debug import DebuggedApplication

    evalex = options.use_evalex and options.processes == 1
    if options.use_evalex and not evalex:
        say(
            " * The debugger's console is off: it needs a single process, and there"
            f" are {options.processes}.",
            fg="yellow",
        )
    wrapped = DebuggedApplication(
        _flagged(application), evalex=evalex, pin_logging=False
    )
    wrapped.pin_logging = True  # on request only: the PIN is shown below
    wrapped.trusted_hosts = [*_LOOPBACK, *options.trusted_hosts]
    if evalex:
        _show_pin(wrapped)
    return wrapped


def _flagged(application: Application) -> Application:
    def flagged(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["insula.debugger"] = True
        return application(environ, start_response)

    return flagged


def _show_pin(wrapped: Any) -> None:
    # Werkzeug prints it by itself, but only below its own reloader and log.
    if os.environ.get("WERKZEUG_DEBUG_PIN") == "off":
        say(
            " * Debugger PIN is disabled: anyone on this machine can run code!",
            fg="red",
        )
    else:
        say(f" * Debugger PIN: {wrapped.pin}")
