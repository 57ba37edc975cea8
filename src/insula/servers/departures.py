"""Clients that leave while an async view waits: its task is cancelled.

Rules of the file: a request costs nothing for it, one that waits as little as a look
twice a second; only a request whose client is certain to have left is cancelled.

Theory. Granian tells a WSGI application neither that a client has left nor which
connection a request came by; it closes the connection, and that is all. But the calls
that wait for a coroutine are known (`dispatch.aio`), and so is the thread of each, on
whose stack stands the guard's frame with the request's environ. For a call
that a look finds waiting every connection is noted that can be its request's, and
struck off

* when it is closed;
* when something was written to it: it answered another request, for this one is not
  answered yet (unless it expects `100 Continue`);
* when, at the first look, it had been written to last, and not heard of for three
  seconds: it had answered its request long before this one came, and rests.

Once none is left the client has gone. One that has the only connection of its address
is missed within a second or so. Behind a proxy, or where the client leaves others open
that were used just now, it takes until those are used again or closed (the server
closes what rests for half a minute), and for those that wait, too, until they have
their answers. A client that sends the next request before it has its answer (RFC 9112,
9.3.2), which hardly any does, could be taken for one that has left.

The address is used only where a connection has it, since middleware may have changed
it. Where connections cannot be told apart (not Linux, HTTP/2, Unix sockets) nobody is
cancelled; with greenlets a connection knows its request (`connection`), and none of
this is needed. A look at many connections takes time: it may use a fiftieth of it.

Sources: tcp(7) and linux/tcp.h (`TCP_INFO`); proc(5), `/proc/self/fd`.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
import struct
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from insula.dispatch.loops.aio import calls_waiting

if TYPE_CHECKING:
    from types import CodeType

    from insula.dispatch.loops.aio import Call

__all__ = ["CLIENT_LEFT", "Departures"]

CLIENT_LEFT = "insula.client_left"
"""Set in the environ of a request that was cancelled because its client left."""

_SHARE = 50
_LONG_BEFORE = 3000  # milliseconds
_CLEAR = 50  # milliseconds; more than the system's clock is coarse
# Of struct tcp_info.
_LAST_SENT_AT = 44
_LAST_RECEIVED_AT = 52
_NOT_SENT_AT = 144
_SENT_AND_SENT_AGAIN_AT = 200


class _Connection(NamedTuple):
    address: bytes
    written: int
    rests: bool
    """Whether it has answered, and heard of nothing since, for long."""


class _Watch:
    """A call that waits, and the connections that may be its request's."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = environ
        self._left: dict[int, int] | None = None
        self._counts = "HTTP_EXPECT" not in environ

    def is_over(self, connections: dict[int, _Connection]) -> bool:
        """Return whether none is left that may be the request's."""
        if self._left is None:
            self._left = self._possible(connections)
        self._left = {
            inode: written
            for inode, written in self._left.items()
            if inode in connections
            and (connections[inode].written == written or not self._counts)
        }
        return not self._left

    def _possible(self, connections: dict[int, _Connection]) -> dict[int, int]:
        environ = self.environ
        original = environ.get("werkzeug.proxy_fix.orig", environ)
        address = _packed(original.get("REMOTE_ADDR") or "")
        same = {i: c for i, c in connections.items() if c.address == address}
        return {
            inode: connection.written
            for inode, connection in (same or connections).items()
            if not connection.rests
        }


class Departures:
    """The calls of this process that wait, and whether their clients are still there.

    :param code: the function that runs a request, whose frame has its `environ`, and
        its `body` once there is a response.
    :param sock: the socket that the server listens on.
    """

    def __init__(self, code: CodeType, sock: socket.socket) -> None:
        self._code = code
        self._port = 0
        if sys.platform == "linux" and sock.family != socket.AF_UNIX:
            self._port = sock.getsockname()[1]
        self._watched: dict[Call, _Watch | None] = {}
        self._not_before = 0.0

    def look(self) -> None:
        """Cancel what waits for nobody; to be called about twice a second."""
        calls = calls_waiting()
        if not calls or not self._port:
            self._watched = {}
            return
        began = time.monotonic()
        if began < self._not_before:
            return
        before = self._watched
        self._watched = {
            call: before[call] if call in before else self._watch(call, thread_id)
            for call, thread_id in calls
        }
        due = {call: watch for call, watch in self._watched.items() if watch}
        if not due:
            return
        connections = _connections(self._port)
        self._not_before = time.monotonic() + _SHARE * (time.monotonic() - began)
        if connections is None:
            return
        for call, watch in due.items():
            if watch.is_over(connections):
                self._watched[call] = None
                watch.environ[CLIENT_LEFT] = True
                call.cancel()

    def _watch(self, call: Call, thread_id: int) -> _Watch | None:
        """Return the watch over a call, `None` where nothing can be known."""
        step = sys._current_frames().get(thread_id)
        while step is not None and step.f_code is not self._code:
            step = step.f_back
        if step is None:
            return None
        values = step.f_locals
        environ = values["environ"]
        if (
            "body" in values
            or environ["SERVER_PROTOCOL"] == "HTTP/2"
            or CLIENT_LEFT in environ
            # NOTE: else the frame may be another request's.
            or (call, thread_id) not in calls_waiting()
        ):
            return None
        return _Watch(environ)


def _connections(port: int) -> dict[int, _Connection] | None:
    """Return this process's connections to a port of its own, by their inodes.

    `None` where the system does not tell.
    """
    found = {}
    try:
        for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - a third of its time
            entry = _connection(int(name), port)
            if entry is not None:
                found[entry[0]] = entry[1]
    except (OSError, struct.error):  # no /proc, no descriptors left, an old Linux
        return None
    return found


def _connection(number: int, port: int) -> tuple[int, _Connection] | None:
    try:
        # A duplicate, so that all that is asked is asked of one file.
        number = os.dup(number)
    except OSError as exc:
        if exc.errno == errno.EBADF:
            return None  # it was closed just now
        raise
    status = os.fstat(number)
    if not stat.S_ISSOCK(status.st_mode):
        os.close(number)
        return None
    with socket.socket(fileno=number) as sock:
        if sock.family not in {socket.AF_INET, socket.AF_INET6}:
            return None
        try:
            own, peer = sock.getsockname(), sock.getpeername()
        except OSError:
            return None  # a listener, or a connection that is gone
        if own[1] != port or sock.type != socket.SOCK_STREAM:
            return None
        return status.st_ino, _Connection(_packed(peer[0]), *_progress(sock))


def _progress(sock: socket.socket) -> tuple[int, bool]:
    """Return how many bytes have been written, and whether it rests."""
    # NOTE: all of one moment; a count from elsewhere could seem to have grown.
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    (sent,) = struct.unpack_from("=I", info, _LAST_SENT_AT)
    (received,) = struct.unpack_from("=I", info, _LAST_RECEIVED_AT)
    (waiting,) = struct.unpack_from("=I", info, _NOT_SENT_AT)
    total, again = struct.unpack_from("=QQ", info, _SENT_AND_SENT_AGAIN_AT)
    written = total - again + waiting
    rests = written > 0 and sent + _CLEAR < received and received > _LONG_BEFORE
    return written, rests


def _packed(address: str) -> bytes:
    """Return an address in one form, however it is written; b"" for what is none."""
    plain = address.partition("%")[0]
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return socket.inet_pton(family, plain)
        except OSError:
            continue
    return b""
