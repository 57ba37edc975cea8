"""What happens before an application is served, and after, whoever serves it."""

from __future__ import annotations

import asyncio
import functools
import logging
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

from insula import (
    current_app,
    g,
    has_app_context,
    has_request_context,
    request,
)
from insula.dispatch.lasting.lifespan import start_serving, stop_serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from insula import Insula

Served = "Callable[[Insula, Callable[[], Any]], None]"
var: ContextVar[str] = ContextVar("var", default="unset")


def by_server(app: Insula, work: Callable[[], Any]) -> None:
    start_serving(app)
    try:
        work()
    finally:
        stop_serving(app)


def by_block(app: Insula, work: Callable[[], Any]) -> None:
    with app.test_serving() as served:
        assert served is app
        work()


def by_async_block(app: Insula, work: Callable[[], Any]) -> None:
    async def main() -> None:
        async with app.test_serving() as served:
            assert served is app
            work()

    asyncio.run(main())


async def asgi(app: Any, work: Callable[[], Any]) -> list[dict[str, Any]]:
    """Be an ASGI server; return what the application has said."""
    said: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    messages = ["lifespan.startup", "lifespan.shutdown"]

    async def receive() -> dict[str, Any]:
        if len(messages) == 1:
            work()
        return {"type": messages.pop(0)}

    await app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
    return said


def by_asgi(app: Insula, work: Callable[[], Any]) -> None:
    said = asyncio.run(asgi(app, work))
    for message in said:
        if message["type"].endswith("failed"):
            raise RuntimeError(message["message"])
    assert [message["type"] for message in said] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


WAYS = [by_server, by_block, by_async_block, by_asgi]
every_way = pytest.mark.parametrize("serve", WAYS, ids=lambda way: way.__name__)


def nothing() -> None:
    """Do nothing while the application is served."""


@every_way
def test_functions_run_in_order_and_generators_end_in_reverse(
    app: Insula, serve: Any
) -> None:
    log: list[str] = []

    @app.before_serving
    def before() -> None:
        log.append("before")

    @app.before_serving
    async def before_async() -> None:
        await asyncio.sleep(0)
        log.append("before async")

    @app.while_serving
    def around() -> Iterator[None]:
        log.append("around")
        yield
        log.append("around end")

    @app.while_serving
    async def around_async() -> AsyncIterator[None]:
        await asyncio.sleep(0)
        log.append("around async")
        yield
        await asyncio.sleep(0)
        log.append("around async end")

    @app.after_serving
    async def after() -> None:
        await asyncio.sleep(0)
        log.append("after async")

    app.after_serving_funcs.append(lambda: log.append("after"))

    serve(app, lambda: log.append("serving"))
    assert log == [
        *["before", "before async", "around", "around async", "serving"],
        *["after async", "after", "around async end", "around end"],
    ]


@every_way
def test_each_has_an_application_context_of_its_own(app: Insula, serve: Any) -> None:
    seen: list[Any] = []

    def look() -> None:
        seen.append((current_app.name, has_request_context(), "mark" in g))
        g.mark = True

    @app.before_serving
    def before() -> None:
        look()

    @app.before_serving
    async def before_async() -> None:
        look()

    @app.while_serving
    def around() -> Iterator[None]:
        look()
        yield
        look()

    @app.while_serving
    async def around_async() -> AsyncIterator[None]:
        look()
        yield
        look()

    with app.test_request_context("/") if serve is by_block else app.app_context():
        serve(app, nothing)
        assert "mark" not in g
    assert seen == [("island", False, False)] * 6
    assert not has_app_context()


@every_way
def test_contexts_are_torn_down_and_told_of_errors(app: Insula, serve: Any) -> None:
    told: list[tuple[str, bool]] = []

    @app.teardown_appcontext
    def teardown(exc: BaseException | None) -> None:
        on_loop = asyncio._get_running_loop() is not None
        told.append((repr(exc), on_loop))

    @app.teardown_appcontext
    async def teardown_async(exc: BaseException | None) -> None:
        await asyncio.sleep(0)
        told.append(("async", False))

    @app.before_serving
    async def before() -> None:
        """Succeed."""

    @app.while_serving
    async def around() -> AsyncIterator[None]:
        if has_app_context():
            raise ValueError(1)
        yield

    with pytest.raises((ValueError, RuntimeError)):
        serve(app, nothing)
    assert told == [
        ("async", False),
        ("None", False),
        ("async", False),
        ("ValueError(1)", False),
    ]


