"""Cancelling a coroutine that a worker thread waits for.

Rules of the file: what is cancelled is the coroutine, for a thread cannot be. The going
away of a client does that once, and not after there is a response, so that teardown
functions come to their end.
"""

from __future__ import annotations

from types import coroutine
from typing import TYPE_CHECKING, Any

from insula.dispatch.asgi.outgoing import Watch
from insula.dispatch.asgi.watched import go_on

if TYPE_CHECKING:
    from asyncio import Task
    from collections.abc import Coroutine, Generator

    from insula.dispatch.asgi.incoming import Incoming
    from insula.dispatch.asgi.outgoing import Head

__all__ = ["Awaited", "Departure"]


class Awaited:
    """What a worker thread awaits for a request, one coroutine after the other."""

    __slots__ = ("_is_due", "_task", "has_cancelled")

    def __init__(self) -> None:
        self._is_due = False
        self._task: Task[Any] | None = None
        #: Whether something has been cancelled.
        self.has_cancelled = False

    def cancel(self) -> bool:
        """Cancel what is awaited now; tell whether there is something.

        Where there is nothing, what the thread awaits next is cancelled.
        """
        if self._task is None:
            self._is_due = True
            return False
        self.has_cancelled = True
        self._task.cancel()
        return True

    @coroutine
    def over(self, work: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Await ``work`` in the current task; watch once it is suspended."""
        from asyncio import current_task

        try:
            future = work.send(None)
        except StopIteration as exc:
            return exc.value
        task = current_task()
        watch = None
        if task is not None and self._may_cancel():
            self._task = task
            if self._is_due:
                self._is_due = False
                self.cancel()
            else:
                watch = self._watch(task)
        try:
            return (yield from go_on(work, future, watch))
        finally:
            self._task = None
            if watch is not None and watch.has_cancelled:
                self.has_cancelled = True

    def _may_cancel(self) -> bool:
        return True

    def _watch(self, _task: Task[Any]) -> Watch | None:
        return None  # who waits for the thread is cancelled, and says so


class Departure(Awaited):
    """Cancel what is awaited for a request when its client goes away."""

    __slots__ = ("_head", "_incoming")

    def __init__(self, incoming: Incoming, head: Head) -> None:
        super().__init__()
        self._incoming = incoming
        self._head = head

    def _may_cancel(self) -> bool:
        return not (self.has_cancelled or self._head.is_said)

    def _watch(self, task: Task[Any]) -> Watch | None:
        return Watch(self._incoming, task)
