"""Several worker processes and the parent that keeps them.

Rules of the file: the parent runs no application code and serves nothing; a worker
never outlives it; it ends only when every worker has ended.

Theory. Workers are forked, so an application made in `__main__` needs no import. The
parent sleeps in `select` on a pipe that `signal.set_wakeup_fd` writes to, and handles
signals there, one after the other, in ordinary code. Signals are blocked around a
fork, so that one that arrives before the child has its handlers waits for them.

Each worker holds the reading end of the `alive` pipe, whose writing end only the
parent has: when the parent is killed the pipe ends, and the worker stops by itself.
Through the `ready` pipe a worker says that it serves; one that dies before has a
broken application, and the server ends; one that dies later is replaced.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import select
import signal
import struct
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any

from insula.dispatch.loops.aio import close_loop
from insula.servers.errors import ServerError
from insula.servers.terminal import prepare_log, say
from insula.servers.watcher import RELOAD
from insula.servers.worker import run_worker

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable

    from insula.servers.options import ServerOptions
    from insula.servers.tls import TlsFiles

    Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

__all__ = ["Master"]

_LOGGER = logging.getLogger("insula.server")
_STOPPING = (signal.SIGINT, signal.SIGTERM)
_YOUTH = 1.0  # seconds
_MOST_YOUNG = 5
_LONG = 3600.0  # seconds to wait at once
_LATE = 7.0  # seconds past the workers' own drain time before they are killed
_SLOT = struct.Struct("d")


class Master:
    """The parent of `options.processes` workers."""

    def __init__(
        self,
        load: Callable[[], Application],
        options: ServerOptions,
        sockets: list[socket.socket],
        *,
        tls: TlsFiles | None = None,
        watch: bool = False,
        announce: bool = False,
    ) -> None:
        self._load = load
        self._options = options
        self._sockets = sockets
        self._tls = tls
        self._watch = watch
        self._announce = announce
        self._workers: dict[int, int] = {}
        self._born: dict[int, float] = {}
        self._young = 0
        self._ready: set[int] = set()
        self._code = 0
        self._deadline: float | None = None
        self._is_killing = False
        # Until when the background tasks of each worker may go on; it writes that.
        # The monotonic clock is the system's, the same for all.
        self._tasks_until = mmap.mmap(-1, _SLOT.size * options.processes)

    def run(self) -> int:
        """Serve until told to stop; return the exit code for this process."""
        if threading.current_thread() is not threading.main_thread():
            raise ServerError(
                f"processes={self._options.processes} must be started on the main"
                " thread; start the server there, or use threads."
            )
        prepare_log()
        self._alive, self._alive_end = os.pipe()
        self._ready_in, self._ready_out = os.pipe()
        self._wake, self._wake_end = os.pipe()
        for fd in (self._wake, self._wake_end, self._ready_in):
            os.set_blocking(fd, False)
        watched = (*_STOPPING, signal.SIGCHLD)
        before = {number: signal.signal(number, _noted) for number in watched}
        old_wake = signal.set_wakeup_fd(self._wake_end, warn_on_full_buffer=False)
        try:
            for index in range(self._options.processes):
                self._fork(index)
            self._keep()
        finally:
            signal.set_wakeup_fd(old_wake)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._close_pipes()
        return self._code

    def _keep(self) -> None:
        """Wait for signals and the ends of workers until there is none left."""
        while self._workers:
            timeout = None
            if self._deadline is not None:
                # `select` refuses to wait for ever by that number.
                left = self._deadline - time.monotonic()
                timeout = min(max(0.0, left), _LONG)
            readable, _, _ = select.select(
                [self._wake, self._ready_in], [], [], timeout
            )
            if self._ready_in in readable:
                self._note_ready()
            if self._wake in readable:
                for number in os.read(self._wake, 512):
                    if number in _STOPPING:
                        self._stop()
                self._reap()
            if self._deadline is not None and time.monotonic() >= self._deadline:
                if not self._is_killing and self._tasks_end() > time.monotonic():
                    self._deadline = self._tasks_end()
                    continue
                self._is_killing = True
                self._signal_all(signal.SIGKILL)
                self._deadline = time.monotonic() + 1

    def _stop(self) -> None:
        """Tell the workers to drain; asked a second time, to stop at once."""
        for sock in self._sockets:
            sock.close()
        self._signal_all(signal.SIGTERM)
        if self._deadline is None:
            self._deadline = time.monotonic() + self._options.drain_timeout + _LATE

    def _tasks_end(self) -> float:
        until: float = max(end for (end,) in _SLOT.iter_unpack(self._tasks_until))
        return until + _LATE

    def _prolong(self, index: int, seconds: float) -> None:
        until = time.monotonic() + seconds
        _SLOT.pack_into(self._tasks_until, index * _SLOT.size, until)

    def _signal_all(self, number: int) -> None:
        for pid in self._workers:
            # One that has just ended waits to be reaped.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _note_ready(self) -> None:
        self._ready.update(os.read(self._ready_in, 512))

    def _reap(self) -> None:
        for pid, index in list(self._workers.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._workers[pid]
                self._ended(pid, index, os.waitstatus_to_exitcode(status))

    def _ended(self, pid: int, index: int, code: int) -> None:
        """Replace a worker that died, or stop when that would not help."""
        if self._deadline is not None:
            return
        with contextlib.suppress(BlockingIOError):
            self._note_ready()
        if code == RELOAD or index not in self._ready:
            self._code = code if code > 0 else 1
            self._stop()
            return
        if self._dies_young(pid):
            _LOGGER.error("Workers die as soon as they serve; giving up.")
            self._code = 1
            self._stop()
            return
        reason = f"signal {-code}" if code < 0 else f"exit code {code}"
        _LOGGER.error("Worker %d ended (%s); another takes its place.", pid, reason)
        self._ready.discard(index)
        self._fork(index)

    def _dies_young(self, pid: int) -> bool:
        """Return whether too many workers in a row ended within a second."""
        young = time.monotonic() - self._born.pop(pid) < _YOUTH
        self._young = self._young + 1 if young else 0
        return self._young > _MOST_YOUNG

    def _fork(self, index: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
        pid = os.fork()
        if pid == 0:
            self._be_worker(index)
        self._workers[pid] = index
        self._born[pid] = time.monotonic()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)

    def _be_worker(self, index: int) -> None:
        """Serve in the child; never returns."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            # The parent hears CTRL+C too, and tells us in its own time.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, _leave)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
            for fd in (self._alive_end, self._ready_in, self._wake, self._wake_end):
                os.close(fd)
            sock = self._own_socket(index)
            threading.Thread(target=self._follow_parent, daemon=True).start()
            code = run_worker(
                self._load,
                self._options,
                sock,
                tls=self._tls,
                watch=self._watch and index == 0,
                announce=self._announce and index == 0,
                ready=lambda: self._say_ready(index),
                prolong=lambda seconds: self._prolong(index, seconds),
            )
        except SystemExit as exc:
            code = exc.code if isinstance(exc.code, int) else 1
        except ServerError as exc:
            say(f"Error: {exc}", fg="red")
        except BaseException:  # noqa: BLE001 - shown; the process ends
            traceback.print_exc()
        finally:
            close_loop()
            sys.stdout.flush()
            sys.stderr.flush()
            # NOTE: not sys.exit: what the parent registered with atexit is its own.
            os._exit(code)

    def _own_socket(self, index: int) -> socket.socket:
        own = self._sockets[index % len(self._sockets)]
        for sock in self._sockets:
            if sock is not own:
                sock.close()
        return own

    def _say_ready(self, index: int) -> None:
        os.write(self._ready_out, bytes([index % 256]))

    def _follow_parent(self) -> None:
        os.read(self._alive, 1)  # returns only when the parent is gone
        os.kill(os.getpid(), signal.SIGTERM)

    def _close_pipes(self) -> None:
        for fd in (
            self._alive,
            self._alive_end,
            self._ready_in,
            self._ready_out,
            self._wake,
            self._wake_end,
        ):
            os.close(fd)


def _noted(number: int, frame: object) -> None:
    """Do nothing: the wake-up pipe has the signal's number."""
    del number, frame


def _leave(number: int, frame: object) -> None:
    """End a worker that is told to stop while it still loads."""
    del number, frame
    raise SystemExit(0)
