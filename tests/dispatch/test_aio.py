"""Coroutine functions called from synchronous code are function calls like others."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
import traceback
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

from insula import Insula, g
from insula.dispatch.loops.aio import run_on_loop

if TYPE_CHECKING:
    from collections.abc import Callable

name: ContextVar[str] = ContextVar("name", default="nobody")


@run_on_loop
async def answer() -> str:
    await asyncio.sleep(0)
    return "answer"


def in_thread(func: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Start a thread; return it and the list for what it returns or raises."""
    outcome: list[Any] = []

    def target() -> None:
        try:
            outcome.append(func())
        except BaseException as exc:
            outcome.append(exc)

    thread = threading.Thread(target=target)
    thread.start()
    return thread, outcome


# -- the context ---------------------------------------------------------------------


def test_variable_set_before_the_call_is_seen_in_the_coroutine() -> None:
    @run_on_loop
    async def read() -> str:
        return name.get()

    token = name.set("ada")
    try:
        assert read() == "ada"
    finally:
        name.reset(token)


@pytest.mark.parametrize("error", [None, ValueError, SystemExit])
def test_variable_set_in_the_coroutine_is_set_in_the_caller(
    error: type[BaseException] | None,
) -> None:
    @run_on_loop
    async def write() -> None:
        name.set("grace")
        await asyncio.sleep(0)
        if error is not None:
            raise error

    token = name.set("ada")
    try:
        with contextlib.suppress(ValueError, SystemExit):
            write()
        assert name.get() == "grace"
    finally:
        name.reset(token)
    assert name.get() == "nobody"


def test_variable_set_in_a_task_of_the_coroutine_is_not_set_in_the_caller() -> None:
    async def write() -> None:
        name.set("grace")

    @run_on_loop
    async def view() -> None:
        await asyncio.create_task(write())

    view()
    assert name.get() == "nobody"


def test_values_without_equality_are_carried_out() -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise TypeError

        __hash__ = None  # type: ignore[assignment]  # nor is there a hash

    var: ContextVar[Odd] = ContextVar("odd")
    old, new = Odd(), Odd()

    @run_on_loop
    async def write() -> None:
        var.set(new)

    token = var.set(old)
    write()
    assert var.get() is new
    var.reset(token)


def test_variable_of_an_async_hook_is_set_in_a_view_and_in_later_hooks(
    app: Insula,
) -> None:
    seen: list[str] = []

    @app.before_request
    async def before() -> None:
        name.set("ada")

    @app.teardown_request
    async def teardown(exc: BaseException | None) -> None:
        seen.append(name.get())

    @app.route("/plain")
    def plain() -> str:
        g.user = name.get()
        return name.get()

    @app.route("/async")
    async def view() -> str:
        name.set(name.get() + " of the view")
        return name.get()

    client = app.test_client()
    assert client.get("/plain").text == "ada"
    assert client.get("/async").text == "ada of the view"
    assert seen == ["ada", "ada of the view"]
    assert name.get() == "nobody"


# -- the loop and its tasks ----------------------------------------------------------


def test_calls_of_all_threads_run_as_tasks_of_one_loop_on_one_thread() -> None:
    @run_on_loop
    async def where() -> tuple[Any, ...]:
        task = asyncio.current_task()
        assert task is not None
        before = threading.get_ident()
        await asyncio.sleep(0)
        assert asyncio.current_task() is task
        assert task in asyncio.all_tasks()
        assert threading.get_ident() == before != caller
        return asyncio.get_running_loop(), before

    caller = threading.get_ident()
    found = [where(), where()]
    started = [in_thread(where) for _ in range(4)]
    for thread, outcome in started:
        thread.join()
        found += outcome
    assert found == [found[0]] * 6


def test_task_that_a_view_leaves_behind_goes_on() -> None:
    ended = threading.Event()

    async def work() -> None:
        await asyncio.sleep(0)
        ended.set()

    tasks = []

    @run_on_loop
    async def view() -> None:
        tasks.append(asyncio.create_task(work()))

    view()
    assert ended.wait(10)


