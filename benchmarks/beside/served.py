"""Requests per second over real sockets: one core for the server, `wrk` on another.

Rules of the file: every server is started by the command that its users type; those
compared with each other get the same workers and threads; a round goes through all of
them, and the median counts. A server that waits for its turn does nothing.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.beside import notes
from benchmarks.beside.environment import ROOT, environment
from benchmarks.beside.processor import processor_seconds
from benchmarks.beside.rounds import in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "CONNECTIONS",
    "HOW_TO_GET_WRK",
    "SERVERS",
    "Load",
    "Rates",
    "Server",
    "Target",
    "load",
    "measure_servers",
    "on_core",
    "running",
    "wrk",
]

HOW_TO_GET_WRK = (
    "wrk is not installed, so nothing was measured over sockets: install it (Debian:"
    " apt-get install wrk) and run this again."
)
CONNECTIONS = 32
PATIENCE = 20.0
APPS = "benchmarks.beside.contenders"


@dataclass(frozen=True, slots=True)
class Server:
    """One way to serve one application."""

    title: str
    app: str
    command: tuple[str, ...]
    ours: bool = False
    """Whether it runs in Insula's environment, and not in the peers'."""
    notes_on: str = ""
    """For the demo application: the package that it imports."""


def _granian(title: str, app: str, *, ours: bool = False, on: str = "") -> Server:
    command = (
        *("-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"),
        *("--port", "{port}", "--workers", "1", "--blocking-threads", "{threads}"),
        *("--no-ws", "--log-level", "error", f"{APPS}.{app}_app:app"),
    )
    return Server(title, app, command, ours=ours, notes_on=on)


SERVERS = {
    "insula": Server(
        "Insula on its own server",
        "insula",
        (
            *("-m", "insula", "run", f"{APPS}.insula_app:app", "--port", "{port}"),
            *("--threads", "{threads}", "--no-access-log"),
        ),
        ours=True,
    ),
    "granian": _granian("Insula on Granian", "insula", ours=True),
    "bare": _granian("bare WSGI application on Granian", "bare"),
    "falcon": _granian("Falcon on Granian", "falcon"),
    "bottle": _granian("Bottle on Granian", "bottle"),
    "flask": _granian("Flask on Granian", "flask"),
    "insula run": Server(
        "`insula run`, as it comes",
        "insula",
        ("-m", "insula", "run", f"{APPS}.insula_app:app", "--port", "{port}"),
        ours=True,
    ),
    "gunicorn": Server(
        "Flask on gunicorn, gthread, 4 threads",
        "flask",
        (
            *("-m", "gunicorn", "-k", "gthread", "--threads", "4", "--log-level"),
            *("error", "-b", "127.0.0.1:{port}", f"{APPS}.flask_app:app"),
        ),
    ),
    "flask run": Server(
        "`flask run`, as it comes",
        "flask",
        ("-m", "flask", "--app", f"{APPS}.flask_app", "run", "--port", "{port}"),
    ),
    "notes": _granian(
        "the demo's list of notes, Insula on Granian", "notes", ours=True, on="insula"
    ),
    "flask notes": _granian(
        "the demo's list of notes, Flask on Granian", "notes", on="flask"
    ),
}


class Rates:
    """Requests per second by server, one figure for each round."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._rounds: dict[str, list[float]] = {}

    def add(self, name: str, rate: float) -> None:
        """Note what was measured in the current round."""
        self._rounds.setdefault(name, []).append(rate)

    def has(self, name: str) -> bool:
        """Tell whether it was measured."""
        return name in self._rounds

    def of(self, name: str) -> float:
        """Return the median."""
        return median(self._rounds[name])

    def ratio(self, name: str, other: str) -> float:
        """Return the median of the rounds' ratios."""
        both = zip(self._rounds[name], self._rounds[other], strict=True)
        return median(rate / theirs for rate, theirs in both)


def wrk() -> str | None:
    """Return the program, if it is here."""
    return shutil.which("wrk")


def measure_servers(
    peers_python: str, *, rounds: int, seconds: int, threads: int
) -> Rates:
    """Start all servers, check that each says hello, and load one after the other."""
    rates = Rates(threads)
    with contextlib.ExitStack() as stack:
        targets = {
            name: stack.enter_context(running(server, peers_python, threads))
            for name, server in SERVERS.items()
        }
        for number in range(-1, rounds):  # the first one warms up
            for name, target in in_turn(list(targets.items()), number):
                rate = load(target, 1 if number < 0 else seconds).rate
                if number >= 0:
                    rates.add(name, rate)
    return rates


@dataclass(frozen=True, slots=True)
class Target:
    """What to load: an address, the cookies to send, a script for what is no GET."""

    port: int
    path: str
    cookies: str = ""
    script: str = ""
    pid: int = 0
    """The server's, to ask what processor time it takes."""


@contextlib.contextmanager
def running(server: Server, peers_python: str, threads: int) -> Iterator[Target]:
    """Start a server on the first core; stop it, with its children, afterwards."""
    port = _free_port()
    python = sys.executable if server.ours else peers_python
    command = [part.format(port=port, threads=threads) for part in server.command]
    with tempfile.TemporaryDirectory(prefix="insula-bench-") as instance:
        with on_core(first=True):
            process = subprocess.Popen(
                [python, *command],
                cwd=ROOT,
                env=environment()
                | {"NOTES_ON": server.notes_on, "NOTES_INSTANCE_PATH": instance},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            if server.notes_on:
                _wait_for(server, process, port, "/", None)
                yield Target(port, notes.PAGE, notes.log_in(port), pid=process.pid)
            else:
                _wait_for(server, process, port, "/hello", b"Hello, World!")
                yield Target(port, "/hello", pid=process.pid)
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def on_core(*, first: bool) -> Iterator[None]:
    """Let what is started here run on the first core only, or on all but the first."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    if len(allowed) > 1:
        one = min(allowed)
        os.sched_setaffinity(0, {one} if first else allowed - {one})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _wait_for(
    server: Server,
    process: subprocess.Popen[bytes],
    port: int,
    path: str,
    expected: bytes | None,
) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{server.title} does not serve: {' '.join(process.args)}")  # type: ignore[arg-type]  # a list of strings
            time.sleep(0.05)
        else:
            if answer.status != 200 or expected not in {None, body}:
                sys.exit(f"{server.title} answers {answer.status} {body!r}.")
            return
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class Load:
    """What a server answered."""

    rate: float
    """Requests per second."""
    per_processor: float
    """Requests per second of its processor time; by the clock where none can say."""


def load(target: Target, seconds: int) -> Load:
    """Have a server answer for so many seconds."""
    before = processor_seconds(target.pid)
    with on_core(first=False):
        run = subprocess.run(
            [
                *("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"),
                *(("-H", f"Cookie: {target.cookies}") if target.cookies else ()),
                *(("-s", target.script) if target.script else ()),
                f"http://127.0.0.1:{target.port}{target.path}",
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    after = processor_seconds(target.pid)
    # Socket errors are not ours to judge: `flask run` closes every connection.
    if "Non-2xx" in run.stdout:
        sys.exit(f"{target} failed under load:\n{run.stdout}")
    found = re.search(
        r"(\d+) requests in.*Requests/sec:\s+([\d.]+)", run.stdout, re.DOTALL
    )
    assert found, run.stdout
    rate = float(found[2])
    if before is None or after is None:
        return Load(rate, rate)
    return Load(rate, int(found[1]) / (after - before))
