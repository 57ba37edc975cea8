"""One conversation with a client: what is common to a request and a WebSocket.

Rules of the file: what the client has sent is handed to the application once and in
order, whoever gives up waiting for it in between.

Theory. Of the server's own object a message is asked with `receive()`, which returns
something like a future that keeps one callback only and, when it is cancelled, may lose
the message that has just come. So the application never waits for that one: an exchange
has at most one of them, keeps what comes of it in `messages`, and wakes its waiters.
An application may then put a time limit on `receive`, or call it twice at once.

Sources: granian 2.8 `src/callbacks.rs` (PyFutureAwaitable), `src/asgi/io.rs`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

    from insula.servers.asgi.guard import Serving

    Message = dict[str, Any]
    Scope = dict[str, Any]

__all__ = ["LOGGER", "ClientGoneError", "Exchange", "as_bytes"]

LOGGER = logging.getLogger("insula.server")


class ClientGoneError(ConnectionError):
    """Raised by `send` where nobody is left to send to."""


class Exchange:
    """What the client sends, and what is known about how far the exchange is."""

    __slots__ = (
        "_asked",
        "_waiters",
        "ended",
        "gone",
        "messages",
        "proto",
        "scope",
        "serving",
        "status",
        "task",
    )

    def __init__(self, serving: Serving, proto: Any, scope: Scope) -> None:
        self.serving = serving
        self.proto = proto
        self.scope = scope
        self.messages: list[Message] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._asked: Any = None
        self.status = 0
        """What the client has been answered; 0 as long as nothing."""
        self.ended = False
        """Whether the application has sent all it has to."""
        self.gone = False
        """Whether nobody is left to send to."""
        self.task: asyncio.Task[None] | None = None

    def farewell(self) -> Message:
        """Return the message that says that the client is gone."""
        raise NotImplementedError

    def arrived(self, message: Message | None) -> None:
        """Keep a message of the client's; None where the connection has failed."""
        self.messages.append(self.farewell() if message is None else message)

    def poll(self) -> None:
        """Ask the server for the client's next message, unless that is under way."""
        if self._asked is not None:
            return
        asked = self.proto.receive()
        if hasattr(asked, "add_done_callback"):
            self._asked = asked
            asked.add_done_callback(self._came)
            return
        try:
            next(asked.__await__())
        except StopIteration as stop:
            self._take(stop.value)

    def unpoll(self) -> None:
        """Stop asking: the server's object is let go of, and nothing more comes."""
        asked, self._asked = self._asked, None
        if asked is not None:
            asked.cancel()

    def release(self) -> None:
        """Let go of the server's object and of the task, which refer back to this.

        NOTE: a response ends, however incomplete, once its object is gone.
        """
        self.unpoll()
        self.gone = True
        self.proto = self.task = None

    def _came(self, asked: Any) -> None:
        if asked is not self._asked:
            return
        self._asked = None
        try:
            message = asked.result()
        except BaseException:  # noqa: BLE001 - whatever it is, nothing will come
            message = None
        self._take(message)

    def _take(self, message: Message | None) -> None:
        self.arrived(message)
        self.wake()

    def wake(self) -> None:
        """Have those who wait for a message look again."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def next_message(self) -> Message:
        """Return the client's next message; after the end, that it is gone."""
        while not self.messages:
            if self.gone or self.ended:
                return self.farewell()
            self.poll()
            if not self.messages:
                waiter = self.serving.loop.create_future()
                self._waiters.append(waiter)
                try:
                    await waiter
                finally:
                    self._waiters.remove(waiter)
        return self.messages.pop(0)


def as_bytes(data: object, field: str) -> bytes:
    """Return what an application sent as bytes; the server drops what is none."""
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    raise TypeError(
        f"The {field!r} that was sent is {type(data).__name__}, not bytes; encode it."
    )
