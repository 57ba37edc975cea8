"""What is said over one WebSocket: the server's two functions, made safe to use.

Rules of the file: an object of this class belongs to the server's event loop; its
coroutine functions run there only, and :meth:`Conversation.call` brings them there from
wherever a view calls. No task and no thread is kept for a WebSocket that is silent.

Theory. A conversation is asked for, accepting, open, or closed. Whoever talks while it
is asked for accepts it first; whoever comes while it is being accepted waits. Once
closed, by whichever side, everything raises
:exc:`~insula.http.websocket.WebSocketDisconnected`. Who only sends would not learn from
every server that the client has gone; so who sends twice without receiving looks
(:mod:`~insula.dispatch.sockets.mailbox`).

Source: the ASGI specification, HTTP & WebSocket 2.5.
"""

from __future__ import annotations

import asyncio
from asyncio import _get_running_loop
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers

from insula.dispatch.loops.aio import inbox_of, run_on_loop, server_loop
from insula.dispatch.sockets.mailbox import Mailbox
from insula.http.websocket import WebSocketDisconnected

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

__all__ = ["Conversation"]

_ASKED, _ACCEPTING, _OPEN, _CLOSED = range(4)
_BROKEN = 1006  # RFC 6455 §7.4.1: the connection was lost without a closing frame
_GOING_AWAY = 1001


