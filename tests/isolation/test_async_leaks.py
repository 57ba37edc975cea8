"""No context is left behind, wherever a request's coroutines are interrupted.

A request awaits at several points, in every function of it that may be async. At each
of them in turn it is cancelled, an error is raised, a timeout strikes, or its caller is
interrupted; afterwards its contexts have ended once, are current nowhere, and are gone,
without the garbage collector's help.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import create_environ

from insula import Insula, g, has_app_context, has_request_context, request, session
from insula.dispatch.loops.aio import calls_waiting, run_on_loop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

POINTS = [
    "before 1",
    "before 2",
    "view 1",
    "view 2",
    "child",
    "in the group",
    "after 1",
    "teardown",
    "appcontext",
]


class Points:
    """The places where a request awaits, and what happens at one of them."""

    def __init__(self, at: str, action: Callable[[], Awaitable[None]]) -> None:
        self.at = at
        self.action = action
        self.passed: list[str] = []

    async def here(self, name: str) -> None:
        self.passed.append(name)
        if name == self.at:
            await self.action()
        await asyncio.sleep(0)


async def fail() -> None:
    raise ValueError("x")


async def cancel() -> None:
    def cancel_current() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    cancel_current()
    await asyncio.sleep(0)


def cancel_calls() -> None:
    """Do as a server does whose clients have left."""
    for call, _ in calls_waiting():
        call.cancel()


async def cancel_from_outside() -> None:
    cancel_calls()
    await asyncio.Event().wait()


async def strike() -> None:
    await asyncio.wait_for(asyncio.Event().wait(), 0.001)


async def leave() -> None:
    raise SystemExit(3)


ACTIONS = [fail, cancel, cancel_from_outside, strike, leave]


class Alive:
    """The contexts and requests that were made and are still there."""

    def __init__(self, app: Insula) -> None:
        self.made: list[weakref.ref[Any]] = []
        make = app.request_context

        def request_context(environ: dict[str, Any]) -> Any:
            ctx = make(environ)
            self.made += [weakref.ref(ctx), weakref.ref(ctx.request)]
            return ctx

        app.request_context = request_context  # type: ignore[method-assign]  # spied on

    def count(self) -> int:
        return sum(ref() is not None for ref in self.made)


def add_steps(app: Insula, points: Points, ends: list[str]) -> None:
    @app.before_request
    async def before() -> None:
        await points.here("before 1")
        g.token = object()
        await points.here("before 2")

    async def child() -> None:
        await points.here("child")

    @app.get("/")
    async def view() -> str:
        session["n"] = 1
        await points.here("view 1")
        await child()
        task = asyncio.ensure_future(points.here("in the group"))
        try:
            await asyncio.gather(task, asyncio.sleep(0))
        finally:
            task.cancel()
            del task  # it keeps the error, whose traceback refers to this frame
        await points.here("view 2")
        return request.path

    @app.after_request
    async def after(response: Any) -> Any:
        await points.here("after 1")
        return response

    @app.teardown_request
    async def teardown(exc: BaseException | None) -> None:
        ends.append("request")
        await points.here("teardown")

    @app.teardown_appcontext
    async def teardown_app(exc: BaseException | None) -> None:
        ends.append("app")
        await points.here("appcontext")


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@run_on_loop
async def what_is_current_on_the_loop() -> tuple[bool, bool]:
    return has_request_context(), has_app_context()


@run_on_loop
async def let_callbacks_run() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def ask(app: Insula) -> str:
    """Ask as a server does; return the status, or what was raised."""
    statuses: list[str] = []

    def start(status: str, *_: Any) -> Any:
        statuses.append(status)

    try:
        app(create_environ("/"), start)
    except (Exception, asyncio.CancelledError, SystemExit) as exc:
        return type(exc).__name__
    return statuses[0]


# What comes from outside is for those who still wait; the end is not interrupted.
PAIRS = [
    pytest.param(at, action, id=f"{at}-{action.__name__}")
    for at in POINTS
    for action in ACTIONS
    if action is not cancel_from_outside or at not in {"teardown", "appcontext"}
]


# From CPython 3.12 on a task that ends by a timeout of its own, or by SystemExit, is in
# a cycle of asyncio's: its error's traceback refers to the frame of `Timeout.__aexit__`
# or of `Handle._run`, and that to the task. So is any application's, whatever framework
# it has; until the garbage collector comes, its Context is kept.
IN_ASYNCIOS_CYCLE = [(strike, "in the group"), (leave, "in the group")] * (
    sys.version_info >= (3, 12)
)


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize(("at", "action"), PAIRS)
def test_request_that_is_interrupted_anywhere_leaves_no_context_behind(
    app: Insula, at: str, action: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL + 1, app.logger.name)
    ends: list[str] = []
    points = Points(at, action)
    alive = Alive(app)
    add_steps(app, points, ends)
    outcome = ask(app)
    assert at in points.passed
    assert outcome != "200 OK"
    assert ends == ["request", "app"]
    let_callbacks_run()
    caplog.clear()
    if (action, at) in IN_ASYNCIOS_CYCLE:
        gc.collect()
    assert (alive.count(), len(alive.made)) == (0, 2)
    assert not calls_waiting()
    assert what_is_current_on_the_loop() == (False, False)
    assert (has_request_context(), has_app_context()) == (False, False)


@pytest.mark.usefixtures("uncollected")
def test_many_interrupted_requests_at_once_leave_nothing_behind(app: Insula) -> None:
    ends: list[str] = []
    alive = Alive(app)
    begun = threading.Semaphore(0)

    @app.get("/")
    async def view() -> str:
        begun.release()
        await asyncio.Event().wait()
        return request.path

    app.teardown_request(lambda _: ends.append("request"))
    outcomes: list[str] = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(ask(app))) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert begun.acquire(timeout=20)
    cancel_calls()
    for thread in threads:
        thread.join()
    let_callbacks_run()
    assert outcomes == ["CancelledError"] * 20
    assert (len(ends), alive.count(), len(alive.made)) == (20, 0, 40)
    assert not calls_waiting()


@pytest.mark.parametrize("register", ["teardown_request", "teardown_appcontext"])
def test_call_of_a_teardown_function_is_none_that_waits_for_a_client(
    app: Insula, register: str
) -> None:
    waiting: list[Any] = []

    async def end(exc: BaseException | None) -> None:
        waiting.append(calls_waiting())

    async def index() -> str:
        waiting.append(calls_waiting())
        return ""

    getattr(app, register)(end)
    app.add_url_rule("/", "index", index)
    app.test_client().get("/")

    assert [len(calls) for calls in waiting] == [1, 0]
