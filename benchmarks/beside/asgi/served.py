"""Requests per second of the ASGI side: the same servers under every contender.

Rules of the file: uvicorn and Granian are started by the command that their users
type, with one process, on uvloop; a server's works are loaded one after the other in
each round. What is compared is requests per second of the server's processor time: on
a core that it has for itself the same as by the clock, on one that it shares, steadier.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.beside.asgi.works import SERVED, WORKS
from benchmarks.beside.checks import objection
from benchmarks.beside.rounds import in_turn
from benchmarks.beside.served import Rates, Server, Target, ask, load, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.beside.works import Work

__all__ = ["OWN", "TITLES", "measure_asgi_servers"]

APPS = "benchmarks.beside.asgi.apps"
TITLES = {
    "uvicorn": "uvicorn",
    "granian": "Granian",
    "own": "`insula run --interface asgi`",
}
OWN = "own"
"""Insula's own server, for Insula alone."""
_COMMANDS = {
    "uvicorn": (
        *("-m", "uvicorn", APPS + ".{app}_app:app", "--port", "{{port}}"),
        *("--loop", "uvloop", "--http", "httptools"),
        *("--no-access-log", "--log-level", "error"),
    ),
    "granian": (
        *("-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"),
        *("--port", "{{port}}", "--workers", "1", "--loop", "uvloop", "--no-ws"),
        *("--log-level", "error", APPS + ".{app}_app:app"),
    ),
    OWN: (
        *("-m", "insula", "run", APPS + ".{app}_app:app", "--port", "{{port}}"),
        *("--interface", "asgi", "--no-access-log"),
    ),
}


def measure_asgi_servers(
    peers_python: str, works: list[str], *, rounds: int, seconds: int
) -> Rates:
    """Start all servers, check what each answers, and load one after the other.

    The rates are those of ``"server contender work"`` by the clock, and, with a further
    word ``processor``, by the server's processor time.
    """
    rates = Rates(1)
    asked = [work for work in WORKS if work.name in works]
    with contextlib.ExitStack() as stack:
        scripts = stack.enter_context(_scripts(asked))
        targets = {
            (server, name): stack.enter_context(
                running(_server(server, name), peers_python, 1)
            )
            for server in _COMMANDS
            for name in SERVED
            if server != OWN or name == "insula"
        }
        loads = [
            (f"{server} {name} {work.name}", _target(target, work, scripts))
            for work in asked
            for (server, name), target in targets.items()
            if name in work.contenders
        ]
        for work in asked:
            for (server, name), target in targets.items():
                if name in work.contenders:
                    _check(server, name, work, _target(target, work, {}))
        for number in range(-1, rounds):  # the first one warms up
            for name, target in in_turn(loads, number):
                found = load(target, seconds)
                if number >= 0:
                    rates.add(name, found.rate)
                    rates.add(f"{name} processor", found.per_processor)
    return rates


def _server(server: str, name: str) -> Server:
    command = tuple(part.format(app=name) for part in _COMMANDS[server])
    return Server(f"{name} on {TITLES[server]}", name, command)


@contextlib.contextmanager
def _scripts(works: list[Work]) -> Iterator[dict[str, str]]:
    """Write for `wrk` what it cannot be told otherwise."""
    with tempfile.TemporaryDirectory(prefix="insula-bench-") as folder:
        scripts = {}
        for work in works:
            if work.body:
                path = Path(folder) / f"{work.name}.lua"
                path.write_text(
                    f"wrk.method = {json.dumps(work.method)}\n"
                    f"wrk.body = {json.dumps(work.body.decode())}\n"
                    f"wrk.headers['Content-Type'] = {json.dumps(work.content_type)}\n"
                )
                scripts[work.name] = str(path)
        yield scripts


def _target(target: Target, work: Work, scripts: dict[str, str]) -> Target:
    path = f"{work.path}?{work.query}" if work.query else work.path
    script = scripts.get(work.name, "")
    return Target(target.port, path, script=script, pid=target.pid)


def _check(server: str, name: str, work: Work, target: Target) -> None:
    fault = objection(work, name, ask(target, work))
    if fault:
        sys.exit(f"{name} on {server}, {work.title}: {fault}")
