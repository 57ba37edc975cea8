"""An ASGI application called by a WSGI server: one request, on both sides.

Rules of the file: the application runs as a task of the process's event loop, never on
the server's thread; what the server handed out is called on the server's thread, never
on the loop (it may wait, or belong to that thread); neither side goes further ahead of
the other than one chunk, of the request's body or of the response's.

Theory. The thread asks the loop, with one `Call` (of `dispatch.loops.aio`) each time,
what it is to do next: read from the body (`_READ`), give the server a chunk, or end
(``None``). Meanwhile the application goes on. A chunk counts as taken when the thread
asks again; until then ``send`` waits. When the server closes the response early, the
application is told: ``receive`` gives ``http.disconnect`` and ``send`` raises
:exc:`OSError`. If that does not end it within a second its task is cancelled.

One thread cannot do both at once: while it waits for the client's body, a chunk of the
response waits, too.

Sources: the ASGI specification, HTTP 2.5; PEP 3333.
"""

from __future__ import annotations

import logging
from collections import deque
from contextlib import suppress
from contextvars import Context
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from wsgiref.util import is_hop_by_hop

from werkzeug.exceptions import ClientDisconnected

from insula.dispatch.loops.aio import Call
from insula.dispatch.loops.apart import outside

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, Iterable

    from insula._core.protocols import StartResponse, WSGIEnvironment
    from insula.dispatch.loops.inbox import Inbox

    Message = dict[str, Any]

__all__ = ["Bridge"]

_LOGGER = logging.getLogger("insula.server")
_BLOCK = 1 << 16
_PATIENCE = 1.0  # seconds
_READ = object()
_CUT = object()

# The loop itself keeps no more than weak references to tasks.
_tasks: set[asyncio.Task[None]] = set()


