"""One Granian ASGI worker and the event loop of this process.

Rules of the file: everything taken from Granian is imported here, inside a function;
no stream, WebSocket, hook or blocked loop outlives the time that a stop may take.

Theory. The loop runs on the thread that calls `run`, which for a process of our own is
the main one, where signals arrive; Granian serves on threads of its own and hands each
request to `Guard.schedule`. When asked to stop

1. no connection is accepted any more, and WebSockets are closed with 1001 (going
   away). Granian counts neither and ends with its last request, so it is told only when
   there is no WebSocket left, and what has just connected has asked; that is why its
   listening descriptor is replaced before;
2. Granian ends idle connections, and the others after the request in flight;
3. at the deadline what still runs is cancelled, and has `_LATE` seconds to end;
4. the application's lifespan ends; its background tasks have their own deadline.

Where something does not end in time `run` says so, and the process is ended. A view
that blocks the loop blocks all this, too: a real thread watches over it.

A loop wakes twice a second while it waits for signals, for the system may hand one to a
thread of Granian's, and Python's handler runs when the main thread wakes.

Sources: granian 2.8 `server/mp.py`, `src/serve.rs`, `src/asgi/http.rs`.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from _thread import TIMEOUT_MAX, allocate_lock, start_new_thread
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from insula.dispatch.loops.threads import set_limit
from insula.servers.access_log import entry_log
from insula.servers.asgi.guard import Guard, Serving
from insula.servers.asgi.lifespan import Lifespan
from insula.servers.asgi.websocket import WebSocketExchange
from insula.servers.engine import Engine, quiet_granian
from insula.servers.errors import ServerError
from insula.servers.terminal import say

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Coroutine

    from insula.servers.options import ServerOptions
    from insula.servers.tls import TlsFiles

__all__ = ["AsgiEngine"]

_HEARTBEAT = 0.5
_SILENCE = 1.0  # seconds that draining may take before it is mentioned
_LATE = 1.0  # seconds for what was cancelled, and before a blocked process is ended
_FLUSHING = 0.2  # seconds
_MOST_CONNECTIONS = 2**16  # the limit of open files is a process's own


class AsgiEngine(Engine):
    """A server on one listening socket, with one event loop.

    `exit_code` says with which code the process ends when its loop hangs.
    """

    def __init__(
        self,
        application: Callable[..., Any],
        options: ServerOptions,
        sock: socket.socket,
        *,
        tls: TlsFiles | None = None,
        exit_code: Callable[[], int] = int,
    ) -> None:
        super().__init__(application, options, sock, tls=tls)
        self._application = application
        self._exit_code = exit_code
        self._stops: list[float] = []
        self._patience = 0.0
        # Until when background tasks may keep the lifespan from ending.
        self._tasks_until = 0.0
        self._ended = allocate_lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_done = False

    def stop(self) -> None:
        """Ask to stop; from any thread or signal handler. Again: without draining."""
        self._stops.append(time.monotonic())
        if len(self._stops) == 1:
            self._watch(self._patience)
        elif self._is_insisted:
            self._watch(0)
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # it is closed already
                loop.call_soon_threadsafe(self._changed.set)

    def run(
        self,
        *,
        drain_timeout: float | None = None,
        ready: Callable[[], None] | None = None,
    ) -> bool:
        """Serve until `stop`; return whether all that was in flight has ended.

        Raises `ServerError` when the application says that it could not start.
        """
        self._patience = (
            self._options.drain_timeout if drain_timeout is None else drain_timeout
        )
        set_limit(self._options.threads)
        with self._ended:
            loop = _new_loop()
            self._changed = asyncio.Event()
            self._loop = loop
            try:
                is_drained = self._run(loop, self._serve(loop, ready))
                return self._run(loop, self._tidy(loop)) and is_drained
            finally:
                self._loop = None
                loop.close()

    @staticmethod
    def _run(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, bool]) -> bool:
        task = loop.create_task(work)
        task.add_done_callback(lambda _: loop.stop())
        while not task.done():
            # NOTE: what a task of the application's raises, or a call of `loop.stop`,
            # must not end the server.
            with suppress(KeyboardInterrupt, SystemExit):
                loop.run_forever()
        return task.result()

    async def _serve(
        self, loop: asyncio.AbstractEventLoop, ready: Callable[[], None] | None
    ) -> bool:
        lifespan = Lifespan(self._application, loop)
        starting = loop.create_task(lifespan.start())
        starting.add_done_callback(lambda _: self._changed.set())
        await self._until(lambda: bool(starting.done() or self._stops))
        # One that is about to be ready ends in order, after all that it has begun.
        if not await self._until(starting.done, time.monotonic() + _LATE):
            leaving = loop.create_task(lifespan.leave())
            leaving.add_done_callback(lambda _: self._changed.set())
            await self._until(leaving.done, time.monotonic() + _LATE)
            starting.cancel()
            return True
        starting.result()
        serving = Serving(
            loop,
            body_timeout=self._options.body_timeout,
            entry=entry_log() if self._options.access_log else None,
            changed=self._changed.set,
        )
        guard = Guard(
            self._application,
            serving,
            state=lifespan.state if lifespan.is_known else None,
            unix_path=self._options.unix_path,
        )
        signal = self._start_worker(loop, guard)
        if ready is not None:
            ready()
        await self._until(lambda: bool(self._stops or self._is_done))
        asked = time.monotonic()
        deadline = asked + self._patience
        is_drained = await self._drain(serving, signal, deadline)
        if self._is_insisted:
            return False
        stopping = loop.create_task(lifespan.stop())
        stopping.add_done_callback(lambda _: self._changed.set())
        if not await self._has_ended(stopping, deadline):
            say(" * The application's lifespan has not ended in time.", fg="yellow")
            return False
        return is_drained

    async def _has_ended(self, stopping: asyncio.Task[None], deadline: float) -> bool:
        """Wait for the lifespan's end; return whether it has come in time."""
        background = sys.modules.get("insula.dispatch.lasting.background")
        if background is not None and (seconds := background.seconds_to_finish()):
            # The application ends them, and says so; what comes then takes its time.
            self._tasks_until = time.monotonic() + seconds
            self.prolong(seconds)
            await self._until(
                lambda: stopping.done() or not background.seconds_to_finish(),
                self._tasks_until,
            )
        # What is left of the time, or a little.
        deadline = max(deadline, time.monotonic() + _LATE)
        return await self._until(stopping.done, deadline)

    async def _drain(self, serving: Serving, signal: Any, deadline: float) -> bool:
        """End what is in flight; return whether all of it has ended by itself."""
        serving.is_leaving = True
        # What waits elsewhere on the socket stays.
        self._sock.close()
        # Granian closes its descriptor when it is done: the number may be another's.
        if not self._is_done:
            self._deafen()
        self.on_leave()
        arrived = time.monotonic() + self.ARRIVING
        sockets = [
            exchange
            for exchange in serving.exchanges
            if isinstance(exchange, WebSocketExchange)
        ]
        speaking = _Speaking(deadline)
        if sockets:
            closing = [serving.loop.create_task(each.leave()) for each in sockets]
            await self._until(
                lambda: not serving.exchanges.intersection(sockets), deadline, speaking
            )
            del closing
        await self._until(lambda: self._is_done, min(arrived, deadline))
        signal.set()
        if await self._until(
            lambda: self._is_done and not serving.exchanges, deadline, speaking
        ):
            return True
        if not self._is_insisted:
            serving.is_over = True
            for exchange in list(serving.exchanges):
                if exchange.task is not None:
                    exchange.task.cancel()
            late = time.monotonic() + _LATE
            await self._until(lambda: not serving.exchanges, late)
            # What was answered is on its way; what was cut keeps Granian from ending.
            await self._until(lambda: self._is_done, time.monotonic() + _FLUSHING)
        return False

    async def _until(
        self,
        is_so: Callable[[], bool],
        deadline: float = float("inf"),
        speaking: _Speaking | None = None,
    ) -> bool:
        """Wait; return whether it is so, and not the deadline or somebody insisting."""
        while not is_so():
            now = time.monotonic()
            if now >= deadline or self._is_insisted:
                return False
            if speaking is not None:
                speaking.look(now)
            self._changed.clear()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(
                    self._changed.wait(), min(_HEARTBEAT, deadline - now)
                )
        return True

    @property
    def _is_insisted(self) -> bool:
        """Whether a second request to stop has come, that is no echo of the first."""
        stops = self._stops
        return len(stops) > 1 and any(stop - stops[0] > self.ECHO for stop in stops)

    async def _tidy(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Let go of what the application has left on the loop."""
        left = asyncio.all_tasks(loop) - {asyncio.current_task()}
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=_LATE)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(loop.shutdown_asyncgens(), _LATE)
        executor = loop.create_task(loop.shutdown_default_executor())
        await asyncio.wait([executor], timeout=_LATE)
        return executor.done()

    def _start_worker(self, loop: asyncio.AbstractEventLoop, guard: Guard) -> Any:
        """Start Granian's threads; return its stop signal."""
        try:
            from granian._granian import ASGIWorker, CallbackScheduler, WorkerSignal
        except ImportError as exc:
            raise ServerError(
                f"Granian cannot be used ({exc}); install granian 2.8 or later."
            ) from exc
        quiet_granian()
        signal = WorkerSignal()
        signal.add_cb(lambda: loop.call_soon_threadsafe(self._note_done))
        worker: Any = ASGIWorker(**self._settings())
        new_scheduler: Any = CallbackScheduler
        scheduler = new_scheduler(loop, None, None, None, None)
        scheduler._schedule_fn = guard.schedule
        unix = self._options.unix_path is not None
        serve = worker.serve_mtr_uds if unix else worker.serve_mtr
        serve(scheduler, loop, signal)
        return signal

    def _settings(self) -> dict[str, Any]:
        settings = super()._settings()
        return settings | {
            "py_threads": 1,
            "backpressure": max(self._options.backlog, _MOST_CONNECTIONS),
            "websockets_enabled": True,
        }

    def _note_done(self) -> None:
        self._is_done = True
        self._changed.set()

    def _watch(self, patience: float) -> None:
        """End the process when `run` has not returned long after it should have."""
        orderly = 3 * _LATE  # which the steps of an orderly end may take
        until = time.monotonic() + patience

        def watch() -> None:
            while True:
                last = until if self._is_insisted else max(until, self._tasks_until)
                left = last + orderly - time.monotonic()
                if left <= 0:
                    break
                if self._ended.acquire(timeout=min(left, TIMEOUT_MAX)):
                    self._ended.release()
                    return
            say(" * Stopped with a request that blocks the event loop.", fg="yellow")
            os._exit(self._exit_code())

        if patience <= TIMEOUT_MAX:
            # NOTE: not `threading`, whose locks the interrupted code may hold.
            start_new_thread(watch, ())


class _Speaking:
    """Says, once, what a stop is waiting for."""

    def __init__(self, deadline: float) -> None:
        self._due = min(time.monotonic() + _SILENCE, deadline)
        self._is_silent = True

    def look(self, now: float) -> None:
        if self._is_silent and now >= self._due:
            self._is_silent = False
            say(" * Waiting for requests in flight; CTRL+C again does not wait.")


def _new_loop() -> asyncio.AbstractEventLoop:
    """Return a loop of uvloop's where that is installed."""
    try:
        uvloop: Any = import_module("uvloop")
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop
