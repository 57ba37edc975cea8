"""Whether an event loop is running here, asked at no cost where there never was one.

A module that starts a loop, or is called by one, says so with :func:`note_loops`. Until
then ``asyncio`` need not be loaded, and the answer is no.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["is_on_loop", "loops", "note_loops"]

# Holds asyncio's own question once there may be a loop. PERF: who is asked often looks
# here first.
loops: list[Callable[[], Any]] = []


def note_loops() -> None:
    """Say that there is an event loop in this process."""
    if not loops:
        from asyncio import _get_running_loop

        loops.append(_get_running_loop)


def is_on_loop() -> bool:
    """Tell whether the caller runs on an event loop, which it must not block."""
    return bool(loops) and loops[0]() is not None
