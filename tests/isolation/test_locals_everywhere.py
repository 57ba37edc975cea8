"""Threads, greenlets and tasks at once, in one process, on the same locals (A2-A9)."""

from __future__ import annotations

import asyncio
import gc
import importlib
import subprocess
import sys
import threading
import time
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any

import greenlet
import pytest

from insula.local import IdentLocal, Local, LocalProxy, LocalStack
from insula.local.ident import running_owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

gevent: Any = importlib.import_module("gevent")  # it is not fully typed

THREADS_OF_A_KIND = 3
UNITS = 12
ROUNDS = 40


class Shared:
    """What all of them write to and read from."""

    def __init__(self) -> None:
        self.ident_stack: LocalStack[Any] = LocalStack()
        self.ident_stack.__ident_func__ = running_owner
        ident_local = Local()
        ident_local.__ident_func__ = running_owner
        self.locals: list[Any] = [Local(), IdentLocal(running_owner), ident_local]
        self.stacks: list[LocalStack[Any]] = [LocalStack(), self.ident_stack]
        self.var: ContextVar[Any] = ContextVar("var")
        self.proxies: list[Any] = [
            *(local("value") for local in self.locals),
            *(stack() for stack in self.stacks),
            LocalProxy(self.var),
            *(LocalProxy(partial(getattr, local, "value")) for local in self.locals),
        ]
        self.wrong: list[Any] = []
        self.done = 0
        self.lock = threading.Lock()

    def expect(self, found: Any, expected: Any) -> None:
        if found != expected:
            self.wrong.append((found, expected))

    def work(self, me: Any) -> Iterator[None]:
        """Write, give way to others, and read back, again and again."""
        for local in self.locals:
            self.expect(list(local), [])
        for stack in self.stacks:
            self.expect(list(stack), [])
        for number in range(ROUNDS):
            value = [me, number]
            for local in self.locals:
                local.value = value
            for stack in self.stacks:
                stack.push(value)
            self.var.set(value)
            yield
            self._read(value)
            for proxy in self.proxies:
                proxy += ["changed"]
            yield
            self.expect(value, [me, number, *["changed"] * len(self.proxies)])
            self._read(value)
            for stack in self.stacks:
                stack.push("above")
            yield
            for stack in self.stacks:
                self.expect(
                    (stack.pop(), stack.pop(), stack.pop()), ("above", value, None)
                )
            for local in self.locals:
                del local.value
        with self.lock:
            self.done += 1

    def _read(self, value: Any) -> None:
        for local in self.locals:
            self.expect(local.value, value)
            self.expect(dict(local), {"value": value})
        for stack in self.stacks:
            self.expect(stack.top, value)
            self.expect(len(stack), 1)
        for proxy in self.proxies:
            self.expect(proxy._get_current_object() is value, True)
            self.expect(proxy[0], value[0])


def plain(shared: Shared, me: int) -> None:
    for _ in shared.work(me):
        time.sleep(0)


def greenlets(shared: Shared, me: int) -> None:
    def unit(number: int) -> None:
        for _ in shared.work((me, number)):
            gevent.sleep(0)

    gevent.joinall([gevent.spawn(unit, n) for n in range(UNITS)], raise_error=True)
    gevent.get_hub().destroy(destroy_loop=True)


def tasks(shared: Shared, me: int) -> None:
    async def unit(number: int) -> None:
        for _ in shared.work((me, number)):
            await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.gather(*(unit(number) for number in range(UNITS)))

    asyncio.run(main())


