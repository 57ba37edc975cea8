"""Cut the connection of a streamed response that failed after its head had gone.

Rules of the file: used only on a failure; it cuts the one connection that is this
request's, or none, and says in the log which it was.

Theory. When a response of unknown length ends early Granian writes the terminating
chunk all the same, so that it would look complete. It says the client's port, though,
so the connection can be told among the sockets of this process. Once what was sent has
left, its sending side is shut down: the client reads the end of the stream where a
chunk should be, which RFC 9112 §8 makes an incomplete message. In HTTP/1.0 the end of
the stream is the end of the message: there the connection is reset.

A connection of HTTP/2 is cut where no other request is in flight on it. Where the
connection cannot be told (not Linux, a Unix socket), or is not this request's alone,
nothing is cut, and the log says so.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insula.servers.asgi.exchange import LOGGER
from insula.servers.hangup import _reset, _written

if TYPE_CHECKING:
    from collections.abc import Callable

    Scope = dict[str, Any]

__all__ = ["cut_connection"]

_SETTLING = 0.5
_QUIET = 3  # looks in a row, 10 ms apart


def cut_connection(scope: Scope, is_alone: Callable[[], bool]) -> None:
    """Cut the connection on which the request of `scope` came; it may take a while.

    :param is_alone: whether it is the only request that is in flight on it.
    """
    path = scope["path"]
    sock = _connection(scope)
    if sock is None:
        LOGGER.error("The connection of %r could not be told and stays open.", path)
        return
    with sock:
        try:
            _settle(sock)
            if not is_alone():
                LOGGER.error(
                    "The connection of %r has other requests and stays open.", path
                )
                return
            if scope["http_version"] == "1.0":
                _reset(sock)
            else:
                sock.shutdown(socket.SHUT_WR)
        except OSError:
            return  # the client has left: nothing can look complete to it
    LOGGER.error("The connection of %r was cut.", path)


def _settle(sock: socket.socket) -> None:
    """Wait until the server, on its own thread, has written what it was given."""
    deadline = time.monotonic() + _SETTLING
    before, quiet = -1, 0
    while quiet < _QUIET and time.monotonic() < deadline:
        count = _written(sock)
        quiet = quiet + 1 if count == before else 0
        before = count
        time.sleep(0.01)


def _connection(scope: Scope) -> socket.socket | None:
    client, server = scope.get("client"), scope.get("server")
    if sys.platform != "linux" or not client or not server:
        return None
    seen = set()
    for link in Path("/proc/self/fd").iterdir():
        try:
            target = str(link.readlink())
            if not target.startswith("socket:") or target in seen:
                continue
            seen.add(target)
            sock = socket.socket(fileno=os.dup(int(link.name)))
        except OSError:
            continue
        if _is_between(sock, client, server):
            return sock
        sock.close()
    return None


def _is_between(sock: socket.socket, client: Any, server: Any) -> bool:
    if sock.family not in {socket.AF_INET, socket.AF_INET6}:
        return False
    try:
        peer, own = sock.getpeername(), sock.getsockname()
    except OSError:
        return False  # a listener, or a connection that is gone
    # The server may be on all addresses, so only its port is compared.
    return bool(tuple(peer[:2]) == tuple(client) and own[1] == server[1])
