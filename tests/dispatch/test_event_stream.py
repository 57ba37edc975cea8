"""Streams of server-sent events, under WSGI and under ASGI, and how they end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.test import create_environ

from insula import (
    Insula,
    Response,
    ServerSentEvent,
    g,
    request,
    send_events,
    session,
)
from insula.dispatch.lasting.event_stream import end_event_streams
from insula.dispatch.loops.process_state import state_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

var: ContextVar[str] = ContextVar("var", default="unset")
WAIT = 30
KINDS = pytest.mark.parametrize("kind", ["sync", "async"])
WAYS = pytest.mark.parametrize("way", ["wsgi", "asgi", "asgi, sync view"])


def of_kind(kind: str, steps: Callable[[], Iterator[Any]]) -> Any:
    """Return a generator, or an asynchronous one that does the same."""
    generator: Any = steps()
    if kind == "sync":
        return generator

    async def steps_async() -> AsyncIterator[Any]:
        try:
            for item in generator:
                await asyncio.sleep(0)
                yield item
        finally:
            getattr(generator, "close", list)()

    return steps_async()


class Client:
    """Read a stream, chunk by chunk, and go away when there were enough."""

    def __init__(self, app: Insula, way: str) -> None:
        self._app = app
        self._way = way
        self.headers: dict[str, str] = {}
        self.status = 0

    def read(self, path: str, enough: int | None = None, method: str = "GET") -> Any:
        """Return up to ``enough`` chunks."""
        if self._way == "wsgi":
            return self._read_wsgi(path, enough, method)
        return asyncio.run(self._read_asgi(path, enough, method))

    def _read_wsgi(self, path: str, enough: int | None, method: str) -> list[bytes]:
        def start(status: str, headers: Any, exc_info: Any = None) -> Any:
            self.status = int(status[:3])
            self.headers = dict(headers)

        body: Any = self._app(create_environ(path, method=method), start)
        chunks = []
        try:
            for chunk in body:
                chunks.append(chunk)
                if len(chunks) == enough:
                    break
        finally:
            getattr(body, "close", list)()
        return chunks

    async def _read_asgi(
        self, path: str, enough: int | None, method: str
    ) -> list[bytes]:
        chunks: list[bytes] = []
        gone = asyncio.Event()
        messages = [{"type": "http.request"}]

        async def receive() -> Any:
            if messages:
                return messages.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.headers = {
                    name.decode().title(): value.decode()
                    for name, value in message["headers"]
                }
            elif message["body"]:
                chunks.append(message["body"])
                if len(chunks) == enough:
                    gone.set()
                    await asyncio.sleep(0)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [],
        }
        await self._app(scope, receive, send)
        return chunks[:enough]


def add_view(app: Insula, way: str, view: Callable[[], Any]) -> None:
    """Add a view at / that is asynchronous unless the way says otherwise."""
    if way == "asgi":

        async def view_async() -> Any:
            await asyncio.sleep(0)
            return view()

        app.add_url_rule("/", view_func=view_async)
    else:
        app.add_url_rule("/", view_func=view)


@pytest.fixture(autouse=True)
def nothing_is_open(app: Insula) -> Iterator[None]:
    yield
    assert not state_of(app).streams


@KINDS
@WAYS
def test_items_are_sent_as_events_with_the_fields_that_are_needed(
    app: Insula, kind: str, way: str
) -> None:
    def steps() -> Iterator[Any]:
        yield "one"
        yield {"two": 2}
        yield ServerSentEvent("three", event="tick", id="3")

    add_view(app, way, lambda: send_events(of_kind(kind, steps), retry=1500))
    client = Client(app, way)
    assert client.read("/") == [
        b"retry: 1500\n\n",
        b"data: one\n\n",
        b'data: {"two":2}\n\n'.replace(b":2", b": 2"),
        b"event: tick\nid: 3\ndata: three\n\n",
    ]
    assert client.status == 200
    assert client.headers == {
        "Content-Type": "text/event-stream; charset=utf-8",
        "Cache-Control": "no-store, no-transform",
        "X-Accel-Buffering": "no",
    }


@KINDS
@WAYS
def test_events_have_the_requests_context_to_their_end(
    app: Insula, kind: str, way: str
) -> None:
    log: list[Any] = []

    @app.teardown_request
    def teardown(exc: BaseException | None) -> None:
        log.append((request.path, g.value, exc, asyncio._get_running_loop()))

    @app.teardown_appcontext
    async def teardown_app(exc: BaseException | None) -> None:
        log.append("app")

    def steps() -> Iterator[str]:
        yield f"{request.path} {g.value} {session['user']} {var.get()}"
        g.value = 2
        yield str(log)

    def view() -> Response:
        g.value = 1
        session["user"] = "ada"
        var.set("set")
        return send_events(of_kind(kind, steps))

    add_view(app, way, view)
    assert Client(app, way).read("/")[1:] == [
        b"data: / 1 ada set\n\n",
        b"data: []\n\n",
    ]
    assert log == [("/", 2, None, None), "app"]


@KINDS
@WAYS
def test_client_that_goes_ends_the_generator_and_the_contexts(
    app: Insula, kind: str, way: str
) -> None:
    log: list[Any] = []
    ended = threading.Event()

    @app.teardown_request
    def teardown(exc: BaseException | None) -> None:
        log.append(type(exc))
        ended.set()

    def steps() -> Iterator[str]:
        try:
            while True:
                yield "more"
        finally:
            log.append(request.path)

    add_view(app, way, lambda: send_events(of_kind(kind, steps)))
    assert len(Client(app, way).read("/", enough=3)) == 3
    assert ended.wait(WAIT)
    assert log == ["/", GeneratorExit]


@WAYS
def test_client_that_goes_while_nothing_comes_ends_an_asynchronous_generator(
    app: Insula, way: str
) -> None:
    log: list[str] = []
    ended = threading.Event()

    async def steps() -> AsyncIterator[str]:
        try:
            await asyncio.Event().wait()
            yield "never"
        except asyncio.CancelledError:
            log.append(f"cancelled {request.path}")
            raise
        finally:
            ended.set()

    add_view(app, way, lambda: send_events(steps(), heartbeat=0.01))
    assert Client(app, way).read("/", enough=3) == [b":\n\n"] * 3
    assert ended.wait(WAIT)
    assert log == ["cancelled /"]


@WAYS
def test_synchronous_generator_that_waits_is_ended_when_it_goes_on(
    app: Insula, way: str
) -> None:
    go, ended = threading.Event(), threading.Event()
    log: list[Any] = []

    @app.teardown_request
    def teardown(exc: BaseException | None) -> None:
        log.append(type(exc))
        ended.set()

    def steps() -> Iterator[str]:
        try:
            go.wait(WAIT)
            yield "late"
        finally:
            log.append(request.path)

    add_view(app, way, lambda: send_events(steps(), heartbeat=0.01))
    assert Client(app, way).read("/", enough=3) == [b":\n\n"] * 3
    assert log == []
    assert len(state_of(app).streams) == 1
    go.set()
    assert ended.wait(WAIT)
    assert log == ["/", GeneratorExit]


@KINDS
@WAYS
def test_error_of_a_generator_reaches_who_sends_and_the_teardown(
    app: Insula, kind: str, way: str
) -> None:
    told: list[Any] = []
    app.teardown_request(lambda exc: told.append(repr(exc)))

    def steps() -> Iterator[str]:
        yield "one"
        raise ValueError("no more")

    add_view(app, way, lambda: send_events(of_kind(kind, steps)))
    with pytest.raises(ValueError, match="no more"):
        Client(app, way).read("/")
    assert told == ["ValueError('no more')"]


@KINDS
@WAYS
def test_generator_is_never_ahead_of_the_client(
    app: Insula, kind: str, way: str
) -> None:
    made: list[int] = []

    def steps() -> Iterator[str]:
        for number in range(1000):
            made.append(number)
            yield str(number)

    add_view(app, way, lambda: send_events(of_kind(kind, steps)))
    Client(app, way).read("/", enough=5)
    # Of five chunks the first is none of its; one more may be on its way.
    assert len(made) in {4, 5}


@KINDS
def test_generator_lives_on_one_thread_or_in_one_task(app: Insula, kind: str) -> None:
    places: list[Any] = []

    def steps() -> Iterator[str]:
        token = var.set("set")
        for _ in range(3):
            with contextlib.suppress(RuntimeError):
                places.append(asyncio.current_task())
            places.append(threading.current_thread())
            yield var.get()
        var.reset(token)

    app.add_url_rule("/", view_func=lambda: send_events(of_kind(kind, steps)))
    assert Client(app, "wsgi").read("/")[1:] == [b"data: set\n\n"] * 3
    assert len(set(places)) == (1 if kind == "sync" else 2)
    assert threading.current_thread() not in places


@KINDS
@WAYS
def test_heartbeat_is_left_out_where_it_is_not_wanted(
    app: Insula, kind: str, way: str
) -> None:
    def steps() -> Iterator[str]:
        threading.Event().wait(0.05)
        yield "late"

    add_view(app, way, lambda: send_events(of_kind(kind, steps), heartbeat=None))
    assert Client(app, way).read("/") == [b":\n\n", b"data: late\n\n"]


@KINDS
@WAYS
def test_head_request_runs_nothing_and_leaves_nothing(
    app: Insula, kind: str, way: str
) -> None:
    ended = threading.Event()

    @app.teardown_request
    def teardown(exc: BaseException | None) -> None:
        ended.set()

    def steps() -> Iterator[str]:
        yield str(1 / 0)

    add_view(app, way, lambda: send_events(of_kind(kind, steps)))
    client = Client(app, way)
    assert client.read("/", method="HEAD") == []
    assert client.headers["Content-Type"].startswith("text/event-stream")
    assert ended.wait(WAIT)


@KINDS
def test_response_that_is_never_sent_is_ended_when_it_is_dropped(
    app: Insula, kind: str
) -> None:
    told: list[Any] = []
    app.teardown_request(lambda exc: told.append(type(exc)))
    with app.test_request_context("/"):
        response = send_events(of_kind(kind, lambda: iter("ab")))
        assert len(state_of(app).streams) == 1
    assert told == []
    del response
    gc.collect()
    assert told == [GeneratorExit]


@KINDS
def test_response_that_is_replaced_by_a_hook_is_ended(app: Insula, kind: str) -> None:
    told: list[Any] = []
    app.teardown_request(lambda exc: told.append(type(exc)))

    @app.after_request
    def replace(response: Response) -> Response:
        response.close()
        return Response("other")

    app.add_url_rule(
        "/", view_func=lambda: send_events(of_kind(kind, lambda: iter("ab")))
    )
    assert app.test_client().get("/").text == "other"
    assert len(told) == 1


# -- the limit -------------------------------------------------------------------------


@KINDS
def test_more_streams_than_the_limit_are_refused_until_one_has_ended(
    app: Insula, kind: str
) -> None:
    app.config["SSE_MAX_STREAMS"] = 2

    def steps() -> Iterator[str]:
        while True:
            yield "more"

    app.add_url_rule("/", view_func=lambda: send_events(of_kind(kind, steps)))
    client = app.test_client()
    open_ones = [client.get("/") for _ in range(2)]
    refused = client.get("/")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "5"
    assert "2 event streams are open" in refused.text
    open_ones[0].close()
    again = client.get("/")
    assert again.status_code == 200
    for one in (*open_ones[1:], again):
        one.close()


def test_limit_holds_for_requests_at_once(app: Insula) -> None:
    app.config["SSE_MAX_STREAMS"] = 3
    barrier = threading.Barrier(12)
    codes: list[Any] = []

    def work() -> None:
        with app.test_request_context("/"):
            barrier.wait(WAIT)
            try:
                codes.append(send_events(iter("ab")))
            except ServiceUnavailable as exc:
                codes.append(exc)

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(state_of(app).streams) <= 3
    refused = [code for code in codes if isinstance(code, ServiceUnavailable)]
    assert 9 <= len(refused) <= 12
    assert len(codes) == 12
    codes.clear()
    gc.collect()


@KINDS
def test_streams_are_ended_when_the_server_stops(app: Insula, kind: str) -> None:
    ended = threading.Event()

    def steps() -> Iterator[str]:
        try:
            yield "one"
            threading.Event().wait(0.05)
            yield "two"
        finally:
            ended.set()

    app.add_url_rule("/", view_func=lambda: send_events(of_kind(kind, steps)))
    chunks = app.test_client().get("/").response
    assert [next(iter(chunks)), next(iter(chunks))] == [b":\n\n", b"data: one\n\n"]
    [pump] = state_of(app).streams
    end_event_streams(app)
    assert list(chunks) == []
    assert ended.wait(WAIT)
    assert pump.has_ended.wait(WAIT)


# -- what is refused, and what a client says -------------------------------------------


@pytest.mark.parametrize("events", ["text", b"bytes", {"a": 1}, 7])
def test_what_is_no_iterable_of_events_is_refused(app: Insula, events: Any) -> None:
    with (
        app.test_request_context("/"),
        pytest.raises(TypeError, match="hand it a generator, or a list"),
    ):
        send_events(events)


@pytest.mark.parametrize("heartbeat", [0, -1])
def test_heartbeat_that_is_no_time_is_refused(app: Insula, heartbeat: float) -> None:
    with (
        app.test_request_context("/"),
        pytest.raises(ValueError, match="None for no heartbeat"),
    ):
        send_events([], heartbeat=heartbeat)


def test_events_outside_of_a_request_are_refused() -> None:
    with pytest.raises(RuntimeError, match="Call it in a view"):
        send_events([])


def test_list_is_sent_and_ends(app: Insula) -> None:
    app.add_url_rule("/", view_func=lambda: send_events([1, "two"]))
    assert app.test_client().get("/").data == b":\n\ndata: 1\n\ndata: two\n\n"


def test_last_event_id_is_what_the_client_sends(app: Insula) -> None:
    with app.test_request_context("/"):
        assert request.last_event_id is None
    sent = "7-é".encode().decode("latin-1")
    with app.test_request_context("/", headers={"Last-Event-ID": sent}):
        assert request.last_event_id == "7-é"


@KINDS
def test_streams_have_ended_before_what_they_use_is_closed(
    app: Insula, kind: str
) -> None:
    log: list[str] = []

    @app.while_serving
    def around() -> Iterator[None]:
        yield
        log.append("closed")

    def steps() -> Iterator[str]:
        try:
            yield "one"
        finally:
            log.append("ended")

    app.add_url_rule("/", view_func=lambda: send_events(of_kind(kind, steps)))
    with app.test_serving():
        chunks = app.test_client().get("/").response
        assert [next(iter(chunks)), next(iter(chunks))][1] == b"data: one\n\n"
    assert log == ["ended", "closed"]
    assert list(chunks) == []


def test_stream_that_cannot_be_ended_is_reported(
    app: Insula, caplog: pytest.LogCaptureFixture
) -> None:
    go = threading.Event()

    def steps() -> Iterator[str]:
        go.wait(WAIT)
        yield "late"

    app.add_url_rule("/", view_func=lambda: send_events(steps(), heartbeat=0.01))
    with app.test_serving():
        chunks = app.test_client().get("/").response
        assert [next(iter(chunks)), next(iter(chunks))] == [b":\n\n"] * 2
    assert "the generators of 1 event streams go on" in caplog.text
    [pump] = state_of(app).streams
    go.set()
    assert pump.has_ended.wait(WAIT)