def run_all(shared: Shared, kinds: list[Callable[[Shared, int], None]]) -> int:
    """Run each kind in threads of its own, all started at one barrier."""
    barrier = threading.Barrier(len(kinds) * THREADS_OF_A_KIND)

    def run(kind: Callable[[Shared, int], None], me: int) -> None:
        barrier.wait()
        kind(shared, me)

    threads = [
        threading.Thread(target=run, args=(kind, 100 * at + number))
        for at, kind in enumerate(kinds)
        for number in range(THREADS_OF_A_KIND)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(1 if kind is plain else UNITS for kind in kinds) * THREADS_OF_A_KIND


@pytest.fixture(params=[None, 1e-6], ids=["usual switching", "frantic switching"])
def switching(request: pytest.FixtureRequest) -> Iterator[None]:
    usual = sys.getswitchinterval()
    if request.param is not None:
        sys.setswitchinterval(request.param)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("switching")
@pytest.mark.parametrize(
    "kinds",
    [[plain], [greenlets], [tasks], [plain, greenlets, tasks]],
    ids=["threads", "greenlets", "tasks", "all three at once"],
)
def test_everyone_reads_what_they_wrote(
    kinds: list[Callable[[Shared, int], None]],
) -> None:
    shared = Shared()
    expected = run_all(shared, kinds)
    assert shared.wrong == []
    assert shared.done == expected
    gc.collect()
    for local in shared.locals:
        assert local.__storage__ == {}
    assert shared.ident_stack.__storage__ == {}


def test_task_sees_its_creator_and_cannot_change_it() -> None:
    local, stack = Local(), LocalStack[str]()

    async def child() -> tuple[str, str | None]:
        seen = local.name, stack.pop()
        local.name = "child"
        stack.push("child")
        return seen

    async def main() -> None:
        local.name = "creator"
        stack.push("creator")
        assert await asyncio.create_task(child()) == ("creator", "creator")
        assert local.name == "creator"
        assert list(stack) == ["creator"]
        assert await asyncio.to_thread(lambda: (local.name, stack.top)) == (
            "creator",
            "creator",
        )

    asyncio.run(main())
    assert list(local) == []
    assert stack.top is None


def test_greenlet_starts_empty_and_cannot_change_its_creator() -> None:
    local, stack = Local(), LocalStack[str]()
    local.name = "creator"
    stack.push("creator")

    def child() -> Any:
        seen = (list(local), stack.top)
        local.name = "child"
        stack.push("child")
        return seen

    assert greenlet.greenlet(child).switch() == ([], None)
    assert gevent.spawn(child).get() == ([], None)
    assert (local.name, list(stack)) == ("creator", ["creator"])


MONKEY = """
from gevent import monkey
monkey.patch_all()
import gc, threading, time
from insula.local import IdentLocal, Local, LocalStack, get_ident

by_greenlet = Local()
by_greenlet.__ident_func__ = get_ident
locals = [Local(), IdentLocal(), by_greenlet]
stack = LocalStack()
wrong = []

def work(me):
    for number in range(50):
        for local in locals:
            local.value = (me, number)
        stack.push((me, number))
        time.sleep(0)
        wrong.extend(x for x in locals if x.value != (me, number))
        if stack.pop() != (me, number) or stack.top is not None:
            wrong.append(stack)

threads = [threading.Thread(target=work, args=(n,)) for n in range(50)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
del threads, thread
time.sleep(0)  # lets the hub drop the last one
gc.collect()
print(len(wrong), [dict(x.__storage__) for x in locals])
"""


def test_everyone_reads_what_they_wrote_when_gevent_has_patched_threads() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MONKEY], capture_output=True, text=True, check=True
    )
    assert done.stdout == "0 [{}, {}, {}]\n"
    assert done.stderr == ""


def test_check_finds_what_a_shared_identity_mixes_up() -> None:
    # Without it, the silence of the tests above would prove nothing.
    shared = Shared()
    shared.locals.append(IdentLocal(lambda: "all"))

    async def unit(number: int) -> None:
        for _ in shared.work(number):
            await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.gather(unit(1), unit(2), return_exceptions=True)

    asyncio.run(main())
    assert shared.wrong


def test_thread_of_a_pool_keeps_nothing_that_a_carried_job_set() -> None:
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import copy_context

    local, stack = Local(), LocalStack[int]()

    def job(number: int) -> Any:
        seen = (list(local), stack.top)
        local.name = number
        stack.push(number)
        return seen

    with ThreadPoolExecutor(1) as pool:
        found = [pool.submit(copy_context().run, job, n).result() for n in range(5)]
        assert found == [([], None)] * 5
        assert pool.submit(lambda: (list(local), stack.top)).result() == ([], None)
