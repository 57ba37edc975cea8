"""One Granian worker in this process: the only place that knows Granian's insides.

Rules of the file: everything taken from Granian is imported here, inside a function,
so that importing this floor costs nothing and a new Granian is met in one place.

Theory. Granian's own server object forks a process for each worker, reads the
application from a string or a loader, and wraps it in its own WSGI layer. We bring
our own sockets (`binding`), processes (`master`) and WSGI layer (`guard`), and use
what lies beneath: `WSGIWorker`, the Rust HTTP server with its pool of threads. So a
single process needs no second one: an application made in `__main__` is served as it
is, and `breakpoint()` works.

`run` waits on a `SimpleQueue`, because its `put` may be called from a signal handler
that interrupts the very thread that waits (an `Event` may deadlock there). Stopping
closes the listener, lets those who have just connected ask and the requests in flight
end, and then looks for views still running for clients that have left: Granian does not
wait for those, `sys._current_frames` shows them. When the time is up, what an async
view still awaits is cancelled, and it comes to its end before the application gives
back what it holds.

Sources: granian 2.8 `server/mp.py`, `src/wsgi/serve.rs`, `src/net.rs`,
`src/serve.rs`.
"""

from __future__ import annotations

import logging
import os
import queue
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insula.servers.errors import ServerError
from insula.servers.terminal import say

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    from insula.servers.guard import Runner
    from insula.servers.options import ServerOptions
    from insula.servers.tls import TlsFiles

__all__ = ["Engine", "quiet_granian"]

_LOGGER = logging.getLogger("insula.server")
_HEARTBEAT = 0.5
_SILENCE = 1.0  # seconds that draining may take before it is mentioned
_CUT = 1.0  # seconds in which what is cancelled may come to its end


