"""Mounts are started and stopped with the server, and reloaded one at a time.

Rules of the file: a mount that cannot be started is down, and the others are served;
where none can be, neither can the server; each has a ``state`` of its own.

Theory. Under WSGI a server calls, in its own thread. Under ASGI it speaks the
lifespan protocol, and what is reloaded meanwhile is started and stopped on its loop,
whichever thread asks. A reload loads and starts the new application, puts it in the
place of the old one, and stops that: requests that it is answering go on to their end.

Source: the ASGI specification, Lifespan 2.0.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from insula.servers.asgi.lifespan import Lifespan
from insula.servers.dispatcher import distinct
from insula.servers.errors import ServerError

if TYPE_CHECKING:
    from insula._core.protocols import ASGIReceive
    from insula.servers.mounts.mount import Mount

__all__ = ["AsgiLives", "WsgiLives", "check_any", "live", "start_all"]


class WsgiLives:
    """Starts and stops applications in the calling thread."""

    def start(self, part: Any) -> None:
        """Start an application; raise whatever keeps it from that."""
        from insula.dispatch.lasting.lifespan import start_serving

        start_serving(part)

    def stop(self, part: Any) -> None:
        """Stop an application."""
        from insula.dispatch.lasting.lifespan import stop_serving

        with suppress(Exception):  # it has been logged
            stop_serving(part)


class AsgiLives:
    """Starts and stops applications on a server's loop."""

    def __init__(self, states: dict[int, dict[str, Any]]) -> None:
        self._loop = asyncio.get_running_loop()
        self._states = states
        self._lives: dict[int, tuple[Any, Lifespan]] = {}

    def start(self, part: Any) -> None:
        """Start an application from another thread than the loop's."""
        asyncio.run_coroutine_threadsafe(self.begin(part), self._loop).result()

    def stop(self, part: Any) -> None:
        """Stop an application from another thread than the loop's."""
        asyncio.run_coroutine_threadsafe(self.end(part), self._loop).result()

    async def begin(self, part: Any) -> None:
        """Start an application; raise whatever keeps it from that."""
        if id(part) in self._lives:
            return
        life = Lifespan(part, self._loop)
        await life.start()
        self._lives[id(part)] = (part, life)
        self._states[id(part)] = life.state

    async def end(self, part: Any) -> None:
        """Stop an application, if it was started."""
        _, life = self._lives.pop(id(part), (None, None))
        if life is not None:
            try:
                await life.stop()
            finally:
                self._states.pop(id(part), None)

    async def end_all(self) -> None:
        """Stop all that were started, the last first."""
        for part, _ in reversed(list(self._lives.values())):
            await self.end(part)


def start_all(mounts: Any, lives: WsgiLives) -> None:
    """Start what is mounted; what cannot be is down."""
    every = mounts.mounts
    failed = False
    for part in distinct(mounts.part_of(mount) for mount in every):
        try:
            lives.start(part)
        except Exception as exc:  # noqa: BLE001 - shown by the mount
            _take_down(mounts, part, exc)
            failed = True
    if failed:
        check_any(mounts.mounts)


async def live(mounts: Any, lives: AsgiLives, receive: ASGIReceive, send: Any) -> None:
    """Speak the lifespan protocol for what is mounted."""
    await receive()
    failed = False
    try:
        for part in distinct(mounts.part_of(mount) for mount in mounts.mounts):
            try:
                await lives.begin(part)
            except ServerError as exc:
                _take_down(mounts, part, exc)
                failed = True
        try:
            if failed:
                check_any(mounts.mounts)
        except ServerError as exc:
            await send({"type": "lifespan.startup.failed", "message": str(exc)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
    finally:
        await lives.end_all()
    await send({"type": "lifespan.shutdown.complete"})


def _take_down(mounts: Any, part: Any, exc: BaseException) -> None:
    for mount in mounts.mounts:
        if mounts.part_of(mount) is part:
            mount.replace(mounts, mount.failed(exc, "started"))
            mount.report()


def check_any(every: tuple[Mount, ...]) -> None:
    """Raise `ServerError` where every mount is down."""
    down = [mount for mount in every if mount.failure is not None]
    if down and len(down) == len(every):
        first = down[0].failure
        raise ServerError(
            f"No mount could be loaded; {str(down[0].place)!r} raised"
            f" {type(first).__name__}: {first}"
        )
