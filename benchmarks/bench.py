"""Insula beside its peers, WSGI and ASGI: everything that `make bench` measures.

    python -m benchmarks.bench [--quick] [--rounds N] [--threads N] [--output FILE]

Makes an environment for the peers in an ignored folder, checks that every contender
gives the same answers, and measures in alternating rounds: one WSGI call in process,
expressions inside a request, what starting takes, requests per second over sockets
(with `wrk`), the same for ASGI, the locals and the router, a thousand sleepers and ten
thousand idle WebSockets. Prints tables and writes them to `benchmarks/RESULTS.md`.
Figures are of one run on one machine: read the ratios.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks.beside import served
from benchmarks.beside.asgi.served import measure_asgi_servers
from benchmarks.beside.asgi.works import WORKS as ASGI_WORKS
from benchmarks.beside.environment import (
    ROOT,
    environment,
    installed,
    machine,
    merged,
    peers_python,
)
from benchmarks.beside.report import Report
from benchmarks.beside.rounds import (
    asgi_contenders,
    contenders,
    measure_memory,
    measure_micros,
    measure_works,
)
from benchmarks.beside.startup import measure_startup
from benchmarks.beside.works import WORKS

__all__ = ["main"]

RESULTS = Path(__file__).parent / "RESULTS.md"
FEWEST_ROUNDS = 5


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench")
    parser.add_argument(
        "--quick", action="store_true", help="less than two minutes; no ASGI servers"
    )
    parser.add_argument("--rounds", type=int, help="at least 5; 9, or 5 when quick")
    parser.add_argument(
        "--threads", type=int, default=4, help="of each server that is compared"
    )
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    if options.rounds is None:
        options.rounds = FEWEST_ROUNDS if options.quick else 9
    if options.rounds < FEWEST_ROUNDS:
        parser.error(f"--rounds {options.rounds}: a median needs {FEWEST_ROUNDS}")
    return options


def run_in_process(report: Report, peers: str, options: argparse.Namespace) -> None:
    """Measure what needs no server."""
    rounds, quick = options.rounds, options.quick
    with contenders(peers) as started:
        report.text(
            "A target is what this project is on its way to, not what it promises"
            " today; the last section counts how many are met."
        )
        report.text(
            merged(contender.versions for contender in started.values())
            + f"; medians of {rounds} alternating rounds"
            + (" (quick)." if quick else ".")
        )
        seconds = 0.03 if quick else 0.1
        report.works(measure_works(started, WORKS, rounds=rounds, seconds=seconds))
        report.micros(measure_micros(started, rounds=rounds, seconds=seconds / 2))
        kept = measure_memory(started)
    report.startup(*measure_startup(peers, rounds=rounds), kept)


def run_servers(report: Report, peers: str, options: argparse.Namespace) -> None:
    """Measure what goes over sockets."""
    if served.wrk() is None:
        print(served.HOW_TO_GET_WRK, file=sys.stderr)
        report.text("## Over sockets", "", served.HOW_TO_GET_WRK)
        return
    rates = served.measure_servers(
        peers,
        rounds=options.rounds,
        seconds=1 if options.quick else 2,
        threads=options.threads,
    )
    servers = ("granian", "sqlalchemy")
    report.servers(rates)
    report.text(
        merged([installed(sys.executable, *servers), installed(peers, *servers)])
        + f", {merged([installed(peers, 'gunicorn')])}, wrk {served.wrk_version()}."
    )


def run_asgi(report: Report, peers: str, options: argparse.Namespace) -> None:
    """Measure the ASGI side, in process and over sockets."""
    rounds, quick = options.rounds, options.quick
    with asgi_contenders(peers) as started:
        found = merged(contender.versions for contender in started.values())
        seconds = 0.03 if quick else 0.1
        times = measure_works(started, ASGI_WORKS, rounds=rounds, seconds=seconds)
    report.asgi_works(times)
    report.text(f"{found}.")
    # Nine servers for four works take minutes.
    if served.wrk() is not None and not quick:
        works = [work.name for work in ASGI_WORKS]
        report.asgi_servers(
            measure_asgi_servers(peers, works, rounds=rounds, seconds=1)
        )


def run_program(
    report: Report,
    title: str,
    name: str,
    *arguments: str,
    python: str = sys.executable,
) -> None:
    """Run a benchmark that is a program of its own, and keep what it prints."""
    run = subprocess.run(
        [python, str(Path(__file__).parent / name), *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    # One that finds a bound exceeded says where, and ends with 1. One that fails is in
    # the report, too: what has been measured before it took a quarter of an hour.
    good = run.returncode == 0 and not run.stderr
    report.block(title, run.stdout + run.stderr, good=good)


def main() -> int:
    """Measure, print, write."""
    options = parse_arguments()
    peers = peers_python()
    report = Report()
    report.text("# What `make bench` found", "", f"On {machine()}.")
    run_in_process(report, peers, options)
    run_servers(report, peers, options)
    run_asgi(report, peers, options)
    quick = options.quick
    run_program(report, "Locals and proxies", "locals.py", *(["11"] if quick else []))
    run_program(report, "The router", "routing.py", *(["1000"] if quick else []))
    if not quick:
        run_program(report, "Requests that sleep, in greenlets", "sleepers.py")
        names = ("bare", "insula", "starlette", "quart")
        run_program(
            report, "Idle WebSockets, uvicorn", "websockets.py", *names, python=peers
        )
    report.summary()
    text = "\n".join(report.lines).rstrip() + "\n"
    print(text)
    options.output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
