"""Clients that leave, and tasks that are dropped, where a request is on the loop."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest
from tests.dispatch.asgi_server import Client, ask, scope_for

from insula import Insula, Response, after_this_request, request

if TYPE_CHECKING:
    from collections.abc import Callable


PATIENCE = 10.0

number: ContextVar[int] = ContextVar("number", default=0)


class Late(Exception):
    pass


class Waiting:
    """An async function that waits until it is cancelled, somewhere in a request."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.reached = asyncio.Event()

    async def __call__(self) -> str:
        self.reached.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0.01)
            self.log.append(f"cancelled {request.path}")
            raise
        return ""


def _before(app: Insula, wait: Waiting) -> None:
    @app.before_request
    async def before() -> None:
        await wait()

    _answer(app, "text")


def _answer(app: Insula, text: str) -> None:
    @app.get("/")
    async def index() -> str:
        return text


def _view(app: Insula, wait: Waiting) -> None:
    @app.get("/")
    async def index() -> str:
        return await wait()


def _after(app: Insula, wait: Waiting) -> None:
    @app.after_request
    async def after(response: Response) -> Response:
        await wait()
        return response

    _answer(app, "text")


def _after_this(app: Insula, wait: Waiting) -> None:
    @app.get("/")
    async def index() -> str:
        @after_this_request
        async def after(response: Response) -> Response:
            await wait()
            return response

        return "text"


def _after_beside_a_sync_one(app: Insula, wait: Waiting) -> None:
    @app.get("/")
    async def index() -> str:
        @after_this_request
        def first(response: Response) -> Response:
            return response

        @after_this_request
        async def second(response: Response) -> Response:
            await wait()
            return response

        return "text"


def _handler(app: Insula, wait: Waiting) -> None:
    @app.errorhandler(Late)
    async def handler(error: Late) -> str:
        return await wait()

    _fail(app)


def _handler_of_500(app: Insula, wait: Waiting) -> None:
    @app.errorhandler(500)
    async def handler(error: Exception) -> str:
        return await wait()

    app.logger.disabled = True
    _fail(app)


def _fail(app: Insula) -> None:
    @app.get("/")
    async def index() -> str:
        await asyncio.sleep(0)
        raise Late


PLACES: dict[str, Callable[[Insula, Waiting], None]] = {
    "before": _before,
    "view": _view,
    "after": _after,
    "after this request": _after_this,
    "after, beside a sync one": _after_beside_a_sync_one,
    "handler": _handler,
    "handler of 500": _handler_of_500,
}


@pytest.mark.parametrize("how", ["leave", "cancel"])
@pytest.mark.parametrize("has_teardown", [True, False])
@pytest.mark.parametrize("place", PLACES)
def test_client_that_leaves_cancels_what_waits_for_it_before_the_teardown(
    place: str, how: str, *, has_teardown: bool
) -> None:
    app = Insula(__name__)

    async def main() -> tuple[bool, list[str], list[dict[str, Any]]]:
        wait = Waiting()
        PLACES[place](app, wait)
        if has_teardown:

            @app.teardown_request
            async def teardown(exc: BaseException | None) -> None:
                await asyncio.sleep(0.01)
                wait.log.append(f"torn down {request.path} {type(exc).__name__}")

        client = Client(app, scope_for())
        task = client.start()
        await asyncio.wait_for(wait.reached.wait(), PATIENCE)
        await asyncio.sleep(0)
        if how == "leave":
            client.leave()
        else:  # as a server does that gives a request up
            task.cancel()
        await asyncio.wait([task], timeout=PATIENCE)
        assert task.done()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return task.cancelled(), wait.log, client.answer.messages

    is_cancelled, log, messages = asyncio.run(main())
    assert messages == []
    assert is_cancelled == (how == "cancel")
    assert log[0] == "cancelled /"
    cause = "Late" if place == "handler of 500" else "CancelledError"
    assert log[1:] == ([f"torn down / {cause}"] if has_teardown else [])


@pytest.mark.parametrize("kind", ["handler", "after"])
def test_plain_function_whose_client_leaves_ends_before_the_teardown(kind: str) -> None:
    app = Insula(__name__)
    may_end = threading.Event()
    log: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        reached = asyncio.Event()

        def block() -> str:
            loop.call_soon_threadsafe(reached.set)
            assert may_end.wait(PATIENCE)
            log.append(f"ended {request.path}")
            return "text"

        @app.errorhandler(Late)
        def handler(error: Late) -> str:
            return block()

        def after(response: Response) -> Response:
            block()
            return response

        @app.get("/")
        async def index() -> str:
            if kind == "handler":
                raise Late
            after_this_request(after)
            return "text"

        @app.teardown_request
        async def teardown(exc: BaseException | None) -> None:
            log.append("torn down")

        client = Client(app, scope_for())
        task = client.start()
        await asyncio.wait_for(reached.wait(), PATIENCE)
        client.leave()
        await asyncio.wait([task], timeout=0.05)
        assert not task.done()
        may_end.set()
        await asyncio.wait([task], timeout=PATIENCE)
        assert task.done()

    asyncio.run(main())
    assert log == ["ended /", "torn down"]


