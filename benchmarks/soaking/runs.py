"""One run of the soak: over sockets with a server and a crowd, or the mix."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.soaking.client import Findings
from benchmarks.soaking.crowd import Crowd
from benchmarks.soaking.host import Server
from benchmarks.soaking.memory import Sample
from benchmarks.soaking.outcome import Outcome, conclude

if TYPE_CHECKING:
    import argparse

__all__ = ["run_mixed", "run_over_sockets"]

ROOT = Path(__file__).parents[2]
CLIENT_PROCESSES = 2
SAMPLE_INTERVAL = 0.5  # seconds


def run_over_sockets(options: argparse.Namespace, instance: str) -> Outcome:
    """Let many clients talk with a server; return what came of it."""
    server = Server(options, instance)
    crowd = None
    outcome = Outcome(options.form, options.control)
    try:
        server.wait_until_ready()
        crowd = Crowd(
            server.port,
            clients=options.clients,
            requests=options.operations,
            seed=options.seed,
            processes=min(CLIENT_PROCESSES, options.clients),
            form=options.form,
            is_careful=options.server == "insula",
        )
        _announce(options, f"{options.clients} clients, {_served_by(options)}")
        start = time.monotonic()
        crowd.start()
        samples = _watch(server, crowd, options.operations)
        outcome.seconds = time.monotonic() - start
        findings = crowd.findings()
        outcome.operations = crowd.requests()
        outcome.tally = server.tally()
        samples.append(Sample(outcome.operations + 1, server.resident()))
    finally:
        if crowd is not None:
            crowd.stop()
        code = server.stop()
    if code:
        outcome.failures.append(f"the server ended with code {code}")
    conclude(outcome, findings, samples, options.processes)
    if outcome.has_failed:
        sys.stdout.writelines("server: " + line for line in server.said[-20:])
    return outcome


def _served_by(options: argparse.Namespace) -> str:
    if options.form == "greenlets":
        return "greenlets of gevent"
    pool = f"{options.processes} x {options.threads} threads"
    if options.form == "tasks":
        return f"{options.server}, one event loop and up to {options.threads} threads"
    return pool


def _announce(options: argparse.Namespace, who: str) -> None:
    control = f", CONTROL: data in {options.control}" if options.control else ""
    print(
        f"{options.form}: {options.operations:,} operations, {who}, switch interval"
        f" {options.switch:g} s, seed {options.seed}{control}",
        flush=True,
    )


def _watch(server: Server, crowd: Crowd, wanted: int) -> list[Sample]:
    """Sample the memory until the crowd is done; show how far it is on a terminal."""
    samples = [Sample(0, server.resident())]
    while crowd.running():
        time.sleep(SAMPLE_INTERVAL)
        done = crowd.requests()
        if done > samples[-1].requests:
            samples.append(Sample(done, server.resident()))
        if sys.stderr.isatty():
            print(f"\r{done:,} of {wanted:,}", end="", file=sys.stderr, flush=True)
        if done >= wanted and not crowd.running():
            break
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return samples


def run_mixed(options: argparse.Namespace) -> Outcome:
    """Run the mix in a process of its own; return what came of it."""
    _announce(options, "threads, greenlets and tasks in one process")
    settings = {
        "seed": options.seed,
        "control": options.control,
        "switch": options.switch,
        "operations": options.operations,
    }
    command = [sys.executable, "-m", "benchmarks.soaking.mixed", json.dumps(settings)]
    process = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    outcome = Outcome("mixed", options.control)
    if process.returncode:
        outcome.failures.append(f"the process ended with code {process.returncode}")
    lines = process.stdout.splitlines()
    if not lines:
        sys.exit("The mix has broken down; see above.")
    found = json.loads(lines[-1])
    outcome.operations, outcome.seconds = found["operations"], found["seconds"]
    outcome.tally = found["tally"]
    findings = Findings(
        found["mismatches"], found["errors"], found["examples"], found["kinds"]
    )
    samples = [Sample(*sample) for sample in found["samples"]]
    return conclude(outcome, findings, samples, 1)
