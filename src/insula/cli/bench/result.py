"""What a load has found, and the numbers that are made of it."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

__all__ = ["PERCENTILES", "Bucket", "Result", "buckets_of", "percentile"]

PERCENTILES = (50.0, 75.0, 90.0, 99.0, 99.9)
_MOST_ROWS = 14
# Steps within a power of ten, the finest first.
_STEPS = ((1.0, 1.5, 2.0, 3.0, 5.0, 7.0), (1.0, 2.0, 5.0), (1.0, 3.0), (1.0,))


@dataclass
class Result:
    """Counts of one load; times are in seconds.

    :ivar latencies: of each answer, from the request's first byte to its last.
    :ivar statuses: how many answers there were of each status.
    :ivar errors: how many requests had no answer, by kind.
    :ivar waiting: how many requests had no answer yet at the end.
    :ivar busy: how much of the time the asking process was at work, 0 to 1.
    """

    latencies: array[float] = field(default_factory=lambda: array("d"))
    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    received: int = 0
    seconds: float = 0.0
    waiting: int = 0
    busy: float = 0.0
    interrupted: bool = False

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        ordered = sorted(self.latencies)
        latency: dict[str, float | None] = {
            f"p{which:g}": percentile(ordered, which) for which in PERCENTILES
        }
        latency["mean"] = sum(ordered) / len(ordered) if ordered else None
        latency["min"] = ordered[0] if ordered else None
        latency["max"] = ordered[-1] if ordered else None
        return {
            "seconds": self.seconds,
            "interrupted": self.interrupted,
            "requests": len(ordered),
            "requests_per_second": self.rate,
            "bytes": self.received,
            "statuses": {str(k): n for k, n in sorted(self.statuses.items())},
            "waiting": self.waiting,
            "errors": dict(sorted(self.errors.items())),
            "latency_seconds": latency,
            "histogram": [
                {"from": low, "below": high, "count": count}
                for low, high, count in buckets_of(ordered)
            ],
            "client_busy": self.busy,
        }


def percentile(ordered: list[float], which: float) -> float | None:
    """Return the least value that ``which`` percent are not above."""
    if not ordered:
        return None
    rank = -(-which * len(ordered) // 100)
    return ordered[max(int(rank), 1) - 1]


Bucket = tuple[float, float, int]


def buckets_of(ordered: list[float]) -> list[Bucket]:
    """Return rows of a histogram: from, below, how many; each wider than the last."""
    if not ordered:
        return []
    rows: list[Bucket] = []
    for steps in _STEPS:
        bounds = _bounds(steps, ordered[0], ordered[-1])
        places = [bisect_left(ordered, bound) for bound in bounds]
        rows = [
            (bounds[n], bounds[n + 1], places[n + 1] - places[n])
            for n in range(len(bounds) - 1)
        ]
        if len(rows) <= _MOST_ROWS:
            break
    return rows


def _bounds(steps: tuple[float, ...], least: float, most: float) -> list[float]:
    """Return round numbers, from the last at or below ``least`` to above ``most``."""
    every = [float(f"{step}e{power}") for power in range(-6, 5) for step in steps]
    first = max(n for n, bound in enumerate(every) if bound <= max(least, every[0]))
    last = min(
        n for n, bound in enumerate(every) if bound > most or n == len(every) - 1
    )
    return every[first : last + 1]
