"""What a response becomes under ASGI: messages to the server.

Rules of the file: a chunk is asked for when the one before has been taken
(back-pressure); nothing but the loop sends; a body is closed exactly once, where it was
made: on the loop, or in its request's Context on a worker thread; a body that fails
midway is not ended, so that the server cuts the connection.

Theory. A response says its head as a WSGI application does, by calling
``start_response``, which is a :class:`Head` here. Its body is a list, which goes out as
one piece; an asynchronous iterable, which is iterated on the loop; or any other
iterable, each of whose steps is a job of a worker thread. What a server does when its
client has gone is its own affair (some drop what they are sent, some raise
:exc:`OSError`); so somebody waits for the news while a body lasts (:class:`Watch`).

Sources: the ASGI specification, HTTP 2.5; PEP 3333.
"""

from __future__ import annotations

import io
from contextvars import Context
from threading import Lock
from typing import TYPE_CHECKING, Any

from insula.dispatch.loops.threads import in_worker

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Iterator

    from insula._core.protocols import OptExcInfo
    from insula.dispatch.asgi.incoming import Incoming

    Send = Callable[[dict[str, Any]], Awaitable[None]]

__all__ = [
    "ClientGone",
    "FileBlocks",
    "Head",
    "Watch",
    "encoded",
    "send_blocking",
    "send_stream",
    "send_whole",
]

# Names of fields as they are sent; bounded.
_names: dict[str, bytes] = {}
_NAMES_MAX = 512
_BLOCK = 1 << 18
_LAST = {"type": "http.response.body", "body": b""}


class ClientGone(Exception):  # noqa: N818 - it is no error of anybody here
    """The server refuses what it is to send, since nobody is there to get it."""


class Head:
    """The status and the fields of a response; its ``start_response`` (PEP 3333)."""

    __slots__ = ("_code", "_fields", "is_sent", "written")

    def __init__(self) -> None:
        self._code = 0
        self._fields: list[tuple[str, str]] = []
        #: Whether it has gone out.
        self.is_sent = False
        #: What the application has written before its body.
        self.written: list[bytes] = []

    def __call__(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: OptExcInfo | None = None,
        /,
    ) -> Callable[[bytes], object]:
        """Note status and fields; return what writes a piece of the body."""
        if self.is_sent:
            try:
                if exc_info is not None and exc_info[1] is not None:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
            raise RuntimeError(
                f"start_response({status!r}, ...) was called after {self._code} had"
                " been sent; declare the response before the first chunk of the body."
            )
        self._code = int(status[:3])
        self._fields = headers
        return self.written.append

    @property
    def is_said(self) -> bool:
        """Whether there is a response."""
        return self._code != 0

    def message(self) -> dict[str, Any]:
        """Return the message that says it."""
        if not self._code:
            raise RuntimeError(
                "The application returned its body without calling start_response;"
                " call it before the first chunk."
            )
        self.is_sent = True
        return {
            "type": "http.response.start",
            "status": self._code,
            "headers": encoded(self._fields),
        }


