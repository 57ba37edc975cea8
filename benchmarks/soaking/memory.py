"""How much memory a server holds, with all of its processes, and whether it grows.

Theory. A process that has warmed up still moves: pools of the allocator fill, threads
come and go. What leaks grows with the number of requests, so the judge looks at the
slope of the least-squares line through the samples after the warm-up. Over few requests
the slope is noise; then only the growth as such is bounded.

Sources: proc_pid_statm(5), proc_pid_stat(5).
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Sample", "Verdict", "judge", "resident_bytes"]

MIB = 1024 * 1024
PER_REQUESTS = 100_000
SLOPE_BOUND = 2 * MIB
"""Bytes per process and 100,000 requests: 21 bytes a request."""
GROWTH_BOUND = 8 * MIB
"""Bytes per process that few requests may add, beyond what the slope allows."""
ENOUGH_REQUESTS = 100_000
"""Requests after the warm-up from which on a slope means something."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The memory at one moment."""

    requests: int
    resident: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the memory."""

    warm: int
    end: int
    slope: float
    """Bytes per 100,000 requests."""
    failure: str | None
    """What is wrong, or None."""


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process and its descendants; 0 if unknown."""
    page = os.sysconf("SC_PAGE_SIZE")
    total = 0
    for member in _family(pid):
        with contextlib.suppress(OSError):
            total += int(Path(f"/proc/{member}/statm").read_text().split()[1]) * page
    return total


def _family(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for member in found:  # grows while it is walked
        found += children.get(member, [])
    return found


def judge(samples: list[Sample], *, warm_up: int, processes: int) -> Verdict:
    """Say whether the memory grew with the requests after the first `warm_up`."""
    warm = [sample for sample in samples if sample.requests >= warm_up]
    if len(warm) < 2:
        return Verdict(0, 0, 0.0, "too few samples after the warm-up")
    slope = _slope(warm) * PER_REQUESTS
    first, last = warm[0], warm[-1]
    failure = None
    growth, span = last.resident - first.resident, last.requests - first.requests
    slope_allowed = SLOPE_BOUND * processes
    growth_allowed = GROWTH_BOUND * processes + slope_allowed * span / PER_REQUESTS
    if growth > growth_allowed:
        failure = (
            f"memory grew by {growth / MIB:.1f} MiB, more than"
            f" {growth_allowed / MIB:.1f} MiB"
        )
    elif span >= ENOUGH_REQUESTS and slope > slope_allowed:
        failure = (
            f"memory grows by {slope / MIB:.2f} MiB per {PER_REQUESTS:,} requests,"
            f" more than {slope_allowed / MIB:.2f} MiB"
        )
    return Verdict(first.resident, last.resident, slope, failure)


def _slope(samples: list[Sample]) -> float:
    """Return the bytes per request of the least-squares line."""
    mean_x = sum(sample.requests for sample in samples) / len(samples)
    mean_y = sum(sample.resident for sample in samples) / len(samples)
    spread = sum((sample.requests - mean_x) ** 2 for sample in samples)
    if not spread:
        return 0.0
    together = sum(
        (sample.requests - mean_x) * (sample.resident - mean_y) for sample in samples
    )
    return together / spread
