"""One connection of a load: asks, waits for the whole answer, asks again."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING, cast

from insula.cli.bench.response import MalformedError, ResponseReader

if TYPE_CHECKING:
    from insula.cli.bench.load import Load

__all__ = ["Connection"]


class Connection(asyncio.Protocol):
    """Send the request again and again, until the load or the connection ends."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._reader = ResponseReader(head_only=load.request.startswith(b"HEAD "))
        self._transport: asyncio.Transport | None = None
        self._given_up = False
        self.sent_at: float | None = None
        """When the request was sent whose answer has not come; else ``None``."""
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast("asyncio.Transport", transport)  # of a stream's protocol
        self._load.open.add(self)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Take a part of the answer."""
        reader = self._reader
        if self.sent_at is None or self._transport is None:
            self.give_up("sent without a request")
            return
        try:
            if not reader.feed(data):
                return
        except MalformedError as exc:
            self.give_up(f"no HTTP answer: {exc}")
            return
        self._answered()
        if reader.keeps_alive:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note what the end of the connection means."""
        self._load.open.discard(self)
        if self.sent_at is not None and not self._given_up:
            if exc is None and self._reader.ends_with_connection():
                self._answered()
            else:
                kind = "reset" if isinstance(exc, ConnectionError) else "closed"
                self._load.note_error(f"connection {kind} before the answer was there")
        if not self.closed.done():
            self.closed.set_result(None)

    def give_up(self, kind: str | None = None) -> None:
        """Leave the connection; what is in flight counts as an error, if any."""
        self._given_up = True
        if kind is not None:
            self._load.note_error(kind)
        if self._transport is not None:
            self._transport.abort()

    def _send(self) -> None:
        if self._transport is None:
            return
        if self._load.is_over:
            self._transport.close()
            return
        self._reader.start()
        self.sent_at = perf_counter()
        self._transport.write(self._load.request)

    def _answered(self) -> None:
        if self.sent_at is None:
            return
        took = perf_counter() - self.sent_at
        self.sent_at = None
        self._load.note_answer(took, self._reader.status, self._reader.received)
        self._reader.received = 0