class Bridge:
    """One request.

    :param application: called with a scope, ``receive`` and ``send``.
    :param scope: what `environ` says (:func:`~insula.http.scope.scope_of`).
    :param inbox: of the loop that the application is to run on.
    """

    def __init__(
        self,
        application: Callable[..., Coroutine[Any, Any, None]],
        environ: WSGIEnvironment,
        scope: dict[str, Any],
        inbox: Inbox,
    ) -> None:
        self._application = application
        self._environ = environ
        self._scope = scope
        self._inbox = inbox
        length = environ.get("CONTENT_LENGTH") or ""
        #: How much of the body is to be read; `None` if it ends by itself.
        self._left: int | None = int(length) if length.isdecimal() else 0
        if not length and environ.get("wsgi.input_terminated"):
            self._left = None
        # All that follows is touched on the loop only, or while the loop waits for us.
        self._task: asyncio.Task[None] | None = None
        self._error: BaseException | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self._chunks: deque[bytes] = deque()
        self._has_ended = self._left == 0
        self._has_told_end = False
        self._wants_body = False
        self._is_cut = False  # less of the body has come than was announced
        self._is_gone = False  # the server has closed the response
        self._head: tuple[str, list[tuple[str, str]]] | None = None
        self._out: deque[bytes] = deque()
        self._put = self._taken = 0
        self._is_complete = False

    # -- on the server's thread ----------------------------------------------------

    def respond(self, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request, as a WSGI application does.

        :raises RuntimeError: on the loop, which would wait for itself.
        """
        if self._inbox.is_here():
            raise RuntimeError(
                f"{self._application!r} was called by WSGI on the event loop that it is"
                " to run on, which would wait for itself; call it by ASGI there."
            )
        chunk = self.next_chunk()
        # NOTE: a body without a head is refused by `_send`; there is none where the
        # client has left, and the application says nothing any more.
        start_response(*(self._head or ("400 Bad Request", [("Content-Length", "0")])))
        if self._is_complete and not self._out:
            return [chunk or b""]
        return _Body(self, chunk)

    def next_chunk(self) -> bytes | None:
        """Return what is to be sent next, or ``None`` at the end."""
        data: Any = None
        try:
            while True:
                if self._is_complete and not self._out:
                    return None
                event = Call(self._step(data), self._inbox).wait()
                if event is not _READ:
                    return event  # type: ignore[no-any-return]  # bytes, or None
                data = self._read()
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        """Tell the application that the client has gone, if it has not said all."""
        task = self._task
        if task is None or task.done() or self._is_complete or self._inbox.has_ended:
            return
        Call(self._leave(task), self._inbox).wait()

    def abandon(self) -> None:
        """Leave without waiting, from wherever the garbage collector comes."""
        task = self._task
        if task is None or self._is_complete or self._inbox.has_ended:
            return
        with suppress(RuntimeError):  # the loop is closed
            self._inbox.put(Context(), task.cancel)

    def _read(self) -> Any:
        stream = self._environ["wsgi.input"]
        size = _BLOCK if self._left is None else min(_BLOCK, self._left)
        try:
            data = getattr(stream, "read1", stream.read)(size)
        except (OSError, ClientDisconnected):
            return _CUT
        if self._left is not None:
            if not data:
                return _CUT
            self._left -= len(data)
        return data

    # -- on the loop -----------------------------------------------------------------

    async def _step(self, data: Any) -> Any:
        """Go on until there is something for the thread to do; return what."""
        if data is not None:
            self._take(data)
        self._taken = self._put
        if self._task is None:
            self._start()
        self._ring()
        while True:
            if self._out:
                return self._out.popleft()
            if self._is_complete:
                return None
            if self._task is None or self._task.done():
                self._complain()
            if self._wants_body:
                self._wants_body = False
                return _READ
            await self._wait()

    def _start(self) -> None:
        import asyncio

        loop = asyncio.get_running_loop()
        self._task = outside(loop.create_task, self._run())
        _tasks.add(self._task)
        self._task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        _tasks.discard(task)
        self._ring()

    async def _run(self) -> None:
        import asyncio

        try:
            await self._application(self._scope, self._receive, self._send)
        except asyncio.CancelledError:
            raise
        except BaseException as exc:
            # SystemExit, too: a task that raises it would stop the loop.
            if self._is_complete:
                _LOGGER.exception("An application failed after it had answered")
            elif not self._is_gone:
                # NOTE: where the client has gone nobody asks for it, and kept it would
                # keep, by its traceback, the generator that made the body.
                self._error = exc

    def _complain(self) -> None:
        """Raise what has kept the application from ending its response."""
        error, self._error = self._error, None
        if error is None:
            if self._is_cut and self._head is None:
                self._is_complete = True
                return
            raise RuntimeError(
                f"{self._application!r} returned, or was cancelled, before it had sent"
                " all of its response: it ends with an `http.response.body` without"
                " `more_body`."
            )
        try:
            raise error
        finally:
            del error  # its traceback refers to this frame

    def _take(self, data: Any) -> None:
        if data is _CUT:
            self._is_cut = True
        elif data:
            self._chunks.append(data)
        self._has_ended = self._left == 0 or not data

    def _has_told_all(self) -> bool:
        return self._has_told_end and self._is_complete

    async def _receive(self) -> Message:
        while True:
            if self._chunks:
                data = self._chunks.popleft()
                more = bool(self._chunks) or not self._has_ended
                self._has_told_end = not more
                return {"type": "http.request", "body": data, "more_body": more}
            if self._is_cut or self._is_gone or self._has_told_all():
                return {"type": "http.disconnect"}
            if self._has_ended and not self._has_told_end:
                self._has_told_end = True
                return {"type": "http.request", "body": b"", "more_body": False}
            if not self._has_ended and not self._wants_body:
                self._wants_body = True
                self._ring()
            await self._wait()

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        if self._is_gone:
            raise OSError(f"{kind!r} comes too late: the client has gone.")
        if kind == "http.response.start" and self._head is None:
            self._head = _head(message)
        elif (
            kind == "http.response.body"
            and self._head is not None
            and not self._is_complete
        ):
            await self._send_body(message)
        else:
            raise RuntimeError(
                f"The application sent {kind!r}, which cannot come at this point: a"
                " response is one `http.response.start`, and then one or more"
                " `http.response.body`, the last of them without `more_body`."
            )

    async def _send_body(self, message: Message) -> None:
        data = bytes(message.get("body", b""))
        if data:
            self._out.append(data)
            self._put += 1
        # NOTE: after its chunk, for the thread looks here, too.
        self._is_complete = not message.get("more_body", False)
        self._ring()
        number = self._put
        while data and not self._is_complete and self._taken < number:
            await self._wait()
            if self._is_gone:
                raise OSError("The client has gone.")

    async def _leave(self, task: asyncio.Task[None]) -> None:
        import asyncio

        self._is_gone = True
        self._ring()
        done, _ = await asyncio.wait([task], timeout=_PATIENCE)
        if not done:
            task.cancel()

    async def _wait(self) -> None:
        import asyncio

        future = asyncio.get_running_loop().create_future()
        self._waiters.append(future)
        await future

    def _ring(self) -> None:
        """Have whoever waits look again."""
        waiters, self._waiters = self._waiters, []
        for future in waiters:
            if not future.done():
                future.set_result(None)


class _Body:
    """The rest of a response, for the server."""

    def __init__(self, bridge: Bridge, chunk: bytes | None) -> None:
        self._bridge = bridge
        self._first = chunk

    def __iter__(self) -> _Body:
        return self

    def __next__(self) -> bytes:
        chunk, self._first = self._first, None
        if chunk is None:
            chunk = self._bridge.next_chunk()
        if chunk is None:
            raise StopIteration
        return chunk

    def close(self) -> None:
        """End the response here, be it too early."""
        self._bridge.leave()

    def __del__(self) -> None:
        self._bridge.abandon()


def _head(message: Message) -> tuple[str, list[tuple[str, str]]]:
    code = message["status"]
    try:
        phrase = HTTPStatus(code).phrase
    except ValueError:
        phrase = "Unknown"
    fields = []
    for name, value in message.get("headers", ()):
        text = name.decode("latin-1")
        # PEP 3333: how long a body is that goes on and on is the server's affair.
        if not is_hop_by_hop(text):
            fields.append((text, value.decode("latin-1")))
    return f"{code} {phrase}", fields
