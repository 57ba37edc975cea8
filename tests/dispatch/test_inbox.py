"""Coroutines of worker threads run on the server's loop, as long as that is open."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from contextvars import Context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from insula.dispatch.loops.aio import inbox_of, run_on_loop, server_loop

if TYPE_CHECKING:
    from collections.abc import Callable


@run_on_loop
async def where() -> Any:
    await asyncio.sleep(0)
    return asyncio.get_running_loop()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def with_inbox(inbox: Any, func: Callable[[], Any]) -> Any:
    """Call it as a thread of the server does, with its loop to run coroutines on."""

    def call() -> Any:
        server_loop.set(inbox)
        return func()

    return Context().run(call)


async def in_worker(func: Callable[[], Any]) -> Any:
    """Call it in a thread of the server whose loop is the running one."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, with_inbox, inbox_of(loop), func)


def test_coroutine_of_a_worker_runs_on_the_server_s_loop() -> None:
    async def serve() -> Any:
        return await in_worker(where), asyncio.get_running_loop()

    found, loop = asyncio.run(serve())
    assert found is loop
    assert where() is not loop


def test_coroutine_of_a_coroutine_of_a_worker_runs_there_too() -> None:
    @run_on_loop
    async def view() -> Any:
        context = asyncio.get_running_loop()
        return await in_worker(where), context

    async def serve() -> Any:
        return await in_worker(view), asyncio.get_running_loop()

    (inner, outer), loop = asyncio.run(serve())
    assert inner is outer is loop


def test_loop_has_one_inbox_and_another_loop_another() -> None:
    async def serve() -> Any:
        loop = asyncio.get_running_loop()
        return inbox_of(loop), inbox_of(loop)

    first, again = asyncio.run(serve())
    other, _ = asyncio.run(serve())
    assert first is again
    assert first is not other


def test_call_on_the_server_s_loop_itself_is_refused() -> None:
    async def serve() -> None:
        server_loop.set(inbox_of(asyncio.get_running_loop()))
        where()

    with pytest.raises(RuntimeError) as caught:
        asyncio.run(serve())
    assert str(caught.value) == (
        "'where' is async and was called in a synchronous way on the event loop,"
        " which would wait for itself; await it instead."
    )


def test_inbox_of_a_closed_loop_is_forgotten_and_its_descriptor_closed() -> None:
    async def serve() -> Any:
        loop = asyncio.get_running_loop()
        before = open_files()
        inbox = weakref.ref(inbox_of(loop))
        assert inbox() is not None
        return inbox, open_files() - before

    gc.collect()
    before = open_files()
    inbox, opened = asyncio.run(serve())
    assert inbox() is None
    assert (opened, open_files()) == (1, before)


def test_coroutine_of_a_worker_that_outlives_the_server_runs_on_the_process_s() -> None:
    async def serve() -> Any:
        return inbox_of(asyncio.get_running_loop())

    inbox = asyncio.run(serve())
    assert with_inbox(inbox, where) is where()


def test_worker_whose_coroutine_outlives_the_loop_is_told() -> None:
    """A server that closes its loop and does not end its tasks stops nobody."""
    begun, closed = threading.Event(), []

    @run_on_loop
    async def wait() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            closed.append("coroutine")

    async def serve() -> Any:
        return inbox_of(asyncio.get_running_loop())

    outcome: list[BaseException] = []

    def work() -> None:
        try:
            with_inbox(inbox, wait)
        except RuntimeError as exc:
            outcome.append(exc)

    loop = asyncio.new_event_loop()
    inbox = loop.run_until_complete(serve())
    thread = threading.Thread(target=work)
    thread.start()
    while not begun.is_set():
        loop.run_until_complete(asyncio.sleep(0))
    for task in asyncio.all_tasks(loop):
        # What asyncio says of a task that nobody ends is not what is tested.
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # not public
    loop.close()
    thread.join(20)
    assert "was closed while a coroutine was to run on it" in str(outcome[0])
    assert closed == ["coroutine"]