class Conversation:
    """Talk over one WebSocket.

    :param receive: the server's function, as is ``send``.
    :param fields: called when the handshake is accepted; what goes with the answer.
    """

    __slots__ = (
        "_accepting",
        "_blocked",
        "_fields",
        "_inbox",
        "_is_receiving",
        "_loop",
        "_mailbox",
        "_send",
        "_sent_last",
        "_state",
        "close_code",
        "close_reason",
        "was_accepted",
    )

    def __init__(
        self,
        receive: Callable[[], Awaitable[Mapping[str, Any]]],
        send: Callable[[Mapping[str, Any]], Awaitable[None]],
        fields: Callable[[], Awaitable[list[tuple[str, str]]]],
    ) -> None:
        self._mailbox = Mailbox(receive)
        self._send = send
        self._fields = fields
        self._loop = asyncio.get_running_loop()
        self._inbox = inbox_of(self._loop)
        self._state = _ASKED
        self._accepting: asyncio.Future[None] | None = None
        self._is_receiving = False
        # Whether what was done last was to send.
        self._sent_last = False
        # What threads wait for.
        self._blocked: set[asyncio.Task[Any]] | None = None
        self.was_accepted = False
        self.close_code: int | None = None
        self.close_reason = ""

    @property
    def is_asked_for(self) -> bool:
        """Whether the handshake has still to be answered."""
        return self._state in {_ASKED, _ACCEPTING}

    @property
    def is_closed(self) -> bool:
        """Whether nothing more can be said."""
        return self._state == _CLOSED

    # -- from wherever a view runs -----------------------------------------------------

    def call(
        self, func: Callable[..., Coroutine[Any, Any, Any]], *args: Any
    ) -> Coroutine[Any, Any, Any] | Any:
        """Call ``func``: on a loop return what is awaited, elsewhere the outcome."""
        loop = _get_running_loop()
        if loop is self._loop:
            return func(*args)
        if loop is None:
            return self._wait(func, args)
        return self._over_there(func, args)

    def _wait(self, func: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        # NOTE: set here, since a thread that the view started may not carry it.
        token = server_loop.set(self._inbox)
        try:
            return run_on_loop(self._for_a_thread)(func, args)
        finally:
            server_loop.reset(token)

    async def _over_there(self, func: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        # The view runs a loop of its own.
        work = self._for_a_thread(func, args)
        return await asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(work, self._loop)
        )

    async def _for_a_thread(
        self, func: Callable[..., Any], args: tuple[Any, ...]
    ) -> Any:
        task: Any = asyncio.current_task()
        if self._blocked is None:
            self._blocked = set()
        self._blocked.add(task)
        try:
            return await func(*args)
        except asyncio.CancelledError:
            if self._state == _CLOSED:
                raise self._gone() from None
            raise
        finally:
            self._blocked.discard(task)

    def abandon(self) -> None:
        """End it without a word: threads that wait for it, or will, are told so."""
        if self._state != _CLOSED:
            self._note_closed(_GOING_AWAY, "the server stops")
        for task in [*(self._blocked or ())]:
            task.cancel()

    def end(self) -> None:
        """Let go of the server."""
        self._mailbox.close()

    # -- on the server's loop ----------------------------------------------------------

    async def accept(self, subprotocol: str | None = None, headers: Any = None) -> None:
        """Accept the handshake."""
        if self._state == _CLOSED:
            raise self._gone()
        if self._state != _ASKED:
            raise RuntimeError(
                "The WebSocket has been accepted already: accept() may be called once,"
                " and before the first message is received or sent."
            )
        given = Headers(headers)
        if "Sec-WebSocket-Protocol" in given:
            raise ValueError(
                "The header Sec-WebSocket-Protocol is the server's to write: hand its"
                " value over as accept(subprotocol=...)."
            )
        self._state = _ACCEPTING
        accepting = self._accepting = self._loop.create_future()
        try:
            fields = [*await self._fields(), *given]
            # NOTE: from here on the server may have answered, whatever happens.
            self._state = _OPEN
            self.was_accepted = True
            await self._say(
                {
                    "type": "websocket.accept",
                    "subprotocol": subprotocol,
                    "headers": [
                        (name.lower().encode("latin-1"), value.encode("latin-1"))
                        for name, value in fields
                    ],
                }
            )
        finally:
            if self._state == _ACCEPTING:
                self._state = _ASKED
            self._accepting = None
            accepting.set_result(None)

    async def receive(self, decode: Callable[[str | bytes], Any] | None = None) -> Any:
        """Return the next message, decoded if ``decode`` is given."""
        mailbox = self._mailbox
        if (
            self._state != _OPEN or self._accepting is not None
        ) and not mailbox.has_some:
            await self._open()
        if self._is_receiving:
            raise RuntimeError(
                "Another task is waiting for this WebSocket's next message already: let"
                " one task receive, and hand on what it gets (in an asyncio.Queue)."
            )
        self._sent_last = False
        self._is_receiving = True
        try:
            event = await mailbox.get()
        finally:
            self._is_receiving = False
        if event["type"] != "websocket.receive":
            raise self._left(event)
        data = event.get("text")
        if data is None:
            data = event.get("bytes") or b""
        return data if decode is None else decode(data)

    async def send(self, data: str | bytes | bytearray | memoryview) -> None:
        """Send one message."""
        if self._state != _OPEN or self._accepting is not None:
            await self._open()
        if self._sent_last and not self._is_receiving:
            last = self._mailbox.look()
            if last is not None:
                raise self._left(last)
        self._sent_last = True
        event: dict[str, Any] = {"type": "websocket.send"}
        if isinstance(data, str):
            event["text"] = data
        else:
            event["bytes"] = bytes(data)
        # PERF: as `_say` does; a coroutine less for each message.
        try:
            await self._send(event)
        except OSError as exc:
            raise self._broken() from exc

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the WebSocket, or refuse the handshake."""
        if self._accepting is not None:
            await asyncio.shield(self._accepting)
        if self._state == _CLOSED:
            return
        self._note_closed(code, reason)
        with suppress(WebSocketDisconnected):
            await self._say({"type": "websocket.close", "code": code, "reason": reason})

    async def refuse(self, events: list[dict[str, Any]]) -> None:
        """Answer the handshake with ``events``, which refuse it."""
        self._note_closed(_BROKEN, "refused")
        with suppress(WebSocketDisconnected):
            for event in events:
                await self._say(event)

    async def _open(self) -> None:
        while self._state != _OPEN or self._accepting is not None:
            if self._state == _CLOSED:
                raise self._gone()
            if self._accepting is not None:
                # Shielded, for others wait for it, too.
                await asyncio.shield(self._accepting)
            else:
                await self.accept()

    async def _say(self, event: dict[str, Any]) -> None:
        try:
            await self._send(event)
        except OSError as exc:
            raise self._broken() from exc

    def _broken(self) -> WebSocketDisconnected:
        # How a server says that the client has gone.
        if self._state != _CLOSED:
            self._note_closed(_BROKEN, "")
        return self._gone()

    def _left(self, event: Mapping[str, Any]) -> WebSocketDisconnected:
        self._note_closed(event.get("code") or 1005, event.get("reason") or "")
        return self._gone()

    def _note_closed(self, code: int, reason: str) -> None:
        self._state = _CLOSED
        self.close_code = code
        self.close_reason = reason

    def _gone(self) -> WebSocketDisconnected:
        return WebSocketDisconnected(self.close_code or _BROKEN, self.close_reason)
