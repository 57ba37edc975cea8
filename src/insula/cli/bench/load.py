"""The load: a closed loop with a number of connections, on one event loop.

Theory. Each connection sends its next request when the last answer is complete, so the
number of requests in flight is that of the connections, and a slow server is asked
less. What comes during the warm-up is not counted, nor what is in flight at the end.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from insula.cli.bench.connection import Connection
from insula.cli.bench.result import Result

if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    from insula.cli.bench.target import Target

__all__ = ["Load", "LoadOptions", "why"]

_TICK = 0.1
_PAUSE = 0.1
"""Seconds between two attempts to connect where one has failed."""


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How much to ask; times are in seconds."""

    connections: int = 10
    duration: float = 10.0
    warm_up: float = 1.0
    timeout: float = 10.0


class Load:
    """One load on one target.

    :param tick: called ten times a second with how far it is (0 to 1) and the result
        as it stands; during the warm-up with 0.
    """

    def __init__(
        self,
        target: Target,
        options: LoadOptions,
        *,
        tls: SSLContext | None = None,
        tick: Callable[[float, Result], None] | None = None,
    ) -> None:
        self.request = target.request
        self.open: set[Connection] = set()
        self.is_over = False
        self._target = target
        self._options = options
        self._tls = tls
        self._tick = tick
        self._counts = False
        self._result = Result()
        self._stop = asyncio.Event()
        self._settled = asyncio.Event()

    def note_answer(self, took: float, status: int, received: int) -> None:
        """Count an answer."""
        self._settled.set()
        if self._counts:
            result = self._result
            result.latencies.append(took)
            result.statuses[status] += 1
            result.received += received

    def note_error(self, kind: str) -> None:
        """Count a request without an answer."""
        self._settled.set()
        if self._counts:
            self._result.errors[kind] += 1

    def stop(self) -> None:
        """End before the time."""
        self._result.interrupted = True
        self._settled.set()
        self._stop.set()

    async def run(self) -> Result:
        """Ask until the time is up, or somebody presses Ctrl-C.

        :raises OSError: if nobody answers at the address.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            # Where there is no such thing (Windows), Ctrl-C raises.
            with suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self.stop)
        _, first = await self._connect()
        tasks = [loop.create_task(self._ask(first))]
        try:
            # NOTE: a server listens before it has started.
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._settled.wait(), self._options.timeout)
            tasks += [
                loop.create_task(self._ask(None))
                for _ in range(self._options.connections - 1)
            ]
            await self._wait(self._options.warm_up)
            self._counts = not self._stop.is_set()
            started, worked = perf_counter(), process_time()
            await self._wait(self._options.duration)
            self._counts = False
            result = self._result
            result.seconds = perf_counter() - started
            result.waiting = sum(c.sent_at is not None for c in self.open)
            result.busy = min((process_time() - worked) / (result.seconds or 1), 1.0)
            return result
        finally:
            await self._end(tasks)

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        self.is_over = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        closing = [connection.closed for connection in self.open]
        for connection in list(self.open):
            connection.give_up()
        await asyncio.gather(*closing)

    async def _connect(self) -> tuple[asyncio.BaseTransport, Connection]:
        target = self._target
        connecting = asyncio.get_running_loop().create_connection(
            lambda: Connection(self),
            target.host,
            target.port,
            ssl=self._tls,
            server_hostname=target.host if self._tls is not None else None,
        )
        try:
            return await asyncio.wait_for(connecting, self._options.timeout)
        except asyncio.TimeoutError:
            # Before Python 3.11 it is no OSError.
            raise TimeoutError("no connection in time") from None

    async def _ask(self, connection: Connection | None) -> None:
        while not self.is_over:
            if connection is None:
                try:
                    _, connection = await self._connect()
                except OSError as exc:
                    self.note_error(f"cannot connect: {why(exc)}")
                    await asyncio.sleep(_PAUSE)
                    continue
            await asyncio.shield(connection.closed)
            connection = None

    async def _wait(self, seconds: float) -> None:
        """Wait, unless stopped; see to requests that take too long."""
        begin = perf_counter()
        while not self._stop.is_set():
            now = perf_counter()
            left = begin + seconds - now
            for connection in list(self.open):
                sent = connection.sent_at
                if sent is not None and now - sent > self._options.timeout:
                    connection.give_up(f"no answer in {self._options.timeout:g} s")
            if self._tick is not None:
                self._result.seconds = now - begin
                self._tick((now - begin) / seconds if self._counts else 0, self._result)
            if left <= 0:
                break
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stop.wait(), min(left, _TICK))


def why(error: OSError) -> str:
    """Return the reason in a few words, the same for the same reason."""
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    text = error.strerror or str(error) or type(error).__name__
    return text[:1].lower() + text[1:]
