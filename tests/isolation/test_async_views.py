"""Everything of an application that may be async is, on one loop, in one context."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

from insula import (
    Blueprint,
    Insula,
    abort,
    current_app,
    g,
    has_app_context,
    has_request_context,
    request,
    session,
    url_for,
)
from insula.views import MethodView, View

if TYPE_CHECKING:
    from collections.abc import Callable

user: ContextVar[str] = ContextVar("user", default="nobody")
Log = list[tuple[str, Any]]


@pytest.fixture
def log() -> Log:
    return []


@pytest.fixture
def noting(app: Insula, log: Log) -> Insula:
    """Return an application of which all that may be async is, and notes it."""

    async def note(name: str) -> None:
        before = (request.path, g.get("steps"), user.get(), session.get("n"))
        await asyncio.sleep(0)
        assert (request.path, g.get("steps"), user.get(), session.get("n")) == before
        assert current_app == app
        g.steps = g.get("steps", 0) + 1
        user.set(f"{user.get()}-{name}")
        log.append((name, asyncio.get_running_loop()))

    @app.url_value_preprocessor
    def preprocess(endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values:
            values["number"] += 1

    @app.before_request
    async def before() -> None:
        await note("before")

    @app.after_request
    async def after(response: Any) -> Any:
        await note("after")
        response.headers["X-Steps"] = str(g.steps)
        response.headers["X-User"] = user.get()
        return response

    @app.teardown_request
    async def teardown(exc: BaseException | None) -> None:
        await note(f"teardown {type(exc).__name__}")

    @app.teardown_appcontext
    async def teardown_app(exc: BaseException | None) -> None:
        await asyncio.sleep(0)
        log.append(("appcontext", g.steps))

    @app.errorhandler(LookupError)
    async def handle(exc: LookupError) -> tuple[str, int]:
        await note("handler")
        return f"handled {exc}", 418

    @app.errorhandler(404)
    async def missing(exc: Exception) -> tuple[str, int]:
        await note("missing")
        return "missing", 404

    @app.get("/view/<int:number>")
    async def view(number: int) -> dict[str, Any]:
        await note("view")
        session["n"] = number
        return {"number": number, "url": url_for("view", number=1)}

    @app.get("/fail")
    async def fail() -> str:
        await note("fail")
        raise KeyError("x")

    @app.get("/abort")
    async def aborts() -> str:
        await note("abort")
        abort(404)

    @app.get("/plain")
    def plain() -> str:
        assert user.get() == "nobody-before"
        return "plain"

    class Page(View):
        async def dispatch_request(self, number: int) -> str:
            await note("page")
            return f"page {number}"

    class Methods(MethodView):
        init_every_request = False

        async def get(self, number: int) -> str:
            await note("get")
            return f"get {number}"

        def post(self, number: int) -> str:
            return f"post {number}"

    app.add_url_rule("/page/<int:number>", view_func=Page.as_view("page"))
    app.add_url_rule("/methods/<int:number>", view_func=Methods.as_view("methods"))

    part = Blueprint("part", __name__, url_prefix="/part")

    @part.before_request
    async def part_before() -> str | None:
        await note("part")
        return "early" if "early" in request.args else None

    @part.get("/")
    async def part_view() -> str:
        raise IndexError("of the part")

    @part.errorhandler(IndexError)
    async def part_handler(exc: IndexError) -> str:
        await note("part handler")
        return "by the part"

    app.register_blueprint(part)
    return app


@pytest.mark.parametrize(
    ("target", "status", "text", "steps"),
    [
        ("/view/6", 200, '{"number":7,"url":"/view/1"}', ["before", "view"]),
        ("/fail", 418, "handled 'x'", ["before", "fail", "handler"]),
        ("/abort", 404, "missing", ["before", "abort", "missing"]),
        ("/nowhere", 404, "missing", ["before", "missing"]),
        ("/plain", 200, "plain", ["before"]),
        ("/page/1", 200, "page 2", ["before", "page"]),
        ("/methods/1", 200, "get 2", ["before", "get"]),
        ("/part/", 200, "by the part", ["before", "part", "part handler"]),
        ("/part/?early=1", 200, "early", ["before", "part"]),
    ],
)
def test_all_that_is_async_runs_in_order_in_one_context_on_one_loop(
    noting: Insula, log: Log, target: str, status: int, text: str, steps: list[str]
) -> None:
    response = noting.test_client().get(target)
    assert (response.status_code, response.text.replace(" ", "").strip()) == (
        status,
        text.replace(" ", ""),
    )
    steps = [*steps, "after"]
    assert response.headers["X-Steps"] == str(len(steps))
    assert response.headers["X-User"] == "-".join(["nobody", *steps])
    names = [name for name, _ in log]
    assert names == [*steps, "teardown NoneType", "appcontext"]
    assert len({loop for _, loop in log[:-1]}) == 1
    assert log[-1] == ("appcontext", len(steps) + 1)
    assert (user.get(), has_request_context(), has_app_context()) == (
        "nobody",
        False,
        False,
    )


def test_requests_of_many_threads_meet_on_one_loop_and_see_their_own(
    noting: Insula, log: Log
) -> None:
    barrier = threading.Barrier(8)
    answers: list[tuple[int, str, str]] = []

    def ask(number: int) -> None:
        client = noting.test_client()
        barrier.wait()
        for _ in range(20):
            response = client.get(f"/view/{number}")
            answers.append((number, response.text, response.headers["X-User"]))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 160
    for number, text, name in answers:
        assert f'"number":{number + 1},' in text.replace(" ", "")
        assert name == "nobody-before-view-after"
    assert len({loop for name, loop in log if name == "view"}) == 1


# -- what asyncio offers ---------------------------------------------------------------


async def gather() -> list[Any]:
    async def one(n: int) -> Any:
        await asyncio.sleep(0)
        user.set("of a task")
        return (request.path, n, g.name)

    return list(await asyncio.gather(*(one(n) for n in range(3))))


async def group() -> list[Any]:
    async def one(n: int) -> Any:
        await asyncio.sleep(0)
        return (request.path, n, g.name)

    if not hasattr(asyncio, "TaskGroup"):  # 3.10
        return list(await asyncio.gather(*(one(n) for n in range(3))))
    async with asyncio.TaskGroup() as tasks:
        made = [tasks.create_task(one(n)) for n in range(3)]
    return [task.result() for task in made]


async def threads() -> list[Any]:
    def one(n: int) -> Any:
        return (request.path, n, g.name)

    return [await asyncio.to_thread(one, n) for n in range(3)]


@pytest.mark.parametrize("way", [gather, group, threads])
def test_tasks_of_a_view_see_its_request_and_set_nothing_for_it(
    app: Insula, way: Callable[[], Any]
) -> None:
    @app.get("/view")
    async def view() -> dict[str, Any]:
        g.name = "ada"
        return {"found": await way(), "user": user.get()}

    answer = app.test_client().get("/view").json
    assert answer == {
        "found": [["/view", n, "ada"] for n in range(3)],
        "user": "nobody",
    }


async def wait_for(seconds: float) -> None:
    await asyncio.wait_for(asyncio.Event().wait(), seconds)


async def timeout(seconds: float) -> None:
    if not hasattr(asyncio, "timeout"):  # 3.10
        await wait_for(seconds)
        return
    async with asyncio.timeout(seconds):
        await asyncio.Event().wait()


@pytest.mark.parametrize("way", [wait_for, timeout])
def test_timeout_in_a_view_is_raised_in_it(app: Insula, way: Any) -> None:
    @app.get("/caught")
    async def caught() -> str:
        try:
            await way(0.001)
        except (TimeoutError, asyncio.TimeoutError):
            return f"too late for {request.path}"
        return "in time"

    @app.get("/raised")
    async def raised() -> str:
        await way(0.001)
        return "in time"

    app.register_error_handler(asyncio.TimeoutError, lambda _: ("late", 504))
    client = app.test_client()
    assert client.get("/caught").text == "too late for /caught"
    assert client.get("/raised").status_code == 504


def test_task_that_fails_in_a_group_cancels_the_others(app: Insula) -> None:
    ended: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(request.path)

    async def fail() -> None:
        await asyncio.sleep(0)
        raise ValueError("x")

    @app.get("/view")
    async def view() -> str:
        if hasattr(asyncio, "TaskGroup"):
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(wait())
                    tasks.create_task(fail())
            except Exception as exc:
                return repr(getattr(exc, "exceptions", exc))
        waiting = asyncio.ensure_future(wait())
        try:
            await asyncio.gather(waiting, fail())
        except ValueError as exc:
            waiting.cancel()
            await asyncio.wait([waiting])
            return repr((exc,))
        return "none"

    assert app.test_client().get("/view").text == "(ValueError('x'),)"
    assert ended == ["/view"]
