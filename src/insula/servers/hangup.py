"""Cut a connection whose streamed response has failed, so that it cannot look complete.

Rules of the file: used only on a failure, never on the way of a good response; it
cuts the one connection that is surely this request's, or none, and says in the log
which it was.

Theory. When a chunked body ends early Granian writes the terminating chunk all the
same, and hands us neither the connection nor the client's port. But the connection is
a socket of this process: its peer has the request's address, its own address is the
server's. When just one socket fits, it is that one. When several do (a proxy in
front, other requests of this client), one more chunk of a random number of spaces is
sent, and the socket whose count of written bytes grew by just that much is ours. Then
its sending side is shut down: the client reads all that was sent, and then the end of
the stream where a chunk should be, which RFC 9112 §8 makes an incomplete message.

The count of bytes written is what the peer has acknowledged (`TCP_INFO`) plus what
waits in the send queue (`SIOCOUTQ`). Where the system does not tell (not Linux,
HTTP/2, which has several requests on one connection), nothing is cut, and the log
says so.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import struct
import sys
import time
from pathlib import Path
from typing import Any

__all__ = ["Hangup"]

_LOGGER = logging.getLogger("insula.server")
_SIOCOUTQ = 0x5411
_BYTES_ACKED_AT = 120  # offset of tcpi_bytes_acked in struct tcp_info, linux/tcp.h
_PATIENCE = 2.0
_SETTLING = 0.5
_QUIET = 3  # looks in a row, 10 ms apart
_TLS_OVERHEAD = 64


class Hangup:
    """One attempt to cut the connection of a request; `step` until it returns None."""

    __slots__ = ("_before", "_candidates", "_grown_by", "_path", "_secure")

    def __init__(self, environ: dict[str, Any]) -> None:
        self._path = environ.get("PATH_INFO")
        self._secure = environ.get("wsgi.url_scheme") == "https"
        self._candidates = _candidates(environ)
        self._before: dict[int, int] = {}
        self._grown_by = 0

    def step(self) -> bytes | None:
        """Return a chunk to send, after which to call again, or None when done."""
        if not self._before:
            self._settle()
        if self._grown_by == 0 and len(self._candidates) > 1:
            size = random.randrange(1024, 4096)  # noqa: S311 - a marker, not a secret
            self._grown_by = size + len(f"{size:x}") + 4
            return b" " * size
        try:
            self._cut()
        finally:
            for sock in self._candidates:
                sock.close()
            self._candidates = []
        return None

    def _settle(self) -> None:
        """Note every candidate's count once the chunks before have been written.

        NOTE: the server writes them on another thread, and tells nobody when it has.
        """
        deadline = time.monotonic() + _SETTLING
        quiet = 0
        while quiet < _QUIET and time.monotonic() < deadline:
            time.sleep(0.01)
            counts = {s.fileno(): _written(s) for s in self._candidates}
            quiet = quiet + 1 if counts == self._before else 0
            self._before = counts

    def _cut(self) -> None:
        ours = self._candidates
        if len(ours) > 1:
            ours = self._those_that_grew()
        if len(ours) != 1:
            _LOGGER.error(
                "The streamed response to %r failed, and which of %d connections is its"
                " own could not be told: the client may take it for complete. Declare a"
                " Content-Length to rule that out.",
                self._path,
                len(self._candidates),
            )
            return
        try:
            ours[0].shutdown(socket.SHUT_WR)
        except OSError:
            return  # the client has left: nothing can look complete to it
        _LOGGER.error(
            "The streamed response to %r failed; its connection was cut.", self._path
        )

    def _those_that_grew(self) -> list[socket.socket]:
        slack = _TLS_OVERHEAD if self._secure else 0
        deadline = time.monotonic() + _PATIENCE
        while True:
            grown = [
                sock
                for sock in self._candidates
                if 0
                <= _written(sock) - self._before[sock.fileno()] - self._grown_by
                <= slack
            ]
            if grown or time.monotonic() > deadline:
                return grown
            time.sleep(0.005)


def _candidates(environ: dict[str, Any]) -> list[socket.socket]:
    """Return duplicates of this process's sockets that can be the request's."""
    if sys.platform != "linux" or environ.get("SERVER_PROTOCOL") == "HTTP/2":
        return []
    found = []
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
        if _fits(sock, environ):
            found.append(sock)
        else:
            sock.close()
    return found


def _fits(sock: socket.socket, environ: dict[str, Any]) -> bool:
    try:
        peer, own = sock.getpeername(), sock.getsockname()
    except OSError:
        return False  # a listener, or a connection that is gone
    if sock.family not in {socket.AF_INET, socket.AF_INET6}:
        return False
    return bool(
        peer[0] == environ["REMOTE_ADDR"]
        and own[0] == _own_address(environ, own[0])
        and str(own[1]) == environ["SERVER_PORT"]
    )


def _own_address(environ: dict[str, Any], own: str) -> str:
    """Return the address to expect: a server on all addresses fits each of them."""
    name: str = environ["SERVER_NAME"]
    return own if name in {"0.0.0.0", "::"} else name  # noqa: S104 - compared, not bound


def _written(sock: socket.socket) -> int:
    """Return how many bytes have been written to the socket since it was opened."""
    import fcntl  # not on every system; on Linux, where this runs, always

    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    (acked,) = struct.unpack_from("=Q", info, _BYTES_ACKED_AT)
    queued = fcntl.ioctl(sock, _SIOCOUTQ, struct.pack("i", 0))
    return int(acked) + int(struct.unpack("i", queued)[0])