@every_way
def test_failure_of_a_generator_undoes_what_has_begun(app: Insula, serve: Any) -> None:
    log: list[str] = []

    @app.while_serving
    def first() -> Iterator[None]:
        yield
        log.append("first end")

    @app.while_serving
    async def second() -> AsyncIterator[None]:
        yield
        log.append("second end")

    @app.while_serving
    async def third() -> AsyncIterator[None]:
        if has_app_context():
            raise ValueError("no database")
        yield

    @app.after_serving
    def after() -> None:
        log.append("after")

    with pytest.raises((ValueError, RuntimeError), match="no database"):
        serve(app, lambda: log.append("served"))
    assert log == ["after", "second end", "first end"]


@every_way
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_failure_of_a_function_ends_nothing_that_has_not_begun(
    app: Insula, serve: Any, kind: str
) -> None:
    log: list[str] = []

    def fail() -> None:
        raise ValueError("no settings")

    async def fail_async() -> None:
        raise ValueError("no settings")

    app.before_serving(fail if kind == "sync" else fail_async)
    app.after_serving_funcs.append(lambda: log.append("after"))

    with pytest.raises((ValueError, RuntimeError), match="no settings"):
        serve(app, lambda: log.append("served"))
    assert log == []
    app.before_serving_funcs.clear()
    serve(app, lambda: log.append("served"))
    assert log == ["served", "after"]


@every_way
def test_whatever_fails_at_the_end_all_is_called_and_the_first_is_raised(
    app: Insula, serve: Any, caplog: pytest.LogCaptureFixture
) -> None:
    log: list[str] = []

    @app.while_serving
    def last() -> Iterator[None]:
        yield
        log.append("last")

    @app.while_serving
    async def fails() -> AsyncIterator[None]:
        yield
        raise ValueError("second")

    @app.after_serving
    def after() -> None:
        raise ValueError("first")

    with pytest.raises((ValueError, RuntimeError), match="first"):
        serve(app, nothing)
    assert log == ["last"]
    failed = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert len(failed) == 2
    assert "after_serving function" in failed[0]
    assert "fails failed" in failed[1]


@every_way
def test_asynchronous_generator_lives_in_one_task(app: Insula, serve: Any) -> None:
    seen: list[Any] = []

    @app.while_serving
    async def around() -> AsyncIterator[None]:
        token = var.set("set")
        task = asyncio.current_task()
        yield
        seen.append((asyncio.current_task() is task, var.get()))
        var.reset(token)

    serve(app, nothing)
    assert seen == [(True, "set")]
    assert var.get() == "unset"


@every_way
def test_generator_keeps_its_context_variables(app: Insula, serve: Any) -> None:
    @app.while_serving
    def around() -> Iterator[None]:
        token = var.set("set")
        yield
        assert var.get() == "set"
        var.reset(token)

    serve(app, lambda: None)
    assert var.get() == "unset"


@every_way
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_generator_may_hold_a_context_of_its_own(
    app: Insula, serve: Any, kind: str
) -> None:
    seen: list[Any] = []

    @app.while_serving
    def around() -> Iterator[None]:
        with app.app_context():
            g.x = "sync"
            yield
            seen.append(g.get("x"))

    @app.while_serving
    async def around_async() -> AsyncIterator[None]:
        with app.app_context():
            g.x = "async"
            yield
            seen.append(g.get("x"))

    del app.while_serving_gens[1 if kind == "sync" else 0]
    serve(app, nothing)
    assert seen == [kind]
    assert not has_app_context()


@every_way
@pytest.mark.parametrize(
    ("wrong", "message"),
    [("none", "ended before its `yield`"), ("two", "yielded a second time")],
)
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_generator_that_does_not_yield_once_is_named(
    app: Insula, serve: Any, kind: str, wrong: str, message: str
) -> None:
    def around() -> Iterator[None]:
        for _ in range(2 if wrong == "two" else 0):
            yield

    async def around_async() -> AsyncIterator[None]:
        for _ in range(2 if wrong == "two" else 0):
            yield

    entry: Any = around if kind == "sync" else around_async
    app.while_serving(entry)
    with pytest.raises(RuntimeError, match=f"{entry.__name__} {message}"):
        serve(app, nothing)


@every_way
def test_function_that_is_no_generator_is_named(app: Insula, serve: Any) -> None:
    app.while_serving_gens.append(lambda: 7)
    with pytest.raises((TypeError, RuntimeError), match="must be a generator function"):
        serve(app, nothing)


@every_way
def test_partials_and_generators_themselves_serve_as_well(
    app: Insula, serve: Any
) -> None:
    log: list[str] = []

    async def note(text: str) -> None:
        log.append(text)

    async def around(text: str) -> AsyncIterator[None]:
        log.append(text)
        yield

    app.before_serving_funcs.append(functools.partial(note, "before"))
    app.while_serving_gens += [functools.partial(around, "one"), around("two")]
    serve(app, nothing)
    assert log == ["before", "one", "two"]


