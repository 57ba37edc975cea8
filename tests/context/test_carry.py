"""Contexts carried to other threads, greenlets and tasks."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar, copy_context
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

import insula
from insula import (
    ContextThreadPoolExecutor,
    Insula,
    Local,
    after_this_request,
    carry,
    copy_current_request_context,
    current_app,
    g,
    has_app_context,
    has_request_context,
    render_template_string,
    request,
    session,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula import Response


def test_copied_function_sees_the_request_elsewhere(
    app: Insula, elsewhere: Callable[[Callable[[], Any]], Any]
) -> None:
    with app.test_request_context("/carried"):
        session["who"] = "me"
        g.x = 1

        @copy_current_request_context
        def work() -> tuple[Any, ...]:
            return request.path, session["who"], current_app.name, "x" in g

        assert elsewhere(work) == ("/carried", "me", "island", False)
        assert request.path == "/carried"


def test_copied_function_outlives_the_request(
    app: Insula, elsewhere: Callable[[Callable[[], Any]], Any]
) -> None:
    with app.test_request_context("/carried"):
        work = copy_current_request_context(lambda: request.path)
    assert elsewhere(work) == "/carried"
    assert elsewhere(work) == "/carried"


def test_copied_function_runs_in_many_threads_at_once(app: Insula) -> None:
    barrier = threading.Barrier(8)
    ends: list[Any] = []
    app.teardown_appcontext(ends.append)
    with app.test_request_context("/carried"):

        @copy_current_request_context
        def work(number: int) -> tuple[str, int]:
            barrier.wait()
            g.number = number
            barrier.wait()
            return request.path, g.number

    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda n=n: found.append(work(n))) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [("/carried", n) for n in range(8)]
    assert ends == [None] * 9


def test_copied_coroutine_function_stays_one(app: Insula) -> None:
    async def main() -> str:
        with app.test_request_context("/carried"):

            @copy_current_request_context
            async def work() -> str:
                await asyncio.sleep(0)
                return request.path

        return await asyncio.create_task(work())

    assert asyncio.run(main()) == "/carried"


def test_copied_function_keeps_name_arguments_and_errors(app: Insula) -> None:
    with app.test_request_context("/"):

        @copy_current_request_context
        def work(a: int, *, b: int) -> int:
            """Add."""
            return a // b

    assert (work.__name__, work.__doc__) == ("work", "Add.")
    assert work(4, b=2) == 2
    with pytest.raises(ZeroDivisionError):
        work(4, b=0)
    assert not has_request_context()


@pytest.mark.parametrize("name", ["after_this_request", "copy_current_request_context"])
def test_carrying_outside_of_a_request_says_so(name: str) -> None:
    function: Any = {
        "after_this_request": after_this_request,
        "copy_current_request_context": copy_current_request_context,
    }[name]
    with pytest.raises(RuntimeError, match=f"{name} works on the request that is"):
        function(lambda *args: None)


def test_carry_takes_g_locals_and_context_variables(
    app: Insula, from_scratch: Callable[[Callable[[], Any]], Any]
) -> None:
    local, var = Local(), ContextVar[int]("var")
    with app.test_request_context("/carried"):
        g.x, local.y = [1], 2
        var.set(3)

        def work() -> tuple[Any, ...]:
            seen = (request.path, g.x, local.y, var.get())
            g.x, local.y = None, None
            var.set(0)
            return seen

        carried = carry(work)
        assert from_scratch(carried) == ("/carried", [1], 2, 3)
        assert (g.x, local.y, var.get()) == ([1], 2, 3)
    assert from_scratch(carried) == ("/carried", [1], 2, 3)


def test_carry_with_an_app_context_only_brings_that(
    app: Insula, from_scratch: Callable[[Callable[[], Any]], Any]
) -> None:
    with app.app_context():
        g.x = 1
        work = carry(lambda: (current_app.name, g.x, has_request_context()))
    assert from_scratch(work) == ("island", 1, False)


def test_carry_without_contexts_takes_context_variables_only(
    from_scratch: Callable[[Callable[[], Any]], Any],
) -> None:
    local = Local()
    local.y = 1
    work = carry(lambda: (local.y, has_app_context()))
    assert from_scratch(work) == (1, False)


def test_thread_pool_carries_the_submitters_contexts(app: Insula) -> None:
    def work(number: int) -> tuple[str, int]:
        return request.path, g.base + number

    with ContextThreadPoolExecutor(4) as pool:
        with app.test_request_context("/one"):
            g.base = 10
            one = [pool.submit(work, n) for n in range(4)]
            mapped = list(pool.map(work, range(3)))
        with app.test_request_context("/two"):
            g.base = 20
            two = pool.submit(work, number=0)
        outside = pool.submit(has_request_context)
        assert [job.result() for job in one] == [("/one", 10 + n) for n in range(4)]
        assert mapped == [("/one", 10 + n) for n in range(3)]
        assert two.result() == ("/two", 20)
        assert outside.result() is False


def test_job_that_starts_after_the_request_ended_still_has_its_context(
    app: Insula,
) -> None:
    go = threading.Event()

    @app.route("/start")
    def start() -> str:
        g.user = "me"
        pool.submit(go.wait)
        jobs.append(pool.submit(lambda: (request.path, g.user)))
        return "started"

    jobs: list[Any] = []
    with ContextThreadPoolExecutor(1) as pool:
        assert app.test_client().get("/start").text == "started"
        go.set()
        assert jobs[0].result() == ("/start", "me")


def test_ended_request_is_not_carried_by_who_outlived_it(app: Insula) -> None:
    ends: list[str] = []
    app.teardown_request(lambda exc: ends.append(request.path))
    ended = threading.Event()
    found: list[Any] = []

    def attempts(pool: ContextThreadPoolExecutor) -> list[Callable[[], Any]]:
        return [
            lambda: pool.submit(lambda: request.path).result(),
            lambda: pool.submit(lambda: g.user).result(),
            lambda: pool.submit(lambda: session.get("user")).result(),
            carry(lambda: current_app.name),
            lambda: render_template_string("{{ request.path }}"),
            lambda: render_template_string("{{ g.user }}"),
            lambda: render_template_string("{{ session.user }}"),
        ]

    def outlive() -> None:
        ended.wait()
        with ContextThreadPoolExecutor(1) as pool:
            for attempt in attempts(pool):
                try:
                    found.append(attempt())
                except RuntimeError as exc:
                    found.append(str(exc).partition(".")[0])
            found.append(pool.submit(sum, [1, 2]).result())

    @app.route("/first")
    def first() -> str:
        g.user = session["user"] = "ada"
        thread = threading.Thread(target=copy_context().run, args=(outlive,))
        thread.start()
        threads.append(thread)
        return "first"

    threads: list[threading.Thread] = []
    app.test_client().get("/first")
    ended.set()
    threads[0].join()
    late, gone = "This request has ended", "This application context has ended"
    assert found == [late, gone, late, gone, late, gone, late, 3]
    assert ends == ["/first"]


def test_after_this_request_changes_this_response_only(app: Insula) -> None:
    @app.route("/")
    def index() -> str:
        if request.args:

            @after_this_request
            def mark(response: Response) -> Response:
                response.headers["X-Mark"] = "1"
                return response

        return "x"

    client = app.test_client()
    assert client.get("/?a=1").headers["X-Mark"] == "1"
    assert "X-Mark" not in client.get("/").headers


@pytest.mark.parametrize("kind", ["copy_current_request_context", "carry", "pool"])
def test_session_written_by_a_copy_is_the_requests_own(app: Insula, kind: str) -> None:
    def write() -> None:
        session["from"] = kind

    @app.get("/write")
    def view() -> str:
        if kind == "pool":
            with ContextThreadPoolExecutor(1) as pool:
                pool.submit(write).result()
        else:
            carried = getattr(insula, kind)(write)
            thread = threading.Thread(target=carried)
            thread.start()
            thread.join()
        return str(session.get("from"))

    app.add_url_rule("/read", view_func=lambda: str(session.get("from")))
    client = app.test_client()
    assert client.get("/write").text == kind
    assert client.get("/read").text == kind


@pytest.mark.parametrize("wrap", [carry, copy_current_request_context])
def test_end_of_a_carried_context_leaves_the_requests_files_open(
    app: Insula, wrap: Callable[..., Any]
) -> None:
    upload = {"file": (BytesIO(b"content"), "a.txt")}
    with app.test_request_context("/", method="POST", data=upload):
        file = request.files["file"]
        wrap(lambda: None)()
        assert file.read() == b"content"
    assert file.closed
