"""The event loop of async views in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(program: str) -> str:
    """Run a program in a process of its own; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_first_calls_at_once_start_one_loop() -> None:
    program = """
import asyncio, threading, sys
from insula.dispatch.aio import run_on_loop
sys.setswitchinterval(1e-6)
@run_on_loop
async def loop():
    return asyncio.get_running_loop()
barrier, found = threading.Barrier(8), []
def call():
    barrier.wait()
    found.append(loop())
threads = [threading.Thread(target=call) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(found), len(set(found)))
"""
    assert run(program) == "8 1"


@pytest.mark.parametrize("missing", ["nothing", "add_reader", "eventfd"])
def test_loop_of_the_policy_is_used_whatever_it_can_do(missing: str) -> None:
    program = f"""
import asyncio, os
from insula.dispatch.aio import run_on_loop
class Loop(asyncio.SelectorEventLoop):
    def add_reader(self, fd, callback, *args):
        if {missing == "add_reader"}:
            raise NotImplementedError
        return super().add_reader(fd, callback, *args)
class Policy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self):
        return Loop()
if {missing == "eventfd"} and hasattr(os, "eventfd"):
    del os.eventfd
asyncio.set_event_loop_policy(Policy())
@run_on_loop
async def view():
    await asyncio.sleep(0)
    return type(asyncio.get_running_loop()) is Loop
print(view(), view())
"""
    assert run(program) == "True True"


@pytest.mark.parametrize("place", ["caller", "coroutine"])
def test_child_of_a_fork_has_a_loop_of_its_own(place: str) -> None:
    program = f"""
import asyncio, os
from insula.dispatch.aio import run_on_loop
@run_on_loop
async def loop():
    return asyncio.get_running_loop()
inherited = loop()
def fork():
    child = os.fork()
    if child == 0:
        os._exit(0 if loop() is loop() is not inherited else 1)
    return child
@run_on_loop
async def fork_on_the_loop():
    return fork()
child = fork() if {place == "caller"} else fork_on_the_loop()
print(os.waitpid(child, 0)[1], loop() is inherited)
"""
    assert run(program) == "0 True"


def test_process_ends_while_a_coroutine_waits() -> None:
    program = """
import asyncio, threading
from insula.dispatch.aio import run_on_loop
begun = threading.Event()
@run_on_loop
async def wait():
    begun.set()
    await asyncio.Event().wait()
threading.Thread(target=wait, daemon=True).start()
begun.wait()
print("end")
"""
    assert run(program) == "end"


@pytest.mark.parametrize("first", ["patch", "import"])
def test_async_views_work_in_a_process_that_gevent_has_patched(first: str) -> None:
    patch = "from gevent import monkey; monkey.patch_all()"
    load = "import insula.dispatch.aio"
    lines = [patch, load] if first == "patch" else [load, patch]
    program = """
import asyncio, gevent
from insula.dispatch.aio import run_on_loop
most = running = 0
@run_on_loop
async def view(n):
    global most, running
    running += 1
    most = max(most, running)
    await asyncio.sleep(0.1)
    running -= 1
    return n
greenlets = [gevent.spawn(view, n) for n in range(5)]
print([g.get(timeout=10) for g in greenlets], most)
"""
    assert run("\n".join(lines) + program) == "[0, 1, 2, 3, 4] 5"
