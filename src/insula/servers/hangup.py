"""Cut a connection: of a streamed response that failed, of a body that never comes.

Rules of the file: used only on a failure, never on the way of a good response; it
cuts the one connection that has been proved to be this request's, or none, and says in
the log which it was.

Theory. When a chunked response ends early Granian writes the terminating chunk all the
same, and hands us neither the connection nor the client's port. But the connection is
a socket of this process: its peer has the request's address, its own address is the
server's. To tell it from others of that address (everybody's, behind a proxy) one more
chunk of a random number of spaces is sent: the socket whose count of written bytes
grew by just that much is ours. One that fits alone proves nothing, for ours may be
gone already. Then its sending side is shut down: the client reads all that was sent,
and then the end of the stream where a chunk should be, which RFC 9112 §8 makes an
incomplete message. In HTTP/1.0 the end of the stream is the end of the message, so
there the connection is reset.

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
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Facts = tuple[str, str, str, str, str, str]

__all__ = ["Hangup", "connection_facts"]

connection_facts: Callable[[dict[str, Any]], Facts] = itemgetter(
    "PATH_INFO",
    "wsgi.url_scheme",
    "SERVER_PROTOCOL",
    "REMOTE_ADDR",
    "SERVER_NAME",
    "SERVER_PORT",
)
"""Take from an environ what a connection is found by."""

_LOGGER = logging.getLogger("insula.server")
_SIOCOUTQ = 0x5411
_BYTES_ACKED_AT = 120  # offset of tcpi_bytes_acked in struct tcp_info, linux/tcp.h
_PATIENCE = 2.0
_SETTLING = 0.5
_QUIET = 3  # looks in a row, 10 ms apart
_TLS_OVERHEAD = 64


class Hangup:
    """One attempt to cut the connection of a request; `step` until it returns None.

    :param facts: what the connection is found by.
    :param reading: stop reading from the client, too.
    """

    __slots__ = (
        "_before",
        "_candidates",
        "_framed",
        "_grown_by",
        "_path",
        "_reading",
        "_secure",
    )

    def __init__(self, facts: Facts, *, reading: bool = False) -> None:
        self._path, scheme, protocol = facts[:3]
        self._secure = scheme == "https"
        self._framed = protocol == "HTTP/1.1"
        self._reading = reading
        self._candidates = _candidates(facts)
        self._before: dict[int, int] = {}
        self._grown_by = 0

    def step(self) -> bytes | None:
        """Return a chunk to send, after which to call again, or None when done."""
        if self._grown_by == 0 and self._candidates:
            self._settle()
            size = random.randrange(1024, 4096)  # noqa: S311 - a marker, not a secret
            framing = len(f"{size:x}") + 4 if self._framed else 0
            self._grown_by = size + framing
            return b" " * size
        try:
            self._cut()
        finally:
            self.close()
        return None

    def close(self) -> None:
        """Let go of what has been looked at."""
        for sock in self._candidates:
            sock.close()
        self._candidates = []

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
        ours = self._those_that_grew()
        if len(ours) != 1:
            _LOGGER.error(
                "The connection of %r could not be told among %d and stays open.",
                self._path,
                len(self._candidates),
            )
            return
        try:
            if self._reading:
                ours[0].shutdown(socket.SHUT_RDWR)
            elif self._framed:
                ours[0].shutdown(socket.SHUT_WR)
            else:
                _reset(ours[0])
        except OSError:
            return  # the client has left: nothing can look complete to it
        _LOGGER.error("The connection of %r was cut.", self._path)

    def _those_that_grew(self) -> list[socket.socket]:
        slack = _TLS_OVERHEAD if self._secure else 0
        deadline = time.monotonic() + (_PATIENCE if self._candidates else 0)
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


def _candidates(facts: Facts) -> list[socket.socket]:
    """Return duplicates of this process's sockets that can be the request's."""
    protocol, address, own_name, own_port = facts[2:]
    if sys.platform != "linux" or protocol == "HTTP/2":
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
        if _fits(sock, address, own_name, own_port):
            found.append(sock)
        else:
            sock.close()
    return found


def _fits(sock: socket.socket, address: str, own_name: str, own_port: str) -> bool:
    try:
        peer, own = sock.getpeername(), sock.getsockname()
    except OSError:
        return False  # a listener, or a connection that is gone
    if sock.family not in {socket.AF_INET, socket.AF_INET6}:
        return False
    # A server on all addresses fits each of them.
    expected = own[0] if own_name in {"0.0.0.0", "::"} else own_name  # noqa: S104 - compared, not bound
    return bool(peer[0] == address and own[0] == expected and str(own[1]) == own_port)


def _written(sock: socket.socket) -> int:
    """Return how many bytes have been written to the socket since it was opened."""
    import fcntl  # not on every system; on Linux, where this runs, always

    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    (acked,) = struct.unpack_from("=Q", info, _BYTES_ACKED_AT)
    queued = fcntl.ioctl(sock, _SIOCOUTQ, struct.pack("i", 0))
    return int(acked) + int(struct.unpack("i", queued)[0])


def _reset(sock: socket.socket) -> None:
    """End a TCP connection with a reset, whoever else has the socket open."""
    import ctypes

    # What Linux takes for it: to connect to no address, AF_UNSPEC.
    nowhere = (ctypes.c_char * 16)()
    if ctypes.CDLL(None).connect(sock.fileno(), nowhere, len(nowhere)):
        raise OSError("The connection could not be reset.")
