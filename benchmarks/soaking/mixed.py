"""The mixed form: threads, greenlets and tasks in one process, on the same objects.

    python -m benchmarks.soaking.mixed SETTINGS (JSON)

Plain threads, threads that run greenlets (gevent's hubs without patches, and hubs of
our own that switch at random), and threads that run an event loop with many tasks; all
of them ask two applications in process, by WSGI and by ASGI, and in between `hammer`
the same Local, LocalStack, ContextVar and IdentLocal, and push contexts by hand.

Rules of the file: an *operation* is one request (or message) whose answer is compared,
one set of places read within a request, or one step of `hammer`.

Theory. A *unit* is one client with its memory (`client`): it lives as a thread, a
greenlet or a task, for some seconds at a time; then its thread, hub or loop ends and a
new one goes on with the same unit, so that what is kept by thread or by loop shows. The
last process-wide count must be quiet: all torn down, all background tasks done.
"""

from __future__ import annotations

import asyncio
import faulthandler
import importlib
import json
import os
import random
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any

import greenlet
from benchmarks.soaking.app import create_app
from benchmarks.soaking.client import Client, Findings
from benchmarks.soaking.hammer import Shared
from benchmarks.soaking.in_process import LoopWire, ThreadWire, in_a_greenlet
from benchmarks.soaking.memory import Sample, resident_bytes
from benchmarks.soaking.pauses import WAYS, apause, pause
from benchmarks.soaking.places import Tally
from benchmarks.soaking.tasks import tasks_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula import Insula

__all__ = ["Mix", "main"]

gevent: Any = importlib.import_module("gevent")  # it is not fully typed

THREADS = 4
HUBS = 2  # of each kind
GREENLETS = 8  # to a hub
LOOPS = 2
TASKS = 12  # to a loop
LIFE = 2.0  # seconds
PATIENCE = 60.0  # seconds without any progress, or until all is quiet
HAMMERED = 0.4  # the share of turns
MOST_ERRORS = 5
SAMPLE_INTERVAL = 0.2  # seconds


class Unit:
    """A client, and what it does when it is its turn."""

    def __init__(self, mix: Mix, kind: str, number: int, app: Insula) -> None:
        self.name = f"{kind}-{number}"
        self.client = Client(0, self.name, mix.seed * 100_003 + number)
        self.client.app_name = app.name
        self.client.wire = LoopWire(app) if kind == "task" else ThreadWire(app)
        self._mix = mix
        form = "mixed on a loop" if kind == "task" else "mixed"
        table = tasks_for(form)
        self._tasks, self._weights = list(table), list(table.values())
        self._steps = 0

    @property
    def operations(self) -> int:
        """How many it has done."""
        return self.client.requests + self.client.seen + self._steps

    @property
    def findings(self) -> Findings:
        """What it has found."""
        return self.client.findings

    def goes_on(self, until: float) -> bool:
        """Tell whether it has another turn in this life."""
        return (
            time.monotonic() < until
            and not self._mix.is_over.is_set()
            and self.findings.errors < MOST_ERRORS
        )

    def live(self, until: float) -> None:
        """Take turns on this thread, or in this greenlet."""
        while self.goes_on(until):
            if self.client.random.random() < HAMMERED:
                self._try(self._hammer)
            else:
                self._try(self._ask)
            self._check(*self._mix.shared.clean())

    async def live_as_task(self, until: float) -> None:
        """Take turns in this task."""
        while self.goes_on(until):
            if self.client.random.random() < HAMMERED:
                try:
                    for found, expected in self._way():
                        self._check(found, expected)
                        await apause()
                except Exception:  # noqa: BLE001 - it is told
                    self._tell_error()
            else:
                await in_a_greenlet(lambda: self._try(self._ask))
            self._check(*self._mix.shared.clean())

    def _try(self, turn: Callable[[], None]) -> None:
        try:
            turn()
        except Exception:  # noqa: BLE001 - it is told
            self._tell_error()
            try:
                self.client.wire.close()
            except Exception:  # noqa: BLE001 - likewise
                self._tell_error()
            self.client.lost()

    def _tell_error(self) -> None:
        self.findings.error(f"{self.name}: {traceback.format_exc()[-450:]}")

    def _way(self) -> Any:
        return self.client.random.choice(self._mix.shared.ways)(self.name)

    def _hammer(self) -> None:
        for found, expected in self._way():
            self._check(found, expected)
            pause()

    def _ask(self) -> None:
        client = self.client
        before = client.requests
        task = client.random.choices(self._tasks, self._weights)[0]
        try:
            task(client)
        finally:
            kinds = self.findings.kinds
            name = task.__name__
            kinds[name] = kinds.get(name, 0) + client.requests - before

    def _check(self, found: Any, expected: Any) -> None:
        self._steps += 1
        if found != expected:
            self.findings.mismatch(f"{self.name}: {found!r}, expected {expected!r}")


# -- the ways to live ------------------------------------------------------------------


def live_as_threads(units: list[Unit], until: float) -> None:
    """Live one unit: this thread is its own."""
    units[0].live(until)


def live_in_gevent(units: list[Unit], until: float) -> None:
    """Live as greenlets of this thread's hub of gevent."""
    hub = gevent.get_hub()

    def give_way(seconds: float) -> None:
        if greenlet.getcurrent() is not hub:
            gevent.sleep(seconds)

    WAYS[threading.get_ident()] = give_way
    try:
        gevent.joinall([gevent.spawn(unit.live, until) for unit in units])
    finally:
        del WAYS[threading.get_ident()]
        hub.destroy(destroy_loop=True)