@pytest.mark.parametrize("way", ["exit", "stop"])
def test_loop_that_a_task_stops_goes_on(way: str) -> None:
    tasks = []

    async def leave() -> None:
        if way == "exit":
            raise SystemExit(3)
        asyncio.get_running_loop().stop()

    @run_on_loop
    async def view() -> str:
        tasks.append(asyncio.create_task(leave()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return "view"

    assert (view(), answer()) == ("view", "answer")
    assert isinstance(tasks[0].exception(), SystemExit if way == "exit" else type(None))


def test_call_on_the_loop_itself_is_refused() -> None:
    @run_on_loop
    async def view() -> None:
        answer()

    with pytest.raises(RuntimeError) as caught:
        view()
    assert str(caught.value) == (
        "'answer' is async and was called in a synchronous way on the event loop,"
        " which would wait for itself; await it instead."
    )


def test_view_that_awaits_a_call_in_another_thread_gets_its_result() -> None:
    @run_on_loop
    async def view() -> Any:
        return await asyncio.get_running_loop().run_in_executor(None, answer)

    assert view() == "answer"


# -- errors --------------------------------------------------------------------------


def test_error_is_raised_in_the_caller_with_the_frames_of_both() -> None:
    error = ValueError("x")

    async def inner() -> None:
        await asyncio.sleep(0)
        raise error

    @run_on_loop
    async def view() -> None:
        await inner()

    with pytest.raises(ValueError, match="x") as caught:
        view()
    assert caught.value is error
    frames = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert frames[0] == "test_error_is_raised_in_the_caller_with_the_frames_of_both"
    assert frames[-2:] == ["view", "inner"]


def test_error_of_wrong_arguments_is_raised_in_the_caller() -> None:
    with pytest.raises(TypeError, match="takes 0 positional arguments but 1 was given"):
        answer(1)


def test_async_error_handler_handles_the_error_that_is_current(app: Insula) -> None:
    @app.errorhandler(ValueError)
    async def handle(exc: ValueError) -> str:
        before = exc.__traceback__
        await asyncio.sleep(0)
        assert (sys.exc_info()[1], exc.__traceback__) == (exc, before)
        return traceback.format_exc()

    @app.errorhandler(LookupError)
    async def hand_on(exc: LookupError) -> str:
        raise  # noqa: PLE0704 - the error that is handled

    @app.route("/value")
    def value() -> str:
        raise ValueError("x")

    @app.route("/lookup")
    def lookup() -> str:
        raise LookupError("y")

    app.testing = True
    client = app.test_client()
    text = client.get("/value").text
    assert text.endswith("ValueError: x\n")
    assert 'raise ValueError("x")' in text
    with pytest.raises(LookupError, match="y"):
        client.get("/lookup")


def test_nothing_is_handled_in_a_coroutine_of_a_caller_that_handles_nothing() -> None:
    @run_on_loop
    async def view() -> Any:
        return sys.exc_info()

    assert view() == (None, None, None)


def test_task_factory_that_fails_raises_in_the_caller() -> None:
    def fail(_loop: Any, _coroutine: Any, **_options: Any) -> Any:
        raise OSError("no more tasks")

    loops = []

    @run_on_loop
    async def break_factory() -> None:
        loops.append(asyncio.get_running_loop())
        loops[0].set_task_factory(fail)

    break_factory()
    try:
        with pytest.raises(OSError, match="no more tasks"):
            answer()
    finally:
        loops[0].set_task_factory(None)
    assert answer() == "answer"


# -- cancellation --------------------------------------------------------------------


def test_coroutine_that_is_cancelled_raises_cancelled_error_in_the_caller() -> None:
    tasks = []

    @run_on_loop
    async def view() -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        task.cancel()
        await asyncio.sleep(0)

    with pytest.raises(asyncio.CancelledError):
        view()
    assert answer() == "answer"
    assert tasks[0].cancelled()


def test_task_that_is_cancelled_before_its_first_step_frees_its_caller() -> None:
    waiting = threading.Event()

    @run_on_loop
    async def cancel_the_next() -> None:
        waiting.set()
        old = asyncio.all_tasks()
        while not (new := asyncio.all_tasks() - old):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0)
        for task in new:
            task.cancel()

    canceller, _ = in_thread(cancel_the_next)
    assert waiting.wait(10)
    with pytest.raises(asyncio.CancelledError):
        answer()
    canceller.join()
    assert answer() == "answer"


def test_caller_that_is_interrupted_cancels_the_task() -> None:
    cancelled = threading.Event()
    caller = threading.get_ident()

    @run_on_loop
    async def view() -> None:
        signal.pthread_kill(caller, signal.SIGINT)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(KeyboardInterrupt):
        view()
    assert cancelled.wait(10)
    assert answer() == "answer"
