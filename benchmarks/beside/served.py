"""Requests per second over real sockets: one core for the server, `wrk` on another.

Rules of the file: every server is started by the command that its users type; those
compared with each other get the same workers and threads; nothing is loaded before
every answer has been checked; a round goes through all of them, and the median counts.
A server that waits for its turn does nothing.

What runs on Granian, Insula's own server included, is compared by requests per second
of the server's processor time: on a core that a server has for itself the same as by
the clock, on one that it shares, steadier. The commands "as they come" are different
servers, and are compared by the clock: a server that waits while it is asked has lost
that time for its users, and in processor time it would be forgiven.
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
from benchmarks.beside.checks import difference, objection
from benchmarks.beside.environment import ROOT, environment
from benchmarks.beside.processor import processor_seconds
from benchmarks.beside.rounds import in_turn
from benchmarks.beside.works import WORKS, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.beside.works import Work

__all__ = [
    "CONNECTIONS",
    "HOW_TO_GET_WRK",
    "SERVERS",
    "Load",
    "Rates",
    "Server",
    "Target",
    "ask",
    "check_servers",
    "load",
    "measure_servers",
    "on_core",
    "running",
    "wrk",
    "wrk_version",
]

HOW_TO_GET_WRK = (
    "wrk is not installed, so nothing was measured over sockets: install it (Debian:"
    " apt-get install wrk) and run this again."
)
CONNECTIONS = 32
PATIENCE = 20.0
APPS = "benchmarks.beside.contenders"
HELLO = next(work for work in WORKS if work.name == "hello")


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
    by_clock: bool = False
    """Whether it is compared by the clock, and not by processor time."""


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
        by_clock=True,
    ),
    "gunicorn": Server(
        "Flask on gunicorn, gthread, 4 threads",
        "flask",
        (
            *("-m", "gunicorn", "-k", "gthread", "--threads", "4", "--log-level"),
            *("error", "-b", "127.0.0.1:{port}", f"{APPS}.flask_app:app"),
        ),
        by_clock=True,
    ),
    "flask run": Server(
        "`flask run`, as it comes",
        "flask",
        ("-m", "flask", "--app", f"{APPS}.flask_app", "run", "--port", "{port}"),
        by_clock=True,
    ),
    "notes": _granian(
        "the demo's list of notes, Insula on Granian", "notes", ours=True, on="insula"
    ),
    "flask notes": _granian(
        "the demo's list of notes, Flask on Granian", "notes", on="flask"
    ),
}


class Rates:
    """Requests per second by server, one figure for each round.

    Under a server's name by the clock; with a further word ``processor``, by its
    processor time.
    """

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


def wrk_version() -> str:
    """Return its version; it has no option that prints nothing else."""
    run = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False)
    found = re.search(r"wrk \S*?(\d+\.\d+(?:\.\d+)?)", run.stdout + run.stderr)
    return found[1] if found else "(of no known version)"


def measure_servers(
    peers_python: str, *, rounds: int, seconds: int, threads: int
) -> Rates:
    """Start all servers, check what each answers, and load one after the other.

    A round goes before that warms up; where a load is of one second only, to be quick,
    the median bears one that is cold.
    """
    rates = Rates(threads)
    with contextlib.ExitStack() as stack:
        targets = {
            name: stack.enter_context(running(server, peers_python, threads))
            for name, server in SERVERS.items()
        }
        check_servers({name: _answer(name, target) for name, target in targets.items()})
        for number in range(0 if seconds == 1 else -1, rounds):
            for name, target in in_turn(list(targets.items()), number):
                found = load(target, 1 if number < 0 else seconds)
                if number >= 0:
                    rates.add(name, found.rate)
                    rates.add(f"{name} processor", found.per_processor)
    return rates


def _answer(name: str, target: Target) -> Reply:
    if SERVERS[name].notes_on:
        return notes.comparable(ask(target, notes.WORK))
    return ask(target, HELLO)


def check_servers(answers: Mapping[str, Reply]) -> None:
    """End with a line for every server whose answer is not what it should be."""
    wrong = []
    for name, reply in answers.items():
        server = SERVERS[name]
        if server.notes_on:
            fault, peer = notes.objection(reply), "flask notes"
        else:
            fault, peer = objection(HELLO, server.app, reply), "flask"
        if fault:
            wrong.append(f"{server.title}: {fault}")
        elif server.ours and (unlike := difference(reply, answers[peer])):
            wrong.append(f"{server.title}, and {SERVERS[peer].title}: {unlike}")
    if wrong:
        sys.exit("Not all servers answer the same:\n  " + "\n  ".join(wrong))


def ask(target: Target, work: Work) -> Reply:
    """Return what a server answers to one request, its connection closed after it."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=PATIENCE)
    with contextlib.closing(connection):
        headers = {"Content-Type": work.content_type} if work.body else {}
        if target.cookies:
            headers["Cookie"] = target.cookies
        connection.request(work.method, target.path, work.body or None, headers)
        answer = connection.getresponse()
        return Reply.of(answer.status, answer.getheaders(), answer.read())


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
                _wait_for(server, process, port, notes.PAGE)
                yield Target(port, notes.PAGE, notes.log_in(port), pid=process.pid)
            else:
                _wait_for(server, process, port, HELLO.path)
                yield Target(port, HELLO.path, pid=process.pid)
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
    server: Server, process: subprocess.Popen[bytes], port: int, path: str
) -> None:
    """Return when it answers at all; what it answers is for the checks."""
    deadline = time.monotonic() + PATIENCE
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            connection.getresponse().read()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{server.title} does not serve: {' '.join(process.args)}")  # type: ignore[arg-type]  # a list of strings
            time.sleep(0.05)
        else:
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
