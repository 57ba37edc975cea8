"""Handlers of errors by ASGI: an asynchronous one is awaited where its view was."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import pytest
from tests.dispatch.asgi_server import ask
from werkzeug.exceptions import ImATeapot, NotFound

from insula import Insula, request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@pytest.mark.parametrize("times", [1, 3])  # the first goes in steps
@pytest.mark.parametrize("has_hook", [False, True])
def test_async_handler_is_awaited_in_the_task_of_the_view(
    app: Insula, times: int, has_hook: bool
) -> None:
    tasks: list[object] = []

    @app.errorhandler(ImATeapot)
    async def handler(error: ImATeapot) -> tuple[str, int]:
        tasks.append(asyncio.current_task())
        await asyncio.sleep(0)
        assert sys.exc_info()[1] is error
        return request.path, 418

    @app.route("/fail")
    async def fail() -> str:
        tasks.append(asyncio.current_task())
        raise ImATeapot

    if has_hook:

        @app.before_request
        async def before() -> None:
            pass

    async def main() -> list[tuple[int, str]]:
        answers = [await ask(app, "/fail") for _ in range(times)]
        return [(answer.status, answer.text) for answer in answers]

    assert asyncio.run(main()) == [(418, "/fail")] * times
    assert tasks[-1] is tasks[-2] is not None


def test_async_handler_that_raises_is_answered_as_any_error(app: Insula) -> None:
    @app.errorhandler(ImATeapot)
    async def handler(error: ImATeapot) -> str:
        raise ArithmeticError

    @app.route("/fail")
    async def fail() -> str:
        raise ImATeapot

    assert asyncio.run(ask(app, "/fail")).status == 500


@pytest.mark.parametrize("trapped", [False, True])
def test_redirect_of_the_router_meets_no_handler_unless_it_is_trapped(
    app: Insula, trapped: bool
) -> None:
    app.config["TRAP_HTTP_EXCEPTIONS"] = trapped

    @app.errorhandler(Exception)
    async def handler(error: Exception) -> str:
        return type(error).__name__

    @app.route("/folder/")
    async def folder() -> str:
        return ""

    answer = asyncio.run(ask(app, "/folder"))

    assert answer.status == (200 if trapped else 308)


@pytest.mark.parametrize("debug", [False, True])
def test_async_handler_of_a_missing_key_is_told_which_in_debug_mode(
    app: Insula, debug: bool
) -> None:
    app.debug = debug

    @app.errorhandler(400)
    async def handler(error: Exception) -> tuple[str, int]:
        return str(error), 400

    app.config["TRAP_BAD_REQUEST_ERRORS"] = False

    @app.route("/")
    async def index() -> str:
        return request.args["wanted"]

    text = asyncio.run(ask(app, "/")).text

    assert ("wanted" in text) is debug


def test_handlers_answer_by_loop_as_they_do_by_wsgi(app: Insula) -> None:
    def by(kind: str) -> Callable[[Exception], Awaitable[str]]:
        async def handler(error: Exception) -> str:
            return f"{kind} {type(error).__name__}"

        return handler

    app.register_error_handler(404, by("404"))
    app.register_error_handler(LookupError, by("lookup"))
    app.register_error_handler(KeyError, by("key"))

    @app.route("/<name>")
    async def fail(name: str) -> str:
        raise {"key": KeyError, "index": IndexError, "none": NotFound}[name]

    client = app.test_client()
    for path in ("/key", "/index", "/none", "/no/where"):
        assert asyncio.run(ask(app, path)).text == client.get(path).text