def live_in_greenlets(units: list[Unit], until: float) -> None:
    """Live as greenlets that are switched to at random."""
    main = greenlet.getcurrent()

    def give_way(_seconds: float) -> None:
        if greenlet.getcurrent() is not main:
            main.switch()

    WAYS[threading.get_ident()] = give_way
    try:
        waiting = [greenlet.greenlet(unit.live) for unit in units]
        while waiting:
            chosen = random.choice(waiting)
            chosen.switch() if chosen else chosen.switch(until)
            waiting = [each for each in waiting if not each.dead]
    finally:
        del WAYS[threading.get_ident()]


def live_in_tasks(units: list[Unit], until: float) -> None:
    """Live as tasks of a loop, which ends when nothing of them goes on."""
    names = {unit.name for unit in units}
    apps = units[0]._mix.apps

    def is_in_flight() -> bool:
        # What was cancelled may go on in a worker thread.
        rids = [rid for app in apps for rid in list(app.extensions["soak.in_flight"])]
        return any(rid and rid.rpartition(".")[0] in names for rid in rids)

    async def live() -> None:
        await asyncio.gather(*(unit.live_as_task(until) for unit in units))
        deadline = time.monotonic() + PATIENCE
        while is_in_flight() and time.monotonic() < deadline:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)
        for app in apps:
            for task in list(app.background_tasks):
                await task

    asyncio.run(live())


class Mix:
    """All units, the threads that carry them, and their common state."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.seed: int = settings["seed"]
        control: str = settings["control"]
        self.is_over = threading.Event()
        self.tally = Tally()
        self.apps = [
            create_app(control=control, name="red", tally=self.tally),
            create_app(control=control, name="blue", tally=self.tally, is_async=True),
        ]
        self.shared = Shared(control, self.apps)
        self.units: list[Unit] = []
        self._threads: list[threading.Thread] = []
        for _ in range(THREADS):
            self._add("thread", live_as_threads, 1)
        for _ in range(HUBS):
            self._add("gevent", live_in_gevent, GREENLETS)
            self._add("greenlet", live_in_greenlets, GREENLETS)
        for _ in range(LOOPS):
            self._add("task", live_in_tasks, TASKS)

    def _add(
        self, kind: str, live: Callable[[list[Unit], float], None], count: int
    ) -> None:
        first = len(self.units)
        units = [
            Unit(self, kind, number, self.apps[number % 2])
            for number in range(first, first + count)
        ]
        self.units += units
        thread = threading.Thread(target=self._carry, args=(units, live), daemon=True)
        self._threads.append(thread)

    def _carry(
        self, units: list[Unit], live: Callable[[list[Unit], float], None]
    ) -> None:
        """Have the units live again and again, each time on a new thread."""
        while not self.is_over.is_set():
            until = time.monotonic() + LIFE * random.uniform(0.5, 1.5)
            thread = threading.Thread(target=live, args=(units, until), daemon=True)
            thread.start()
            thread.join()
            if all(unit.findings.errors >= MOST_ERRORS for unit in units):
                return

    def operations(self) -> int:
        """Return how many have been done so far."""
        return sum(unit.operations for unit in self.units)

    def run(self, wanted: int) -> list[Sample]:
        """Run until so many operations have been done; return samples of memory."""
        samples = [Sample(0, resident_bytes(os.getpid()))]
        moved = time.monotonic()
        for thread in self._threads:
            thread.start()
        while (done := self.operations()) < wanted:
            time.sleep(SAMPLE_INTERVAL)
            if done > samples[-1].requests:
                samples.append(Sample(done, resident_bytes(os.getpid())))
                moved = time.monotonic()
            elif not any(thread.is_alive() for thread in self._threads):
                break
            elif time.monotonic() - moved > PATIENCE:
                self._give_up()
        self.is_over.set()
        deadline = time.monotonic() + PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if any(thread.is_alive() for thread in self._threads):
            self._give_up()
        samples.append(Sample(self.operations() + 1, resident_bytes(os.getpid())))
        return samples

    def _give_up(self) -> None:
        faulthandler.dump_traceback()
        sys.exit(f"Nothing has moved for {PATIENCE:g} seconds.")

    def settle(self) -> dict[str, int]:
        """Wait until all is torn down; return what was counted."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = self.tally.read()
            is_quiet = (
                found["begun"] == found["ended"]
                and found["waiting"] == found["left"]
                and not any(app.background_tasks for app in self.apps)
            )
            if is_quiet or time.monotonic() > deadline:
                return found
            time.sleep(0.05)


def main() -> None:
    """Run the mix; say as JSON what was found."""
    settings = json.loads(sys.argv[1])
    faulthandler.enable()
    random.seed(settings["seed"])
    sys.setswitchinterval(settings["switch"])
    mix = Mix(settings)
    started = time.monotonic()
    samples = mix.run(settings["operations"])
    took = time.monotonic() - started
    tally = mix.settle()
    total = Findings()
    for unit in mix.units:
        total.add(unit.findings)
    outcome = {
        "operations": mix.operations(),
        "seconds": took,
        "mismatches": total.mismatches,
        "errors": total.errors,
        "examples": total.examples,
        "kinds": total.kinds,
        "tally": tally,
        "samples": [[sample.requests, sample.resident] for sample in samples],
    }
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
