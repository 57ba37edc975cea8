"""The body of a request under ASGI, as the server's messages bring it.

Rules of the file: a message is asked for only when somebody wants more, so that a
client sends no faster than it is read; one message is waited for at a time, however
many want it; what has come is never lost, be it that the one who waited for it was
cancelled; one thread reads at a time; a thread that others may need waits for no
client; with the request the asking ends.

Theory. All of :class:`Incoming` happens on the server's loop but the two reads by which
a worker thread takes chunks: it looks whether the body has ended *before* it looks for
a chunk, so that none can come in between; where it finds neither, the loop looks again.
:class:`BodyFile` is the file (``wsgi.input``) by which synchronous code reads. On the
loop itself it raises where it would have to wait, since waiting there would stop every
other request.

Sources: the ASGI specification, HTTP 2.5; PEP 3333 (``wsgi.input``).
"""

from __future__ import annotations

import io
from collections import deque
from concurrent.futures import CancelledError
from contextvars import copy_context
from functools import partial
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug.exceptions import ClientDisconnected

from insula.dispatch.loops.threads import in_other_worker, in_worker

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Awaitable, Callable

    Receive = Callable[[], Awaitable[dict[str, Any]]]

__all__ = ["BodyFile", "Incoming", "read_ahead"]

T = TypeVar("T")

# Seconds between two looks for a client of whose body somebody leaves a part unread.
_PAUSE = 0.5


