"""Starts every contender in a process of its own, and alternates between them.

Rules of the file: nothing is timed before every answer has been checked; a round goes
through all contenders, work by work, so that a machine that slows down for a while
slows all of them, and the next goes the other way round, so that nobody is always the
first; the median of the rounds counts, of a ratio as of a time.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.beside.asgi.works import CONTENDERS as ASGI_CONTENDERS
from benchmarks.beside.asgi.works import WORKS as ASGI_WORKS
from benchmarks.beside.checks import refusals
from benchmarks.beside.environment import ROOT, environment
from benchmarks.beside.works import EVERYBODY, FLASKLIKE, KEPT, MICROS, WORKS, Reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import TypeVar

    from benchmarks.beside.works import Work

    T = TypeVar("T")

__all__ = [
    "Contender",
    "Times",
    "asgi_contenders",
    "check",
    "contenders",
    "in_turn",
    "measure_memory",
    "measure_micros",
    "measure_works",
]

HARNESS = "benchmarks.beside.harness"
ASGI_HARNESS = "benchmarks.beside.asgi.harness"


class Contender:
    """A process that answers a harness's questions."""

    def __init__(self, name: str, python: str, harness: str = HARNESS) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [python, "-m", harness, name],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.versions: dict[str, str] = self.ask("versions")

    def ask(self, what: str, **arguments: Any) -> Any:
        """Ask and wait for the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(
            json.dumps({"do": what} | arguments), file=self._process.stdin, flush=True
        )
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"{self.name} ended at {what} {arguments}; see its message above.")
        return json.loads(line)

    def end(self) -> None:
        """Let the process end."""
        self._process.communicate()


class Times:
    """Seconds by name and contender, one for each round."""

    def __init__(self) -> None:
        self._rounds: dict[tuple[str, str], list[float]] = {}

    def add(self, name: str, contender: str, seconds: float) -> None:
        """Note what was measured in the current round."""
        self._rounds.setdefault((name, contender), []).append(seconds)

    def of(self, name: str, contender: str, *, without: str = "") -> float | None:
        """Return the median, perhaps without the time of another work."""
        rounds = self._of_rounds(name, contender, without)
        return median(rounds) if rounds else None

    def ratio(
        self, name: str, contender: str, peer: str, *, without: str = ""
    ) -> float | None:
        """Return the median of the rounds' ratios of one contender to another."""
        ours = self._of_rounds(name, contender, without)
        theirs = self._of_rounds(name, peer, without)
        if not ours or not theirs:
            return None
        return median(our / their for our, their in zip(ours, theirs, strict=True))

    def _of_rounds(self, name: str, contender: str, without: str) -> list[float]:
        rounds = self._rounds.get((name, contender), [])
        if not without or not rounds:
            return rounds
        others = self._rounds[without, contender]
        return [
            max(both - other, 1e-9) for both, other in zip(rounds, others, strict=True)
        ]


@contextlib.contextmanager
def contenders(peers_python: str) -> Iterator[dict[str, Contender]]:
    """Start all contenders, check that they mean the same, and end them afterwards."""
    with _started(
        {
            name: (sys.executable if name == "insula" else peers_python, HARNESS)
            for name in EVERYBODY
        }
    ) as started:
        check(started, WORKS)
        yield started


@contextlib.contextmanager
def asgi_contenders(peers_python: str) -> Iterator[dict[str, Contender]]:
    """Do so for the ASGI side, all in the peers' environment."""
    with _started(
        dict.fromkeys(ASGI_CONTENDERS, (peers_python, ASGI_HARNESS))
    ) as started:
        check(started, ASGI_WORKS)
        yield started


@contextlib.contextmanager
def _started(programs: dict[str, tuple[str, str]]) -> Iterator[dict[str, Contender]]:
    started: dict[str, Contender] = {}
    try:
        for name, (python, harness) in programs.items():
            started[name] = Contender(name, python, harness)
        yield started
    finally:
        for contender in started.values():
            contender.end()


def check(started: Mapping[str, Contender], works: Iterable[Work]) -> None:
    """End with a line for every answer that does not mean what it should."""
    works = list(works)
    answers = {
        work.name: {
            name: Reply.from_json(started[name].ask("answer", name=work.name))
            for name in work.contenders
        }
        for work in works
    }
    wrong = refusals(works, answers)
    if wrong:
        sys.exit("Not all contenders do the same work:\n  " + "\n  ".join(wrong))


def in_turn(everybody: Sequence[T], number: int) -> Sequence[T]:
    """Return those of a round in its order: every other round goes backwards."""
    return everybody[:: -1 if number % 2 else 1]


def measure_works(
    started: dict[str, Contender],
    works: Iterable[Work],
    *,
    rounds: int,
    seconds: float,
) -> Times:
    """Time all works."""
    times = Times()
    for number in range(-1, rounds):  # the first one warms up
        for work in works:
            for name in in_turn(work.contenders, number):
                took = started[name].ask("time", name=work.name, seconds=seconds)
                if number >= 0:
                    times.add(work.name, name, took)
    return times


def measure_micros(
    started: dict[str, Contender], *, rounds: int, seconds: float
) -> Times:
    """Time expressions inside a request."""
    times = Times()
    for number in range(-1, rounds):
        for micro in MICROS:
            for name in in_turn(FLASKLIKE, number):
                took = started[name].ask("micro", name=micro.name, seconds=seconds)
                if number >= 0:
                    times.add(micro.name, name, took)
    return times


def measure_memory(started: dict[str, Contender]) -> Times:
    """Weigh what is kept: bytes, the same in every round, so there is one only."""
    sizes = Times()
    for what, number in KEPT.items():
        for name in FLASKLIKE:
            size = started[name].ask("memory", name=what, number=number)
            sizes.add(what, name, size)
    return sizes
