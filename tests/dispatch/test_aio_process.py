"""The event loop of async views in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest


def finish(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own to its end."""
    return subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def run(program: str) -> str:
    """Run a program in a process of its own; return what it prints, and no more."""
    done = finish(program)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_first_calls_at_once_start_one_loop() -> None:
    program = """
import asyncio, threading, sys
from insula.dispatch.loops.aio import run_on_loop
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


def test_loop_keeps_nothing_of_the_request_that_started_it() -> None:
    program = """
import asyncio, gc, weakref
from contextvars import ContextVar, copy_context
from insula.dispatch.loops.aio import run_on_loop
gc.disable()
class Thing:
    pass
var = ContextVar("var")
@run_on_loop
async def view():
    await asyncio.sleep(0)
def request():
    thing = Thing()
    var.set(thing)
    view()
    return weakref.ref(thing)
thing = copy_context().run(request)
view()
print(thing())
"""
    assert run(program) == "None"


@pytest.mark.parametrize("missing", ["nothing", "add_reader", "eventfd"])
def test_loop_of_the_policy_is_used_whatever_it_can_do(missing: str) -> None:
    program = f"""
import asyncio, os
from insula.dispatch.loops.aio import run_on_loop
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
from insula.dispatch.loops.aio import run_on_loop
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
from insula.dispatch.loops.aio import run_on_loop
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
    load = "import insula.dispatch.loops.aio"
    lines = [patch, load] if first == "patch" else [load, patch]
    program = """
import asyncio, gevent
from insula.dispatch.loops.aio import run_on_loop
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


def test_end_of_the_process_cancels_the_tasks_that_are_left() -> None:
    program = """
import asyncio
from insula.dispatch.loops.aio import run_on_loop
async def work(n):
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.sleep(0.01)
        print("cancelled", n)
        raise
tasks = []
@run_on_loop
async def view():
    tasks.extend(asyncio.create_task(work(n)) for n in range(3))
    await asyncio.sleep(0)
view()
print("end")
"""
    end, *cancelled = run(program).split("\n")
    assert end == "end"
    assert sorted(cancelled) == ["cancelled 0", "cancelled 1", "cancelled 2"]


def test_end_of_the_process_closes_asynchronous_generators_and_the_loop() -> None:
    program = """
import asyncio, atexit
from insula.dispatch.loops.aio import run_on_loop
async def count():
    try:
        while True:
            yield 1
    finally:
        await asyncio.sleep(0)
        print("closed")
kept = []
atexit.register(lambda: print(kept[0].is_closed()))
@run_on_loop
async def view():
    numbers = count()
    await numbers.__anext__()
    kept.extend([asyncio.get_running_loop(), numbers])
view()
"""
    assert run(program).split("\n") == ["closed", "True"]


def test_task_that_the_end_of_the_process_leaves_behind_is_named() -> None:
    program = """
import asyncio
from insula.dispatch.loops import loop
from insula.dispatch.loops.aio import run_on_loop
loop._PATIENCE = 0.1
async def stubborn():
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass
tasks = []
@run_on_loop
async def view():
    tasks.append(asyncio.create_task(stubborn()))
    await asyncio.sleep(0)
view()
"""
    done = finish(program)
    assert done.returncode == 0
    assert "1 tasks of its event loop go on 0.1 seconds" in done.stderr
    assert "stubborn" in done.stderr
    assert "destroyed" not in done.stderr


def test_coroutine_that_holds_the_loop_does_not_hold_the_end_of_the_process() -> None:
    program = """
import asyncio, threading, time
from insula.dispatch.loops import loop
from insula.dispatch.loops.aio import run_on_loop
loop._PATIENCE = -0.9
begun = threading.Event()
@run_on_loop
async def view():
    begun.set()
    time.sleep(600)
threading.Thread(target=view, daemon=True).start()
begun.wait()
print("end")
"""
    assert run(program) == "end"


def test_call_after_the_loop_has_ended_runs_in_the_calling_thread() -> None:
    program = """
import asyncio, atexit, threading
from contextvars import ContextVar
from insula.dispatch.loops.aio import run_on_loop
name = ContextVar("name", default="nobody")
async def work():
    await asyncio.sleep(0)
    print("work")
@run_on_loop
async def late(error):
    name.set("ada")
    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    print(threading.current_thread() is threading.main_thread())
    if error:
        raise ValueError("x")
    return task
def at_the_end():
    assert late(False).done()
    print(name.get())
    try:
        late(True)
    except ValueError as exc:
        print(exc)
atexit.register(at_the_end)
@run_on_loop
async def view():
    await asyncio.sleep(0)
view()
"""
    printed = run(program).split("\n")
    assert printed == ["True", "work", "ada", "True", "work", "x"]


def test_first_call_when_no_thread_can_begin_any_more_runs_in_the_caller() -> None:
    # As on CPython 3.12.1, where the main thread has ended by then.
    program = """
import asyncio, atexit, threading
from insula.dispatch.loops.aio import run_on_loop
@run_on_loop
async def name():
    await asyncio.sleep(0)
    return threading.current_thread().name
def start(thread):
    raise RuntimeError("can't create new thread at interpreter shutdown")
threading.Thread.start = start
try:
    name()
except RuntimeError as exc:
    print(exc)
atexit.register(lambda: print(name(), name()))
"""
    assert run(program).splitlines() == [
        "can't create new thread at interpreter shutdown",
        "MainThread MainThread",
    ]


def test_child_of_a_fork_ends_its_own_loop_and_not_that_of_its_parent() -> None:
    program = """
import asyncio, os, sys
from insula.dispatch.loops.aio import run_on_loop
async def work():
    owner = os.getpid()
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        print(owner == os.getpid(), "child" if child == 0 else "parent", flush=True)
tasks = []
@run_on_loop
async def view():
    tasks.append(asyncio.create_task(work()))
    await asyncio.sleep(0)
view()
child = os.fork()
if child == 0:
    view()
    sys.exit(0)
os.waitpid(child, 0)
view()
print("parent goes on", flush=True)
"""
    assert run(program).split("\n") == [
        "True child",
        "parent goes on",
        "True parent",
        "True parent",
    ]
