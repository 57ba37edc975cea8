"""A connection to gevent's server: its requests handed to the guard, and the answers.

Rules of the file: it is imported in a process that gevent has patched (see
`greenlets`); nothing of a client's is printed; what a client may do wrong ends its
connection and no other.

Theory. gevent's handler reads requests and keeps the connection open; this one stands
in the place of Granian for the guard: it completes the environ, hands it over with an
`Answer`, and writes what comes back. So a response goes through the same checks, and
fails the same way, as in every other mode.

What gevent's handler lets pass and RFC 9112 does not, because two servers in a row may
come to differ on where a request ends: a Content-Length that is no plain number or
given twice, and a Transfer-Encoding that it does not know.

Sources: RFC 9112 §3.2.2 (absolute form), §6 and §7.1 (framing), §9.3 (persistence);
RFC 9110 §8.6 (Content-Length), §15.3.5 and §15.4.5 (204 and 304 have no content).
"""

from __future__ import annotations

import logging
import math
import select
import socket
import struct
import threading
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus
from importlib import import_module
from typing import TYPE_CHECKING, Any

from insula.servers.lateness import LATE_HEADERS, LATE_TEXT, log_late, too_late

if TYPE_CHECKING:
    Headers = list[tuple[str, str]]

__all__ = ["Answer", "Body", "Connection"]

# They are not typed.
gevent: Any = import_module("gevent")
monkey: Any = import_module("gevent.monkey")
pywsgi: Any = import_module("gevent.pywsgi")

_LOGGER = logging.getLogger("insula.server")
_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
_NO_CONTENT = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_RESET = struct.pack("ii", 1, 0)  # for SO_LINGER: closing drops what is unsent


class Connection(pywsgi.WSGIHandler):  # type: ignore[misc]  # see above
    """One client's connection."""

    path: str
    wsgi_input: Any

    def handle(self) -> None:
        """Answer requests until the connection ends, however the client ends it."""
        with suppress(OSError):
            super().handle()

    def handle_one_request(self) -> Any:
        """Answer one; return True where another may follow."""
        try:
            result = super().handle_one_request()
        finally:
            self.server.end(self)
        return None if result is True and self.server.leaving else result

    def read_requestline(self) -> str:
        """Wait for a request; from its first line on it is in flight."""
        line: str = super().read_requestline()
        if line:
            self.server.begin(self)
        return line

    def read_request(self, raw_requestline: str) -> bool:
        """Read the head of a request; raise `ValueError` where it is none."""
        super().read_request(raw_requestline)
        if self.request_version not in {"HTTP/1.0", "HTTP/1.1"}:
            raise ValueError("HTTP/1.0 and HTTP/1.1 are what is spoken here.")
        _check_framing(self.headers)
        scheme, separator, rest = self.path.partition("://")
        if separator and scheme.lower() in {"http", "https"}:
            end = next((at for at, c in enumerate(rest) if c in "/?"), len(rest))
            del self.headers["Host"]
            self.headers["Host"] = rest[:end]
            self.path = rest[end:] if rest[end : end + 1] == "/" else "/" + rest[end:]
        return True

    def run_application(self) -> None:
        """Hand the request to the guard, as soon as there is a place for it."""
        # NOTE: gevent compares it where a client has gone.
        self.code = 0
        answer = Answer(self)
        body = Body(self, answer)
        for name in ("HTTP_HOST", "REMOTE_ADDR"):
            self.environ.setdefault(name, "")
        self.environ["wsgi.input"] = self.wsgi_input = body
        with self.server.places:
            asking = self.server.asking
            greenlet = threading.get_ident()  # gevent's
            asking[greenlet] = answer
            try:
                self.application(answer, self.environ)
            finally:
                del asking[greenlet]

    def log_request(self) -> None:
        """Do nothing: the access log is written by the runner."""

    def _handle_client_error(self, exc: Exception) -> Any:
        return None if isinstance(exc, OSError) else ("400", _BAD_REQUEST)


def _check_framing(headers: Any) -> None:
    lengths = headers.get_all("Content-Length") or []
    codings = headers.get_all("Transfer-Encoding") or []
    if len(lengths) > 1 or any(
        not (text.isascii() and text.isdigit()) for text in lengths
    ):
        raise ValueError("Content-Length is not one number.")
    if codings and [text.lower() for text in codings] != ["chunked"]:
        raise ValueError("Transfer-Encoding is not 'chunked'.")


class Body:
    """The body of one request, as the guard reads it; it limits the time that takes."""

    __slots__ = ("_answer", "_connection", "_is_late", "_raw", "_seconds")

    def __init__(self, connection: Connection, answer: Answer) -> None:
        self._connection = connection
        self._answer = answer
        self._raw = connection.wsgi_input
        timeout = connection.server.body_timeout
        self._seconds = None if timeout == math.inf else timeout
        self._is_late = False

    def read(self, size: int, /) -> bytes:
        """Return `size` bytes, fewer only at the end; raise when they are overdue."""
        data: bytes | None = None
        try:
            with gevent.Timeout(self._seconds, False):
                data = self._raw.read(size)
        except OSError as exc:
            self._connection.close_connection = True
            if not self._raw.chunked_input:
                return b""  # the guard knows how much is missing
            from werkzeug.exceptions import ClientDisconnected

            raise ClientDisconnected(
                f"The chunked body of the request breaks off ({exc})."
            ) from exc
        if data is None:
            self._refuse()
            raise too_late(self._connection.server.body_timeout)
        return data

    def _refuse(self) -> None:
        connection = self._connection
        self._is_late = True
        log_late(
            connection.environ["PATH_INFO"],
            connection.environ["REMOTE_ADDR"],
            connection.server.body_timeout,
        )
        self._answer.refuse(408, LATE_HEADERS, LATE_TEXT)

    def _discard(self) -> None:
        """Read what the application has not, so that the next request can be found."""
        if self._is_late:
            return
        is_read = False
        with gevent.Timeout(self._seconds, False):
            self._raw._discard()
            is_read = True
        if not is_read:
            self._connection.close_connection = True


