"""What a server has received, asked for without ever losing any of it.

A server's ``receive()`` is an awaitable. Whoever awaits it and is cancelled, by a
timeout say, takes the message that may have come just then along. And a view that only
sends has to learn that its client has gone: some servers drop what it sends in silence.

Theory. So the awaitable is not awaited but stepped, as a task would do it, and left
where it is when nobody waits: :meth:`Mailbox.get` waits for the future that it last
yielded, :meth:`Mailbox.look` only looks whether that is done. At most :data:`AHEAD`
messages are held that nobody has asked for.

That takes no task where ``receive`` is a server's own, known to do nothing but wait.
Any other, of a middleware say, may ask in which task it runs, to cancel that at a
timeout; stepped here it would name the view's. It gets a task for each message.

Source: asyncio, ``Future.__await__`` and ``Task``: what they expect of each other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

__all__ = ["AHEAD", "Mailbox"]

AHEAD = 16

# Packages whose `receive` never asks for its task.
_KNOWN = frozenset({"asyncio", "daphne", "hypercorn", "insula", "uvicorn"})


class Mailbox:
    """The messages of one connection.

    :param receive: the server's function.
    """

    __slots__ = ("_future", "_has_come", "_held", "_receive", "_steps", "_waiter")

    def __init__(self, receive: Callable[[], Awaitable[Mapping[str, Any]]]) -> None:
        owner = type(getattr(receive, "__self__", None)).__module__
        is_known = owner.partition(".")[0] in _KNOWN
        self._receive = receive if is_known else partial(_in_task, receive)
        # The awaitable on its way, what it waits for, and whether that has come.
        self._steps: Any = None
        self._future: Any = None
        self._has_come = False
        self._waiter: asyncio.Future[None] | None = None
        self._held: deque[Mapping[str, Any]] | None = None

    @property
    def has_some(self) -> bool:
        """Whether there is a message that need not be waited for."""
        return bool(self._held)

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for the next message."""
        return self._waiter is not None

    async def get(self) -> Mapping[str, Any]:
        """Return the next message."""
        if self._held:
            return self._held.popleft()
        while True:
            event = self._step()
            if event is not None:
                return event
            if self._future is None:
                await asyncio.sleep(0)
                continue
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

    def look(self) -> Mapping[str, Any] | None:
        """Return the message that ends the connection, if it has come.

        Those before it are held for :meth:`get`.
        """
        if self._held is None:
            self._held = deque()
        while len(self._held) < AHEAD:
            event = self._step()
            if event is None:
                return None
            if event["type"] != "websocket.receive":
                return event
            self._held.append(event)
        return None

    def close(self) -> None:
        """Let go of what is still awaited."""
        steps, future = self._steps, self._future
        self._steps = self._future = None
        if future is not None:
            future.remove_done_callback(self._come)
            future.cancel()
            future.add_done_callback(_ignore)
        if hasattr(steps, "close"):
            steps.close()

    def _step(self) -> Mapping[str, Any] | None:
        """Let the server's awaitable go on; return what it returns, when it does."""
        steps = self._steps
        if steps is None:
            steps = self._steps = self._receive().__await__()
        elif self._future is not None and not self._has_come:
            return None
        self._future = None
        try:
            future = next(steps)
        except StopIteration as exc:
            self._steps = None
            event: Mapping[str, Any] = exc.value
            return event
        except BaseException:
            self._steps = None
            raise
        if future is not None:
            self._has_come = False
            self._future = future
            # As a task does, to say that it was meant to be awaited.
            future._asyncio_future_blocking = False
            future.add_done_callback(self._come)
        return None

    def _come(self, _future: Any) -> None:
        self._has_come = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _in_task(
    receive: Callable[[], Awaitable[Mapping[str, Any]]],
) -> asyncio.Task[Mapping[str, Any]]:
    return asyncio.get_running_loop().create_task(_call(receive))


async def _call(
    receive: Callable[[], Awaitable[Mapping[str, Any]]],
) -> Mapping[str, Any]:
    return await receive()


def _ignore(future: Any) -> None:
    if not future.cancelled():
        future.exception()  # asked for, so that nobody reports it
