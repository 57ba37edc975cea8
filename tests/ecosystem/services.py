"""What suites need running beside them, started for a run and stopped after it.

A service is a context manager that is entered for the run of one suite; it gives the
variables of the environment that say where it is.

Suites expect a database where it usually listens. Ours listens on a free port, so that
nobody else's is written to; a plugin of pytest (``given/plugins/elsewhere.py``) leads
there. It is for clients written in Python: where one in C asks, the service has to be
on the port that the suite names, and a run is refused if that is taken.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.suites.sources import SuiteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

__all__ = ["SERVICES", "running"]

HOST = "127.0.0.1"
PLUGINS = Path(__file__).resolve().parent / "given" / "plugins"
PATIENCE = 20  # seconds until a service has to answer

REDIS = ("redis-server", "--bind", HOST, "--save", "", "--port")
MEMCACHED = ("memcached", "-l", HOST, "-p")


def answers(port: int) -> bool:
    """Tell whether something listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def started(arguments: tuple[str, ...], port: int) -> Iterator[None]:
    """Run a server that takes its port as the last argument.

    :raises SuiteError: if it is not installed, the port is taken or nothing answers.
    """
    name = Path(arguments[0]).name
    if shutil.which(arguments[0]) is None:
        raise SuiteError(f"There is no {name}; `make services` installs it.")
    if answers(port):
        raise SuiteError(
            f"Port {port} is taken, and the tests want {name} there; stop what listens"
            " on it."
        )
    if name == "memcached" and os.geteuid() == 0:
        # It wants to be told that this is meant.
        arguments = (name, "-u", "root", *arguments[1:])
    with (
        TemporaryDirectory(prefix=f"{name}-") as place,
        subprocess.Popen(
            [*arguments, str(port)],
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process,
    ):
        try:
            end = time.monotonic() + PATIENCE
            while not answers(port):
                if process.poll() is not None or time.monotonic() > end:
                    raise SuiteError(f"{name} does not answer on port {port}.")
                time.sleep(0.02)
            yield
        finally:
            process.terminate()


@contextmanager
def on_a_free_port(arguments: tuple[str, ...], usual: int) -> Iterator[dict[str, str]]:
    """Run a server where nobody listens; who asks at the usual port is led there."""
    port = free_port()
    with started(arguments, port):
        yield {
            f"ELSEWHERE_{usual}": str(port),
            "PYTHONPATH": str(PLUGINS),
            "PYTEST_PLUGINS": "elsewhere",
        }


@contextmanager
def on_its_port(arguments: tuple[str, ...], port: int) -> Iterator[dict[str, str]]:
    """Run a server where the suite has it written."""
    with started(arguments, port):
        yield {}


SERVICES: dict[str, Callable[[], AbstractContextManager[dict[str, str]]]] = {
    "redis": partial(on_a_free_port, REDIS, 6379),
    "redis on 6360": partial(on_its_port, REDIS, 6360),
    "memcached": partial(on_a_free_port, MEMCACHED, 11211),
    "memcached on 11212": partial(on_its_port, MEMCACHED, 11212),
}


@contextmanager
def running(names: Iterable[str]) -> Iterator[dict[str, str]]:
    """Run services; give the variables of all of them.

    :raises SuiteError: for a service that is not known.
    """
    variables: dict[str, str] = {}
    with ExitStack() as stack:
        for name in names:
            if name not in SERVICES:
                known = ", ".join(SERVICES)
                raise SuiteError(f"No service {name!r} is known; there are: {known}.")
            variables |= stack.enter_context(SERVICES[name]())
        yield variables
