"""Context variables of a request under ASGI: what one part sets, the next one sees."""

from __future__ import annotations

import asyncio
import itertools
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest
from tests.dispatch.asgi_server import ask

from insula import Insula, Response, after_this_request, current_app, g, request

if TYPE_CHECKING:
    from collections.abc import Callable

trace: ContextVar[str] = ContextVar("trace", default="-")


def _part(letter: str, kind: str, result: Callable[..., Any]) -> Callable[..., Any]:
    async def coroutine(*args: Any) -> Any:
        await asyncio.sleep(0)
        return plain(*args)

    def plain(*args: Any) -> Any:
        trace.set(trace.get() + letter)
        return result(*args)

    return plain if kind == "s" else coroutine


class Failure(Exception):
    pass


def _fail(*args: Any) -> Any:
    raise Failure


def _build(kinds: str) -> tuple[Insula, list[str]]:
    app = Insula(__name__)
    seen: list[str] = []
    app.before_request(_part("B", kinds[0], lambda: None))
    app.add_url_rule("/", "index", _part("V", kinds[1], _fail))
    app.register_error_handler(Failure, _part("E", kinds[2], lambda error: "text"))
    app.after_request(_part("A", kinds[3], lambda response: response))
    app.teardown_request(_part("T", kinds[4], lambda exc: seen.append(trace.get())))
    return app, seen


@pytest.mark.parametrize("kinds", [*map("".join, itertools.product("as", repeat=5))])
def test_what_each_part_of_a_request_sets_is_seen_by_the_next_under_either_interface(
    kinds: str,
) -> None:
    app, seen = _build(kinds)
    assert asyncio.run(ask(app)).text == "text"
    assert app.test_client().get("/").text == "text"
    assert seen == ["-BVEAT"] * 2
    assert trace.get() == "-"


@pytest.mark.parametrize("kind", ["a", "s"])
@pytest.mark.parametrize("handled", ["error", "500"])
def test_what_an_error_handler_sets_on_the_short_way_is_seen_after_it(
    kind: str, handled: str
) -> None:
    app = Insula(__name__)
    app.logger.disabled = True
    seen: list[str] = []

    def after(response: Response) -> Response:
        seen.append(trace.get())
        return response

    async def index() -> str:
        after_this_request(after)
        trace.set("-V")
        raise Failure

    app.add_url_rule("/", "index", index)
    error: Any = Failure if handled == "error" else 500
    app.register_error_handler(error, _part("E", kind, lambda error: "text"))

    async def main() -> None:
        for _ in range(2):
            await ask(app)
        assert trace.get() == "-"

    asyncio.run(main())
    assert seen == ["-VE"] * 2


@pytest.mark.parametrize("kind", ["a", "s"])
def test_what_a_function_after_this_request_sets_is_seen_by_the_teardown(
    kind: str,
) -> None:
    app = Insula(__name__)
    seen: list[str] = []

    @app.get("/")
    async def index() -> str:
        after_this_request(_part("A", kind, lambda response: response))
        return "text"

    @app.teardown_request
    async def teardown(exc: BaseException | None) -> None:
        seen.append(trace.get())

    assert asyncio.run(ask(app)).text == "text"
    assert app.test_client().get("/").text == "text"
    assert seen == ["-A", "-A"]


def test_what_a_sync_error_handler_leaves_current_is_as_under_wsgi() -> None:
    app = Insula(__name__)
    seen: list[str] = []
    app.register_error_handler(Failure, _part("E", "s", lambda error: g.get("mine")))

    @app.get("/")
    async def index() -> str:
        g.mine = request.path
        raise Failure

    @app.teardown_request
    async def teardown(exc: BaseException | None) -> None:
        seen.append(f"{current_app.name} {g.mine} {trace.get()}")

    assert asyncio.run(ask(app)).text == "/"
    assert seen == [f"{__name__} / -E"]


@pytest.mark.parametrize("kind", ["a", "s"])
def test_application_awaited_in_a_view_has_the_variables_and_no_context_of_the_view(
    kind: str,
) -> None:
    outer, inner = Insula("outer"), Insula("inner")

    def look() -> str:
        found = f"{current_app.name} {request.path} {g.get('mine')} {trace.get()}"
        trace.set("inner's")
        g.mine = "inner's"
        return found

    inner.add_url_rule("/in", "index", _part("", kind, look))

    @outer.get("/")
    async def index() -> str:
        g.mine = "outer's"
        trace.set("outer's")
        text = (await ask_within(inner, "/in")).text
        return f"{text}; {current_app.name} {request.path} {g.mine} {trace.get()}"

    async def ask_within(app: Insula, path: str) -> Any:
        from tests.dispatch.asgi_server import Client, scope_for

        client = Client(app, scope_for(path))
        client.put(b"")
        await app(client._scope, client.receive, client.send)
        return client.answer

    expected = "inner /in None outer's; outer / outer's outer's"

    async def main() -> list[str]:
        return [(await ask(outer)).text for _ in range(3)]

    assert asyncio.run(main()) == [expected] * 3
