"""What the server says: the start-up banner and its log.

Rules of the file: colours only on a terminal, and never with NO_COLOR.

Sources: https://no-color.org.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

    from insula.servers.interface import Choice
    from insula.servers.options import ServerOptions

__all__ = ["prepare_log", "print_banner", "print_choice", "say", "styled"]

_LOGGER = logging.getLogger("insula.server")


def say(text: str, **style: Any) -> None:
    """Print one line on stderr, styled when that is a terminal."""
    line = f"{styled(text, **style)}\n"  # written at once: processes may share stderr
    print(line, end="", file=sys.stderr, flush=True)  # noqa: T201 - its purpose


def print_banner(
    options: ServerOptions,
    sock: socket.socket,
    *,
    secure: bool,
    choice: Choice | None = None,
) -> None:
    """Say where the server is, in which mode, and how to end it.

    `choice` is the interface, where the application is loaded already.
    """
    from insula.servers.binding import server_urls

    for url in server_urls(sock, secure=secure):
        everywhere = options.host in {"", "0.0.0.0", "::"}  # noqa: S104 - compared only
        note = " (and every address of this machine)" if everywhere else ""
        say(f" * Running on {url}{note}", bold=True)
    say(f" * {_modes(options, choice)}")
    if choice is not None:
        print_choice(choice)
    if options.use_debugger:
        say(" * The debugger is on: for development only.", fg="yellow")
    say(" * Press CTRL+C to quit")


def print_choice(choice: Choice) -> None:
    """Say by which interface the application is served, and why; and its mounts."""
    say(f" * Interface: {choice}")
    if choice.mounts:
        say("\n".join([" * Mounts:", *(f"     {line}" for line in choice.mounts)]))


def _modes(options: ServerOptions, choice: Choice | None) -> str:
    if options.greenlets:
        threads = f"up to {options.greenlets} greenlets (gevent)"
    elif choice is not None and choice.interface == "asgi":
        number = options.threads
        plural = "thread" if number == 1 else "threads"
        threads = f"an event loop, up to {number} {plural} for what is not async"
    elif options.threads == 1:
        threads = "1 thread (requests strictly in turn)"
    else:
        threads = f"up to {options.threads} threads"
    if options.processes > 1:
        threads = f"{options.processes} processes, each with {threads}"
    else:
        threads = f"1 process, {threads}"
    reloader = "on" if options.use_reloader else "off"
    debugger = "on" if options.use_debugger else "off"
    return f"Mode: {threads}; reloader {reloader}; debugger {debugger}"


def prepare_log() -> None:
    """Give the server's logger a way out when the application has configured none."""
    if _LOGGER.level == logging.NOTSET:
        _LOGGER.setLevel(logging.INFO)
    if not _LOGGER.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
        _LOGGER.addHandler(handler)


def styled(text: str, **style: Any) -> str:
    """Return text in colour, where stderr is a terminal that may show it."""
    if os.environ.get("NO_COLOR") or not _is_terminal():
        return text
    from click import style as paint

    return paint(text, **style)


def _is_terminal() -> bool:
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):
        return False
