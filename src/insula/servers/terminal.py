"""What the server says: the start-up banner, its log, a line per request.

Rules of the file: colours only on a terminal, and never with NO_COLOR; nothing of a
request reaches a terminal with control characters in it; what is switched off costs
nothing, the function that would log is not even in the way.

Sources: https://no-color.org; ECMA-48 (control sequences).
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

    from insula.servers.guard import ResponseProtocol, Runner
    from insula.servers.options import ServerOptions

__all__ = ["logged", "prepare_logs", "print_banner", "printable", "say"]

_ACCESS = logging.getLogger("insula.access")
_SERVER = logging.getLogger("insula.server")
_COLOURS = {1: "cyan", 3: "cyan", 4: "yellow", 5: "red"}


def say(text: str, **style: Any) -> None:
    """Print one line on stderr, styled when that is a terminal."""
    print(_styled(text, **style), file=sys.stderr, flush=True)  # noqa: T201 - its purpose


def print_banner(options: ServerOptions, sock: socket.socket, *, secure: bool) -> None:
    """Say where the server is, in which mode, and how to end it."""
    from insula.servers.binding import server_urls

    for url in server_urls(sock, secure=secure):
        everywhere = options.host in {"", "0.0.0.0", "::"}  # noqa: S104 - compared only
        note = " (and every address of this machine)" if everywhere else ""
        say(f" * Running on {url}{note}", bold=True)
    say(f" * {_modes(options)}")
    if options.use_debugger or options.use_reloader:
        say(" * For development only: debug is on.", fg="yellow")
    say(" * Press CTRL+C to quit")


def _modes(options: ServerOptions) -> str:
    threads = (
        "1 thread (requests strictly in turn)"
        if options.threads == 1
        else f"up to {options.threads} threads"
    )
    if options.processes > 1:
        threads = f"{options.processes} processes, each with {threads}"
    else:
        threads = f"1 process, {threads}"
    reloader = "on" if options.use_reloader else "off"
    debugger = "on" if options.use_debugger else "off"
    return f"Mode: {threads}; reloader {reloader}; debugger {debugger}"


def prepare_logs() -> None:
    """Give our loggers a way out when the application has configured none."""
    for logger, form in (
        (_ACCESS, "%(message)s"),
        (_SERVER, "%(levelname)s: %(message)s"),
    ):
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.INFO)
        if not logger.hasHandlers():
            handler = logging.StreamHandler()
            handler.setFormatter(logging.Formatter(form))
            logger.addHandler(handler)


def printable(text: str) -> str:
    r"""Return text as a terminal may show it: what does not print becomes `\x..`."""
    # Where no UTF-8 is behind the WSGI string, its characters are shown as they are.
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode()
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in text
    )


def logged(runner: Runner) -> Runner:
    """Return the runner with a line per request in the logger `insula.access`."""

    def logging_runner(protocol: ResponseProtocol, environ: dict[str, Any]) -> int:
        address = environ["REMOTE_ADDR"]
        method, version = environ["REQUEST_METHOD"], environ["SERVER_PROTOCOL"]
        target = environ["PATH_INFO"]
        if environ["QUERY_STRING"]:
            target += "?" + environ["QUERY_STRING"]
        began = time.perf_counter()
        code = runner(protocol, environ)
        spent = (time.perf_counter() - began) * 1000
        line = f'"{printable(method)} {printable(target)} {version}" {code}'
        line = _styled(line, fg=_COLOURS.get(code // 100), bold=code >= 500 or None)  # noqa: PLR2004 - the 5xx class
        stamp = time.strftime("%d/%b/%Y %H:%M:%S")
        _ACCESS.info("%s [%s] %s %.1f ms", address or "-", stamp, line, spent)
        return code

    return logging_runner


def _styled(text: str, **style: Any) -> str:
    if os.environ.get("NO_COLOR") or not _is_terminal():
        return text
    from click import style as paint

    return paint(text, **style)


def _is_terminal() -> bool:
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):
        return False
