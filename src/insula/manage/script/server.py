"""The command ``runserver``: Insula's own server, with the options of Flask-Script.

Theory. Under the reloader the application is made in the process that serves, and only
there: one that cannot be imported is shown in the browser and tried again after a
change. So the managers are not asked for it before, unless debug mode, which turns the
reloader on, is known from the application alone.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from insula._core import late
from insula.app.environment import get_debug_flag, get_load_dotenv
from insula.manage.script.command import Command, Group, Option
from insula.manage.script.errors import InvalidCommand
from insula.servers import (
    DEFAULT_THREADS,
    ServerError,
    ServerOptions,
    is_running_from_reloader,
)
from insula.servers.terminal import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from insula.manage.script.manager import Loader

__all__ = ["Server"]


class Server(Command):
    """Serve the application.

    :param host: the address to listen on.
    :param port: the port; 0 for any free one.
    :param use_debugger: debug mode and the debugger; by default as the application is
        set.
    :param use_reloader: start anew when a file changes; by default in debug mode.
    :param threaded: answer requests in threads, or strictly in turn.
    :param processes: how many processes serve.
    :param ssl_crt: the file of a certificate, and ``ssl_key`` that of its key.
    :param options: further ones of :func:`insula.servers.run_simple`.
    """

    help = "Serve the application."

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 5000,
        use_debugger: bool | None = None,
        use_reloader: bool | None = None,
        threaded: bool = True,
        processes: int = 1,
        passthrough_errors: bool = False,
        ssl_crt: str | None = None,
        ssl_key: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        self.host = host
        self.port = port
        self.use_debugger = use_debugger
        self.use_reloader = use_debugger if use_reloader is None else use_reloader
        self.threaded = threaded
        self.processes = processes
        self.passthrough_errors = passthrough_errors
        self.ssl_crt = ssl_crt
        self.ssl_key = ssl_key
        self.server_options = options

    @property
    def description(self) -> str:
        """What the help says."""
        return self.help

    def get_options(self) -> Iterable[Option | Group]:
        """Return the options, with what this command was made with as defaults."""
        return (
            Option(
                "-h",
                "--host",
                dest="host",
                default=self.host,
                help="The address to listen on (default: %(default)s).",
            ),
            Option(
                "-p",
                "--port",
                dest="port",
                type=int,
                default=self.port,
                help="The port; 0 for any free one (default: %(default)s).",
            ),
            *self._switch(
                ["--threaded"],
                ["--no-threaded"],
                "threaded",
                ("Answer requests in threads.", "Answer requests strictly in turn."),
            ),
            Option(
                "--processes",
                dest="processes",
                type=int,
                default=self.processes,
                metavar="N",
                help="How many processes serve (default: %(default)s).",
            ),
            Option(
                "--passthrough-errors",
                action="store_true",
                dest="passthrough_errors",
                default=self.passthrough_errors,
                help="Taken for the sake of scripts; it has no effect on this server.",
            ),
            *self._switch(
                ["-d", "--debug"],
                ["-D", "--no-debug"],
                "use_debugger",
                ("Debug mode; its debugger is for your eyes only.", "No debug mode."),
            ),
            *self._switch(
                ["-r", "--reload"],
                ["-R", "--no-reload"],
                "use_reloader",
                ("Start anew when a file changes.", "Do not watch files."),
            ),
            Option(
                "--ssl-crt",
                dest="ssl_crt",
                default=self.ssl_crt,
                metavar="FILE",
                help="A certificate, to serve HTTPS.",
            ),
            Option(
                "--ssl-key",
                dest="ssl_key",
                default=self.ssl_key,
                metavar="FILE",
                help="The certificate's key.",
            ),
        )

    def _switch(
        self, on: list[str], off: list[str], dest: str, helps: tuple[str, str]
    ) -> Iterable[Option]:
        default = getattr(self, dest)
        for names, action, text in (
            (on, "store_true", helps[0]),
            (off, "store_false", helps[1]),
        ):
            yield Option(*names, action=action, dest=dest, default=default, help=text)

    def __call__(  # type: ignore[override]  # its arguments have names
        self,
        app: Any,
        host: str,
        port: int,
        use_debugger: bool | None,
        use_reloader: bool | None,
        threaded: bool,
        processes: int,
        passthrough_errors: bool,
        ssl_crt: str | None,
        ssl_key: str | None,
    ) -> None:
        """Serve ``app``; override to do something before or after."""
        if use_debugger is None:
            use_debugger = _debug_of(app)
        app.run(
            host=host,
            port=port,
            debug=use_debugger,
            use_debugger=use_debugger,
            use_reloader=use_debugger if use_reloader is None else use_reloader,
            threaded=threaded,
            processes=processes,
            passthrough_errors=passthrough_errors,
            ssl_context=_tls(ssl_crt, ssl_key),
            **self.server_options,
        )

    def _start(self, load: Loader, *rest: Any, **values: Any) -> Any:
        """Serve what the managers make, and make it late under the reloader."""
        child = is_running_from_reloader()
        debug, reload = values["use_debugger"], values["use_reloader"]
        if reload is None:
            # As it did in the parent, where debug mode has led to there being a child.
            reload = child if debug is None else debug
        if (
            not reload
            or load.is_made
            or type(self).__call__ is not Server.__call__
            or not self.server_options.keys()
            <= ServerOptions.__dataclass_fields__.keys()
        ):
            return self(load(), *rest, **values)
        if get_load_dotenv(True):
            late.load_dotenv()
        return self._serve_late(load, debug, values)

    def _serve_late(
        self, load: Loader, debug: bool | None, values: dict[str, Any]
    ) -> None:
        def loaded() -> Any:
            app = load()
            if debug is not None:
                app.debug = debug
            return app

        use_debugger = debug
        if use_debugger is None:
            # Without -r, it is debug mode that there is a reloader for.
            use_debugger = values["use_reloader"] is None or _debug_once_made(load)
        try:
            options = ServerOptions(
                host=values["host"],
                port=values["port"],
                threads=DEFAULT_THREADS if values["threaded"] else 1,
                processes=values["processes"],
                use_reloader=True,
                use_debugger=use_debugger,
                ssl_context=_tls(values["ssl_crt"], values["ssl_key"]),
                **self.server_options,
            )
            late.serve(loaded, options)
        except ServerError as exc:
            say(f"Error: {exc}", fg="red")
            sys.exit(1)


def _debug_of(app: Any) -> bool:
    """Return whether to serve in debug mode; an application may leave it open."""
    if app.debug is not None:
        return bool(app.debug)
    if not is_running_from_reloader():
        say(
            " * DEBUG is None, which runserver takes for on; set it to be sure.",
            fg="yellow",
        )
    return True


def _debug_once_made(load: Loader) -> bool:
    """Return whether the application is in debug mode, if it can be made."""
    if is_running_from_reloader():
        with suppress(
            Exception, SystemExit
        ):  # it is shown when it is made to be served
            return _debug_of(load())
    return get_debug_flag()


def _tls(certificate: str | None, key: str | None) -> tuple[str, str] | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        missing = "--ssl-crt" if certificate is None else "--ssl-key"
        raise InvalidCommand(
            f"HTTPS needs a certificate and its key; {missing} is missing."
        )
    return certificate, key
