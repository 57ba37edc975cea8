"""Requests under ASGI where something is odd: servers, bodies, ends, many at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from tests.dispatch.asgi_server import ask

from insula import Insula, request
from insula.dispatch import threads

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


def run(coro: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coro)


@pytest.fixture
def app() -> Insula:
    return Insula(__name__)


def test_workers_that_wait_for_coroutines_do_not_starve_these_of_workers(
    app: Insula,
) -> None:
    app.before_request(lambda: None)
    inside: list[str] = []
    all_inside = asyncio.Event()

    @app.post("/")
    async def upload() -> str:
        inside.append("in")
        if len(inside) == 2:
            all_inside.set()
        await all_inside.wait()
        return str((await request.form)["a"])

    async def upload_one() -> str:
        kind = ("content-type", "application/x-www-form-urlencoded")
        return (await ask(app, "/", "POST", [kind], body=[b"a=", b"5"])).text

    async def main() -> list[str]:
        return await asyncio.gather(upload_one(), upload_one())

    threads.set_limit(2)
    try:
        assert run(main()) == ["5", "5"]
    finally:
        threads.set_limit(threads.DEFAULT_LIMIT)
