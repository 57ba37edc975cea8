"""A time limit on the body of a request: whoever stays silent is answered and cut.

Rules of the file: a body that arrives costs a note of when the waiting began, no timer
and no thread; what happens to one that does not is `hangup`'s to do, on a thread that
lives as long as it takes.

Theory. A read in the server can only be ended by the client, or by the end of its
connection. So a `TimedBody` notes for how long a block has been waited for; `look`,
which the engine calls twice a second, finds those that are overdue. From another
thread each is then answered 408 with `Connection: close`, and its connection is cut
the way `hangup` finds it. The read that waited ends, and raises `RequestTimeout` in the
application, which unwinds as after any error. Where the response has begun before the
body was read nothing more can be sent, and the read goes on until the client leaves.

The limit is for one block (`body`: 16 KiB), not for the whole body: a long upload may
take as long as it goes on. A client that sends fewer than `timeout` lets through
(550 bytes a second at 30 seconds) is cut, however steadily it sends them.

Sources: RFC 9110 §15.5.9 (408 Request Timeout).
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from insula.servers.hangup import Hangup

if TYPE_CHECKING:
    from insula.servers.body import RawBody
    from insula.servers.hangup import Facts

__all__ = [
    "LATE_HEADERS",
    "LATE_TEXT",
    "Lateness",
    "TimedBody",
    "log_late",
    "too_late",
]

LATE_HEADERS = [("connection", "close"), ("content-type", "text/plain; charset=utf-8")]
LATE_TEXT = b"Request Timeout: the body did not arrive in time.\n"

_LOGGER = logging.getLogger("insula.server")


def too_late(timeout: float) -> Exception:
    """Return what an application gets that waits for a body longer than `timeout`."""
    from werkzeug.exceptions import RequestTimeout

    return RequestTimeout(
        f"The body of the request did not arrive within {timeout:g} seconds."
    )


def log_late(path: str, address: str, timeout: float) -> None:
    """Log that a client was cut, which kept a request waiting for its body."""
    _LOGGER.warning(
        "The body of %r from %s did not arrive within %g seconds.",
        path,
        address or "a client",
        timeout,
    )


class TimedBody:
    """The server's body of one request, and since when it is waited for."""

    __slots__ = ("_lateness", "_raw", "facts", "late", "protocol")

    def __init__(
        self, raw: RawBody, lateness: Lateness, protocol: Any, facts: Facts
    ) -> None:
        self._raw = raw
        self._lateness = lateness
        self.protocol = protocol
        self.facts = facts
        self.late = False

    def read(self, size: int, /) -> bytes:
        """Return `size` bytes, fewer only at the end; raise when they are overdue."""
        waiting = self._lateness.waiting
        waiting[self] = time.monotonic()
        try:
            data = self._raw.read(size)
        finally:
            del waiting[self]
        if self.late:
            raise too_late(self._lateness.timeout)
        return data


class Lateness:
    """The bodies being waited for in this process, and how long they may take."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.waiting: dict[TimedBody, float] = {}
        self._cutting = threading.Lock()

    def look(self) -> None:
        """Answer and cut, on a thread of its own, every body that is overdue."""
        since = time.monotonic() - self.timeout
        overdue = [
            body
            for body, began in list(self.waiting.items())
            if began < since and not body.late
        ]
        for body in overdue:
            body.late = True
        if overdue:
            threading.Thread(
                target=self._cut, args=(overdue,), name="insula-late", daemon=True
            ).start()

    def _cut(self, overdue: list[TimedBody]) -> None:
        # One at a time: each looks at the connections of all.
        with self._cutting:
            for body in overdue:
                log_late(body.facts[0], body.facts[3], self.timeout)
                farewell = _Farewell(body.facts)
                body.protocol.response_iter(408, LATE_HEADERS, farewell)
                farewell.close()


class _Farewell:
    """The body of the answer; what is asked for after its text cuts the connection."""

    __slots__ = ("_begun", "_hangup")

    def __init__(self, facts: Facts) -> None:
        self._hangup = Hangup(facts, reading=True)
        self._begun = False

    def __next__(self) -> bytes:
        if not self._begun:
            self._begun = True
            return LATE_TEXT
        marker = self._hangup.step()
        if marker is None:
            raise StopIteration
        return marker

    def close(self) -> None:
        """Let go of the connections that were looked at."""
        self._hangup.close()
