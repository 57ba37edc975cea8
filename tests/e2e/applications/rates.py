"""Requests per second of httpbin's ``/get``, on Flask and on Insula.

Rules: one core for the server, ``wrk`` on another; the same server with the same
threads on both sides; a round goes through all of them, every other one backwards, and
the median counts. What each comes with is measured besides. On a machine that has
other work the clock says little: the server's own processor time is told, too.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.beside.rounds import in_turn
from benchmarks.beside.served import HOW_TO_GET_WRK, Load, Target, load, on_core, wrk
from tests.e2e.applications.application import Way
from tests.e2e.applications.outcome import table
from tests.e2e.applications.starting import started

if TYPE_CHECKING:
    from tests.e2e.applications.application import Facts, Stage

__all__ = ["rates"]

SECONDS = 3
BY = {"rate": "by the clock", "per_processor": "of processor time"}
HEAD = ("Server", "A second", "Flask", "Insula", "Insula / Flask")
KINDS = ("real", "stand-in")


def _nothing(_: Stage) -> Facts:
    return {}


def _way(command: str) -> Way:
    return Way(command, "", _nothing, ready="/get")


OWN = "its own, `flask --app httpbin run`, as it comes"
SERVERS = {
    "gunicorn, gthread, 4 threads": _way(
        "gunicorn --threads 4 --log-level error -b 127.0.0.1:{port} httpbin:app"
    ),
    "Granian, WSGI, 4 threads": _way(
        "granian --interface wsgi --blocking-threads 4 --no-ws --log-level error"
        " --port {port} httpbin:app"
    ),
    OWN: _way("flask --app httpbin run --port {port}"),
}


def rates(programs: dict[str, Path], rounds: int) -> str:
    """Measure, and return the table."""
    if wrk() is None:
        return f"{HOW_TO_GET_WRK}\n"
    seen: dict[tuple[str, str], list[Load]] = {}
    with ExitStack() as stack:
        targets = {}
        for name, way in SERVERS.items():
            for kind in KINDS:
                place = stack.enter_context(TemporaryDirectory(prefix="rates-"))
                with on_core(first=True):
                    server = stack.enter_context(
                        started(way, kind, programs[kind], Path(place))
                    )
                targets[name, kind] = Target(server.port, "/get", pid=server.pid)
        for number in range(-1, rounds):  # the first one warms up
            for which, target in in_turn(list(targets.items()), number):
                answered = load(target, 1 if number < 0 else SECONDS)
                if number >= 0:
                    seen.setdefault(which, []).append(answered)
    lines = []
    for name in SERVERS:
        for by, told in BY.items():
            if by == "per_processor" and name == OWN:
                # A server that only this one has beside it: by the clock, as in
                # `benchmarks.beside.served`.
                continue
            flask, insula = (
                [getattr(each, by) for each in seen[name, kind]] for kind in KINDS
            )
            ratio = median(b / a for a, b in zip(flask, insula, strict=True))
            lines.append(
                (
                    *(name, told, f"{median(flask):,.0f}"),
                    *(f"{median(insula):,.0f}", f"{ratio:.2f}"),
                )
            )
    return (
        f"Requests per second of httpbin's /get, median of {rounds} rounds of"
        f" {SECONDS} s:\n\n{table(HEAD, lines)}\n"
    )
