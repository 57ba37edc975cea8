"""The listening sockets: opened by us, handed to the server, named in the banner.

Rules of the file: a socket is made here and nowhere else; what goes wrong is one
`ServerError` line.

Theory. Granian binds with SO_REUSEPORT, so that two servers on one port start
silently and share the traffic. Here the *first* bind is exclusive, without that
option: a port in use is an error, with no race between a probe and the bind. The
sockets listen before any worker runs and stay open in the parent, so that a
connection made while a worker starts, restarts or reloads waits in the queue and is
never refused.

With several processes on Linux each gets a socket of its own in one SO_REUSEPORT
group (option set after the exclusive bind), and the kernel spreads connections
evenly; elsewhere all share one.

Sources: socket(7), tcp(7), unix(7), RFC 3986 (IPv6 literals in URLs).
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insula.servers.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from insula.servers.options import ServerOptions

__all__ = [
    "adopt_socket",
    "bind_by",
    "open_sockets",
    "release_sockets",
    "server_urls",
]

_bind: Callable[[socket.socket, Any], None] = socket.socket.bind
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not bound


def bind_by(function: Callable[[socket.socket, Any], None]) -> None:
    """Have a function bind the first socket to its address from now on."""
    global _bind  # noqa: PLW0603 - one way for the process
    _bind = function


def open_sockets(options: ServerOptions) -> list[socket.socket]:
    """Return listening sockets: one, or one per process where the kernel can share."""
    if options.unix_path is not None:
        return [_open_unix(options.unix_path, options.backlog)]
    first = _open_tcp(options)
    sockets = [first]
    if _is_group(options):
        for _ in range(options.processes - 1):
            other = socket.socket(first.family, socket.SOCK_STREAM)
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            other.bind(first.getsockname())
            other.listen(options.backlog)
            sockets.append(other)
    return sockets


def adopt_socket(fd: int) -> socket.socket:
    """Return the socket that the reloader opened and left to this process."""
    return socket.socket(fileno=fd)


def release_sockets(sockets: Sequence[socket.socket], options: ServerOptions) -> None:
    """Close the sockets that were opened, and take a Unix socket's file away."""
    for sock in sockets:
        sock.close()
    if sockets and options.unix_path is not None:
        Path(options.unix_path).unlink(missing_ok=True)


def server_urls(sock: socket.socket, *, secure: bool) -> list[str]:
    """Return the addresses under which a person can reach the socket, best first."""
    if sock.family == socket.AF_UNIX:
        return [f"unix://{sock.getsockname()}"]
    host, port = sock.getsockname()[:2]
    shown = _ANY.get(host, host)
    literal = f"[{shown}]" if ":" in shown else shown
    return [f"http{'s' if secure else ''}://{literal}:{port}"]


def _open_tcp(options: ServerOptions) -> socket.socket:
    host, port = options.host or "0.0.0.0", options.port  # noqa: S104 - "" means all
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as exc:
        raise ServerError(
            f"Host {host!r} cannot be resolved ({exc}); use a name or address of this"
            " machine, such as 127.0.0.1."
        ) from exc
    # NOTE: "localhost" often resolves to ::1 first; browsers and tools try 127.0.0.1.
    found.sort(key=lambda info: info[0] != socket.AF_INET)
    family, kind, proto, _, address = found[0]
    sock = socket.socket(family, kind, proto)
    try:
        if os.name == "posix":
            # Only lets a port in TIME_WAIT be taken again; one in use stays refused.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _bind(sock, address)
        if _is_group(options):
            # NOTE: after bind, so that the bind was exclusive; before listen, because
            # only then does the kernel put the socket into the group.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.listen(options.backlog)
    except OSError as exc:
        sock.close()
        raise ServerError(_bind_message(host, port, exc)) from exc
    return sock


def _is_group(options: ServerOptions) -> bool:
    return options.processes > 1 and sys.platform == "linux"


def _bind_message(host: str, port: int, exc: OSError) -> str:
    if exc.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use by another program; stop that program or"
            " choose another port."
        )
    if exc.errno == errno.EACCES:
        return (
            f"Port {port} on {host} may not be opened by this user ({exc.strerror});"
            " choose a port above 1023."
        )
    return (
        f"Cannot listen on {host} port {port}: {exc.strerror or exc}; choose an address"
        " of this machine."
    )


def _open_unix(path: str, backlog: int) -> socket.socket:
    if not hasattr(socket, "AF_UNIX"):
        raise ServerError(f"unix://{path}: this system has no Unix sockets; use TCP.")
    path = str(Path(path).absolute())
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _take_away_stale(path)
        sock.bind(path)
        sock.listen(backlog)
    except OSError as exc:
        sock.close()
        if exc.errno == errno.EADDRINUSE:
            raise ServerError(
                f"Unix socket {path} is in use by another program; stop it or choose"
                " another path."
            ) from exc
        raise ServerError(
            f"Cannot listen on unix://{path}: {exc.strerror or exc}."
        ) from exc
    return sock


def _take_away_stale(path: str) -> None:
    """Remove the socket file that a killed server left, if nobody answers on it."""
    if not Path(path).exists():
        return
    if not Path(path).is_socket():
        raise OSError(errno.EEXIST, "a file that is not a socket is in the way")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            Path(path).unlink()
