"""The lifespans of applications that are not served by themselves.

:func:`share_lifespan` speaks the protocol with a server for many applications at once.
:func:`begin` has one begin on the process's event loop, which no server ends: it ends
with the process, if not by :func:`end`.

Rules of the file: what does not know the protocol is left alone; if one application
cannot start, those that have are ended, in reverse, and the server is told; each
application has a ``state`` of its own.

Source: the ASGI specification, Lifespan 2.0.
"""

from __future__ import annotations

import asyncio
import atexit
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from insula.dispatch.loops.aio import Call
from insula.servers.asgi.lifespan import Lifespan
from insula.servers.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from insula._core.protocols import ASGIReceive, ASGISend
    from insula.dispatch.loops.inbox import Inbox

__all__ = ["begin", "end", "share_lifespan"]

_PATIENCE = 3.0  # seconds


async def share_lifespan(
    applications: Mapping[str, Any],
    states: dict[int, dict[str, Any]],
    receive: ASGIReceive,
    send: ASGISend,
) -> None:
    """Start and stop the applications when the server says so.

    :param applications: by what they are called in a message.
    :param states: gets the ``state`` of each, by its ``id``, as long as it is served.
    """
    await receive()
    lives: list[Lifespan] = []
    try:
        failure = await _start(applications, states, lives)
        if failure:
            await send({"type": "lifespan.startup.failed", "message": failure})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
    finally:
        # Also where the server has given up: what was begun is ended all the same.
        for life in reversed(lives):
            await life.stop()
        for application in applications.values():
            states.pop(id(application), None)
    await send({"type": "lifespan.shutdown.complete"})


async def _start(
    applications: Mapping[str, Any],
    states: dict[int, dict[str, Any]],
    lives: list[Lifespan],
) -> str:
    """Start one after the other; return what keeps one from it, or ""."""
    loop = asyncio.get_running_loop()
    for name, application in applications.items():
        if id(application) in states:
            continue
        life = Lifespan(application, loop)
        lives.append(life)
        try:
            await life.start()
        except ServerError as exc:
            return f"{name}: {exc}"
        states[id(application)] = life.state
    return ""


_begun: list[tuple[int, Inbox, Lifespan]] = []


def begin(application: Callable[..., Any], inbox: Inbox) -> Lifespan:
    """Begin the lifespan of an application on a loop of this process.

    :raises ServerError: if the application says that it cannot start.
    """
    life = Lifespan(application, inbox.loop)
    Call(life.start(), inbox).wait()
    _begun.append((os.getpid(), inbox, life))
    # NOTE: anew, so that it comes before the end of the loop, which is registered when
    # the loop is started.
    atexit.unregister(_end)
    atexit.register(_end)
    return life


def end(life: Lifespan) -> None:
    """End a lifespan that was begun here."""
    for entry in _begun:
        if entry[2] is life:
            _begun.remove(entry)
            _stop(*entry)
            return


def _end() -> None:
    while _begun:
        _stop(*_begun.pop())


def _stop(process: int, inbox: Inbox, life: Lifespan) -> None:
    # NOTE: in a forked child nothing of it was begun.
    if process == os.getpid() and not inbox.has_ended:
        with suppress(asyncio.TimeoutError, asyncio.CancelledError):
            Call(asyncio.wait_for(life.stop(), _PATIENCE), inbox).wait()
