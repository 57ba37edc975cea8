"""Find where a response ends: HTTP/1.1, for a client that only counts.

Rules of the file: no more is read of a response than its status, its length and
whether the connection stays; that is what makes a client in Python fast enough.

Sources: RFC 9112 §6 (the length of a body), §7.1 (chunks), §9.3 (persistence).
"""

from __future__ import annotations

__all__ = ["MalformedError", "ResponseReader"]

_HEAD_END = b"\r\n\r\n"
_LONGEST_HEAD = 1 << 18
_BODILESS = frozenset({204, 304})
_INFORMATIONAL = range(100, 200)


class MalformedError(ValueError):
    """What came is not HTTP/1.1."""


class ResponseReader:
    """Read one response after the other.

    :param head_only: whether responses have no body (to HEAD).
    """

    __slots__ = (
        "_buffer",
        "_chunked",
        "_head_only",
        "_in_body",
        "_left",
        "_until_close",
        "keeps_alive",
        "received",
        "status",
    )

    status: int
    """The status of the response that is being read; 0 before its head is there."""
    keeps_alive: bool
    """Whether another request may follow on the connection."""
    received: int
    """How many bytes have come, in all."""

    def __init__(self, *, head_only: bool = False) -> None:
        self._head_only = head_only
        self.received = 0
        self.start()

    def start(self) -> None:
        """Wait for the next response."""
        self.status = 0
        self.keeps_alive = True
        self._buffer = b""
        self._in_body = False
        self._chunked = False
        self._until_close = False
        self._left = 0

    def feed(self, data: bytes) -> bool:
        """Take what came; tell whether the response is complete.

        :raises MalformedError: if it is none.
        """
        self.received += len(data)
        if self._in_body and not self._chunked:
            self._left -= len(data)
            return self._is_complete()
        self._buffer += data
        while not self._in_body:
            end = self._buffer.find(_HEAD_END)
            if end < 0:
                if len(self._buffer) > _LONGEST_HEAD:
                    raise MalformedError("a head without an end")
                return False
            head = self._buffer[:end]
            self._buffer = self._buffer[end + len(_HEAD_END) :]
            self._read_head(head)
        if self._chunked:
            return self._read_chunks()
        self._left -= len(self._buffer)
        self._buffer = b""
        return self._is_complete()

    def ends_with_connection(self) -> bool:
        """Tell whether the end of the connection is the end of the response."""
        return self._in_body and self._until_close

    def _is_complete(self) -> bool:
        if self._until_close:
            return False
        if self._left < 0:
            raise MalformedError("more came than the response's length")
        return self._left == 0

    def _read_head(self, head: bytes) -> None:
        lines = head.split(b"\r\n")
        words = lines[0].split(b" ", 2)
        if len(words) < 2 or not words[0].startswith(b"HTTP/1."):  # noqa: PLR2004 - version and status
            raise MalformedError("no status line")
        try:
            status = int(words[1])
        except ValueError:
            raise MalformedError("no status") from None
        if status in _INFORMATIONAL:
            return
        fields: dict[bytes, bytes] = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            fields[name.lower()] = value.strip()
        self.status = status
        self._in_body = True
        connection = fields.get(b"connection", b"").lower()
        is_old = words[0] == b"HTTP/1.0"
        self.keeps_alive = b"close" not in connection and (
            not is_old or b"keep-alive" in connection
        )
        if self._head_only or status in _BODILESS:
            return
        if fields.get(b"transfer-encoding", b"").lower().endswith(b"chunked"):
            self._chunked = True
        elif b"content-length" in fields:
            try:
                self._left = int(fields[b"content-length"])
            except ValueError:
                raise MalformedError("a length that is no number") from None
        else:
            self._until_close = True
            self.keeps_alive = False

    def _read_chunks(self) -> bool:
        """Drop the chunks that are complete; tell whether the last one is."""
        while True:
            end = self._buffer.find(b"\r\n")
            if end < 0:
                return False
            try:
                size = int(self._buffer[:end].split(b";")[0], 16)
            except ValueError:
                raise MalformedError("a chunk without a size") from None
            after = end + 2 + size + 2
            if size == 0:
                # NOTE: after the last chunk there may be trailers.
                rest = self._buffer[end:]
                return rest.startswith(_HEAD_END) or rest.endswith(_HEAD_END)
            if len(self._buffer) < after:
                return False
            self._buffer = self._buffer[after:]
