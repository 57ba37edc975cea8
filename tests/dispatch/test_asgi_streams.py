"""Bodies under ASGI, out and in: as they come, with back-pressure, to either end."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from tests.dispatch.asgi_server import Client, ask, scope_for

from insula import Insula, Response, g, request, send_file, stream_with_context
from insula.context import RequestContext

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator
    from pathlib import Path


T = TypeVar("T")


def run(coro: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coro)


@pytest.fixture
def app() -> Insula:
    return Insula(__name__)


async def until(client: Client, condition: Any) -> None:
    """Wait until what a client sees fulfils a condition."""

    async def look() -> None:
        while not condition():
            client.has_news.clear()
            if not condition():
                await client.has_news.wait()

    await asyncio.wait_for(look(), 10)


# -- out -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_stream_is_sent_chunk_by_chunk_without_empty_ones(
    app: Insula, kind: str
) -> None:
    def steps() -> Iterator[Any]:
        yield "a"
        yield ""
        yield b"b"

    async def async_steps() -> AsyncIterator[Any]:
        for chunk in steps():
            yield chunk

    @app.route("/sync")
    def sync() -> Response:
        return Response(steps())

    @app.route("/async")
    async def asynchronous() -> Any:
        return async_steps()

    answer = run(ask(app, f"/{kind}"))

    assert answer.chunks == [b"a", b"b", b""]
    assert [m.get("more_body", False) for m in answer.messages[1:]] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_stream_goes_no_further_than_its_client_takes(app: Insula, kind: str) -> None:
    made: list[int] = []

    def steps() -> Iterator[str]:
        for n in range(100):
            made.append(n)
            yield str(n)

    async def async_steps() -> AsyncIterator[str]:
        for chunk in steps():
            yield chunk

    @app.route("/sync")
    def sync() -> Response:
        return Response(steps())

    @app.route("/async")
    async def asynchronous() -> Any:
        return async_steps()

    async def main() -> int:
        client = Client(app, scope_for(f"/{kind}"))
        client.is_taking.clear()
        task = client.start()
        await client.is_refused.wait()
        for _ in range(100):
            await asyncio.sleep(0)
        so_far = len(made)
        client.is_taking.set()
        assert len((await task).chunks) == 101
        return so_far

    # The head waits; a chunk may be there already.
    assert run(main()) <= 1


def test_stream_with_context_keeps_the_request_until_its_end(app: Insula) -> None:
    log: list[str] = []

    @app.teardown_request
    async def end(exc: BaseException | None) -> None:
        log.append("end")

    @app.route("/<kind>")
    async def index(kind: str) -> Any:
        g.name = "kept"

        @stream_with_context
        async def steps() -> AsyncIterator[str]:
            yield request.path
            await asyncio.sleep(0)
            log.append("step")
            yield g.name

        return steps()

    answer = run(ask(app, "/x"))

    assert answer.text == "/xkept"
    assert log == ["step", "end"]


@pytest.mark.parametrize("is_wrapped", [True, False])
@pytest.mark.parametrize("has_async_teardown", [True, False])
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_stream_of_a_sync_view_that_nobody_sends_ends_off_the_loop(
    app: Insula, *, has_async_teardown: bool, is_wrapped: bool
) -> None:
    log: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        begun, ended = asyncio.Event(), asyncio.Event()
        may_answer = threading.Event()
        threads: set[int] = set()

        def end(exc: BaseException | None) -> None:
            log.append(f"{request.path} {type(exc).__name__}")
            threads.add(threading.get_ident())
            loop.call_soon_threadsafe(ended.set)

        async def end_async(exc: BaseException | None) -> None:
            log.append(f"{request.path} {type(exc).__name__}")
            ended.set()

        app.teardown_request(end_async if has_async_teardown else end)

        @app.route("/")
        def index() -> Any:
            stream = stream_with_context(iter(["chunk"]))
            loop.call_soon_threadsafe(begun.set)
            assert may_answer.wait(10)
            return Response(stream) if is_wrapped else stream

        task = Client(app, scope_for("/")).start()
        await asyncio.wait_for(begun.wait(), 10)
        task.cancel()
        await asyncio.wait([task], timeout=10)
        assert task.cancelled()
        may_answer.set()
        del task
        for _ in range(20):
            gc.collect()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(ended.wait(), 0.01)
                break
        assert threading.get_ident() not in threads

    run(main())
    assert log == ["/ GeneratorExit"]


@pytest.mark.parametrize("way", ["async", "async-held", "sync", "sync-held"])
def test_client_that_leaves_ends_a_stream_that_has_no_end(
    app: Insula, way: str
) -> None:
    log: list[str] = []

    def steps() -> Iterator[str]:
        try:
            while True:
                yield "chunk"
        finally:
            log.append("closed")

    async def async_steps() -> AsyncIterator[str]:
        try:
            while True:
                yield "chunk"
                await asyncio.sleep(0)
        finally:
            await asyncio.sleep(0)
            log.append("closed")

    @app.teardown_request
    def end(exc: BaseException | None) -> None:
        log.append("end")

    @app.route("/async")
    async def asynchronous() -> Any:
        return async_steps()

    @app.route("/async-held")
    async def async_held() -> Any:
        return stream_with_context(async_steps())

    @app.route("/sync")
    def sync() -> Any:
        return steps()

    @app.route("/sync-held")
    def sync_held() -> Any:
        return stream_with_context(steps())

    async def main() -> None:
        client = Client(app, scope_for(f"/{way}"))
        task = client.start()
        await until(client, lambda: len(client.answer.messages) > 3)
        client.leave()
        answer = await task
        assert answer.messages[-1].get("more_body")

    run(main())
    assert sorted(log) == ["closed", "end"]
    assert log == (["closed", "end"] if "held" in way else ["end", "closed"])


def test_client_that_leaves_ends_a_stream_that_waits(app: Insula) -> None:
    log: list[str] = []

    @app.route("/")
    async def index() -> Any:
        async def steps() -> AsyncIterator[str]:
            try:
                yield "first"
                await asyncio.Event().wait()
            finally:
                log.append("closed")

        return steps()

    async def main() -> None:
        client = Client(app, scope_for())
        task = client.start()
        await until(client, lambda: len(client.answer.messages) > 1)
        client.leave()
        await task

    run(main())
    assert log == ["closed"]


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_stream_that_fails_midway_is_not_ended(app: Insula, kind: str) -> None:
    def steps() -> Iterator[str]:
        yield "a"
        raise ArithmeticError

    async def async_steps() -> AsyncIterator[str]:
        for chunk in steps():
            yield chunk

    @app.route("/sync")
    def sync() -> Any:
        return steps()

    @app.route("/async")
    async def asynchronous() -> Any:
        return async_steps()

    async def main() -> Client:
        client = Client(app, scope_for(f"/{kind}"))
        with pytest.raises(ArithmeticError):
            await client.run()
        return client

    assert run(main()).answer.messages[-1]["more_body"]


def test_server_that_refuses_to_send_ends_the_stream_quietly(app: Insula) -> None:
    closed: list[bool] = []

    @app.route("/")
    async def index() -> Any:
        async def steps() -> AsyncIterator[str]:
            try:
                while True:
                    yield "a"
            finally:
                closed.append(True)

        return steps()

    class Refusing(Client):
        async def send(self, message: dict[str, Any]) -> None:
            if len(self.answer.messages) > 2:
                raise OSError
            await super().send(message)

    run(Refusing(app, scope_for()).run())
    assert closed == [True]


def test_head_of_a_stream_has_no_body_and_begins_none(app: Insula) -> None:
    begun: list[bool] = []

    @app.route("/")
    async def index() -> Any:
        async def steps() -> AsyncIterator[str]:
            begun.append(True)
            yield "a"

        return steps()

    answer = run(ask(app, "/", "HEAD"))

    assert (answer.text, begun) == ("", [])


def test_file_is_sent_whole_and_closed(app: Insula, tmp_path: Path) -> None:
    file = tmp_path / "data.bin"
    file.write_bytes(bytes(range(256)) * 4096)

    @app.route("/async")
    async def asynchronous() -> Any:
        return send_file(file)

    @app.route("/sync")
    def sync() -> Any:
        return send_file(file)

    for path in ("/async", "/sync"):
        answer = run(ask(app, path))
        assert b"".join(answer.chunks) == file.read_bytes()
        assert answer.headers["content-length"] == "1048576"
    partial = run(ask(app, "/sync", headers=[("range", "bytes=1-3")]))
    assert (partial.status, b"".join(partial.chunks)) == (206, b"\1\2\3")


# -- in --------------------------------------------------------------------------------


def test_view_sees_a_body_as_it_comes(app: Insula) -> None:
    seen: list[bytes] = []
    arrived = asyncio.Event()

    @app.route("/", methods=["POST"])
    async def index() -> str:
        async for chunk in request.stream:
            seen.append(chunk)
            arrived.set()
        return str(len(seen))

    async def main() -> str:
        client = Client(app, scope_for("/", "POST", [("transfer-encoding", "chunked")]))
        task = client.start()
        for piece in (b"a", b"bb"):
            client.put(piece, more=True)
            await arrived.wait()
            arrived.clear()
        assert seen == [b"a", b"bb"]
        client.put(b"", more=False)
        return (await task).text

    assert run(main()) == "2"


def test_body_is_not_asked_for_before_it_is_read(app: Insula) -> None:
    held, go = asyncio.Event(), asyncio.Event()

    @app.route("/", methods=["POST"])
    async def index() -> str:
        chunks = aiter(request.stream)
        await anext(chunks)
        held.set()
        await go.wait()
        return str([chunk async for chunk in chunks])

    async def main() -> tuple[int, str]:
        client = Client(app, scope_for("/", "POST", [("transfer-encoding", "chunked")]))
        for _ in range(9):
            client.put(b"x", more=True)
        client.put(b"y")
        task = client.start()
        await held.wait()
        for _ in range(50):
            await asyncio.sleep(0)
        asked = client.asked
        go.set()
        return asked, (await task).text

    asked, text = run(main())
    # One more may be waited for, to hear of the client's going.
    assert asked <= 2
    assert text.count("x") == 8


def test_sync_view_reads_a_body_line_by_line_as_it_comes(app: Insula) -> None:
    @app.route("/", methods=["POST"])
    def index() -> str:
        return str([line.strip() for line in request.stream])

    answer = run(ask(app, "/", "POST", body=[b"on", b"e\ntw", b"o\n", b""]))

    assert answer.text == "[b'one', b'two']"


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_client_that_leaves_amid_its_body_ends_who_waits_for_it(
    app: Insula, kind: str
) -> None:
    failures: list[str] = []

    @app.route("/sync", methods=["POST"])
    def sync() -> str:
        try:
            return request.get_data(as_text=True)
        except Exception as exc:
            failures.append(type(exc).__name__)
            raise

    @app.route("/async", methods=["POST"])
    async def asynchronous() -> str:
        try:
            text = await request.get_data(as_text=True)
        except BaseException as exc:
            failures.append(type(exc).__name__)
            raise
        return text

    async def main() -> None:
        fields = [("content-length", "100000")]
        client = Client(app, scope_for(f"/{kind}", "POST", fields))
        client.put(b"a piece", more=True)
        client.leave()
        await client.run()

    run(main())
    # A view on the loop is cancelled, unless its reading was told first.
    assert failures in (
        [["ClientDisconnected"]]
        if kind == "sync"
        else [["CancelledError"], ["ClientDisconnected"]]
    )


def test_short_body_whose_client_leaves_calls_nothing(app: Insula) -> None:
    called: list[bool] = []
    app.before_request(lambda: called.append(True))

    async def main() -> Client:
        client = Client(app, scope_for("/", "POST", [("content-length", "5")]))
        client.put(b"a", more=True)
        client.leave()
        await client.run()
        return client

    assert run(main()).answer.messages == []
    assert called == []


# -- cancellation ----------------------------------------------------------------------


def _contexts() -> int:
    gc.collect()
    # NOTE: not `isinstance`, which asks a proxy what it stands for.
    return sum(issubclass(type(thing), RequestContext) for thing in gc.get_objects())


class Stop(Exception):
    pass


@pytest.mark.parametrize("how", ["cancel", "leave", "error", "timeout"])
@pytest.mark.parametrize(
    "place", ["before", "view", "nested", "after", "stream", "held"]
)
def test_request_that_ends_at_any_await_leaves_no_context(
    app: Insula, place: str, how: str
) -> None:
    torn: list[str] = []
    refs: list[weakref.ref[Any]] = []
    reached = asyncio.Event()

    async def pause(where: str) -> None:
        if where != place:
            await asyncio.sleep(0)
            return
        reached.set()
        if how == "error":
            raise Stop
        if how == "timeout":
            await asyncio.wait_for(asyncio.Event().wait(), 0.001)
        await asyncio.Event().wait()

    @app.before_request
    async def before() -> None:
        await pause("before")

    @app.after_request
    async def after(response: Response) -> Response:
        await pause("after")
        return response

    @app.teardown_request
    async def teardown(exc: BaseException | None) -> None:
        await asyncio.sleep(0)
        assert request.path == "/"
        torn.append("request")

    @app.teardown_appcontext
    async def end(exc: BaseException | None) -> None:
        await asyncio.sleep(0)
        torn.append("app")

    @app.route("/")
    async def index() -> Any:
        refs.append(weakref.ref(request._get_current_object()))  # type: ignore[attr-defined]  # of the proxy
        g.cycle = object()
        await pause("view")
        await asyncio.gather(pause("nested"))

        async def steps() -> AsyncIterator[str]:
            yield "a"
            await pause("stream")
            await pause("held")
            yield "b"

        return stream_with_context(steps()) if place == "held" else steps()

    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.logger.disabled = True  # the test runner keeps what is logged, and tracebacks

    async def main() -> None:
        client = Client(app, scope_for())
        task = client.start()
        await asyncio.wait_for(reached.wait(), 10)
        if how == "cancel":
            await asyncio.sleep(0)
            task.cancel()
        elif how == "leave":
            client.leave()
        await asyncio.wait([task], timeout=10)
        assert task.done()
        if not task.cancelled():
            task.exception()

    before_all = _contexts()
    run(main())
    assert sorted(torn) == ["app", "request"]
    # A worker thread that took part may still be on its way home.
    deadline = time.monotonic() + 5
    while _contexts() > before_all and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _contexts() == before_all
    assert all(ref() is None for ref in refs)


def test_server_that_cancels_without_a_word_cancels_what_is_async_on_a_thread(
    app: Insula,
) -> None:
    torn = threading.Event()
    caught: list[str] = []
    app.teardown_request(lambda exc: torn.set())
    # A hook that is synchronous takes the request to a thread.
    app.before_request(lambda: None)
    reached = asyncio.Event()

    @app.route("/")
    async def index() -> str:
        reached.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            caught.append(request.path)
            raise
        return ""

    async def main() -> bool:
        task = Client(app, scope_for()).start()
        await asyncio.wait_for(reached.wait(), 10)
        await asyncio.sleep(0.01)  # the client is waited for now
        task.cancel()
        await asyncio.wait([task], timeout=10)
        return await asyncio.to_thread(torn.wait, 10)

    assert run(main())
    assert caught == ["/"]


def test_view_that_ignores_its_cancellation_is_answered_and_torn_down(
    app: Insula,
) -> None:
    torn: list[BaseException | None] = []
    reached = asyncio.Event()

    @app.teardown_request
    async def teardown(exc: BaseException | None) -> None:
        await asyncio.sleep(0)
        torn.append(exc)

    @app.route("/")
    async def index() -> str:
        reached.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "all the same"
        return ""

    async def main() -> str:
        client = Client(app, scope_for())
        task = client.start()
        await reached.wait()
        client.leave()
        return (await task).text

    assert run(main()) == "all the same"
    assert torn == [None]
