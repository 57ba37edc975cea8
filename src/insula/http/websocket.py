"""The WebSocket that is being talked to: its handshake is a request, and it talks.

A :class:`Websocket` is the request that asked for it (path, headers, cookies, session)
and hands what is said to a conversation, which :mod:`insula.dispatch` brings with the
server's two functions. The same methods serve both kinds of view: on an event loop
they return what is awaited, on a thread without one they wait and return the outcome.

Sources: RFC 6455, sections 1.9 (subprotocols), 5.5.1 and 7.4 (closing, codes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula._core.lazy import lazy
from insula.http.request import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from typing_extensions import Self

__all__ = ["WebSocketDisconnected", "Websocket", "is_farewell"]

# Codes that no endpoint may send (RFC 6455 §7.4.1), and the range of those it may.
_UNSENDABLE = frozenset({1004, 1005, 1006, 1015})
_CODES = range(1000, 5000)
# Of a closing frame's 125 bytes, what the code leaves (§5.5.1).
_REASON_MAX = 123


class WebSocketDisconnected(Exception):  # noqa: N818 - it is how a conversation ends
    """The WebSocket is closed: nothing more can be received or sent.

    A view may leave it uncaught: that ends the view, and is no error.

    :ivar code: why, as RFC 6455 §7.4.1 numbers it; 1005 where the client gave no
        reason, 1006 where the connection broke.
    :ivar reason: the same in words, if the client said any.
    """

    def __init__(self, code: int = 1005, reason: str = "") -> None:
        self.code = code
        self.reason = reason
        words = f", {reason!r}" if reason else ""
        super().__init__(f"The WebSocket is closed (code {code}{words}).")


def is_farewell(exc: BaseException | None) -> bool:
    """Tell whether it says no more than that the client has gone."""
    if isinstance(exc, WebSocketDisconnected):
        return True
    # A group of them, as a TaskGroup raises; Python 3.10 knows none.
    inner = getattr(exc, "exceptions", None)
    return isinstance(inner, tuple) and bool(inner) and all(map(is_farewell, inner))


class Websocket(Request):
    """The WebSocket that the view talks to; in views, the proxy ``websocket``.

    On an event loop each of its methods that talk must be awaited; in a sync view they
    block. The first of them accepts the handshake, if the view has not.
    """

    # What was begun with the server; None for a handshake that a test made up.
    _talk: Any = None

    @lazy
    def subprotocols(self) -> list[str]:
        """The subprotocols that the client offers, the preferred first."""
        # NOTE: a server may hand the field on as it came, or in parts already.
        names = (self.environ.get("HTTP_SEC_WEBSOCKET_PROTOCOL") or "").split(",")
        return [stripped for name in names if (stripped := name.strip())]

    @property
    def requested_subprotocols(self) -> list[str]:
        """The same as :attr:`subprotocols`; Quart's name."""
        return self.subprotocols

    @property
    def is_accepted(self) -> bool:
        """Whether the handshake has been accepted."""
        return bool(self._conversation.was_accepted)

    @property
    def close_code(self) -> int | None:
        """With what code the WebSocket was closed; ``None`` while it is not."""
        code: int | None = self._conversation.close_code
        return code

    @property
    def close_reason(self) -> str:
        """The words that came, or went, with :attr:`close_code`."""
        reason: str = self._conversation.close_reason
        return reason

    @property
    def _conversation(self) -> Any:
        if self._talk is None:
            raise RuntimeError(
                "This WebSocket has no connection: it was made of an environ alone."
                " Open one with client.websocket(path), of app.test_client()."
            )
        return self._talk

    # What a coroutine function here returns a sync view gets, hence the type.

    def accept(
        self,
        subprotocol: str | None = None,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
    ) -> Any:
        """Accept the handshake; what is received or sent first does so, too.

        The session is saved now: its cookie travels with the answer.

        :param subprotocol: one that the client offers.
        :param headers: further fields of the answer.
        :raises RuntimeError: if it was accepted before.
        """
        if subprotocol is not None and subprotocol not in self.subprotocols:
            raise ValueError(
                f"The subprotocol {subprotocol!r} is none that the client offers"
                f" ({', '.join(self.subprotocols) or 'it offers none'}), and it would"
                " break off. Choose one of websocket.subprotocols, or None."
            )
        talk = self._conversation
        return talk.call(talk.accept, subprotocol, headers)

    def receive(self) -> Any:
        """Return the next message: ``str`` if it is text, ``bytes`` if it is not.

        :raises WebSocketDisconnected: if the client has gone.
        """
        talk = self._talk or self._conversation
        return talk.call(talk.receive)

    def receive_json(self) -> Any:
        """Return the next message, decoded from JSON as a request's body is.

        :raises WebSocketDisconnected: if the client has gone.
        :raises ValueError: if it is no JSON.
        """
        talk = self._conversation
        return talk.call(talk.receive, self.json_module.loads)

    def send(self, data: str | bytes | bytearray | memoryview) -> Any:
        """Send a message: text for ``str``, binary for ``bytes``.

        :raises WebSocketDisconnected: if the client has gone.
        """
        if not isinstance(data, (str, bytes, bytearray, memoryview)):
            raise TypeError(
                f"A WebSocket sends str or bytes, not {type(data).__name__}: for"
                " anything else there is send_json()."
            )
        talk = self._talk or self._conversation
        return talk.call(talk.send, data)

    def send_json(self, *args: Any, **kwargs: Any) -> Any:
        """Send what ``jsonify(*args, **kwargs)`` would answer, as text.

        :raises WebSocketDisconnected: if the client has gone.
        """
        if args and kwargs:
            raise TypeError(
                "send_json() takes values or names with values, not both at once."
            )
        value = args[0] if len(args) == 1 else args or kwargs or None
        return self.send(self.json_module.dumps(value))

    def close(self, code: int = 1000, reason: str = "") -> Any:
        """Close the WebSocket; before it was accepted, refuse it (403).

        Closing what is closed does nothing.

        :param code: 1000 for the usual end; 3000 to 4999 are an application's own.
        :param reason: at most 123 bytes of UTF-8.
        """
        if code in _UNSENDABLE or code not in _CODES:
            raise ValueError(
                f"{code!r} is no code to close a WebSocket with: choose 1000, another"
                " of RFC 6455 §7.4.1, or one of your own from 3000 to 4999."
            )
        if len(reason.encode()) > _REASON_MAX:
            raise ValueError(
                f"The reason {reason[:20]!r}... is too long: a closing frame has room"
                f" for {_REASON_MAX} bytes. Send it as a message before."
            )
        talk = self._conversation
        return talk.call(talk.close, code, reason)

    def __aiter__(self) -> Self:
        """Give message after message, until the client has gone."""
        return self

    async def __anext__(self) -> str | bytes:
        talk = self._talk or self._conversation
        try:
            message: str | bytes = await talk.call(talk.receive)
        except WebSocketDisconnected:
            raise StopAsyncIteration from None
        return message

    def __iter__(self) -> Iterator[str | bytes]:
        """Give message after message, in a sync view, until the client has gone."""
        try:
            while True:
                yield self._blocking(self.receive())
        except WebSocketDisconnected:
            return

    @staticmethod
    def _blocking(message: Any) -> str | bytes:
        if not isinstance(message, (str, bytes)):
            message.close()
            raise TypeError(
                "A plain `for` over the WebSocket would block the event loop: write"
                " `async for message in websocket`."
            )
        return message
