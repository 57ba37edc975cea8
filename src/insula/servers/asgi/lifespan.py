"""The lifespan protocol: the application is told that serving begins, and ends.

Rules of the file: an application that knows nothing of lifespan is served all the same;
one that says it could not start is not, and its message is the one line that says why.

Theory. The application is called once, with a scope of its own, and runs as a task as
long as the server does. Whatever it raises before it has said that it is ready means
that it does not know the protocol (ASGI has no other sign of that); an application that
knows it says `lifespan.startup.failed`.

Sources: ASGI 3, Lifespan 2.0.
"""

from __future__ import annotations

import asyncio
from contextvars import Context
from typing import TYPE_CHECKING, Any

from insula.servers.asgi.exchange import LOGGER
from insula.servers.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Callable

    Message = dict[str, Any]

__all__ = ["Lifespan"]


class Lifespan:
    """One application's life in this process."""

    def __init__(
        self, application: Callable[..., Any], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._application = application
        self._loop = loop
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._started: asyncio.Future[str] = loop.create_future()
        self._stopped: asyncio.Future[str] = loop.create_future()
        self._is_stopping = False
        self._task: asyncio.Task[None] | None = None
        self.is_known = False
        """Whether the application has answered."""
        self.state: dict[str, Any] = {}

    async def start(self) -> None:
        """Return when the application is ready; raise `ServerError` if it is not."""
        self._inbox.put_nowait({"type": "lifespan.startup"})
        # A task copies the Context it is made in: an empty one.
        self._task = Context().run(self._loop.create_task, self._live())
        failure = await self._started
        if failure:
            await self._task
            raise ServerError(f"The application could not start: {failure}")

    async def stop(self) -> None:
        """Tell the application that nothing more comes; return when it has ended."""
        if self._task is None or self._task.done():
            return
        self._is_stopping = True
        if self.is_known:
            self._inbox.put_nowait({"type": "lifespan.shutdown"})
            failure = await self._stopped
            if failure:
                LOGGER.error("The application failed while it ended: %s", failure)
            # What it still does after it has said that it is done.
            await self._task
        else:
            await self.leave()

    async def leave(self) -> None:
        """Cancel what the application does, and return when that has ended."""
        self._is_stopping = True
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _live(self) -> None:
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self._application(scope, self._inbox.get, self._send)
        except BaseException as exc:  # noqa: BLE001 - what it means is said here
            self._fail(exc)
        finally:
            for future in (self._started, self._stopped):
                if not future.done():
                    future.set_result("")

    def _fail(self, exc: BaseException) -> None:
        if self._is_stopping and isinstance(exc, asyncio.CancelledError):
            return
        if not self._started.done():
            LOGGER.debug("The application knows no lifespan: %r", exc)
        elif not self._stopped.done() and self.is_known:
            LOGGER.error("The application's lifespan failed.", exc_info=exc)

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        text = str(message.get("message") or "it gave no reason")
        outcome = {
            "lifespan.startup.complete": (self._started, ""),
            "lifespan.startup.failed": (self._started, text),
            "lifespan.shutdown.complete": (self._stopped, ""),
            "lifespan.shutdown.failed": (self._stopped, text),
        }.get(kind)
        if outcome is None or outcome[0].done():
            raise RuntimeError(
                f"{kind!r} cannot be sent to a lifespan at this point; answer each"
                " message once."
            )
        self.is_known = True
        outcome[0].set_result(outcome[1])
