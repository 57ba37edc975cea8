"""What lasts leaves no context behind, wherever it is interrupted.

WebSockets, streams of events and background tasks await at several points. At each of
them in turn the task is cancelled, an error is raised, a timeout strikes, or a client
goes; afterwards the contexts have ended once, are current nowhere, and are gone.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.dispatch.asgi_server import Client, scope_for
from tests.dispatch.sockets import GONE, Server, text
from werkzeug.test import create_environ

from insula import (
    Insula,
    g,
    has_app_context,
    has_request_context,
    request,
    send_events,
    session,
    websocket,
)
from insula.context import RequestContext

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

PATIENCE = 30.0  # seconds


class Interrupted(Exception):
    pass


async def fail() -> None:
    raise Interrupted


async def cancel() -> None:
    def cancel_current() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    cancel_current()
    await asyncio.sleep(0)


async def strike() -> None:
    await asyncio.wait_for(asyncio.Event().wait(), 0.001)


class Points:
    """The places where something awaits, and what happens at one of them."""

    def __init__(self, at: str, action: Callable[[], Awaitable[None]]) -> None:
        self.at = at
        self.action = action
        self.passed: list[str] = []
        self.ends: list[str] = []

    async def here(self, name: str) -> None:
        await asyncio.sleep(0)
        self.passed.append(name)
        if name == self.at:
            await self.action()
        await asyncio.sleep(0)

    async def within(self, name: str) -> None:
        """Pass a point in a task of its own."""
        task = asyncio.ensure_future(self.here(name))
        try:
            await asyncio.gather(task, asyncio.sleep(0))
        finally:
            task.cancel()
            del task  # it keeps the error, whose traceback refers to this frame

    def add_teardowns(self, app: Insula, register: Any) -> None:
        async def teardown(_exc: BaseException | None) -> None:
            self.ends.append("request")
            await self.here("teardown")

        async def teardown_app(_exc: BaseException | None) -> None:
            self.ends.append("app")
            await self.here("appcontext")

        register(teardown)
        app.teardown_appcontext(teardown_app)


def contexts() -> int:
    gc.collect()
    return sum(issubclass(type(thing), RequestContext) for thing in gc.get_objects())


def require_none_left(before: int) -> None:
    """Compare the contexts there are; a thread may be on its way out."""
    deadline = time.monotonic() + PATIENCE
    while (left := contexts() - before) and time.monotonic() < deadline:
        time.sleep(0.001)
    assert left == 0
    assert (has_request_context(), has_app_context()) == (False, False)


@pytest.fixture
def quiet(app: Insula, caplog: pytest.LogCaptureFixture) -> Insula:
    # A record that is kept keeps the frames of the error's traceback.
    app.logger.disabled = True
    caplog.set_level(logging.CRITICAL + 1)
    return app


ACTIONS = pytest.mark.parametrize(
    "action", [fail, cancel, strike], ids=lambda action: action.__name__
)


# -- WebSockets ------------------------------------------------------------------------


def add_socket(app: Insula, points: Points) -> None:
    @app.before_websocket
    async def before() -> None:
        await points.here("before")
        g.token = object()

    @app.websocket("/ws")
    async def view() -> None:
        session["n"] = 1
        await points.here("view")
        await websocket.accept()
        await points.here("accepted")
        async for message in websocket:
            await points.within("in the group")
            await websocket.send(message)
            await points.here("sent")

    @app.after_websocket
    async def after(response: Any) -> Any:
        await points.here("after")
        return response

    points.add_teardowns(app, app.teardown_websocket)


SOCKET_POINTS = [
    "before",
    "view",
    "accepted",
    "in the group",
    "sent",
    "after",
    "teardown",
    "appcontext",
]


@ACTIONS
@pytest.mark.parametrize("at", SOCKET_POINTS)
def test_websocket_that_is_interrupted_anywhere_leaves_no_context_behind(
    quiet: Insula, at: str, action: Any
) -> None:
    points = Points(at, action)
    add_socket(quiet, points)

    async def main() -> None:
        server = Server(quiet).put(text("a"), text("b"), GONE)
        task = asyncio.ensure_future(server.run())
        await asyncio.wait([task], timeout=PATIENCE)
        assert task.done()
        if not task.cancelled():
            task.exception()

    before = contexts()
    asyncio.run(main())
    assert at in points.passed
    assert points.ends == ["request", "app"]
    require_none_left(before)


# -- events ----------------------------------------------------------------------------


def add_events(app: Insula, points: Points) -> None:
    @app.get("/")
    async def view() -> Any:
        g.token = object()
        await points.here("view")

        async def steps() -> AsyncIterator[str]:
            try:
                await points.here("first")
                yield request.path
                await points.within("in the group")
                yield request.path
                await points.here("last")
            finally:
                await points.here("closing")

        return send_events(steps(), heartbeat=0.01)

    points.add_teardowns(app, app.teardown_request)


EVENT_POINTS = [
    "view",
    "first",
    "in the group",
    "last",
    "closing",
    "teardown",
    "appcontext",
]


def until_ended(points: Points) -> None:
    """Wait for the ends: a pump tells the end of the answer before them."""
    deadline = time.monotonic() + PATIENCE
    while len(points.ends) < 2 and time.monotonic() < deadline:
        time.sleep(0.001)
    assert points.ends == ["request", "app"]


@ACTIONS
@pytest.mark.parametrize("at", EVENT_POINTS)
def test_events_that_are_interrupted_anywhere_leave_no_context_behind(
    quiet: Insula, at: str, action: Any
) -> None:
    quiet.config["PROPAGATE_EXCEPTIONS"] = False
    points = Points(at, action)
    add_events(quiet, points)

    async def main() -> None:
        task = Client(quiet, scope_for()).start()
        await asyncio.wait([task], timeout=PATIENCE)
        assert task.done()
        if not task.cancelled():
            task.exception()
        del task
        await asyncio.to_thread(until_ended, points)

    before = contexts()
    asyncio.run(main())
    assert at in points.passed
    require_none_left(before)


@pytest.mark.parametrize("at", ["first", "in the group", "last", "closing"])
def test_events_whose_client_goes_anywhere_leave_no_context_behind(
    quiet: Insula, at: str
) -> None:
    clients: list[Client] = []

    async def go() -> None:
        clients.pop().leave()
        # As long as it takes, unless it is closing already.
        await asyncio.wait_for(asyncio.Event().wait(), 0.05 if at == "closing" else 30)

    points = Points(at, go)
    add_events(quiet, points)

    async def main() -> None:
        client = Client(quiet, scope_for())
        clients.append(client)
        task = client.start()
        del client
        await asyncio.wait([task], timeout=PATIENCE)
        assert task.done()
        if not task.cancelled():
            task.exception()
        del task
        await asyncio.to_thread(until_ended, points)

    before = contexts()
    asyncio.run(main())
    assert at in points.passed
    require_none_left(before)


@ACTIONS
@pytest.mark.parametrize("at", ["first", "in the group", "last", "closing"])
def test_events_under_wsgi_that_are_interrupted_leave_no_context_behind(
    quiet: Insula, at: str, action: Any
) -> None:
    points = Points(at, action)
    add_events(quiet, points)

    def ask() -> None:
        start: Any = lambda *_: None  # noqa: E731 - it says nothing
        body: Any = quiet(create_environ("/"), start)
        try:
            assert [*body]
        except (
            Interrupted,
            asyncio.CancelledError,
            TimeoutError,
            asyncio.TimeoutError,
        ):
            pass
        finally:
            body.close()

    before = contexts()
    ask()
    until_ended(points)
    assert at in points.passed
    require_none_left(before)


# -- background tasks ------------------------------------------------------------------


@ACTIONS
@pytest.mark.parametrize("by", ["wsgi", "asgi"])
@pytest.mark.parametrize("at", ["first", "in the group", "last"])
def test_background_task_that_is_interrupted_leaves_no_context_behind(
    quiet: Insula, at: str, action: Any, by: str
) -> None:
    points = Points(at, action)

    async def work() -> None:
        await points.here("first")
        assert g.token
        await points.within("in the group")
        assert request.path == "/"
        await points.here("last")

    @quiet.get("/")
    async def view() -> str:
        g.token = object()
        quiet.add_background_task(work)
        return request.path

    points.add_teardowns(quiet, quiet.teardown_request)

    def ask() -> None:
        start: Any = lambda *_: None  # noqa: E731 - it says nothing
        quiet(create_environ("/"), start)

    async def ask_on_loop() -> None:
        client = Client(quiet, scope_for())
        client.put(b"")
        await client.run()
        for task in list(quiet.background_tasks):
            await asyncio.to_thread(task.wait, PATIENCE)
        del client

    before = contexts()
    ask() if by == "wsgi" else asyncio.run(ask_on_loop())
    deadline = time.monotonic() + PATIENCE
    while quiet.background_tasks and time.monotonic() < deadline:
        time.sleep(0.001)
    assert at in points.passed
    # The request and the task end beside each other.
    assert sorted(points.ends) == ["app", "app", "request", "request"]
    require_none_left(before)
