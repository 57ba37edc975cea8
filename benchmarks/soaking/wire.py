"""One keep-alive connection of a client, on a plain socket, with a cookie jar.

Rules of the file: nothing is mended on the way; an answer is read exactly as long as
its head says, so that bytes of another answer would show as a broken one.

Sources: RFC 9112 §6 (message body length), §7.1 (chunked), RFC 6265 (cookies).
"""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass, field

__all__ = ["Answer", "BrokenAnswerError", "Connection"]

PATIENCE = 30.0  # seconds


class BrokenAnswerError(Exception):
    """What came is not an HTTP answer, or not the whole of one."""


@dataclass(slots=True)
class Answer:
    """One response: header names in lower case, cookies apart."""

    status: int
    headers: dict[str, str]
    cookies: dict[str, str]
    body: bytes = b""

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode()


@dataclass(slots=True)
class Connection:
    """A connection that is opened when it is needed."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    _sock: socket.socket | None = None
    _buffer: bytes = b""

    def request(
        self,
        method: str,
        target: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        *,
        split: int = 0,
    ) -> Answer:
        """Send one request, in two parts when `split` is given; return the answer."""
        data = self.encode(method, target, headers, body)
        if split:
            self.send(data[:split])
            data = data[split:]
        self.send(data)
        answer = self.read_head()
        answer.body = self.read_body(answer)
        self.cookies.update(answer.cookies)
        if answer.headers.get("connection") == "close":
            self.close()
        return answer

    def encode(
        self,
        method: str,
        target: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> bytes:
        """Return the bytes of a request."""
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost"]
        if self.cookies:
            pairs = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
            lines.append(f"Cookie: {pairs}")
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        if self._sock is None:
            self._buffer = b""
            self._sock = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock.sendall(data)

    def read_head(self) -> Answer:
        """Read status and headers."""
        head = self._until(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        version, _, status = first.partition(" ")
        if not version.startswith("HTTP/1."):
            raise BrokenAnswerError(f"no status line: {first!r}")
        answer = Answer(int(status[:3]), {}, {})
        for line in lines:
            name, _, value = line.partition(": ")
            if name.lower() == "set-cookie":
                pair = value.partition(";")[0]
                answer.cookies[pair.partition("=")[0]] = pair.partition("=")[2]
            else:
                answer.headers[name.lower()] = value
        return answer

    def read_body(self, answer: Answer) -> bytes:
        """Read the body that belongs to a head."""
        if answer.headers.get("transfer-encoding") == "chunked":
            parts = []
            while chunk := self.read_chunk():
                parts.append(chunk)
            return b"".join(parts)
        return self._exactly(int(answer.headers.get("content-length", "0")))

    def read_chunk(self) -> bytes:
        """Read one chunk; an empty one is the end."""
        size = int(self._until(b"\r\n").partition(b";")[0], 16)
        chunk = self._exactly(size)
        if self._exactly(2) != b"\r\n":
            raise BrokenAnswerError("a chunk is longer than its size")
        return chunk

    def until_closed(self) -> bytes:
        """Read until the server closes the connection."""
        assert self._sock is not None
        parts = [self._buffer]
        with contextlib.suppress(ConnectionResetError):
            while part := self._sock.recv(65536):
                parts.append(part)
        self.close()
        return b"".join(parts)

    def close(self) -> None:
        """Leave; the next request opens a new connection."""
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    def _more(self) -> None:
        assert self._sock is not None
        data = self._sock.recv(65536)
        if not data:
            raise BrokenAnswerError(f"closed after {self._buffer[:200]!r}")
        self._buffer += data

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._more()
        found, _, self._buffer = self._buffer.partition(mark)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found
