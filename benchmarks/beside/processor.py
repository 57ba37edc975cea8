"""The processor time of a server: what other load on the machine does not change.

Rules of the file: a process counts with its children, and with all the threads that it
has had, those that are gone too (`flask run` has one for each connection); a system
that does not say gives ``None``.

Sources: clock_getcpuclockid(3), proc(5).
"""

from __future__ import annotations

import ctypes
import time
from contextlib import suppress
from pathlib import Path

__all__ = ["processor_seconds"]


def processor_seconds(pid: int) -> float | None:
    """Return what a process and its children have used, in seconds."""
    try:
        total = time.clock_gettime(_clock_of(pid))
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except (AttributeError, OSError):  # not Linux, or gone
        return None
    for task in tasks:
        with suppress(OSError):  # a thread that has ended since
            for child in (task / "children").read_text().split():
                total += processor_seconds(int(child)) or 0.0
    return total


def _clock_of(pid: int) -> int:
    clock = ctypes.c_int()
    code = ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock))
    if code:
        raise OSError(code, f"process {pid} has no clock")
    return clock.value
