"""The soak: many concurrent clients, each request with an id that nothing may mix up.

    python -m benchmarks.soak [--requests N] [--clients N] [--threads N]
                              [--processes N] [--seed N] [--control]

Starts Insula's own server with the demo application and the soak's routes, lets the
clients send N requests over keep-alive connections, and compares every answer. Exit
code 0 means: no mismatch, no error, every request torn down exactly once, and a
memory that does not grow with the number of requests.

`--control` keeps the data in plain globals instead; then the soak must find
mismatches, and exits with 0 only if it does.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.soaking.crowd import Crowd
from benchmarks.soaking.memory import MIB, Sample, Verdict, judge, resident_bytes
from benchmarks.soaking.wire import Connection

__all__ = ["main"]

ROOT = Path(__file__).parents[1]
PATIENCE = 30.0  # seconds
CLIENT_PROCESSES = 2
SAMPLE_INTERVAL = 0.5  # seconds
EXAMPLES = 10


class Server:
    """The server under test, a process of its own."""

    def __init__(self, options: argparse.Namespace, instance: str) -> None:
        self.threads, self.processes = options.threads, options.processes
        settings = {
            "threads": options.threads,
            "processes": options.processes,
            "control": options.control,
            "instance": instance,
            "seed": options.seed,
        }
        command = [sys.executable, "-m", "benchmarks.soaking.server"]
        self._process = subprocess.Popen(
            [*command, json.dumps(settings)],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        self._port_known = threading.Event()
        self.port = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.said.append(line)
            if found := re.search(r"Running on http://[^:]+:(\d+)", line):
                self.port = int(found[1])
                self._port_known.set()
        self._port_known.set()

    def wait_until_ready(self) -> None:
        """Return when the server answers."""
        self._port_known.wait(PATIENCE)
        if not self.port:
            sys.exit("The server did not start:\n" + "".join(self.said))
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                Connection(self.port).request("GET", "/soak/tally")
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def tally(self) -> dict[str, int]:
        """Return what the application counted; wait until nothing is in flight."""
        deadline = time.monotonic() + PATIENCE
        while True:
            connection = Connection(self.port)
            found: dict[str, int] = json.loads(
                connection.request("GET", "/soak/tally").body
            )
            connection.close()
            # The request that asks has begun and not ended.
            if found["begun"] - 1 == found["ended"] or time.monotonic() > deadline:
                return found
            time.sleep(0.1)

    def resident(self) -> int:
        """Return the resident memory of all of its processes."""
        return resident_bytes(self._process.pid)

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        self._process.terminate()
        try:
            return self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--threads", type=int, default=12)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument(
        "--control", action="store_true", help="use plain globals, and expect to fail"
    )
    options = parser.parse_args()
    for name in ("requests", "clients", "threads", "processes"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be at least 1")
    if options.control and options.threads < 2:
        parser.error("--control needs --threads of at least 2: one alone never crosses")
    return options


def watch(server: Server, crowd: Crowd, requests: int) -> list[Sample]:
    """Sample the memory until the crowd is done; show how far it is on a terminal."""
    samples = [Sample(0, server.resident())]
    while crowd.running():
        time.sleep(SAMPLE_INTERVAL)
        done = crowd.requests()
        if done > samples[-1].requests:
            samples.append(Sample(done, server.resident()))
        if sys.stderr.isatty():
            print(f"\r{done:,} of {requests:,}", end="", file=sys.stderr, flush=True)
        if done >= requests and not crowd.running():
            break
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return samples


def report_memory(samples: list[Sample], verdict: Verdict) -> None:
    """Print what the memory did."""
    print(
        f"memory      {samples[0].resident / MIB:.1f} MiB at the start,"
        f" {verdict.warm / MIB:.1f} after the warm-up, {verdict.end / MIB:.1f} at the"
        f" end; slope {verdict.slope / MIB:+.2f} MiB per 100,000 requests"
    )


def soak(options: argparse.Namespace, instance: str) -> int:
    """Run it all; return the exit code."""
    server = Server(options, instance)
    crowd = None
    try:
        server.wait_until_ready()
        crowd = Crowd(
            server.port,
            clients=options.clients,
            requests=options.requests,
            seed=options.seed,
            processes=min(CLIENT_PROCESSES, options.clients),
        )
        print(
            f"{options.requests:,} requests, {options.clients} clients, server with"
            f" {options.processes} x {options.threads} threads, seed {options.seed}"
            + (", CONTROL: data in plain globals" if options.control else "")
        )
        start = time.monotonic()
        crowd.start()
        samples = watch(server, crowd, options.requests)
        took = time.monotonic() - start
        findings = crowd.findings()
        done = crowd.requests()
        tally = server.tally()
        samples.append(Sample(done + 1, server.resident()))
    finally:
        if crowd is not None:
            crowd.stop()
        code = server.stop()
    kinds = sorted(findings.kinds.items(), key=lambda item: -item[1])
    print("            " + ", ".join(f"{name} {number:,}" for name, number in kinds))
    print(f"requests    {done:,} in {took:.1f} s, {done / took:,.0f} per second")
    print(f"mismatches  {findings.mismatches:,}")
    print(f"errors      {findings.errors:,}")
    print(
        f"teardowns   {tally['ended']:,} of {tally['begun'] - 1:,} requests to /soak;"
        f" {tally['crossed']} saw another's"
    )
    warm_up = done // 3
    verdict = judge(samples, warm_up=warm_up, processes=options.processes)
    report_memory(samples, verdict)
    for example in findings.examples[:EXAMPLES]:
        print("  e.g.", example)
    if options.control:
        print("control     " + ("detected" if findings.mismatches else "NOT DETECTED"))
        return 0 if findings.mismatches else 1
    failures = [
        f"{findings.mismatches} mismatches" * bool(findings.mismatches),
        f"{findings.errors} errors" * bool(findings.errors),
        "teardowns differ" * (tally["ended"] != tally["begun"] - 1),
        "teardowns crossed" * bool(tally["crossed"]),
        f"the server ended with code {code}" * bool(code),
        verdict.failure or "",
    ]
    failures = [failure for failure in failures if failure]
    if failures:
        sys.stdout.writelines("server: " + line for line in server.said[-20:])
    print("result      " + ("FAILED: " + "; ".join(failures) if failures else "ok"))
    return 1 if failures else 0


def main() -> int:
    """Run the soak in a folder that is removed afterwards."""
    options = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="insula-soak-") as instance:
        return soak(options, instance)


if __name__ == "__main__":
    sys.exit(main())