@pytest.mark.parametrize("serve", [by_async_block, by_asgi])
def test_event_loop_is_not_blocked_by_what_is_synchronous(
    app: Insula, serve: Any
) -> None:
    threads: list[Any] = []
    loops: list[Any] = []

    @app.before_serving
    def before() -> None:
        threads.append(threading.current_thread())

    @app.while_serving
    def around() -> Iterator[None]:
        threads.append(threading.current_thread())
        yield
        threads.append(threading.current_thread())

    @app.before_serving
    async def before_async() -> None:
        loops.append(asyncio.get_running_loop())

    @app.while_serving
    async def around_async() -> AsyncIterator[None]:
        loops.append(asyncio.get_running_loop())
        yield

    serve(app, lambda: loops.append(asyncio.get_running_loop()))
    assert len(threads) == 3
    assert threading.current_thread() not in threads
    assert len(loops) == 3
    assert len(set(loops)) == 1


def test_task_of_a_generator_that_fails_while_serving_ends_it_and_is_reported(
    app: Insula, caplog: pytest.LogCaptureFixture
) -> None:
    ended = asyncio.Event()

    @app.while_serving
    async def around() -> AsyncIterator[None]:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().call_soon(task.cancel)
        try:
            yield
        except asyncio.CancelledError:
            ended.set()
            raise ValueError("the worker has failed") from None

    async def main() -> None:
        async with app.test_serving():
            await asyncio.wait_for(ended.wait(), 10)

    asyncio.run(main())
    assert "around failed while the application was being served" in caplog.text
    assert "the worker has failed" in caplog.text


def test_two_that_serve_in_one_process_start_and_stop_it_once(app: Insula) -> None:
    log: list[str] = []
    app.before_serving(lambda: log.append("before"))
    app.after_serving(lambda: log.append("after"))
    with app.test_serving():
        with app.test_serving():
            log.append("both")
        log.append("one")
    assert log == ["before", "both", "one", "after"]
    with app.test_serving():
        pass
    assert log[4:] == ["before", "after"]


def test_other_applications_are_left_alone_by_a_server() -> None:
    def other(environ: Any, start_response: Any) -> list[bytes]:
        return []

    start_serving(other)
    stop_serving(other)


# -- ASGI ------------------------------------------------------------------------------


def test_asgi_failure_to_start_is_said_and_logged(
    app: Insula, caplog: pytest.LogCaptureFixture
) -> None:
    @app.before_serving
    async def before() -> None:
        raise ValueError("no database")

    said = asyncio.run(asgi(app, nothing))
    assert said == [
        {"type": "lifespan.startup.failed", "message": "ValueError: no database"}
    ]
    assert "The application 'island' could not be started" in caplog.text


def leave() -> None:
    raise SystemExit(3)


async def leave_async() -> None:
    raise SystemExit(3)


@pytest.mark.parametrize("step", [leave, leave_async])
def test_asgi_start_that_exits_is_a_failure_to_start(app: Insula, step: Any) -> None:
    app.before_serving(step)
    said = asyncio.run(asgi(app, nothing))
    assert said == [{"type": "lifespan.startup.failed", "message": "SystemExit: 3"}]


@pytest.mark.parametrize("step", [leave, leave_async])
def test_asgi_stop_that_exits_is_a_failure_to_stop(app: Insula, step: Any) -> None:
    app.after_serving(step)
    said = asyncio.run(asgi(app, nothing))
    assert said[-1] == {"type": "lifespan.shutdown.failed", "message": "SystemExit: 3"}


def test_asgi_failure_to_stop_is_said(app: Insula) -> None:
    @app.after_serving
    async def after() -> None:
        raise ValueError("still busy")

    said = asyncio.run(asgi(app, nothing))
    assert said[1] == {
        "type": "lifespan.shutdown.failed",
        "message": "ValueError: still busy",
    }


def test_asgi_server_that_gives_up_has_what_was_begun_ended(app: Insula) -> None:
    log: list[str] = []

    @app.while_serving
    async def around() -> AsyncIterator[None]:
        yield
        log.append("end")

    async def main() -> None:
        started = asyncio.Event()
        first = [{"type": "lifespan.startup"}]

        async def receive() -> Any:
            if first:
                return first.pop()
            started.set()
            return await asyncio.Event().wait()

        async def send(message: Any) -> None:
            """Take it."""

        task = asyncio.create_task(app({"type": "lifespan"}, receive, send))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert log == ["end"]


def test_asgi_state_of_the_scope_is_left_alone(app: Insula) -> None:
    scope: dict[str, Any] = {"type": "lifespan", "state": {"theirs": 1}}
    messages = ["lifespan.startup", "lifespan.shutdown"]

    async def receive() -> dict[str, Any]:
        return {"type": messages.pop(0)}

    async def send(message: Any) -> None:
        """Take it."""

    asyncio.run(app(scope, receive, send))
    assert scope["state"] == {"theirs": 1}