class Engine:
    """A server on one listening socket, with `options.threads` threads.

    `code` is the function that runs a request (its frames are looked for when the
    server drains); `look` is called about twice a second as long as it serves.
    """

    ECHO = 0.3
    """Seconds in which a second request to stop is taken for the first's echo."""

    ARRIVING = 0.05
    """Seconds in which what has just connected may still ask, when it is to stop."""

    listening = -1
    """The descriptor that Granian listens on, and owns."""

    def __init__(
        self,
        runner: Runner,
        options: ServerOptions,
        sock: socket.socket,
        *,
        tls: TlsFiles | None = None,
        code: CodeType | None = None,
        look: Callable[[], None] | None = None,
    ) -> None:
        self._runner = runner
        self._options = options
        self._sock = sock
        self._tls = tls
        self._code = code
        self._look = look
        self._events: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.on_leave: Callable[[], object] = bool
        """Called when it is about to stop and no client can connect any more."""
        self.prolong: Callable[[float], object] = bool
        """Called with the seconds that background tasks may still take."""

    def stop(self) -> None:
        """Ask to stop; from any thread or signal handler. Again: without draining."""
        self._events.put("stop")

    def run(
        self,
        *,
        drain_timeout: float | None = None,
        ready: Callable[[], None] | None = None,
    ) -> bool:
        """Serve until `stop`; return whether every request in flight has ended.

        `ready` is called when nothing of the application's can go wrong any more.
        """
        if ready is not None:
            ready()
        signal = self._start()
        patience = (
            self._options.drain_timeout if drain_timeout is None else drain_timeout
        )
        event = self._wait(None)
        # Nobody may connect any more; what waits elsewhere on the socket stays.
        self._sock.close()
        if event == "stop":
            self._deafen()
        self.on_leave()
        if event == "stop":
            # NOTE: of a connection Granian knows only whether a request has come. One
            # without is cut, and its client would hear nothing.
            time.sleep(min(self.ARRIVING, patience))
            signal.set()
        if self._is_drained(event, time.monotonic(), patience):
            return True
        self._cut()
        return False

    def _is_drained(self, event: str, asked: float, patience: float) -> bool:
        deadline = asked + patience
        silent = True
        while event != "done":
            event = self._wait(min(deadline, asked + _SILENCE) if silent else deadline)
            if event == "stop" and self._insists(asked):
                return False
            if event == "":
                if time.monotonic() >= deadline:
                    return False
                silent = False
                say(" * Waiting for requests in flight; CTRL+C again does not wait.")
        return self._wait_for_views(asked, deadline)

    def _cut(self) -> None:
        """Cancel what async views await, and let these come to their end."""
        aio = sys.modules.get("insula.dispatch.loops.aio")
        threads = set()
        for call, thread in [] if aio is None else aio.calls_waiting():
            # One that waits elsewhere is a background task's, which has its own time.
            if self._is_answering(thread):
                threads.add(thread)
                call.cancel()
        until = time.monotonic() + _CUT
        while time.monotonic() < until and any(map(self._is_answering, threads)):
            time.sleep(0.01)

    @classmethod
    def _insists(cls, asked: float) -> bool:
        """Return whether a second request to stop is one, and not the first's echo.

        A terminal and the program that started us may both pass on one CTRL+C.
        """
        return time.monotonic() - asked > cls.ECHO

    def _wait(self, deadline: float | None) -> str:
        """Return the next event, or "" at the deadline.

        NOTE: it wakes at times, because the system may hand a signal to one of
        Granian's threads, and Python's handler runs only when the main thread wakes.
        """
        while True:
            pause = _HEARTBEAT
            if deadline is not None:
                pause = min(pause, max(0.0, deadline - time.monotonic()))
            try:
                return self._events.get(timeout=pause)
            except queue.Empty:
                if self._look is not None:
                    self._look()
                if pause < _HEARTBEAT:
                    return ""

    def _start(self) -> Any:
        """Start Granian's threads; return its stop signal."""
        import asyncio

        try:
            from granian._futures import _new_cbscheduler
            from granian._granian import WorkerSignal, WSGIWorker
        except ImportError as exc:
            raise ServerError(
                f"Granian cannot be used ({exc}); install granian 2.8 or later."
            ) from exc
        quiet_granian()
        signal = WorkerSignal()
        signal.add_cb(lambda: self._events.put("done"))
        worker: Any = WSGIWorker(**self._settings())
        # The loop never runs; the scheduler of a WSGI worker only carries the callback.
        loop = asyncio.new_event_loop()
        new_scheduler: Any = _new_cbscheduler
        scheduler = new_scheduler(loop, self._runner, impl_asyncio=True)
        unix = self._options.unix_path is not None
        serve = worker.serve_mtr_uds if unix else worker.serve_mtr
        serve(scheduler, loop, signal)
        loop.close()
        return signal

    def _settings(self) -> dict[str, Any]:
        options, tls = self._options, self._tls
        mode = options.http
        if mode == "default":
            mode = "1" if tls is None else "auto"
        return {
            "worker_id": 1,
            "sock": (None, self._socket_holder()),
            "ipc": None,
            "threads": 1,
            "blocking_threads": 512,
            "py_threads": options.threads,
            "py_threads_idle_timeout": 30,
            "backpressure": max(options.backlog, options.threads),
            "http_mode": mode,
            "ssl_enabled": tls is not None,
            "ssl_cert": None if tls is None else tls.certificate,
            "ssl_key": None if tls is None else tls.key,
            "ssl_protocol_min": "tls1.2",
        }

    def _socket_holder(self) -> Any:
        """Return Granian's view of the socket, on a descriptor that it may close."""
        from granian import _granian

        SocketHolder: Any = _granian.SocketHolder  # noqa: N806 - its stub is not complete

        options = self._options
        self.listening = fd = os.dup(self._sock.fileno())
        unix = options.unix_path is not None
        if sys.platform == "win32":
            return SocketHolder(fd)
        if sys.platform.startswith(("linux", "freebsd")):
            return SocketHolder(fd, unix, options.backlog)
        return SocketHolder(fd, unix)

    def _deafen(self) -> None:
        """Have Granian listen where nobody connects.

        NOTE: its own descriptor, which it must go on to own, is made to be another
        socket; the one that it was stays open only where another process has it. Of
        the same family, for Granian may be about to ask for its address.
        """
        if self.listening < 0 or sys.platform == "win32":
            return
        family = self._sock.family
        with (
            suppress(OSError),
            tempfile.TemporaryDirectory(prefix="insula-") as folder,
            socket.socket(family, socket.SOCK_STREAM) as nobody,
        ):
            if family == socket.AF_UNIX:
                nobody.bind(str(Path(folder, "nobody")))
            else:
                nobody.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
            nobody.listen(1)
            nobody.setblocking(False)
            os.dup2(nobody.fileno(), self.listening, inheritable=False)

    def _wait_for_views(self, asked: float, deadline: float) -> bool:
        """Wait for views whose clients have left: Granian has forgotten them."""
        while self._views_running():
            if time.monotonic() > deadline:
                return False
            try:
                self._events.get(timeout=0.01)
            except queue.Empty:
                continue
            if self._insists(asked):
                return False
        return True

    def _views_running(self) -> bool:
        return any(map(self._is_answering, sys._current_frames()))

    def _is_answering(self, thread: int) -> bool:
        """Tell whether a thread is in the middle of a request."""
        step = sys._current_frames().get(thread)
        while step is not None:
            if step.f_code is self._code:
                return True
            step = step.f_back
        return False


def quiet_granian() -> None:
    """Let only what matters of Granian's own log through, in our logger's place."""
    logger = logging.getLogger("_granian")
    logger.setLevel(logging.WARNING)
    logger.parent = _LOGGER
