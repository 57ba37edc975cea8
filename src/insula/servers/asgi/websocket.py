"""One WebSocket between the application and Granian.

Rules of the file: a handshake is always answered, and a socket always closed with a
code that says why.

Theory. What is mended of Granian's own `receive` and `send`, beyond `exchange`:

* A close waits for the message that is being received, so that an application which
  receives in one task and closes in another would wait for its client. Here receiving
  ends first; whoever waits is told that the socket is closed.
* A refusal is sent when the application says so, not when it returns. Its body goes
  out in one piece, and its headers one by name: more than one of a name would be lost
  with the answer.
* The headers of `websocket.accept` cannot be carried. That is logged, once.
* What fails before the handshake is a 500, after it 1011. A socket whose application
  has returned is closed with 1000, one that the server's end meets with 1001.
* Sending to a client that has left raises `ClientGoneError`, an `OSError`. For that one
  message is read ahead, or who only sends would not hear that its client has left.

Sources: ASGI 3, HTTP & WebSocket 2.3; RFC 6455 §7.4.1 (codes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.servers.asgi.exchange import LOGGER, ClientGoneError, Exchange, as_bytes
from insula.servers.asgi.head import Head, explained

if TYPE_CHECKING:
    from insula.servers.asgi.guard import Serving

    Message = dict[str, Any]
    Scope = dict[str, Any]

__all__ = ["GOING_AWAY", "INTERNAL_ERROR", "NORMAL", "WebSocketExchange"]

NORMAL, GOING_AWAY, INTERNAL_ERROR = 1000, 1001, 1011
_PLAIN = (b"content-type", b"text/plain; charset=utf-8")
_SWITCHING = 101
_WARNED: set[str] = set()


class WebSocketExchange(Exchange):
    """One WebSocket, from its handshake to its close."""

    __slots__ = ("_head", "_parts", "close_code", "watcher")

    def __init__(self, serving: Serving, watcher: Any, scope: Scope) -> None:
        super().__init__(serving, watcher.proto, scope)
        self.watcher = watcher
        self._head: Head | None = None
        self._parts: list[bytes] = []
        self.close_code = 1006

    def farewell(self) -> Message:
        """Return the message that says that the socket is closed."""
        return {"type": "websocket.disconnect", "code": self.close_code, "reason": ""}

    def arrived(self, message: Message | None) -> None:
        """Keep a message, or note that the client has closed the socket."""
        if message is not None and message["type"] == "websocket.disconnect":
            message.setdefault("reason", "")
            self.close_code = message["code"]
            self.gone = True
        elif message is None:
            self.gone = True
        super().arrived(message)

    async def receive(self) -> Message:
        """Be the `receive` of ASGI."""
        return await self.next_message()

    async def send(self, message: Message) -> None:
        """Be the `send` of ASGI."""
        kind = message["type"]
        if kind == "websocket.send":
            if self.status != _SWITCHING:
                raise _too_soon(kind)
            if self.gone or self.ended:
                raise ClientGoneError("The WebSocket is closed.")
            await self._transmit(message)
        elif kind == "websocket.accept":
            await self._accept(message)
        elif kind == "websocket.close":
            if self.status == _SWITCHING:
                await self.close(
                    message.get("code") or NORMAL, message.get("reason") or ""
                )
            elif not self.status:
                await self.answer(403, b"Forbidden\n")
        elif kind == "websocket.http.response.start":
            self._check_unanswered(kind)
            self._head = Head(message)
        elif kind == "websocket.http.response.body":
            await self._respond(message)
        else:
            raise RuntimeError(
                f"{kind!r} cannot be sent to a WebSocket; send 'websocket.accept',"
                " 'websocket.send' or 'websocket.close'."
            )

    async def _accept(self, message: Message) -> None:
        if self.gone:
            raise ClientGoneError("The client has given up the handshake.")
        self._check_unanswered(message["type"])
        if any(True for _ in message.get("headers") or ()) and not _WARNED:
            _WARNED.add("headers")
            LOGGER.warning(
                "The headers of the handshake's answer (a cookie, say) cannot be sent"
                " by this server and are left out."
            )
        self.status = _SWITCHING
        accept: Message = {"type": "websocket.accept"}
        if message.get("subprotocol"):
            accept["subprotocol"] = message["subprotocol"]
        self.serving.log(self)
        await self.proto.send(accept)

    async def _transmit(self, message: Message) -> None:
        text = message.get("text")
        if text is None:
            data = as_bytes(message.get("bytes"), "bytes")
            message = {"type": "websocket.send", "bytes": data}
        elif isinstance(text, str):
            message = {"type": "websocket.send", "text": text}
        else:
            raise TypeError(
                f"The 'text' that was sent is {type(text).__name__}, not a str; send"
                " it as 'bytes', or decode it."
            )
        if not self.messages:
            self.poll()
        try:
            await self.proto.send(message)
        except RuntimeError as exc:
            self.gone = True
            raise ClientGoneError("The WebSocket is closed.") from exc

    async def close(self, code: int, reason: str = "") -> None:
        """Close the socket, whether or not somebody waits for a message."""
        if self.ended:
            return
        self.ended = True
        if not self.gone:
            self.close_code = code
            self.unpoll()
            close = {"type": "websocket.close", "code": code, "reason": reason}
            await self.proto.send(close)
        self.wake()

    async def leave(self) -> None:
        """End it because the server ends: a handshake is refused, a socket closed."""
        if self.status:
            await self.close(GOING_AWAY)
        else:
            await self.answer(503, b"Service Unavailable: the server is stopping.\n")
        self.gone = True

    async def _respond(self, message: Message) -> None:
        head = self._head
        if head is None:
            raise _too_soon(message["type"])
        self._check_unanswered(message["type"])
        self._parts.append(as_bytes(message.get("body", b""), "body"))
        if not message.get("more_body", False):
            await self._refuse(head.status, head.headers, b"".join(self._parts))

    async def answer(self, status: int, text: bytes) -> None:
        """Refuse the handshake with a response of ours."""
        await self._refuse(status, [_PLAIN], text)

    async def _refuse(self, status: int, headers: Any, body: bytes) -> None:
        self.status, self.ended = status, True
        self.serving.log(self)
        if not self.gone:
            start = {
                "type": "websocket.http.response.start",
                "status": status,
                "headers": _one_by_name(headers),
            }
            end = {"type": "websocket.http.response.body", "body": body}
            try:
                await self.proto.send(start)
            except Exception as exc:
                raise explained(headers, exc) from exc
            await self.proto.send(end)
        self.wake()

    def _check_unanswered(self, kind: str) -> None:
        if self.status:
            raise RuntimeError(
                f"{kind!r} was sent after the handshake had been answered with"
                f" {self.status}; send it before."
            )


def _too_soon(kind: str) -> RuntimeError:
    return RuntimeError(
        f"{kind!r} was sent before the answer to the handshake; send"
        " 'websocket.accept' first, or 'websocket.http.response.start' to refuse."
    )


def _one_by_name(headers: Any) -> list[tuple[bytes, bytes]]:
    """Return the headers with those of one name joined (RFC 9110 §5.3)."""
    joined: dict[bytes, bytes] = {}
    for name, value in headers:
        key = bytes(name).lower()
        if key not in joined:
            joined[key] = value
        elif key == b"set-cookie":
            LOGGER.warning(
                "Of several cookies in the refusal of a WebSocket this server can send"
                " one; %r is left out.",
                bytes(value).partition(b"=")[0].decode("latin-1"),
            )
        else:
            joined[key] += b", " + value
    return list(joined.items())
