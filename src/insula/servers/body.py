"""The request body as PEP 3333 promises it, over what the server hands out.

Rules of the file: only `raw.read(n)` with n > 0 is ever asked of the server's own
object (its `readline`, iteration, `readlines` and `read(-1)` are wrong in Granian
2.8: lines vanish, newlines are stripped, a negative size overflows); a body that ends
before its declared length raises `ClientDisconnected`, it never looks complete.

Theory. `RequestBody` keeps one buffer and the number of bytes still owed by the
client (None for a body whose end the framing tells: chunked, or HTTP/2). Bytes are
pulled in blocks: reading lines costs no call into the server for each, and `lateness`
sees a slow client's progress from block to block.

A chunked body that is cut off cannot be told from a complete one: Granian turns the
error into an end. Nor is there a size limit here: that is the application's to set.

Sources: PEP 3333 "Input and Error Streams", RFC 9112 §6.3 (incomplete messages).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EMPTY_BODY", "EmptyBody", "RawBody", "RequestBody"]

_BLOCK = 16384


class RawBody(Protocol):
    """The part of the server's object that works."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, fewer only at the end or a failure."""


class EmptyBody:
    """The body of a request without one; it has no state, so one serves all."""

    __slots__ = ()

    def read(self, size: int | None = -1, /) -> bytes:
        """Return b""."""
        del size
        return b""

    readline = read

    def readlines(self, hint: int | None = -1, /) -> list[bytes]:
        """Return no lines."""
        del hint
        return []

    def __iter__(self) -> Iterator[bytes]:
        return iter(())

    def readinto(self, buffer: bytearray | memoryview, /) -> int:
        """Fill nothing."""
        del buffer
        return 0

    def readable(self) -> bool:
        """Return True: it can be read, and is empty."""
        return True

    def close(self) -> None:
        """Do nothing: the object is shared."""


EMPTY_BODY = EmptyBody()


class RequestBody:
    """A request's body, read through a buffer and held to its declared length."""

    __slots__ = ("_buffer", "_ended", "_owed", "_raw")

    def __init__(self, raw: RawBody, length: int | None) -> None:
        self._raw = raw
        self._owed = length
        self._buffer = b""
        self._ended = length == 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Return `size` bytes, or all that are left; fewer only at the end."""
        if size is None or size < 0:
            parts = [self._buffer]
            self._buffer = b""
            while not self._ended:
                parts.append(self._pull(_BLOCK))
            return b"".join(parts)
        if len(self._buffer) < size and not self._ended:
            self._buffer += self._pull(size - len(self._buffer))
        data = self._buffer[:size]
        self._buffer = self._buffer[size:]
        return data

    def readinto(self, buffer: bytearray | memoryview, /) -> int:
        """Fill `buffer` as far as the body reaches; return how many bytes."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readline(self, size: int | None = -1, /) -> bytes:
        r"""Return one line with its "\n", or at most `size` bytes of it."""
        limit = -1 if size is None else size
        searched = 0
        while True:
            end = self._buffer.find(b"\n", searched) + 1
            if end == 0 and (self._ended or 0 <= limit <= len(self._buffer)):
                end = len(self._buffer)
            if end or self._ended or limit == 0:
                break
            searched = len(self._buffer)
            self._buffer += self._pull(_BLOCK)
        if 0 <= limit < end:
            end = limit
        line = self._buffer[:end]
        self._buffer = self._buffer[end:]
        return line

    def readlines(self, hint: int | None = -1, /) -> list[bytes]:
        """Return the lines left, stopping after the one that reaches `hint` bytes."""
        lines = []
        total = 0
        for line in self:
            lines.append(line)
            total += len(line)
            if hint is not None and 0 < hint <= total:
                break
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def readable(self) -> bool:
        """Return True."""
        return True

    def close(self) -> None:
        """Drop what is buffered; later reads return b""."""
        self._buffer = b""
        self._ended = True

    def _pull(self, wanted: int) -> bytes:
        """Ask the server for more; raise when the client has left before the end."""
        if wanted <= _BLOCK:
            return self._block(wanted)
        blocks = []
        while wanted and not self._ended:
            blocks.append(self._block(min(wanted, _BLOCK)))
            wanted -= len(blocks[-1])
        return b"".join(blocks)

    def _block(self, wanted: int) -> bytes:
        owed = self._owed
        if owed is None:
            data = self._raw.read(wanted)
            if len(data) < wanted:
                self._ended = True
            return data
        asked = min(wanted, owed)
        data = self._raw.read(asked)
        self._owed = owed = owed - len(data)
        if owed == 0:
            self._ended = True
        elif len(data) < asked:
            from werkzeug.exceptions import ClientDisconnected

            self._ended = True
            raise ClientDisconnected(
                f"The client closed the connection with {owed} bytes of the request's"
                " body still to come."
            )
        return data