# -- the first request -----------------------------------------------------------------


@pytest.fixture
def served(app: Insula) -> Iterator[Insula]:
    """Make an application that a first request may start; stop it."""
    yield app
    stop_serving(None)


SERVER = {"SERVER_SOFTWARE": "other/1.0"}


def test_first_request_from_a_server_starts_the_application(
    served: Insula, call: Callable[..., Any]
) -> None:
    log: list[str] = []

    @served.before_serving
    async def before() -> None:
        log.append(f"before {has_request_context()}")

    @served.while_serving
    def around() -> Iterator[None]:
        log.append("around")
        yield
        log.append("end")

    @served.before_first_request
    def first() -> None:
        log.append("first")

    @served.route("/")
    def view() -> str:
        log.append(request.path)
        return "ok"

    for _ in range(2):
        assert call(environ_base=SERVER)[2] == [b"ok"]
    assert log == ["before False", "around", "first", "/", "/"]
    stop_serving(None)
    assert log[-1] == "end"


def test_first_requests_at_once_start_it_once_and_wait(
    served: Insula, call: Callable[..., Any]
) -> None:
    log: list[str] = []
    barrier = threading.Barrier(8)

    @served.before_serving
    async def before() -> None:
        await asyncio.sleep(0.05)
        log.append("before")

    @served.route("/")
    def view() -> str:
        log.append("view")
        return "ok"

    def work() -> None:
        barrier.wait()
        call(environ_base=SERVER)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log == ["before", *["view"] * 8]


def test_request_of_a_test_does_not_start_it_and_closes_set_up(
    served: Insula, call: Callable[..., Any]
) -> None:
    log: list[str] = []
    served.before_serving(lambda: log.append("before"))
    served.before_first_request(lambda: log.append("first"))
    served.add_url_rule("/", view_func=lambda: "ok")
    for _ in range(2):
        assert served.test_client().get("/").text == "ok"
    assert log == ["first"]
    assert served.got_first_request
    with pytest.raises(AssertionError, match="'before_serving' can no longer"):
        served.before_serving(nothing)
    call(environ_base=SERVER)
    assert log == ["first", "before"]


def test_start_that_fails_is_tried_again_by_the_next_request(
    served: Insula, call: Callable[..., Any]
) -> None:
    log: list[str] = []
    failures = [ValueError("not yet")]

    @served.while_serving
    def around() -> Iterator[None]:
        log.append("around")
        yield
        log.append("end")

    @served.while_serving
    def flaky() -> Iterator[None]:
        if failures:
            raise failures.pop()
        yield

    served.add_url_rule("/", view_func=lambda: "ok")
    assert call(environ_base=SERVER)[0].startswith("500")
    assert log == ["around", "end"]
    assert call(environ_base=SERVER)[0].startswith("200")
    assert log == ["around", "end", "around"]


def test_application_that_a_server_has_started_is_not_started_by_a_request(
    served: Insula, call: Callable[..., Any]
) -> None:
    log: list[str] = []
    served.before_serving(lambda: log.append("before"))
    served.add_url_rule("/", view_func=lambda: "ok")
    start_serving(served)
    call(environ_base=SERVER)
    stop_serving(served)
    assert log == ["before"]


def test_asynchronous_request_from_a_server_without_lifespan_starts_it_on_its_loop(
    served: Insula,
) -> None:
    loops: list[Any] = []

    @served.before_serving
    async def before() -> None:
        loops.append(asyncio.get_running_loop())

    @served.route("/")
    async def view() -> str:
        loops.append(asyncio.get_running_loop())
        return "ok"

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [],
        "client": None,
        "server": None,
    }
    said: list[Any] = []

    async def main() -> None:
        async def receive() -> Any:
            return {"type": "http.request"}

        async def send(message: Any) -> None:
            said.append(message)

        await served(scope, receive, send)

    asyncio.run(main())
    assert said[0]["status"] == 200
    assert len(loops) == 2
    assert len(set(loops)) == 1


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_function_that_sends_a_request_does_not_wait_for_itself(
    served: Insula, call: Callable[..., Any], kind: str
) -> None:
    answers: list[str] = []

    def warm_up() -> None:
        answers.append(served.test_client().get("/").text)

    async def warm_up_async() -> None:
        warm_up()

    served.before_serving(warm_up if kind == "sync" else warm_up_async)
    served.before_first_request(warm_up if kind == "sync" else warm_up_async)
    served.add_url_rule("/", view_func=lambda: "ok")
    assert call(environ_base=SERVER)[2] == [b"ok"]
    assert answers == ["ok", "ok"]
