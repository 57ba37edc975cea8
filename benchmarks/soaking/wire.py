"""One keep-alive connection of a client, on a plain socket, with a cookie jar.

Rules of the file: nothing is mended on the way; an answer is read exactly as long as
its head says, so that bytes of another answer would show as a broken one.

`Wire` is what the clients' tasks need of a connection; `in_process` has others.

Sources: RFC 9112 §6 (message body length), §7.1 (chunked), RFC 6265 (cookies),
RFC 6455 §4.1 and §5.2 (WebSockets).
"""

from __future__ import annotations

import base64
import contextlib
import os
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Answer", "BrokenAnswerError", "Connection", "Wire"]

PATIENCE = 30.0  # seconds
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


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


class Wire(Protocol):
    """A way to the application: requests one by one, streams, WebSockets."""

    cookies: dict[str, str]

    def request(
        self,
        method: str,
        target: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        *,
        split: int = 0,
    ) -> Answer:
        """Send one request; return the answer."""
        ...

    def open(self, target: str, headers: dict[str, str]) -> Answer:
        """Ask for a stream; return its head."""
        ...

    def read_chunk(self) -> bytes:
        """Return the next chunk of the stream; an empty one is the end."""
        ...

    def connect(self, target: str, headers: dict[str, str]) -> Answer:
        """Ask for a WebSocket; return the answer to the handshake."""
        ...

    def say(self, text: str) -> None:
        """Send a message on the WebSocket."""
        ...

    def hear(self) -> str | int:
        """Return the next message of the WebSocket, or the code of its end."""
        ...

    def hang_up(self) -> None:
        """Close the WebSocket in order."""
        ...

    def ask_and_leave(self, target: str, headers: dict[str, str], delay: float) -> None:
        """Send a request, and leave after a while without having read the answer."""
        ...

    def close(self) -> None:
        """Leave."""
        ...


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

    def open(self, target: str, headers: dict[str, str]) -> Answer:
        """Ask for a stream; return its head."""
        self.send(self.encode("GET", target, headers))
        return self.read_head()

    def ask_and_leave(self, target: str, headers: dict[str, str], delay: float) -> None:
        """Send a request, and leave after a while without having read the answer."""
        self.send(self.encode("GET", target, headers))
        time.sleep(delay)
        self.close()

    def connect(self, target: str, headers: dict[str, str]) -> Answer:
        """Ask for a WebSocket on a connection of its own; return the answer."""
        self.close()
        key = base64.b64encode(os.urandom(16)).decode()
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key,
        }
        return self.open(target, headers | upgrade)

    def say(self, text: str) -> None:
        """Send a message on the WebSocket."""
        self._send_frame(_TEXT, text.encode())

    def hear(self) -> str | int:
        """Return the next message of the WebSocket, or the code of its end."""
        while True:
            first, second = self._exactly(2)
            size = second & 0x7F
            if size == 126:
                size = int.from_bytes(self._exactly(2), "big")
            elif size == 127:
                raise BrokenAnswerError("a message is longer than any that is sent")
            data = self._exactly(size)
            if first == 0x80 | _TEXT:
                return data.decode()
            if first == 0x80 | _CLOSE:
                return int.from_bytes(data[:2], "big") or 1005
            if first not in {0x80 | _PING, 0x80 | _PONG}:
                raise BrokenAnswerError(f"a frame begins with {first:#x}")

    def hang_up(self) -> None:
        """Close the WebSocket in order: say so, hear it, leave."""
        self._send_frame(_CLOSE, (1000).to_bytes(2, "big"))
        while not isinstance(self.hear(), int):
            pass
        self.close()

    def _send_frame(self, kind: int, data: bytes) -> None:
        size = len(data)
        length = bytes([0x80 | size]) if size < 126 else struct.pack("!BH", 0xFE, size)
        # The mask is zeros, which leaves the data as it is.
        self.send(bytes([0x80 | kind]) + length + bytes(4) + data)

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
