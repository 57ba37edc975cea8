"""Start, end and background tasks in a process of their own, and in its children."""

from __future__ import annotations

import subprocess
import sys

import pytest

APP = """
import os, sys, time
from werkzeug.test import create_environ
from insula import Insula, g, request
app = Insula("island")
def say(*words):
    print(*words, flush=True)
def call(path="/"):
    environ = create_environ(path, environ_base={"SERVER_SOFTWARE": "other/1.0"})
    return b"".join(app(environ, lambda *args: None))
"""
ALL = """
app.before_serving(lambda: say("before"))
@app.while_serving
async def around():
    say("around")
    yield
    await asyncio.sleep(0)
    say("around end")
@app.while_serving
def inner():
    yield
    say("inner end")
@app.after_serving
async def after():
    say("after")
app.add_url_rule("/", view_func=lambda: "ok")
"""


PLAIN = "import asyncio"
GEVENT = "from gevent import monkey; monkey.patch_all(); import asyncio"


def run(program: str, patch: str = PLAIN) -> list[str]:
    """Run a program in a process of its own; return the lines that it prints."""
    done = subprocess.run(
        [
            *(sys.executable, "-W", "ignore::DeprecationWarning", "-c"),
            patch + APP + program,
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


each_process = pytest.mark.parametrize(
    "patch", [PLAIN, GEVENT], ids=["plain", "gevent"]
)


@each_process
def test_end_of_the_process_ends_what_a_first_request_has_started(patch: str) -> None:
    assert run(ALL + "call(); call(); say('exit')", patch) == [
        *("before", "around", "exit"),
        *("after", "inner end", "around end"),
    ]


@each_process
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_end_of_the_process_awaits_background_tasks(patch: str, kind: str) -> None:
    wait = "time.sleep(.2)" if kind == "def" else "await asyncio.sleep(.2)"
    program = f"""
{kind} work():
    {wait}
    say("worked", request.path)
@app.route("/order")
def view():
    app.add_background_task(work)
    return "ok"
call("/order")
say("exit")
"""
    assert run(program, patch) == ["exit", "worked /order"]


@each_process
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_result_is_waited_for_by_threads_and_greenlets(patch: str, kind: str) -> None:
    wait = "time.sleep(.05)" if kind == "def" else "await asyncio.sleep(.05)"
    program = f"""
{kind} work(n):
    {wait}
    return n
tasks = [app.add_background_task(work, n) for n in range(50)]
print(sum(task.result(30) for task in tasks))
"""
    assert run(program, patch) == ["1225"]


def test_tasks_that_never_end_do_not_keep_the_process() -> None:
    program = """
import logging
logging.disable()
app.config["BACKGROUND_TASKS_DEADLINE"] = .1
async def endless():
    try:
        await asyncio.Event().wait()
    finally:
        say("cancelled")
app.add_background_task(endless)
app.add_background_task(time.sleep, 1000)
"""
    assert run(program) == ["cancelled"]


@each_process
def test_child_of_a_fork_starts_anew_and_ends_only_its_own(patch: str) -> None:
    program = """
call()
child = os.fork()
if child == 0:
    say("child")
    call()
    sys.exit()
assert os.waitpid(child, 0)[1] == 0
say("parent")
"""
    assert run(ALL + program, patch) == [
        *("before", "around"),
        *("child", "before", "around", "after", "inner end", "around end"),
        *("parent", "after", "inner end", "around end"),
    ]


def test_child_that_serves_nothing_ends_nothing() -> None:
    program = """
call()
child = os.fork()
if child == 0:
    sys.exit()
assert os.waitpid(child, 0)[1] == 0
say("parent")
"""
    assert run(ALL + program)[2:] == ["parent", "after", "inner end", "around end"]


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_child_of_a_fork_does_not_wait_for_its_parents_tasks(kind: str) -> None:
    wait = "time.sleep(.01)" if kind == "def" else "await asyncio.sleep(.01)"
    program = f"""
go = []
{kind} work(name):
    while not go:
        {wait}
    say(name)
app.add_background_task(work, "parent's")
child = os.fork()
if child == 0:
    assert not app.background_tasks
    go.append(1)
    app.add_background_task(work, "child's").result(30)
    sys.exit()
assert os.waitpid(child, 0)[1] == 0
go.append(1)
"""
    assert run(program) == ["child's", "parent's"]


def test_application_without_asynchronous_parts_loads_no_asyncio() -> None:
    program = """
app.before_serving(lambda: say("before"))
@app.while_serving
def around():
    yield
    say("around end")
app.add_url_rule("/", view_func=lambda: "ok")
call()
app.add_background_task(say, "task").result(30)
say("asyncio" in sys.modules)
"""
    assert run(program, "") == ["before", "task", "False", "around end"]


@each_process
def test_coroutine_that_blocks_the_loop_does_not_keep_the_process(patch: str) -> None:
    said = run(
        ALL
        + """
import logging, threading
from insula.dispatch.lasting.lifespan import start_serving, stop_serving
logging.getLogger("insula.loop").addHandler(logging.StreamHandler(sys.stdout))
logging.getLogger("insula.loop").propagate = False
app.logger.setLevel(logging.CRITICAL)
begun = []
@app.route("/block")
async def block():
    begun.append(True)
    os.read(os.pipe()[0], 1)  # nobody writes, and gevent has not replaced it
start_serving(app)
threading.Thread(target=call, args=["/block"], daemon=True).start()
while not begun:
    time.sleep(0.01)
try:
    stop_serving(app)
except RuntimeError as exc:
    say("raised:", str(exc).split(";")[0])
""",
        patch,
    )

    assert said[:2] == ["before", "around"]
    assert "has blocked the process's event loop for 2 seconds" in said[2]
    assert said[3:5] == ["after", "inner end"]
    assert said[5].endswith(
        "around cannot be ended: something blocks the event loop on"
        " which it was begun, for 2 seconds by now."
    )
