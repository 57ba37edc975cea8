"""Threads that are not Python's: the server's own, which the interpreter does not know.

Theory. A server in Rust says that it has ended when it serves no more, and its threads
end a little later, as they give back the Python objects that they hold. A thread that
asks for the interpreter while this is being taken down is ended by CPython in the midst
of Rust, which aborts the process. So whoever has served waits for them. Which threads
these are the system tells (Linux); elsewhere nothing is waited for.

Sources: CPython, "Initialization, Finalization, and Threads"; proc(5).
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["natives_end"]

# Seconds. Threads of a C library that the application has started need not end at all.
_PATIENCE = 0.5
_PAUSE = 0.001


@contextmanager
def natives_end() -> Iterator[None]:
    """Wait at the end of the block for the threads that were started in it."""
    before = _threads()
    try:
        yield
    finally:
        deadline = time.monotonic() + _PATIENCE
        late = _threads() - before - _known()
        while late and time.monotonic() < deadline:
            time.sleep(_PAUSE)
            late &= _threads()


def _threads() -> set[int]:
    with suppress(OSError):
        return {int(thread.name) for thread in Path("/proc/self/task").iterdir()}
    return set()


def _known() -> set[int]:
    """Return the threads that Python has started, and waits for itself if it must."""
    return {
        thread.native_id
        for thread in threading.enumerate()
        # One that is not Python's, and has called something that asked who it is.
        if not isinstance(thread, threading._DummyThread)
        and thread.native_id is not None
    }
