"""Where else code may run: a thread, a greenlet, a task."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import greenlet
import pytest

from insula import Insula

if TYPE_CHECKING:
    from collections.abc import Callable


def in_thread(function: Callable[[], Any]) -> Any:
    box: list[Any] = []

    def run() -> None:
        try:
            box.append((True, function()))
        except BaseException as exc:
            box.append((False, exc))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    fine, value = box[0]
    if not fine:
        raise value
    return value


def in_greenlet(function: Callable[[], Any]) -> Any:
    return greenlet.greenlet(function).switch()


def in_task(function: Callable[[], Any]) -> Any:
    async def run() -> Any:
        return function()

    async def main() -> Any:
        return await asyncio.create_task(run())

    return asyncio.run(main())


KINDS: dict[str, Callable[[Callable[[], Any]], Any]] = {
    "thread": in_thread,
    "greenlet": in_greenlet,
    "task": in_task,
}


@pytest.fixture(params=list(KINDS))
def elsewhere(request: pytest.FixtureRequest) -> Callable[[Callable[[], Any]], Any]:
    """Run a function in another thread, greenlet or task and return its result."""
    return KINDS[request.param]


@pytest.fixture(params=["thread", "greenlet"])
def from_scratch(request: pytest.FixtureRequest) -> Callable[[Callable[[], Any]], Any]:
    """Like ``elsewhere``, only where nothing is inherited."""
    return KINDS[request.param]


@pytest.fixture
def app() -> Insula:
    app = Insula("island")
    app.config.update(TESTING=True, SECRET_KEY="key")
    return app