def encoded(fields: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Return the fields of a response as they are sent."""
    return [
        (_names.get(name) or _name(name), value.encode("latin-1"))
        for name, value in fields
    ]


def _name(name: str) -> bytes:
    known = name.lower().encode("latin-1")
    if len(_names) < _NAMES_MAX:
        _names[name] = known
    return known


class FileBlocks:
    """A file as blocks of its bytes: ``wsgi.file_wrapper``, in larger blocks.

    Each block is a job of a worker thread, so that a small one costs more than it
    carries.
    """

    def __init__(self, file: Any, size: int = _BLOCK) -> None:
        self._file = file
        self._size = max(size, _BLOCK)

    def __iter__(self) -> FileBlocks:
        return self

    def __next__(self) -> bytes:
        data: bytes = self._file.read(self._size)
        if not data:
            raise StopIteration
        return data

    def close(self) -> None:
        """Close the file."""
        close = getattr(self._file, "close", None)
        if close is not None:
            close()

    def seekable(self) -> bool:
        """Tell whether a part of the file may be asked for."""
        seekable = getattr(self._file, "seekable", None)
        return hasattr(self._file, "seek") if seekable is None else bool(seekable())

    def seek(self, *args: Any) -> None:
        """Go elsewhere in the file."""
        self._file.seek(*args)

    def tell(self) -> int | None:
        """Return where in the file it is; ``None`` if it cannot be told."""
        try:
            place: int = self._file.tell()
        except (AttributeError, io.UnsupportedOperation):
            return None
        return place


class Watch:
    """Cancel a task when its client has gone away, between `start` and `stop`."""

    __slots__ = ("_task", "_waiting", "has_cancelled", "incoming")

    # NOTE: a cancellation that was asked for, and not yet delivered, would hit whatever
    # the task awaits next; see `settle`.

    def __init__(self, incoming: Incoming, task: asyncio.Task[Any]) -> None:
        #: What brings the news.
        self.incoming = incoming
        self._task = task
        self._waiting: asyncio.Task[None] | None = None
        #: Whether it has cancelled the task.
        self.has_cancelled = False

    def start(self) -> None:
        """Begin to wait for the client's going."""
        if self._waiting is None:
            self._waiting = self._task.get_loop().create_task(self._wait())

    def stop(self) -> None:
        """No longer cancel."""
        waiting, self._waiting = self._waiting, None
        # NOTE: a loop that has been closed cancels nothing, and says so.
        if waiting is not None and not waiting.get_loop().is_closed():
            waiting.cancel()

    def settle(self) -> None:
        """Say that the cancellation has been dealt with."""
        uncancel = getattr(self._task, "uncancel", None)
        if uncancel is not None:
            uncancel()

    async def _wait(self) -> None:
        await self.incoming.wait_until_gone()
        if self._waiting is not None and not self.incoming.is_over:
            self.has_cancelled = True
            self._task.cancel()


async def send_whole(send: Send, head: Head, body: list[bytes]) -> None:
    """Send a response whose body is there.

    :raises ClientGone: if the server says so.
    """
    if head.written:
        body = [*head.written, *body]
    await _put(send, head.message())
    data = body[0] if len(body) == 1 else b"".join(body)
    await _put(send, {"type": "http.response.body", "body": data})


async def send_stream(send: Send, head: Head, body: AsyncIterable[Any]) -> None:
    """Send what ``body`` yields, text or bytes, as it comes; then close it.

    :raises ClientGone: if the server says so.
    """
    try:
        await _put(send, head.message())
        async for chunk in body:
            data = chunk.encode() if isinstance(chunk, str) else chunk
            # An empty one is no chunk; that the last is, servers need not be told.
            if data:
                await _put(send, _chunk(bytes(data)))
    finally:
        close = getattr(body, "aclose", None)
        if close is not None:
            await close()
    await _put(send, _LAST)


async def send_blocking(
    send: Send, head: Head, body: Iterable[bytes], incoming: Incoming
) -> None:
    """Send what ``body`` yields, each step on a worker thread; then close it.

    :raises ClientGone: if the server says so.
    """
    steps = _Steps(body)
    try:
        # NOTE: PEP 3333 lets a body declare its head with the first chunk.
        data = await in_worker(Context(), steps.step)
        await _put(send, head.message())
        for written in head.written:
            await _put(send, _chunk(written))
        while data is not None and not incoming.is_gone:
            await _put(send, _chunk(data))
            data = await in_worker(Context(), steps.step)
    finally:
        await in_worker(Context(), steps.close)
    if not incoming.is_gone:
        await _put(send, _LAST)


async def _put(send: Send, message: dict[str, Any]) -> None:
    try:
        await send(message)
    except OSError as exc:
        raise ClientGone from exc


def _chunk(data: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": True}


class _Steps:
    """The steps of a body, and its end: one at a time.

    One who is cancelled while a thread takes a step closes the body at once; the
    thread goes on, and the end waits for it.
    """

    def __init__(self, body: Iterable[bytes]) -> None:
        self._body = body
        self._iterator: Iterator[bytes] | None = None
        self._lock = Lock()

    def step(self) -> bytes | None:
        """Return the next chunk that is not empty, or ``None`` at the end."""
        with self._lock:
            if self._iterator is None:
                self._iterator = iter(self._body)
            for chunk in self._iterator:
                if chunk:
                    return chunk
            return None

    def close(self) -> None:
        """Close the body."""
        with self._lock:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
