"""The signals that end a server: SIGINT (CTRL+C), SIGTERM, and SIGBREAK on Windows.

Rules of the file: signals are touched only on the main thread, where alone Python lets
us, and put back afterwards; a signal that is ignored stays ignored.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import NoReturn

__all__ = [
    "STOP_SIGNALS",
    "Stopped",
    "Undrained",
    "ends_quietly",
    "leave",
    "on_stop_signal",
]

STOP_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGBREAK")
    if hasattr(signal, name)
)


class Undrained(SystemExit):
    """The server has stopped, and threads still run requests."""


def leave(code: int) -> NoReturn:
    """End the process though threads still run requests.

    NOTE: the interpreter cannot be taken down in order: a thread that asks for it
    afterwards is cut off in the middle of the server's Rust, which panics. So what was
    registered with atexit is done here, and the process just ends.
    """
    try:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


class Stopped(SystemExit):
    """Ends what a server does before it serves, or after.

    NOTE: under gevent a handler may run in the hub, which hands on to the main greenlet
    what is a SystemExit, prints what is not, and goes on.
    """


@contextlib.contextmanager
def on_stop_signal(react: Callable[[], Any]) -> Iterator[None]:
    """Call `react` for every stop signal that arrives while this is entered."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handler(number: int, frame: object) -> None:
        del number, frame
        react()

    before = {}
    for number in STOP_SIGNALS:
        # A worker process ignores CTRL+C: its parent hears it too, and tells it.
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


@contextlib.contextmanager
def ends_quietly() -> Iterator[None]:
    """Leave the block, without a traceback, when a stop signal arrives in it."""

    def leave() -> None:
        raise Stopped

    with contextlib.suppress(Stopped), on_stop_signal(leave):
        yield
