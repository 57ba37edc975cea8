"""Work that goes on after the answer."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import threading
from contextvars import ContextVar
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from insula import (
    Insula,
    current_app,
    g,
    has_app_context,
    has_request_context,
    request,
    session,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

var: ContextVar[str] = ContextVar("var", default="unset")
KINDS = pytest.mark.parametrize("kind", ["sync", "async"])
WAIT = 30


def of_kind(kind: str, func: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``func``, or a coroutine function that calls it."""
    if kind == "sync":
        return func

    async def func_async(*args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        return func(*args, **kwargs)

    return func_async


@pytest.fixture(autouse=True)
def nothing_goes_on(app: Insula) -> Iterator[None]:
    yield
    assert app.background_tasks == set()


@KINDS
def test_task_sees_what_was_current_when_it_was_added(app: Insula, kind: str) -> None:
    seen: list[Any] = []
    go = threading.Event()

    def work(number: int, *, name: str) -> str:
        go.wait(WAIT)
        seen.extend((number, name, request.path, session["user"], g.value, var.get()))
        return current_app.name

    @app.route("/order")
    def view() -> str:
        session["user"] = "ada"
        g.value = [1]
        var.set("set")
        tasks.append(app.add_background_task(of_kind(kind, work), 7, name="x"))
        g.value = [2]
        return "done"

    tasks: list[Any] = []
    assert app.test_client().get("/order").text == "done"
    [task] = tasks
    assert app.background_tasks == {task}
    assert not task.done()
    go.set()
    assert task.result(WAIT) == "island"
    assert seen == [7, "x", "/order", "ada", [1], "set"]
    assert task.done()


@KINDS
def test_request_and_task_each_are_torn_down_once(app: Insula, kind: str) -> None:
    log: list[Any] = []
    go = threading.Event()

    @app.teardown_request
    def teardown(exc: BaseException | None) -> None:
        log.append(("request", request.path, asyncio._get_running_loop()))

    @app.teardown_appcontext
    async def teardown_app(exc: BaseException | None) -> None:
        log.append(("app", g.get("value"), None))

    @app.route("/")
    def view() -> str:
        g.value = 1
        tasks.append(app.add_background_task(wait if kind == "sync" else wait_async))
        return "done"

    def wait() -> bool:
        return go.wait(WAIT)

    async def wait_async() -> bool:
        return await asyncio.to_thread(wait)

    tasks: list[Any] = []
    once: list[Any] = [("request", "/", None), ("app", 1, None)]
    app.test_client().get("/")
    assert log == once
    go.set()
    assert tasks[0].result(WAIT) is True
    assert log == once * 2


@KINDS
def test_task_sets_nothing_for_anybody_else(app: Insula, kind: str) -> None:
    def work() -> None:
        var.set("theirs")
        g.value = "theirs"

    with app.test_request_context("/"):
        g.value = "mine"
        app.add_background_task(of_kind(kind, work)).result(WAIT)
        assert (g.value, var.get()) == ("mine", "unset")


@KINDS
def test_task_added_outside_of_any_context_has_the_applications(
    app: Insula, kind: str
) -> None:
    def work() -> Any:
        return current_app.name, has_request_context()

    task = app.add_background_task(of_kind(kind, work))
    assert task.result(WAIT) == ("island", False)
    assert not has_app_context()


@KINDS
def test_task_added_while_another_application_is_current_has_its_own(
    app: Insula, kind: str
) -> None:
    def work() -> Any:
        return current_app.name, has_request_context(), "value" in g

    with Insula("other").test_request_context("/"):
        g.value = 1
        task = app.add_background_task(of_kind(kind, work))
        assert task.result(WAIT) == ("island", False, False)


@KINDS
def test_error_is_logged_with_the_tasks_name_and_raised_to_who_asks(
    app: Insula, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    def work() -> None:
        raise ValueError("no paper")

    task = app.add_background_task(of_kind(kind, work))
    with pytest.raises(ValueError, match="no paper"):
        task.result(WAIT)
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert "The background task test_background" in record.getMessage().replace(
        "tests.dispatch.", ""
    )
    assert record.exc_info is not None
    assert "failed" in repr(task)


@KINDS
@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_exit_in_a_task_ends_the_task_only(
    app: Insula, kind: str, error: type[BaseException]
) -> None:
    def work() -> None:
        raise error(3)

    with pytest.raises(error):
        app.add_background_task(of_kind(kind, work)).result(WAIT)
    again = app.add_background_task(of_kind(kind, lambda: "works"))
    assert again.result(WAIT) == "works"


def test_view_that_goes_on_keeps_its_files_when_a_task_has_ended(app: Insula) -> None:
    @app.post("/")
    def view() -> Any:
        file = request.files["file"]
        app.add_background_task(lambda: request.files["file"].filename).result(WAIT)
        return file.read()

    data = {"file": (BytesIO(b"content"), "a.txt")}
    assert app.test_client().post("/", data=data).data == b"content"


# -- the handle ------------------------------------------------------------------------


def test_result_waits_no_longer_than_it_is_told(app: Insula) -> None:
    go = threading.Event()
    task = app.add_background_task(go.wait, WAIT)
    with pytest.raises(TimeoutError):
        task.result(0.01)
    go.set()
    assert task.result(WAIT) is True


def test_asynchronous_task_is_cancelled_at_its_await(
    app: Insula, caplog: pytest.LogCaptureFixture
) -> None:
    begun, log = threading.Event(), []

    async def work() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            log.append(current_app.name)

    task = app.add_background_task(work)
    assert begun.wait(WAIT)
    assert task.cancel() is True
    with pytest.raises(concurrent.futures.CancelledError):
        task.result(WAIT)
    assert task.cancelled()
    assert log == ["island"]
    assert not caplog.records
    assert task.cancel() is True


def test_function_on_a_thread_is_cancelled_only_before_it_begins(app: Insula) -> None:
    go, all_busy = threading.Event(), threading.Barrier(33)

    def work() -> None:
        all_busy.wait(WAIT)
        go.wait(WAIT)

    busy = [app.add_background_task(work) for _ in range(32)]
    all_busy.wait(WAIT)
    late = app.add_background_task(int)
    assert busy[0].cancel() is False
    assert late.cancel() is True
    go.set()
    for task in busy:
        task.result(WAIT)
    assert late.cancelled()
    assert not busy[0].cancelled()


def test_more_tasks_than_threads_are_all_done(app: Insula) -> None:
    tasks = [app.add_background_task(str, number) for number in range(200)]
    assert [task.result(WAIT) for task in tasks] == [str(n) for n in range(200)]


@KINDS
def test_task_is_awaited_on_any_loop(app: Insula, kind: str) -> None:
    go = threading.Event()

    def work() -> str:
        go.wait(WAIT)
        return "done"

    # On the process's loop, or a thread; awaited on another loop.
    task = app.add_background_task(of_kind(kind, work))

    async def main() -> str:
        waiter = asyncio.create_task(wait())
        await asyncio.sleep(0)
        go.set()
        return await waiter

    async def wait() -> str:
        return str(await task)

    assert asyncio.run(main()) == "done"
    assert asyncio.run(wait()) == "done"


def test_who_waits_may_be_cancelled_and_the_task_goes_on(app: Insula) -> None:
    go = threading.Event()
    task = app.add_background_task(go.wait, WAIT)

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.ensure_future(wait()), 0.01)

    async def wait() -> Any:
        return await task

    asyncio.run(main())
    go.set()
    assert task.result(WAIT) is True


def test_awaiting_a_cancelled_task_raises_what_asyncio_raises(app: Insula) -> None:
    async def work() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        task = app.add_background_task(work)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_result_on_the_tasks_own_loop_says_to_await(app: Insula) -> None:
    async def main() -> None:
        task = app.add_background_task(asyncio.sleep, 0)
        with pytest.raises(RuntimeError, match="await the task instead"):
            task.result()
        await task

    asyncio.run(main())


# -- the loop --------------------------------------------------------------------------


def test_task_added_on_a_running_loop_runs_there(app: Insula) -> None:
    async def loop_of() -> Any:
        return asyncio.get_running_loop()

    async def main() -> bool:
        with app.app_context():
            task = app.add_background_task(loop_of)
        return (await task) is asyncio.get_running_loop()

    assert asyncio.run(main())


def test_task_added_in_an_asynchronous_view_under_wsgi_outlives_it(
    app: Insula,
) -> None:
    go = threading.Event()

    async def work() -> str:
        await asyncio.to_thread(go.wait, WAIT)
        return request.path

    @app.route("/")
    async def view() -> str:
        tasks.append(app.add_background_task(work))
        return "done"

    tasks: list[Any] = []
    assert app.test_client().get("/").text == "done"
    go.set()
    assert tasks[0].result(WAIT) == "/"


@KINDS
def test_task_of_a_view_under_asgi_is_on_the_servers_loop(
    app: Insula, kind: str
) -> None:
    tasks: list[Any] = []

    async def work() -> Any:
        await asyncio.sleep(0)
        return request.path, asyncio.get_running_loop()

    def view() -> str:
        tasks.append(app.add_background_task(work))
        return "ok"

    app.add_url_rule("/", view_func=of_kind(kind, view))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [],
    }
    said: list[Any] = []

    async def main() -> None:
        async def receive() -> Any:
            return {"type": "http.request"}

        async def send(message: Any) -> None:
            said.append(message)

        await app(scope, receive, send)
        path, loop = await tasks[0]
        assert path == "/"
        assert loop is asyncio.get_running_loop()

    asyncio.run(main())
    assert said[0]["status"] == 200


