"""How a step of the soak lets others run: by thread, greenlet or task, at random.

Rules of the file: nothing but waiting is done here. `pause` is for functions and
`apause` for coroutines; both return nothing to show, so that templates can call one.

Theory. On a thread, `time.sleep` gives way; where gevent has patched it, to greenlets.
A thread that runs greenlets without patches says in `WAYS` what gives way there. It is
looked up by the thread that runs at this moment, which need not be the one on which the
request began.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LONGEST_PAUSE", "WAYS", "apause", "pause"]

LONGEST_PAUSE = 0.001  # seconds

WAYS: dict[int, Callable[[float], None]] = {}
"""By a thread's number: what lets the thread's greenlets run, for so many seconds."""


def pause() -> str:
    """Let others run: not at all, at once, or for a moment."""
    choice = random.random()
    if choice > 0.4:
        seconds = choice % 0.1 * 10 * LONGEST_PAUSE if choice > 0.9 else 0.0
        WAYS.get(threading.get_ident(), time.sleep)(seconds)
    return ""


async def apause() -> str:
    """Let other tasks run: not at all, at once, or for a moment."""
    choice = random.random()
    if choice > 0.4:
        await asyncio.sleep(choice % 0.1 * 10 * LONGEST_PAUSE if choice > 0.9 else 0)
    return ""
