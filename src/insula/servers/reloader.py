"""Start the server anew when a file changes, and outlive every mistake in between.

Rules of the file: the parent holds the listening socket and imports nothing of the
application; the child serves and watches what it has imported; no wait is busy.

Theory. The parent runs this very command again (`sys.orig_argv`) with
`WERKZEUG_RUN_MAIN` set, which extensions know, and `INSULA_RELOADER` naming itself,
the socket and the TLS files. The child serves on that socket, so a browser that asks
during a restart waits for the new child instead of being refused. A thread in the
child compares the modification times of its modules' files and of `extra_files` once
per interval; on a change it drains and exits with code 3. Any other code but 0 is a
failure (a syntax error, say), whose traceback is already on the terminal: the parent
then watches the sources below the project's folders, where the mending will happen,
and tries again after a change.

The child follows its parent: when that is gone, `os.getppid` changes, and the child
stops.

Sources: `werkzeug.serving` for the names that others rely on.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from insula.servers.errors import ServerError
from insula.servers.terminal import say
from insula.servers.tls import TlsFiles
from insula.servers.watcher import RELOAD, sources

if TYPE_CHECKING:
    import socket

    from insula.servers.options import ServerOptions

__all__ = [
    "Inheritance",
    "inherited",
    "is_running_from_reloader",
    "supervise",
]

_RUN_MAIN = "WERKZEUG_RUN_MAIN"
_OURS = "INSULA_RELOADER"


def is_running_from_reloader() -> bool:
    """Return whether this process was started by a reloader to serve."""
    return os.environ.get(_RUN_MAIN) == "true"


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What the reloader's parent left to this process."""

    fds: tuple[int, ...]
    tls: TlsFiles | None


def inherited() -> Inheritance | None:
    """Take what the parent left, once; None when this is not a reloader's child."""
    text = os.environ.pop(_OURS, "")
    if not text:
        return None
    parent, fds, certificate, key = text.split("|")
    if int(parent) != os.getppid():
        return None  # a program that the child started: not meant for it
    tls = TlsFiles(certificate, key) if certificate else None
    return Inheritance(tuple(int(fd) for fd in fds.split(",")), tls)


def supervise(
    options: ServerOptions, sockets: list[socket.socket], tls: TlsFiles | None
) -> int:
    """Run children until one ends by itself or we are told to stop; return the code."""
    if threading.current_thread() is not threading.main_thread():
        raise ServerError(
            "The reloader must be started on the main thread; pass use_reloader=False"
            " to serve from another one."
        )
    return _Supervisor(options, sockets, tls).run()


class _Stop(SystemExit):
    """Raised by the parent's signal handler; it has nothing to clean up half-done.

    NOTE: of this class for gevent's sake, as `signals.Stopped`.
    """


class _Supervisor:
    def __init__(
        self,
        options: ServerOptions,
        sockets: list[socket.socket],
        tls: TlsFiles | None,
    ) -> None:
        self._options = options
        self._fds = tuple(sock.fileno() for sock in sockets)
        self._environ = os.environ | {
            _RUN_MAIN: "true",
            _OURS: "|".join(
                [
                    str(os.getpid()),
                    ",".join(map(str, self._fds)),
                    tls.certificate if tls else "",
                    tls.key if tls else "",
                ]
            ),
        }
        self._child: subprocess.Popen[bytes] | None = None
        self._stopping = False

    def run(self) -> int:
        stop_signals = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self._heard) for number in stop_signals}
        try:
            return self._run_children()
        except _Stop:
            return self._end_child()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _run_children(self) -> int:
        arguments = _arguments()
        while True:
            before = sources(self._options)
            self._child = subprocess.Popen(  # noqa: S603 - our own command line
                arguments, env=self._environ, pass_fds=self._fds
            )
            code = self._child.wait()
            self._child = None
            if code == 0:
                return 0
            if code != RELOAD:
                say(
                    f" * The server ended with code {code}; waiting for a change in the"
                    " sources to start it again.",
                    fg="red",
                )
                self._await_change(before)
            say(" * Restarting", fg="cyan")

    def _await_change(self, before: dict[str, int]) -> None:
        while sources(self._options) == before:
            time.sleep(self._options.reloader_interval)

    def _heard(self, number: int, frame: object) -> None:
        del frame
        if self._stopping:
            if self._child is not None:
                self._child.send_signal(number)  # a second time: without draining
            return
        self._stopping = True
        raise _Stop

    def _end_child(self) -> int:
        child = self._child
        if child is None:
            return 0
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
        try:
            child.wait(self._options.drain_timeout + 1)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        return 0


def _arguments() -> list[str]:
    """Return the command that started this process."""
    arguments = sys.orig_argv[1:]
    if not sys.executable or not arguments or arguments[0] == "-":
        raise ServerError(
            "The reloader cannot start this program again (it was read from standard"
            " input); put it into a file, or pass use_reloader=False."
        )
    return [sys.executable, *arguments]