def test_task_whose_loop_ends_is_reported(
    app: Insula, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        await asyncio.Event().wait()

    async def main() -> Any:
        task = app.add_background_task(work)
        await asyncio.sleep(0)
        return task

    task = asyncio.run(main())
    assert task.cancelled()
    assert "was cancelled, by its event loop or by itself" in caplog.text


# -- the end ---------------------------------------------------------------------------


@KINDS
def test_end_of_serving_awaits_tasks_and_those_that_they_add(
    app: Insula, kind: str
) -> None:
    log: list[str] = []

    def work(depth: int) -> None:
        log.append(f"task {depth}")
        if depth:
            app.add_background_task(of_kind(kind, work), depth - 1)

    @app.after_serving
    def after() -> None:
        log.append("after")
        app.add_background_task(of_kind(kind, work), 0)

    with app.test_serving():
        app.add_background_task(of_kind(kind, work), 2)
    assert log == ["task 2", "task 1", "task 0", "after", "task 0"]


def test_end_of_serving_on_a_loop_awaits_the_tasks_of_that_loop(app: Insula) -> None:
    log: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0.01)
        log.append("done")

    async def main() -> None:
        async with app.test_serving():
            app.add_background_task(work)

    asyncio.run(main())
    assert log == ["done"]


def test_task_that_goes_on_at_the_deadline_is_cancelled_and_reported(
    app: Insula, caplog: pytest.LogCaptureFixture
) -> None:
    app.config["BACKGROUND_TASKS_DEADLINE"] = 0.05
    go = threading.Event()

    async def endless() -> None:
        await asyncio.Event().wait()

    def stuck() -> None:
        go.wait(WAIT)

    with app.test_serving():
        one = app.add_background_task(endless)
        other = app.add_background_task(stuck)
    assert one.cancelled()
    assert not other.done()
    go.set()
    other.result(WAIT)
    [message] = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert "0.05 seconds (BACKGROUND_TASKS_DEADLINE)" in message
    assert "endless" in message
    assert "stuck" in message
