"""Start a program on the real Flask or on Insula, and stop it."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.suites.environments import clean_environment
from tests.suites.sources import SuiteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.applications.application import Way

__all__ = ["PATIENCE", "PROGRAMS", "Started", "command", "free_port", "started"]

PATIENCE = 60.0  # seconds, until an application answers
PROGRAMS = Path(__file__).resolve().parent / "programs"


@dataclass(frozen=True, slots=True)
class Started:
    """A program that runs."""

    port: int
    pid: int
    log: Path
    """What it prints."""


def free_port() -> int:
    """Return a port that nothing listens to, for programs that must be told one."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def command(way: Way, kind: str, program: Path, **where: object) -> list[str]:
    """Return the command for one of the two environments."""
    text = way.on_flask if kind == "real" and way.on_flask else way.command
    words = [word.format(programs=PROGRAMS, **where) for word in text.split()]
    if kind == "real":
        # As with its environment activated, whatever this process has on PATH.
        return [str(program.parent / words[0]), *words[1:]]
    return [str(program.parent / "insula"), "as-flask", *words]


@contextmanager
def started(way: Way, kind: str, program: Path, folder: Path) -> Iterator[Started]:
    """Start an application and wait until it answers; stop it at the end.

    :param kind: ``real`` or ``stand-in``.
    :param folder: the current folder of the program.
    :raises SuiteError: if it does not answer.
    """
    port = free_port()
    log = folder / "output.txt"
    words = command(way, kind, program, port=port, folder=folder)
    path = os.pathsep.join([str(program.parent), os.environ.get("PATH", os.defpath)])
    with log.open("wb") as output:
        process = subprocess.Popen(
            words,
            cwd=folder,
            env=clean_environment()
            | {"PATH": path, "HOME": str(folder), "PYTHONUNBUFFERED": "1"}
            | {name: value.format(programs=PROGRAMS) for name, value in way.variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        if not _answers(process, port, way.ready):
            raise SuiteError(
                f"{' '.join(words)} does not answer:\n{log.read_text()[-4000:]}"
            )
        yield Started(port, process.pid, log)
    finally:
        _stop(process)


def _answers(process: subprocess.Popen[bytes], port: int, path: str) -> bool:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            if connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR:
                return True
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    # Its children, too: the reloader's, workers.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
