"""Processes full of clients: so that the clients' Python is not what is measured.

Rules of the file: a client is one thread with one connection; it writes how many
requests it has done to a slot of its own in shared memory, and hands its findings over
when it is done.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, cast

from benchmarks.soaking.client import Client, Findings
from benchmarks.soaking.tasks import tasks_for
from benchmarks.soaking.wire import BrokenAnswerError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Crowd"]

_SPAWN = get_context("spawn")
_MOST_ERRORS = 5


@dataclass(frozen=True, slots=True)
class _Share:
    """What one process of clients has to do."""

    port: int
    first: int
    clients: int
    requests: int
    seed: int
    form: str
    is_careful: bool


class Crowd:
    """All clients of a run."""

    def __init__(
        self,
        port: int,
        *,
        clients: int,
        requests: int,
        seed: int,
        processes: int,
        form: str,
        is_careful: bool,
    ) -> None:
        self._done = cast("Sequence[int]", _SPAWN.RawArray("q", clients))
        self._results: Any = _SPAWN.Queue()
        self._processes = []
        first = 0
        for index in range(processes):
            number = clients // processes + (index < clients % processes)
            share = _Share(
                port, first, number, requests // clients, seed, form, is_careful
            )
            arguments = (share, self._done, self._results)
            process = _SPAWN.Process(target=_be_clients, args=arguments)
            self._processes.append(process)
            first += number

    def start(self) -> None:
        """Let all clients begin."""
        for process in self._processes:
            process.start()

    def requests(self) -> int:
        """Return the number of requests that have been answered so far."""
        return sum(self._done)

    def running(self) -> bool:
        """Return whether clients are still at work."""
        return any(process.is_alive() for process in self._processes)

    def findings(self) -> Findings:
        """Wait for the end; return what all clients have found."""
        total = Findings()
        for _ in self._processes:
            found: Findings = self._results.get(timeout=60)
            total.add(found)
        for process in self._processes:
            process.join()
        return total

    def stop(self) -> None:
        """End what is still running."""
        for process in self._processes:
            if process.is_alive():
                process.terminate()


def _be_clients(share: _Share, done: Any, results: Any) -> None:
    """Run one process's clients, and hand over what they found."""
    clients = [
        Client(share.port, f"c{share.seed}-{number}", share.seed * 100_003 + number)
        for number in range(share.first, share.first + share.clients)
    ]
    for client in clients[1::2]:
        client.mount = "/asoak"
    for client in clients:
        client.is_careful = share.is_careful
    threads = []
    for number, client in enumerate(clients, share.first):
        arguments = (client, share.requests, share.form, done, number)
        threads.append(threading.Thread(target=_be_client, args=arguments))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = Findings()
    for client in clients:
        total.add(client.findings)
    results.put(total)


def _be_client(client: Client, requests: int, form: str, done: Any, slot: int) -> None:
    """Do task after task until enough requests have been sent."""
    table = tasks_for(form)
    tasks, weights = list(table), list(table.values())
    findings = client.findings
    while client.requests < requests and findings.errors < _MOST_ERRORS:
        before = client.requests
        task = client.random.choices(tasks, weights)[0]
        name = task.__name__
        try:
            task(client)
        except (OSError, ValueError, BrokenAnswerError) as exc:
            findings.error(f"{client.name}: {name}: {type(exc).__name__}: {exc}")
            client.wire.close()
            client.lost()
        findings.kinds[name] = findings.kinds.get(name, 0) + client.requests - before
        done[slot] = client.requests
    client.wire.close()
