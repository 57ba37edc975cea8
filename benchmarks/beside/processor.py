"""The processor time of a server: what other load on the machine does not change.

Rules of the file: a process counts with its children, and all their threads that are
still there; a system that does not say (no ``schedstat``) gives ``None``.

Sources: proc(5); the kernel's documentation, sched-stats.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["processor_seconds"]


def processor_seconds(pid: int) -> float | None:
    """Return what a process and its children have used, in seconds."""
    total = 0.0
    tasks = Path(f"/proc/{pid}/task")
    try:
        for task in tasks.iterdir():
            total += int((task / "schedstat").read_text().split()[0]) / 1e9
            for child in (task / "children").read_text().split():
                total += processor_seconds(int(child)) or 0.0
    except OSError:
        return None
    return total