class Answer:
    """What the guard answers one request with: `guard.ResponseProtocol`."""

    __slots__ = (
        "_chunked",
        "_connection",
        "_has_begun",
        "_has_body",
        "_is_over",
        "_left",
    )

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._has_begun = False
        self._is_over = False

    def response_bytes(self, code: int, headers: Headers, body: bytes, /) -> None:
        """Send a whole response."""
        if self._is_over:
            return
        head = self._head(code, headers, len(body))
        self._write(head, body)
        self._end()

    def response_iter(self, code: int, headers: Headers, body: Any, /) -> None:
        """Send a response chunk by chunk; returns when the body has ended."""
        try:
            if not self._is_over:
                self._stream(self._head(code, headers, None), body)
        except OSError:
            # The client has left.
            self._connection.close_connection = True
        finally:
            body.close()

    def is_for_nobody(self) -> bool:
        """Return whether the client has left before it was answered."""
        if self._has_begun:
            return False
        # Linux tells it also where there is something before the end to be read.
        left = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)
        poll = monkey.get_original("select", "poll")()
        poll.register(self._connection.socket.fileno(), left)
        return bool(poll.poll(0))

    @property
    def environ(self) -> dict[str, Any]:
        """The environ of the request."""
        environ: dict[str, Any] = self._connection.environ
        return environ

    def refuse(self, code: int, headers: Headers, body: bytes) -> None:
        """End the connection with this response, where there is none yet."""
        if self._has_begun:
            self.cut()
            return
        with suppress(OSError):
            self.response_bytes(code, headers, body)
            self._connection.socket.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """End the connection so that what was sent does not look complete."""
        self._is_over = True
        connection = self._connection
        connection.close_connection = True
        with suppress(OSError):
            if connection.request_version == "HTTP/1.0":
                # There the end of the stream is the end of the message.
                connection.socket.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, _RESET
                )
            else:
                connection.socket.shutdown(socket.SHUT_RDWR)

    def _stream(self, head: bytes, body: Any) -> None:
        while self._has_body:
            try:
                chunk = next(body)
            except StopIteration:
                break
            if body._hangup is not None:
                # What the chunk is for, to find the connection, is not needed here.
                if head:
                    self._write(head, b"")
                self.cut()
                path = self._connection.environ["PATH_INFO"]
                _LOGGER.error("The connection of %r was cut.", path)
                return
            self._write(head, chunk)
            head = b""
        if head:
            self._write(head, b"")
        self._end()

    def _head(self, code: int, headers: Headers, length: int | None) -> bytes:
        """Return the head, and set how the body is framed; `length` of a whole one."""
        self._has_begun = True
        connection = self._connection
        # NOTE: gevent negates it where the client has gone.
        connection.code = code
        phrase = _PHRASES.get(code, "Unknown")
        lines = [f"{connection.request_version} {code} {phrase}"]
        declared = None
        dated = False
        for name, value in headers:
            lower = name.lower()
            if lower == "connection":
                connection.close_connection |= "close" in value.lower()
                continue
            if lower == "content-length":
                if code == HTTPStatus.NO_CONTENT:
                    continue
                declared = value
            dated = dated or lower == "date"
            lines.append(f"{name}: {value}")
        if not dated:
            lines.append(f"Date: {formatdate(usegmt=True)}")
        self._has_body = code not in _NO_CONTENT and connection.command != "HEAD"
        self._chunked = False
        self._left = int(declared) if declared and declared.isdigit() else length
        if declared is None and code not in _NO_CONTENT:
            lines += self._framing(length)
        if connection.close_connection or connection.server.leaving:
            connection.close_connection = True
            lines.append("Connection: close")
        elif connection.request_version == "HTTP/1.0":
            lines.append("Connection: keep-alive")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _framing(self, length: int | None) -> list[str]:
        if length is not None:
            # A HEAD without a body says nothing of the length that GET would have.
            return [f"Content-Length: {length}"] if length or self._has_body else []
        if self._connection.request_version == "HTTP/1.1":
            self._chunked = self._has_body
            return ["Transfer-Encoding: chunked"]
        self._connection.close_connection = True
        return []

    def _write(self, head: bytes, chunk: bytes) -> None:
        if not self._has_body:
            chunk = b""
        elif self._left is not None:
            chunk = chunk[: self._left]
            self._left -= len(chunk)
        elif self._chunked and chunk:
            chunk = b"%x\r\n%b\r\n" % (len(chunk), chunk)
        if head or chunk:
            self._connection._sendall(head + chunk)

    def _end(self) -> None:
        self._is_over = True
        if self._has_body and self._left:
            # Fewer bytes than were declared: only the end of the stream says so.
            self._connection.close_connection = True
        if self._chunked:
            self._connection._sendall(b"0\r\n\r\n")
