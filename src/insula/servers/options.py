"""What a server is asked to do: one frozen value, checked once.

Rules of the file: every option is checked here, before a socket is opened, so that a
bad one is a single line and not a traceback from a worker; nothing here touches the
network.

`threads` is the size of the pool of each process. One thread handles requests
strictly in turn. `DEFAULT_THREADS` is what `threaded=True` means: threads are started
when requests wait and given back when idle, so the number is a ceiling. A view mostly
waits (database, other services), and an open stream holds a thread as long as it
lasts. More threads than requests at once cost nothing (measured with wrk: no fewer
requests per second with 100 than with 12); the ceiling bounds what an attack can take.

As an ASGI server a process has one event loop for what is async, and `threads` is the
size of the pool for what is not (`interface` says which it is, `servers.interface`
how that is found by default).

`greenlets` is another way to serve, in the place of threads: gevent's own server, in
one process that gevent has patched (`patched`).
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from insula.servers.errors import ServerError

if TYPE_CHECKING:
    from ssl import SSLContext

__all__ = ["DEFAULT_THREADS", "ServerOptions"]

DEFAULT_THREADS = 40
"""Threads of a process when only "threaded" was asked for."""

_MAX_PORT = 65535
_MAX_NUMBER = 2**31 - 1
"""What the system's `listen` takes."""
_MAX_SECONDS = 10**9
_RELOADERS = ("auto", "stat")
_INTERFACES = ("auto", "wsgi", "asgi")
_HTTP_MODES = ("default", "1", "2", "auto")


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How to serve one application; immutable, checked when made."""

    host: str = "127.0.0.1"
    """Name or address to listen on, or `unix:///path/to.sock`."""
    port: int = 5000
    """TCP port; 0 lets the system choose a free one, which the banner names."""
    threads: int = 1
    """Threads of each process; 1 handles requests strictly in turn."""
    processes: int = 1
    """Worker processes; more than one needs a system that can fork."""
    greenlets: int = 0
    """The most requests at once, each in a greenlet of gevent; 0 serves in threads."""
    interface: str = "auto"
    """How the application is called: `"wsgi"`, `"asgi"`, or as it asks for."""
    use_reloader: bool = False
    use_debugger: bool = False
    use_evalex: bool = True
    """Let the debugger evaluate code in a frame (behind its PIN)."""
    trusted_hosts: tuple[str, ...] = ()
    """Hosts, besides the loopback ones, that may use the debugger."""
    extra_files: tuple[str, ...] = ()
    exclude_patterns: tuple[str, ...] = ()
    reloader_interval: float = 1.0
    reloader_type: str = "auto"
    ssl_context: str | tuple[str, str | None] | SSLContext | None = None
    """`"adhoc"`, or the files `(certificate, key)`."""
    access_log: bool = True
    banner: bool = True
    drain_timeout: float = 30.0
    """Seconds that requests in flight are given when the server is told to stop."""
    body_timeout: float = 30.0
    """Seconds that the next block of a request's body may take; `inf` for no limit."""
    backlog: int = 1024
    http: str = "default"
    """`"1"`, `"2"`, `"auto"`; by default HTTP/1.1, and HTTP/2 too when over TLS."""

    def __post_init__(self) -> None:
        """Refuse what cannot be served, in one line that says how to mend it."""
        if not isinstance(self.host, str) or "\0" in self.host:
            raise ServerError(
                f"host={self.host!r} is not the text of a name or an address; pass one"
                " such as '127.0.0.1'."
            )
        if not isinstance(self.port, int) or not 0 <= self.port <= _MAX_PORT:
            raise ServerError(
                f"Port {self.port!r} is not a number from 0 to {_MAX_PORT};"
                " choose one, or 0 for any free port."
            )
        for name in ("threads", "processes", "backlog"):
            _check_number(name, getattr(self, name))
        if self.processes > 1 and not hasattr(os, "fork"):
            raise ServerError(
                f"processes={self.processes} needs a system that can fork, and this one"
                " cannot; use threads instead."
            )
        if self.greenlets != 0:
            _check_greenlets(self)
        _check_choice("reloader_type", self.reloader_type, _RELOADERS)
        _check_choice("http", self.http, _HTTP_MODES)
        _check_choice("interface", self.interface, _INTERFACES)
        if not _is_seconds(self.reloader_interval) or self.reloader_interval == 0:
            raise ServerError(
                f"reloader_interval={self.reloader_interval!r} must be a number above 0"
                f" and up to {_MAX_SECONDS} (seconds)."
            )
        if self.body_timeout != math.inf and (
            not _is_seconds(self.body_timeout) or self.body_timeout == 0
        ):
            raise ServerError(
                f"body_timeout={self.body_timeout!r} must be a number above 0"
                " (seconds), or inf for no limit."
            )
        if self.drain_timeout != math.inf and not _is_seconds(self.drain_timeout):
            raise ServerError(
                f"drain_timeout={self.drain_timeout!r} must be a number, 0 or above"
                " (seconds), or inf for no limit."
            )
        for name in ("trusted_hosts", "extra_files", "exclude_patterns"):
            # NOTE: the way to set a field of a frozen dataclass that is being made.
            object.__setattr__(self, name, _texts(name, getattr(self, name)))

    @property
    def unix_path(self) -> str | None:
        """The path of the Unix socket to listen on, or None for TCP."""
        return self.host[7:] if self.host.startswith("unix://") else None


def _check_number(name: str, value: object) -> None:
    if not isinstance(value, int) or value < 1:
        raise ServerError(
            f"{name}={value!r} is not a whole number of at least 1;"
            f" pass {name}=1 or more."
        )
    if value > _MAX_NUMBER:
        raise ServerError(f"{name}={value!r} is too much; pass at most {_MAX_NUMBER}.")


def _check_greenlets(options: ServerOptions) -> None:
    _check_number("greenlets", options.greenlets)
    if options.processes > 1:
        raise ServerError(
            f"greenlets={options.greenlets} serves in one process, and"
            f" processes={options.processes} asks for more; start several servers"
            " behind a proxy, or use gunicorn with its gevent worker."
        )
    if options.interface == "asgi":
        raise ServerError(
            f"interface='asgi' cannot be had with greenlets={options.greenlets}, which"
            " are a way to serve WSGI; leave one of them out."
        )
    if options.http == "2":
        raise ServerError(
            f"http='2' cannot be had with greenlets={options.greenlets}: gevent's"
            " server speaks HTTP/1.1; leave http out, or serve with threads."
        )


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ServerError(
            f"{name}={value!r} is not known;"
            f" use one of {', '.join(map(repr, choices))}."
        )


def _is_seconds(value: object) -> bool:
    """Return whether it is a time that every clock can be set to; NaN is none."""
    return isinstance(value, (int, float)) and 0 <= value <= _MAX_SECONDS


def _texts(name: str, value: object) -> tuple[str, ...]:
    """Return texts and paths as texts; one alone would be taken for its letters."""
    wrong: object = value
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        items = [
            os.fspath(item) if isinstance(item, os.PathLike) else item for item in value
        ]
        if all(isinstance(item, str) for item in items):
            return tuple(items)
        wrong = items
    raise ServerError(
        f"{name}={wrong!r} is not a list of texts; pass one such as {name}=['a', 'b']."
    )
