"""The going away of a client for whom a worker thread waits for a coroutine.

Rules of the file: what is cancelled is the coroutine, for a thread cannot be; that is
done once, and not after there is a response, so that teardown functions come to their
end.
"""

from __future__ import annotations

from types import coroutine
from typing import TYPE_CHECKING, Any

from insula.dispatch.asgi.outgoing import Watch
from insula.dispatch.asgi.tasks import go_on

if TYPE_CHECKING:
    from asyncio import Task
    from collections.abc import Coroutine, Generator

    from insula.dispatch.asgi.incoming import Incoming
    from insula.dispatch.asgi.outgoing import Head

__all__ = ["Departure"]


class Departure:
    """Cancel what is awaited for a request when its client goes away."""

    __slots__ = ("_head", "_incoming", "_task", "has_cancelled")

    def __init__(self, incoming: Incoming, head: Head) -> None:
        self._incoming = incoming
        self._head = head
        self._task: Task[Any] | None = None
        #: Whether it has cancelled something.
        self.has_cancelled = False

    def cancel(self) -> None:
        """Cancel what is awaited now, since the server has given up the request."""
        if self._task is not None:
            self.has_cancelled = True
            self._task.cancel()

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
        if task is not None and not (
            self.has_cancelled or self._head.is_said or self._incoming.is_over
        ):
            watch = Watch(self._incoming, task)
            self._task = task
        try:
            return (yield from go_on(work, future, watch))
        finally:
            self._task = None
            if watch is not None and watch.has_cancelled:
                self.has_cancelled = True