class Incoming:
    """What has come of a request's body, and whether more will."""

    __slots__ = (
        "_loop",
        "_pulling",
        "_reading",
        "_thread_id",
        "_turn",
        "came",
        "chunks",
        "has_ended",
        "is_gone",
        "is_over",
        "is_read_as_file",
        "receive",
        "taken",
    )

    def __init__(self, receive: Receive, loop: asyncio.AbstractEventLoop) -> None:
        #: The server's; to be called here, but by :func:`read_ahead`.
        self.receive = receive
        self._loop = loop
        self._thread_id = get_ident()
        self._pulling: asyncio.Task[None] | None = None
        self._reading = Lock()
        self._turn: asyncio.Lock | None = None
        #: What has come and has not been read.
        self.chunks: deque[bytes | memoryview] = deque()
        #: How many bytes have come; told by the loop alone.
        self.came = 0
        #: How many of them have been read; told by whoever reads.
        self.taken = 0
        #: Whether all of the body has come.
        self.has_ended = False
        #: Whether the client has gone away.
        self.is_gone = False
        #: Whether the request has ended, so that nobody hears of the client any more.
        self.is_over = False
        #: Whether a part has been read as a file, which keeps some in its buffer.
        self.is_read_as_file = False

    async def pull(self) -> None:
        """Wait for one more message."""
        import asyncio

        # NOTE: a task that is cancelled before its first step takes none.
        if self._pulling is None or self._pulling.done():
            self._pulling = self._loop.create_task(self._pull())
        pulling = self._pulling
        try:
            # Who is cancelled leaves the message to whoever asks next.
            await asyncio.shield(pulling)
        except asyncio.CancelledError:
            # NOTE: after `end` that is all there is to be told.
            if not (pulling.cancelled() and self.is_gone):
                raise

    async def _pull(self) -> None:
        try:
            self.take(await self.receive())
        finally:
            self._pulling = None

    def take(self, message: dict[str, Any]) -> None:
        """Note what a message says."""
        if message["type"] == "http.disconnect":
            self.is_gone = True
        elif not self.has_ended:
            data = message.get("body", b"")
            if data:
                self.chunks.append(data)
                self.came += len(data)
            if not message.get("more_body", False):
                self.has_ended = True

    def end(self) -> None:
        """Ask for nothing more; who still wants some is told that nobody is there."""
        self.is_gone = self.is_over = True
        if self._pulling is not None and not self._loop.is_closed():
            self._pulling.cancel()

    async def wait_until_gone(self) -> None:
        """Return when the client has gone away."""
        import asyncio

        while not self.is_gone:
            if self.chunks and not self.has_ended:
                # More is not asked for before this has been read.
                await asyncio.sleep(_PAUSE)
            else:
                await self.pull()

    def wait(self) -> None:
        """Wait for one more message, in a worker thread.

        :raises RuntimeError: on the server's loop.
        """
        import asyncio

        if get_ident() == self._thread_id:
            raise RuntimeError(
                "The body of this request has not arrived yet, and waiting for it here"
                " would stop the event loop for everybody. Await it: `await"
                " request.get_data()`, `await request.get_json()`, `await"
                " request.form`, `await request.files`, or `async for chunk in"
                " request.stream`."
            )
        try:
            asyncio.run_coroutine_threadsafe(self._news(), self._loop).result()
        except CancelledError:
            self.is_gone = True  # the request has ended, or the loop does

    async def _news(self) -> None:
        # NOTE: what the thread saw from there may be old; no more may come.
        if not (self.chunks or self.has_ended or self.is_gone):
            await self.pull()

    @property
    def is_being_read(self) -> bool:
        """Whether somebody is about to read it, or reads it on a thread."""
        turn = self._turn
        return self._reading.locked() or (turn is not None and turn.locked())

    def has(self, size: int, length: int | None) -> bool:
        """Tell whether ``size`` bytes can be read without waiting.

        :param length: that of the whole body, if it is known.
        """
        # NOTE: in this order; the loop counts a chunk when it is there.
        if self.has_ended or self.is_gone:
            return True
        came = self.came
        return came >= self.taken + size or (length is not None and came >= length)

    async def until(self, count: int) -> None:
        """Wait until ``count`` bytes have come, or no more will; on the loop."""
        while self.came < count and not (self.has_ended or self.is_gone):
            await self.pull()

    async def load(
        self, read: Callable[[], T], before: Callable[[], Awaitable[bool]]
    ) -> T:
        """Return what ``read()`` does, which reads the body, on a worker thread.

        :param before: waits for what is to be read; tells whether all of it has come.
        """
        import asyncio

        if asyncio.get_running_loop() is not self._loop:
            # That of a thread, which has no say here.
            return await in_other_worker(copy_context(), self._read, read)
        turn = self._turn
        if turn is None:
            turn = self._turn = asyncio.Lock()
        async with turn:
            start = in_worker if await before() else in_other_worker
            return await start(copy_context(), self._read, read)

    async def work(self, func: Callable[..., T], *args: Any) -> T:
        """Return what ``func(*args)`` does, which reads what has come, on a thread."""
        return await in_worker(copy_context(), self._read, partial(func, *args))

    def _read(self, read: Callable[[], T]) -> T:
        # NOTE: two tasks may want it at once, or one that has been cancelled has left
        # a thread reading: the second finds what the first has read.
        with self._reading:
            return read()

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield what comes of the body, as it comes.

        :raises ClientDisconnected: if the client goes away before the end.
        """
        while True:
            while self.chunks:
                chunk = self.chunks.popleft()
                self.taken += len(chunk)
                yield bytes(chunk)
            if self.has_ended:
                return
            if self.is_gone:
                raise ClientDisconnected
            await self.pull()


class BodyFile(io.RawIOBase):
    """The body as a file."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what there is, or wait for some; 0 at the end."""
        incoming = self._incoming
        incoming.is_read_as_file = True
        while True:
            has_ended = incoming.has_ended
            if incoming.chunks:
                break
            if has_ended:
                return 0
            if incoming.is_gone:
                raise ClientDisconnected
            incoming.wait()
        chunk = incoming.chunks.popleft()
        size = min(len(buffer), len(chunk))
        buffer[:size] = chunk[:size]
        if size < len(chunk):
            incoming.chunks.appendleft(memoryview(chunk)[size:])
        incoming.taken += size
        return size


async def read_ahead(receive: Receive, message: Any) -> bytes | None:
    """Return a whole body that is known to be small; ``None`` if the client left.

    :param message: the first one, which has come.
    """
    parts: list[bytes] = []
    while True:
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
        message = await receive()