def test_request_that_is_given_up_in_a_plain_hook_waits_for_no_view() -> None:
    app = Insula(__name__)
    may_end = threading.Event()
    log: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        reached, torn = asyncio.Event(), asyncio.Event()
        wait = Waiting()
        _view(app, wait)

        @app.before_request
        def before() -> None:
            loop.call_soon_threadsafe(reached.set)
            assert may_end.wait(PATIENCE)

        @app.teardown_request
        def teardown(exc: BaseException | None) -> None:
            log.extend([*wait.log, f"torn down {type(exc).__name__}"])
            loop.call_soon_threadsafe(torn.set)

        task = Client(app, scope_for()).start()
        await asyncio.wait_for(reached.wait(), PATIENCE)
        task.cancel()
        await asyncio.wait([task], timeout=PATIENCE)
        assert task.cancelled()
        may_end.set()
        await asyncio.wait_for(torn.wait(), PATIENCE)

    asyncio.run(main())
    assert log == ["cancelled /", "torn down CancelledError"]


def test_client_that_leaves_cancels_no_teardown_function_on_the_loop() -> None:
    app = Insula(__name__)
    log: list[str] = []

    async def main() -> None:
        reached, may_end = asyncio.Event(), asyncio.Event()

        @app.get("/")
        async def index() -> str:
            await asyncio.sleep(0)  # the client is waited for from here on
            return "text"

        @app.teardown_request
        async def teardown(exc: BaseException | None) -> None:
            reached.set()
            await may_end.wait()
            log.append(f"torn down {type(exc).__name__}")

        client = Client(app, scope_for())
        task = client.start()
        await asyncio.wait_for(reached.wait(), PATIENCE)
        client.leave()
        for _ in range(10):
            await asyncio.sleep(0)
        may_end.set()
        await asyncio.wait_for(task, PATIENCE)

    asyncio.run(main())
    assert log == ["torn down NoneType"]


@pytest.mark.parametrize("has_hooks", [True, False])
def test_client_that_leaves_cancels_once(*, has_hooks: bool) -> None:
    # A view that goes on all the same is finished, with all that comes after it.
    app = Insula(__name__)
    log: list[str] = []

    async def main() -> str:
        reached = asyncio.Event()

        async def after(response: Response) -> Response:
            for _ in range(10):
                await asyncio.sleep(0)
            log.append("after")
            return response

        if has_hooks:
            app.after_request(after)

        @app.get("/")
        async def index() -> str:
            after_this_request(after)
            reached.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return "all the same"
            return ""

        client = Client(app, scope_for())
        task = client.start()
        await asyncio.wait_for(reached.wait(), PATIENCE)
        client.leave()
        return (await asyncio.wait_for(task, PATIENCE)).text

    assert asyncio.run(main()) == "all the same"
    assert log == ["after"] * (1 + has_hooks)


def test_nobody_waits_for_the_client_of_a_request_that_never_waits() -> None:
    app = Insula(__name__)
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.before_request
    async def before() -> None:
        return None

    @app.after_request
    async def after(response: Response) -> Response:
        return response

    _answer(app, "text")

    async def main() -> int:
        await ask(app)
        client = Client(app, scope_for())
        assert (await client.run()).text == "text"
        return client.asked

    assert asyncio.run(main()) == 0


# -- tasks that are dropped ------------------------------------------------------------


@pytest.mark.parametrize("how", ["short", "teardown", "added"])
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_task_that_is_dropped_with_its_loop_ends_in_its_own_context(how: str) -> None:
    app = Insula(__name__)
    log: list[str] = []
    torn = threading.Event()

    def teardown(exc: BaseException | None) -> None:
        log.append(f"torn down {request.path} {type(exc).__name__}")
        torn.set()

    async def teardown_async(exc: BaseException | None) -> None:
        teardown(exc)

    if how == "teardown":
        app.teardown_request(teardown_async)

    @app.get("/")
    async def index() -> str:
        token = number.set(7)
        try:
            if how == "added":
                app.teardown_request_funcs.setdefault(None, []).append(teardown)
            await asyncio.get_running_loop().create_future()
        finally:
            log.append(f"ended {request.path}")
            number.reset(token)
        return ""

    @app.get("/warm")
    async def warm() -> str:
        return ""

    async def receive() -> Any:
        return await asyncio.get_running_loop().create_future()

    async def send(message: dict[str, Any]) -> None:
        raise AssertionError(message)

    async def main() -> Any:
        for _ in range(2):
            await ask(app, "/warm")
        torn.clear()
        log.clear()
        answer: Any = app(scope_for("/"), receive, send)
        answer.send(None)
        return answer

    loop = asyncio.new_event_loop()
    try:
        answer = loop.run_until_complete(main())
        # What waits for the client is ended first, as `asyncio.run` does.
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.01))
    finally:
        loop.close()
    answer.close()
    del answer
    gc.collect()
    assert log[0] == "ended /"
    if how != "short":
        assert torn.wait(PATIENCE)
        assert log[1:] == ["torn down / GeneratorExit"]
    assert number.get() == 0
