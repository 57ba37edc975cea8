"""One HTTP request between the application and Granian.

Rules of the file: a response that fails never looks complete; a request that needs
none of the mending pays for none.

Theory. What is mended of Granian's own `receive` and `send`, beyond what `exchange` and
`head` say:

* A piece of the body that is no `bytes` object would be sent as an empty one.
* Sending to a client that has left returns at once and says nothing, so that an
  endless stream would go on for ever, and keep the loop from all else. So from the
  second piece on somebody waits for the client's leaving, and `send` raises
  `ClientGoneError`, an `OSError`, as ASGI has it since 2.4. The end of a response that
  nobody waits for is taken in silence.
* Sending to a client that keeps up, or has left, never gives way to other tasks. So it
  does at every eighth piece.
* A piece whose sending is cancelled is missing from the stream: it must not go on.
* A client that announces a body and does not send it is given `body_timeout` seconds
  for each piece that the application waits for. Then it is answered 408 (where the
  response has begun, it is cut), and to the application the client is gone.

Sources: ASGI 3, HTTP & WebSocket 2.3 and 2.4; RFC 9110 §15.5.9 (408).
"""

from __future__ import annotations

from asyncio import sleep
from typing import TYPE_CHECKING, Any

from insula.servers.asgi.exchange import LOGGER, ClientGoneError, Exchange, as_bytes
from insula.servers.asgi.head import Head, explained
from insula.servers.lateness import LATE_TEXT, log_late

if TYPE_CHECKING:
    from insula.servers.asgi.guard import Serving

    Message = dict[str, Any]
    Scope = dict[str, Any]

__all__ = ["HttpExchange"]

_PLAIN = (b"content-type", b"text/plain; charset=utf-8")
_CLOSE = (b"connection", b"close")
_PIECES = 8  # sent between two turns of the loop


class HttpExchange(Exchange):
    """One request and its response."""

    __slots__ = ("_is_broken", "_is_watched", "_pieces", "has_body", "head", "is_late")

    def __init__(self, serving: Serving, proto: Any, scope: Scope) -> None:
        super().__init__(serving, proto, scope)
        self.head: Head | None = None
        self.has_body = False
        """Whether some of the request's body is still to come."""
        self.is_late = False
        self._is_watched = False
        self._is_broken = False
        self._pieces = 0

    def farewell(self) -> Message:
        """Return the message that says that the client is gone."""
        return {"type": "http.disconnect"}

    def arrived(self, message: Message | None) -> None:
        """Keep a piece of the body, or note that the client has left."""
        super().arrived(message)
        if message is None or message["type"] == "http.disconnect":
            self.gone = True
            return
        if not message.get("more_body"):
            self.has_body = False
            if self._is_watched:
                self.poll()

    async def receive(self) -> Message:
        """Be the `receive` of ASGI."""
        if not self.has_body or self.messages:
            return await self.next_message()
        timer = self.serving.body_timer(self._be_late)
        try:
            return await self.next_message()
        finally:
            if timer is not None:
                timer.cancel()

    async def send(self, message: Message) -> None:
        """Be the `send` of ASGI."""
        kind = message["type"]
        if kind == "http.response.start":
            self._begin(message)
            return
        if kind not in {"http.response.body", "http.response.pathsend"}:
            raise RuntimeError(
                f"{kind!r} cannot be sent to a request; send 'http.response.start' and"
                " then 'http.response.body'."
            )
        if self.head is None or self.ended or self.gone or self._is_broken:
            self._check_order(kind)
        more = message.get("more_body", False)
        if self.gone:
            if more:
                raise ClientGoneError("The client has closed the connection.")
            return
        body = message.get("body", b"")
        if type(body) is not bytes:
            message = {**message, "body": as_bytes(body, "body")}
        if not self.status:
            self.commit()
        if more:
            await self._stream(message)
        else:
            self.ended = True
            await self.proto.send(message)

    async def _stream(self, message: Message) -> None:
        """Send a piece that is not the last."""
        if not self._is_watched and not self.has_body:
            self._is_watched = True
            self.poll()
        try:
            await self.proto.send(message)
        except BaseException:
            self._is_broken = True
            raise
        self._pieces += 1
        if self._pieces % _PIECES == 0:
            await sleep(0)

    def _check_order(self, kind: str) -> None:
        if self.head is None and not self.gone:
            raise RuntimeError(
                f"{kind!r} was sent before 'http.response.start'; send that first."
            )
        if self.is_late:
            return
        if self.ended:
            raise RuntimeError(
                f"{kind!r} was sent after the response had ended; send it while"
                " more_body is true."
            )
        if self._is_broken:
            raise RuntimeError(
                f"{kind!r} was sent after a piece of the body whose sending was"
                " cancelled: that piece is missing."
            )

    def _begin(self, message: Message) -> None:
        if self.gone:
            return
        if self.head is not None:
            raise RuntimeError(
                f"'http.response.start' was sent a second time, with status"
                f" {message.get('status')!r} after {self.head.status}; send it once."
            )
        head = Head(message)
        self.head = head
        if head.is_event_stream:
            self.commit()

    def commit(self) -> None:
        """Hand the head to the server; from here on it cannot change."""
        head = self.head
        assert head is not None  # noqa: S101 - for the type checker
        headers = head.headers
        if self.serving.is_leaving and self.scope["http_version"] != "2":
            headers = [*headers, _CLOSE]
        start = {
            "type": "http.response.start",
            "status": head.status,
            "headers": headers,
        }
        try:
            self.proto.send(start)
        except Exception as exc:
            self.head = None
            raise explained(headers, exc) from exc
        self.status = head.status

    def answer(self, status: int, text: bytes, *, closes: bool = False) -> None:
        """Send a whole response of ours, where none has begun."""
        self.status, self.ended = status, True
        start = {
            "type": "http.response.start",
            "status": status,
            "headers": [_PLAIN, _CLOSE] if closes else [_PLAIN],
        }
        self.proto.send(start)
        self.proto.send({"type": "http.response.body", "body": text})

    def _be_late(self) -> None:
        """Give up a client that has not sent its body in time."""
        client = self.scope.get("client")
        timeout = self.serving.body_timeout
        log_late(self.scope["path"], client[0] if client else "", timeout)
        self.gone = self.is_late = True
        self.unpoll()
        if not self.status:
            closes = self.scope["http_version"] != "2"
            self.answer(408, LATE_TEXT, closes=closes)
            # NOTE: the server closes a connection whose body nobody can read any more.
            self.proto = None
        self.wake()

    @property
    def must_be_cut(self) -> bool:
        """Whether the connection must be cut, lest the response look complete.

        With a declared length the server closes it by itself.
        """
        return (
            bool(self.status)
            and (self.is_late or not self.gone)
            and self.head is not None
            and not self.head.is_sized
            and (not self.ended or self._is_broken)
        )

    def log_unfinished(self) -> None:
        """Log that the application has returned without a complete response."""
        LOGGER.error(
            "%r [%s] was not answered: the application returned %s; send an"
            " 'http.response.body' without more_body.",
            self.scope["path"],
            self.scope["method"],
            "in the middle of its response" if self.status else "without a response",
        )
