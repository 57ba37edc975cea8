"""Calls on worker threads: what comes of them, and what is left of them."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import weakref
from contextvars import Context, ContextVar, copy_context
from typing import TYPE_CHECKING, Any

import pytest
from tests.dispatch.asgi_server import Client, scope_for
from werkzeug.routing import BaseConverter

from insula import Insula, request
from insula.dispatch.asgi.exchange import answer_in_thread
from insula.dispatch.loops.threads import in_worker

if TYPE_CHECKING:
    from collections.abc import Callable

var: ContextVar[str] = ContextVar("var", default="nothing")


def where() -> str:
    name = threading.current_thread().name
    return "worker" if name == "insula-worker" else "loop"


def test_call_returns_what_the_function_does_and_runs_in_its_context() -> None:
    def call(value: int, *, more: int) -> tuple[str, str, int]:
        seen = var.get()
        var.set("of the call")
        return where(), seen, value + more

    async def main() -> None:
        var.set("of the caller")
        context = copy_context()
        assert await in_worker(context, call, 1, more=2) == (
            "worker",
            "of the caller",
            3,
        )
        assert var.get() == "of the caller"
        assert context[var] == "of the call"
        # Nothing of it is on the thread.
        assert (await in_worker(Context(), call, 1, more=2))[1] == "nothing"

    asyncio.run(main())


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), KeyboardInterrupt()])
def test_call_raises_what_the_function_does(error: BaseException) -> None:
    def fail() -> None:
        raise error

    async def main() -> None:
        with pytest.raises(type(error)) as raised:
            await in_worker(Context(), fail)
        assert raised.value is error

    asyncio.run(main())


def test_call_that_raises_stop_iteration_raises_a_runtime_error() -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match="raised StopIteration") as raised:
            await in_worker(Context(), next, iter(()))
        assert isinstance(raised.value.__cause__, StopIteration)

    asyncio.run(main())


def test_call_of_a_cancelled_caller_goes_on_and_its_error_is_dropped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun, may_end, done = threading.Event(), threading.Event(), threading.Event()

    def call() -> None:
        begun.set()
        assert may_end.wait(10)
        done.set()
        raise ValueError("nobody waits")

    async def main() -> None:
        async def caller() -> None:
            await in_worker(Context(), call)

        task = asyncio.create_task(caller())
        await in_worker(Context(), begun.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        may_end.set()
        await in_worker(Context(), done.wait, 10)
        assert done.is_set()

    with caplog.at_level(logging.DEBUG):
        asyncio.run(main())
        gc.collect()
    assert not [line for line in caplog.messages if "ValueError" in line]


class Kept:
    pass


@pytest.mark.parametrize("fails", [False, True])
def test_call_leaves_nothing_to_the_garbage_collector(*, fails: bool) -> None:
    kept: list[weakref.ref[Kept]] = []

    def call(value: Kept) -> Kept:
        if fails:
            raise ValueError
        return value

    async def main() -> None:
        value = Kept()
        kept.append(weakref.ref(value))
        try:
            await in_worker(Context(), call, value)
        except ValueError:
            assert fails
        del value
        # The thread has let go of the call before that when it takes the next.
        for _ in range(3):
            await in_worker(Context(), int)

    gc.collect()
    gc.disable()
    try:
        asyncio.run(main())
        assert kept[0]() is None
    finally:
        gc.enable()


def test_call_whose_loop_was_closed_meanwhile_ends_in_silence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun, may_end = threading.Event(), threading.Event()
    left: list[str] = []

    def call() -> None:
        begun.set()
        assert may_end.wait(10)
        left.append(where())

    async def main() -> None:
        waiting = asyncio.ensure_future(in_worker(Context(), call))
        await in_worker(Context(), begun.wait, 10)
        waiting.cancel()

    asyncio.run(main())
    may_end.set()

    async def after() -> None:
        while not left:  # of 40 threads another may take this
            await in_worker(Context(), int)

    asyncio.run(after())
    assert left == ["worker"]
    assert not caplog.messages


def _app_with(convert: Callable[[], None]) -> Insula:
    class Noted(BaseConverter):
        def to_python(self, value: str) -> str:
            convert()
            return value

    app = Insula("x")
    app.url_map.converters["noted"] = Noted
    return app


def test_request_answered_in_a_thread_is_matched_there_and_once() -> None:
    seen: list[str] = []
    app = _app_with(lambda: seen.append(where()))

    @app.post("/<noted:name>")
    def view(name: str) -> Any:
        return [where(), name, request.get_data(as_text=True)]

    async def main() -> None:
        fields = [("content-length", "4")]
        client = Client(app, scope_for("/a", "POST", fields))
        client.put(b"body")
        await answer_in_thread(app, client._scope, client.receive, client.send)
        assert client.answer.text == '["worker","a","body"]\n'

    asyncio.run(main())
    assert seen == ["worker"]


def test_request_with_a_synchronous_hook_is_matched_on_a_thread_and_once() -> None:
    seen: list[str] = []
    app = _app_with(lambda: seen.append(where()))
    app.before_request(lambda: seen.append(f"hook, {where()}"))

    @app.get("/<noted:name>")
    async def view(name: str) -> str:
        return f"{where()}, {name}"

    async def main() -> str:
        client = Client(app, scope_for("/a"))
        client.put(b"")
        return (await client.run()).text

    assert asyncio.run(main()) == "loop, a"
    assert seen == ["worker", "hook, worker"]
