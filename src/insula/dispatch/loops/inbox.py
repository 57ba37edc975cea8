"""The way into an event loop from other threads: an inbox for each loop.

Rules of the file: whoever has an inbox may put calls into it from any thread, in no
more than one system call; an inbox never keeps a loop from being closed, and nobody
waits for one that is.

Theory. The process's own loop has an :class:`Inbox`; a loop that belongs to a server a
:class:`ServerInbox`, one for each, which the loop itself keeps: it is what the loop
reads from. So :func:`inbox_of` need only know it weakly, and when the loop is closed,
and lets it go, its descriptor is closed, too. A server may close its loop at any time,
with calls on their way to it; whoever waits there looks, once a second, whether it has.

Sources: eventfd(2); asyncio, "Developing with asyncio", multithreading.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from contextlib import suppress
from contextvars import Context
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from insula._core.running import note_loops
from insula.dispatch.loops.hub import HubLock

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

__all__ = ["Inbox", "ServerInbox", "inbox_of"]

_LOOK_AFTER = 1.0  # seconds


class Inbox:
    """What other threads have for a loop to do, in the order in which it came.

    ``thread_id`` is that of the thread on which the loop runs, once it is known;
    ``has_ended`` is set when nobody need hear any more of what it was given.
    """

    has_ended = False

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        note_loops()
        self.loop = loop
        self.thread_id: int | None = None
        self._calls: deque[tuple[Context, Callable[..., object], Any]] = deque()
        self._descriptor: int | None = None
        if hasattr(os, "eventfd"):
            descriptor = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
            try:
                # NOTE: in no Context, for the loop keeps that as long as it lasts.
                Context().run(loop.add_reader, descriptor, self._run)
            except NotImplementedError:
                os.close(descriptor)
            else:
                self._descriptor = descriptor

    def __del__(self) -> None:
        # NOTE: the loop has let go of it, or the process ends.
        if self._descriptor is not None:
            os.close(self._descriptor)

    def is_here(self) -> bool:
        """Tell whether the calling thread is the loop's."""
        # NOTE: not kept from before: gevent may have replaced it since.
        return self.thread_id == threading.get_ident()

    def put(self, context: Context, func: Callable[..., object], *args: Any) -> None:
        """Have ``func`` called on the loop, in ``context``."""
        # NOTE: no flag tells whether the loop is awake, for KeyboardInterrupt may come
        # between setting it and waking the loop, which then nobody would do.
        self._calls.append((context, func, args))
        if self._descriptor is None:
            self.loop.call_soon_threadsafe(self._run)
        else:
            os.eventfd_write(self._descriptor, 1)

    def wait(self, lock: threading.Lock | HubLock) -> None:
        """Take ``lock``, which something on the loop is going to release."""
        lock.acquire()

    def _run(self) -> None:
        if self._descriptor is not None:
            with suppress(BlockingIOError):
                os.eventfd_read(self._descriptor)
        while self._calls:
            context, func, args = self._calls.popleft()
            context.run(func, *args)


class ServerInbox(Inbox):
    """The inbox of a loop that others run, and close."""

    def put(self, context: Context, func: Callable[..., object], *args: Any) -> None:
        """Have ``func`` called on the loop, in ``context``.

        :raises RuntimeError: if the loop is closed.
        """
        self._require_open()
        super().put(context, func, *args)

    def wait(self, lock: threading.Lock | HubLock) -> None:
        """Take ``lock``, which something on the loop is going to release.

        :raises RuntimeError: if the loop was closed before.
        """
        if isinstance(lock, HubLock):
            lock.acquire()
            return
        while not lock.acquire(timeout=_LOOK_AFTER):
            self._require_open()

    def _require_open(self) -> None:
        if self.loop.is_closed():
            raise RuntimeError(
                f"The server's event loop {self.loop!r} was closed while a coroutine"
                " was to run on it; let the server end its requests before its loop."
            )


_inboxes: WeakValueDictionary[int, ServerInbox] = WeakValueDictionary()


def inbox_of(loop: asyncio.AbstractEventLoop) -> ServerInbox:
    """Return the inbox of a server's loop; to be called on that loop.

    A loop has one as long as it is open.
    """
    inbox = _inboxes.get(id(loop))
    if inbox is None:
        inbox = _inboxes[id(loop)] = ServerInbox(loop)
    inbox.thread_id = threading.get_ident()
    return inbox
