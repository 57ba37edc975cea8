"""Applications of either kind under one, by either interface."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route
from tests.servers.asgi_calls import Call, get, run
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client

from insula import (
    DispatcherMiddleware,
    Insula,
    as_asgi,
    as_wsgi,
    g,
    has_request_context,
    request,
    url_for,
    websocket,
)
from insula.context.stacks import app_stack, request_stack
from insula.dispatch.lasting.lifespan import start_serving, stop_serving
from insula.dispatch.loops.aio import run_on_loop
from insula.servers.errors import ServerError
from insula.servers.interface import choose_interface
from insula.servers.options import ServerOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

HERE: ContextVar[str] = ContextVar("HERE", default="nothing")


def island(name: str) -> Insula:
    app = Insula(name)

    @app.get("/where")
    def where() -> str:
        HERE.set(name)
        return (
            f"{name} {request.root_path}|{request.path}|{url_for('where')}"
            f"|{url_for('where', _external=True)}"
        )

    @app.get("/awaited")
    async def awaited() -> str:
        await asyncio.sleep(0)
        return f"{name} {request.root_path}|{request.path}|{url_for('awaited')}"

    @app.post("/echo")
    def echo() -> bytes:
        return request.get_data()

    @app.get("/stream")
    def stream() -> Any:
        def pieces() -> Iterator[str]:
            yield from ("a", "b", "c")

        return pieces()

    @app.get("/astream")
    async def astream() -> Any:
        async def pieces() -> AsyncIterator[str]:
            for piece in "abc":
                yield piece

        return pieces()

    return app


def star() -> Starlette:
    async def where(request: Request) -> PlainTextResponse:
        HERE.set("star")
        scope = request.scope
        return PlainTextResponse(f"star {scope['root_path']}|{scope['path']}")

    async def place(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.url_for("where").path)

    async def echo(request: Request) -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            async for chunk in request.stream():
                yield chunk

        return StreamingResponse(pieces())

    async def fail(request: Request) -> None:
        raise LookupError("of a star")

    return Starlette(
        routes=[
            Route("/where", where, name="where"),
            Route("/place", place),
            Route("/echo", echo, methods=["POST"]),
            Route("/fail", fail),
        ]
    )


def plain(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    start("200 OK", [("Content-Type", "text/plain")])
    body = environ["wsgi.input"].read()
    return [f"plain {environ['SCRIPT_NAME']}|{environ['PATH_INFO']}|".encode(), body]


@pytest.fixture
def site() -> DispatcherMiddleware:
    return DispatcherMiddleware(
        island("root"),
        {
            "/inner": island("inner"),
            "/star": star(),
            "/plain": plain,
            "/fixed": ProxyFix(island("fixed")),
            "/deep": DispatcherMiddleware(plain, {"/star": star(), "/i": island("i")}),
        },
    )


def by_asgi(app: Any, path: str, body: bytes = b"") -> str:
    return get(app, path, body).text


def by_asgi_2(app: Any, path: str, body: bytes = b"") -> str:
    async def older(scope: Any, receive: Any, send: Any) -> None:
        await app(scope)(receive, send)

    return get(older, path, body).text


def by_asgi_below(app: Any, path: str, body: bytes = b"") -> str:
    return get(app, f"/out{path}", body, root_path="/out").text.replace("/out", "")


def by_asgi_without_root(app: Any, path: str, body: bytes = b"") -> str:
    return get(app, path, body, root_path="/out").text.replace("/out", "")


def by_starlette(app: Any, path: str, body: bytes = b"") -> str:
    outer = Starlette(routes=[Mount("/out", app=app)])
    return get(outer, f"/out{path}", body).text.replace("/out", "")


def by_wsgi(app: Any, path: str, body: bytes = b"") -> str:
    if body:
        return Client(app).post(path, data=body).text
    return Client(app).get(path).text


def by_wsgi_below(app: Any, path: str, body: bytes = b"") -> str:
    kwargs: dict[str, Any] = {"data": body, "method": "POST"} if body else {}
    response = Client(app).open(path, base_url="http://localhost/out", **kwargs)
    return response.text.replace("/out", "")


WAYS = [
    by_asgi,
    by_asgi_2,
    by_asgi_below,
    by_asgi_without_root,
    by_starlette,
    by_wsgi,
    by_wsgi_below,
]


@pytest.mark.parametrize("ask", WAYS)
@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/where", "root |/where|/where|http://localhost/where"),
        (
            "/inner/where",
            "inner /inner|/where|/inner/where|http://localhost/inner/where",
        ),
        ("/inner/awaited", "inner /inner|/awaited|/inner/awaited"),
        ("/star/where", "star /star|/star/where"),
        ("/plain", "plain /plain||"),
        ("/plain/", "plain /plain|/|"),
        ("/plain/x/y", "plain /plain|/x/y|"),
        (
            "/fixed/where",
            "fixed /fixed|/where|/fixed/where|http://localhost/fixed/where",
        ),
        ("/deep/x", "plain /deep|/x|"),
        ("/deep/star/where", "star /deep/star|/deep/star/where"),
        (
            "/deep/i/where",
            "i /deep/i|/where|/deep/i/where|http://localhost/deep/i/where",
        ),
        ("/inner/stream", "abc"),
        ("/inner/astream", "abc"),
        ("/fixed/astream", "abc"),
    ],
)
def test_dispatcher_mounts_every_kind_by_every_interface(
    site: DispatcherMiddleware,
    ask: Callable[..., str],
    path: str,
    answer: str,
) -> None:
    assert ask(site, path) == answer
    assert HERE.get() == "nothing"


@pytest.mark.parametrize("ask", [way for way in WAYS if way is not by_starlette])
def test_dispatcher_tells_a_starlette_where_it_is_mounted(
    site: DispatcherMiddleware, ask: Callable[..., str]
) -> None:
    assert ask(site, "/star/place") == "/star/where"
    assert ask(site, "/deep/star/place") == "/deep/star/where"


@pytest.mark.parametrize("ask", WAYS)
@pytest.mark.parametrize("path", ["/echo", "/star/echo", "/plain", "/fixed/echo"])
@pytest.mark.parametrize("size", [1, 300_000])
def test_dispatcher_hands_bodies_in_and_out(
    site: DispatcherMiddleware, ask: Callable[..., str], path: str, size: int
) -> None:
    body = b"0123456789" * size

    assert ask(site, path, body).rpartition("|")[2].encode() == body


def test_dispatcher_finds_a_mount_whose_name_is_no_ascii_by_both_interfaces() -> None:
    app = DispatcherMiddleware(plain, {"/möhre": island("inner")})

    assert by_wsgi(app, "/möhre/awaited").startswith("inner /möhre|/awaited|")
    answer = get(app, "/möhre/awaited", raw_path=b"/m%C3%B6hre/awaited").text
    assert answer == by_wsgi(app, "/möhre/awaited")


def test_dispatcher_takes_a_changed_mount_into_account() -> None:
    app = DispatcherMiddleware(plain, {"/a": star()})
    assert by_asgi(app, "/a/where") == by_wsgi(app, "/a/where") == "star /a|/a/where"

    for name in ("one", "two", "three"):
        app.mounts = {"/a": island(name)}
        assert by_wsgi(app, "/a/awaited").startswith(f"{name} /a|")
        assert by_asgi(app, "/a/awaited").startswith(f"{name} /a|")
        assert len(app._known) <= 3


# -- errors ----------------------------------------------------------------------------


def test_error_of_an_asgi_mount_is_raised_to_the_wsgi_server() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise LookupError("of a coroutine")

    with pytest.raises(LookupError, match="of a coroutine"):
        by_wsgi(DispatcherMiddleware(broken), "/")


def test_error_of_an_asgi_mount_that_has_answered_is_logged(
    site: DispatcherMiddleware, caplog: pytest.LogCaptureFixture
) -> None:
    answer = Client(site).get("/star/fail")

    assert answer.status_code == 500
    assert answer.text == "Internal Server Error"
    [record] = caplog.records
    assert record.message == "An application failed after it had answered"
    assert "LookupError: of a star" in caplog.text


def test_error_of_an_asgi_mount_amid_its_response_is_raised_to_the_wsgi_server() -> (
    None
):
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        raise LookupError("of a coroutine")

    body = Client(as_wsgi(broken)).get("/").iter_encoded()
    assert next(body) == b"a"
    with pytest.raises(LookupError, match="of a coroutine"):
        next(body)


def test_system_exit_of_an_asgi_mount_leaves_the_event_loop_running() -> None:
    async def leaving(scope: Any, receive: Any, send: Any) -> None:
        raise SystemExit(3)

    app = DispatcherMiddleware(leaving, {"/i": island("i")})
    with pytest.raises(SystemExit):
        by_wsgi(app, "/")
    assert by_wsgi(app, "/i/awaited").startswith("i /i")


def test_error_of_a_wsgi_mount_is_raised_to_the_asgi_server() -> None:
    def broken(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        raise LookupError("of a function")

    with pytest.raises(LookupError, match="of a function"):
        by_asgi(DispatcherMiddleware(broken), "/")


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        ([], "before it had sent all"),
        ([("start", 200)], "before it had sent all"),
        ([("body", b"early")], "'http.response.body', which cannot come"),
        ([("start", 200), ("start", 200)], "'http.response.start', which cannot"),
        (
            [("start", 200), ("body", b"x"), ("body", b"y")],
            "",
        ),
    ],
)
def test_asgi_application_that_breaks_the_protocol_is_told_so(
    messages: list[tuple[str, Any]], error: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError
        for kind, value in messages:
            key = "status" if kind == "start" else "body"
            await send({"type": f"http.response.{kind}", key: value})

    if error:
        with pytest.raises(RuntimeError, match=error):
            Client(as_wsgi(app)).get("/")
    else:
        assert Client(as_wsgi(app)).get("/").text == "x"


# -- one step at a time ----------------------------------------------------------------


def test_wsgi_mount_produces_no_chunk_before_the_server_has_taken_the_last() -> None:
    made: list[int] = []
    closed = threading.Event()

    class Numbers:
        def __iter__(self) -> Iterator[bytes]:
            for number in range(100):
                made.append(number)
                yield b"%d " % number

        def close(self) -> None:
            closed.set()

    def numbers(environ: dict[str, Any], start: Any) -> Numbers:
        start("200 OK", [])
        return Numbers()

    async def main() -> None:
        call = Call(DispatcherMiddleware(numbers), "/")
        call.allowed = asyncio.Semaphore(3)  # the head and two chunks
        task = call.start()
        for _ in range(3):
            await call.from_app.get()
        await asyncio.sleep(0)
        assert len(made) <= 3
        call.leave()
        call.allowed.release()
        await task
        assert closed.is_set()
        assert len(made) <= 4

    run(main())


def test_wsgi_mount_runs_on_a_worker_thread_in_a_context_of_its_own() -> None:
    seen: list[Any] = []

    def app(environ: dict[str, Any], start: Any) -> Iterator[bytes]:
        start("200 OK", [])
        seen.append((threading.current_thread(), HERE.get()))
        HERE.set(environ["PATH_INFO"])
        yield b"a"
        seen.append((threading.current_thread(), HERE.get()))

    site = DispatcherMiddleware(app)
    for path in ("/1", "/2"):
        assert by_asgi(site, path) == "a"
    assert threading.main_thread() not in {thread for thread, _ in seen}
    assert [value for _, value in seen] == ["nothing", "/1", "nothing", "/2"]


def test_asgi_mount_sends_no_chunk_before_the_wsgi_server_has_taken_the_last() -> None:
    sent: list[int] = []
    ended: list[str] = []
    over = threading.Event()

    async def numbers(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for number in range(100):
                body = b"%d" % number
                await send(
                    {"type": "http.response.body", "body": body, "more_body": True}
                )
                sent.append(number)
        except OSError as exc:
            ended.append(str(exc))
            ended.append((await receive())["type"])
            ended.append((await receive())["type"])
            raise
        finally:
            over.set()

    response = Client(DispatcherMiddleware(numbers)).get("/")
    body = response.iter_encoded()
    assert [next(body), next(body)] == [b"0", b"1"]
    assert sent in ([0], [0, 1])
    response.close()
    assert over.is_set()
    assert sent in ([0], [0, 1])
    assert ended == ["The client has gone.", "http.disconnect", "http.disconnect"]


def test_asgi_mount_that_heeds_no_departure_is_cancelled() -> None:
    cancelled = threading.Event()

    async def deaf(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError
        await send({"type": "http.response.start", "status": 200, "headers": []})
        with suppress(OSError):
            await send({"type": "http.response.body", "body": b"a", "more_body": True})
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    response = Client(DispatcherMiddleware(deaf)).get("/")
    assert next(response.iter_encoded()) == b"a"
    response.close()
    assert cancelled.wait(20)


def test_generator_of_an_asgi_mount_ends_when_the_client_has_gone() -> None:
    ended = threading.Event()

    async def pieces() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"a"
        finally:
            ended.set()

    async def stream(_request: Request) -> StreamingResponse:
        return StreamingResponse(pieces())

    application = DispatcherMiddleware(Starlette(routes=[Route("/", stream)]))
    gc.disable()  # it is not to be what ends it
    try:
        response = Client(application).get("/")
        assert next(response.iter_encoded()) == b"a"
        response.close()
        assert ended.wait(20)
    finally:
        gc.enable()


def test_asgi_mount_whose_response_is_dropped_unclosed_is_cancelled() -> None:
    cancelled = threading.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"a", "more_body": True})
        finally:
            cancelled.set()

    body = as_wsgi(app).wsgi_app(_environ("/"), lambda *_: lambda _: None)
    assert next(iter(body)) == b"a"
    assert not cancelled.is_set()
    del body
    assert cancelled.wait(20)


def test_asgi_mount_is_told_of_a_body_that_ends_too_early() -> None:
    async def read(request: Request) -> PlainTextResponse:
        try:
            await request.body()
        except ClientDisconnect:
            return PlainTextResponse("cut")
        return PlainTextResponse("whole")

    app = as_wsgi(Starlette(routes=[Route("/", read, methods=["POST"])]))
    environ = _environ("/", method="POST", data=b"abc")
    assert b"".join(app.wsgi_app(environ, lambda *_: lambda _: None)) == b"whole"
    environ = _environ("/", method="POST", data=b"abc")
    environ["CONTENT_LENGTH"] = "4"
    assert b"".join(app.wsgi_app(environ, lambda *_: lambda _: None)) == b"cut"


def test_asgi_mount_reads_what_the_client_sends_as_it_comes() -> None:
    read: list[int] = []

    class Slow:
        def read(self, size: int) -> bytes:
            assert threading.current_thread() is threading.main_thread()
            read.append(size)
            return b"x" * min(size, 10)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError
        assert read == []
        first = await receive()
        assert first == {"type": "http.request", "body": b"x" * 10, "more_body": True}
        assert len(read) == 1
        second = await receive()
        assert second == {"type": "http.request", "body": b"x" * 5, "more_body": False}
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})
        assert (await receive())["type"] == "http.disconnect"

    environ = _environ("/", method="POST")
    environ |= {"wsgi.input": Slow(), "CONTENT_LENGTH": "15"}
    answer = as_wsgi(app).wsgi_app(environ, lambda *_: lambda _: None)
    assert b"".join(answer) == b""
    assert read == [15, 5]


# -- contexts --------------------------------------------------------------------------


@pytest.mark.parametrize("ask", [by_asgi, by_wsgi])
def test_mounts_of_either_kind_see_nobodys_request(ask: Callable[..., str]) -> None:
    def seen() -> bytes:
        return b"%r" % [has_request_context(), [*request_stack], [*app_stack]]

    def wsgi(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [])
        return [seen()]

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": seen()})

    outer = island("outer")
    site = DispatcherMiddleware(outer, {"/wsgi": wsgi, "/asgi": asgi})

    @outer.get("/ask/<kind>")
    def call(kind: str) -> str:
        g.here = True
        return by_wsgi(site, f"/{kind}") if kind == "asgi" else "[False, [], []]"

    assert ask(site, "/wsgi") == ask(site, "/asgi") == "[False, [], []]"
    assert ask(site, "/ask/asgi") == "[False, [], []]"


def _environ(path: str, **kwargs: Any) -> dict[str, Any]:
    from werkzeug.test import create_environ

    return create_environ(path, **kwargs)


# -- lifespan, WebSockets, and the interface -----------------------------------------


def living(name: str, log: list[str], *, fails: bool = False) -> Starlette:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, str]]:
        if fails:
            raise LookupError(f"no {name}")
        log.append(f"{name} starts")
        yield {"name": name}
        log.append(f"{name} stops")

    async def tell(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{request.state.name}")

    return Starlette(routes=[Route("/", tell)], lifespan=lifespan)


async def live(app: Any, log: list[str], between: Any = None) -> list[str]:
    """Start and stop it; return what it says."""
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    told.put_nowait({"type": "lifespan.startup"})
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    task = asyncio.ensure_future(app(scope, told.get, said.put))
    first = await said.get()
    if first["type"] == "lifespan.startup.complete":
        if between is not None:
            await between()
        told.put_nowait({"type": "lifespan.shutdown"})
    await task
    rest = [said.get_nowait() for _ in range(said.qsize())]
    return [f"{m['type'][9:]} {m.get('message', '')}".strip() for m in [first, *rest]]


def test_dispatcher_starts_and_stops_all_its_mounts_once() -> None:
    log: list[str] = []
    shared = living("shared", log)
    insula = island("i")

    @insula.before_serving
    def begin() -> None:
        log.append("i starts")

    @insula.after_serving
    async def end() -> None:
        log.append("i stops")

    async def ignorant(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"

    inner = DispatcherMiddleware(living("inner", log))
    app = DispatcherMiddleware(
        plain,
        {"/a": shared, "/b": shared, "/i": insula, "/n": ignorant, "/deep": inner},
    )

    async def ask() -> None:
        assert log == ["shared starts", "i starts", "inner starts"]
        for path, name in {"/a/": "shared", "/b/": "shared", "/deep/": "inner"}.items():
            assert (await Call(app, path).answer()).text == name

    assert run(live(app, log, ask)) == ["startup.complete", "shutdown.complete"]
    assert log[3:] == ["inner stops", "i stops", "shared stops"]
    assert app._states == {}


def test_dispatcher_with_a_mount_that_cannot_start_says_so_and_stops_the_others() -> (
    None
):
    log: list[str] = []
    app = DispatcherMiddleware(
        living("first", log), {"/b": living("second", log, fails=True)}
    )

    [said] = run(live(app, log))
    assert said.startswith("startup.failed the application at '/b': The application")
    assert "LookupError: no second" in said
    assert log == ["first starts", "first stops"]


def test_asgi_mount_under_wsgi_is_started_by_its_first_request_once() -> None:
    log: list[str] = []
    app = DispatcherMiddleware(plain, {"/a": living("one", log)})
    assert by_wsgi(app, "/plain").startswith("plain")
    assert log == []
    assert by_wsgi(app, "/a/") == by_wsgi(app, "/a/") == "one"
    assert log == ["one starts"]


def test_asgi_mount_under_wsgi_that_cannot_start_refuses_each_request() -> None:
    app = DispatcherMiddleware(living("one", [], fails=True))
    for _ in range(2):
        with pytest.raises(ServerError, match="LookupError: no one"):
            by_wsgi(app, "/")


def test_websocket_to_a_wsgi_mount_is_refused_and_to_others_handed_on() -> None:
    insula = island("i")

    @insula.websocket("/ws")
    async def talk() -> None:
        await websocket.send(f"hello from {websocket.root_path}")

    async def speak(app: Any, path: str) -> list[str]:
        told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        said: list[str] = []
        told.put_nowait({"type": "websocket.connect"})

        async def send(message: dict[str, Any]) -> None:
            said.append(message.get("text") or message["type"])

        scope = Call(app, path).scope | {"type": "websocket", "scheme": "ws"}
        await app(scope | {"subprotocols": []}, told.get, send)
        return said

    app = DispatcherMiddleware(plain, {"/i": insula})
    assert run(speak(app, "/ws")) == ["websocket.close"]
    assert run(speak(app, "/i/ws"))[:2] == ["websocket.accept", "hello from /i"]


@pytest.mark.parametrize(
    ("mounts", "interface"),
    [
        ({}, "WSGI"),
        ({"/a": plain}, "WSGI"),
        ({"/a": island("i")}, "ASGI (async view 'awaited' at '/a')"),
        ({"/a": star()}, "ASGI (ASGI application at '/a')"),
        ({"/a": as_wsgi(star())}, "ASGI (ASGI application at '/a')"),
        ({"/a": as_asgi(plain)}, "WSGI"),
        (
            {"/a": DispatcherMiddleware(plain, {"/b": star()})},
            "ASGI (ASGI application at '/b' at '/a')",
        ),
    ],
)
def test_interface_of_a_dispatcher_is_the_one_its_mounts_need(
    mounts: dict[str, Any], interface: str
) -> None:
    choice = choose_interface(DispatcherMiddleware(plain, mounts), ServerOptions())

    assert str(choice).startswith(interface)


def test_as_asgi_calls_what_looks_like_no_wsgi_application() -> None:
    def odd(environ: dict[str, Any], start: Any, extra: int = 0) -> Iterable[bytes]:
        return plain(environ, start)

    class Modern:
        def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
            return star()(scope, receive, send)

    def later(scope: Any, *rest: Any) -> Any:
        return star()(scope, *rest)

    app = DispatcherMiddleware(
        odd, {"/a": Modern(), "/b": as_wsgi(later), "/c": as_asgi(plain)}
    )
    for ask in (by_asgi, by_asgi_2, by_wsgi):
        assert ask(app, "/a/where") == "star /a|/a/where"
        assert ask(app, "/b/where") == "star /b|/b/where"
        assert ask(app, "/c/x") == "plain /c|/x|"
        assert ask(app, "/x") == "plain |/x|"


@pytest.mark.parametrize("wrap", ["around", "within"])
def test_wsgi_middleware_may_iterate_a_body_that_is_asynchronous(wrap: str) -> None:
    inner = island("i")

    def upper(app: Any) -> Any:
        def call(environ: dict[str, Any], start: Any) -> Iterator[bytes]:
            for chunk in app(environ, start):
                yield chunk.upper()

        return call

    if wrap == "around":
        app: Any = DispatcherMiddleware(upper(inner))
    else:
        app = inner
        app.wsgi_app = upper(app.wsgi_app)
    assert by_asgi(app, "/astream") == "ABC"
    assert by_asgi(app, "/stream") == "ABC"


def test_asgi_application_called_by_wsgi_on_its_own_loop_says_to_call_it_by_asgi() -> (
    None
):
    app = as_wsgi(star())

    @run_on_loop
    async def on_the_loop() -> None:
        Client(app).get("/where")

    assert Client(app).get("/where").text == "star |/where"
    with pytest.raises(RuntimeError, match="would wait for itself; call it by ASGI"):
        on_the_loop()


def test_dispatcher_that_a_wsgi_server_starts_and_stops_does_so_with_its_mounts() -> (
    None
):
    log: list[str] = []
    insula = island("i")
    insula.before_serving(lambda: log.append("i starts"))
    insula.after_serving(lambda: log.append("i stops"))
    inner = DispatcherMiddleware(plain, {"/one": living("one", log)})
    app = DispatcherMiddleware(plain, {"/i": insula, "/j": insula, "/in": inner})

    start_serving(app)
    assert log == ["i starts", "one starts"]
    assert by_wsgi(app, "/in/one/") == "one"
    stop_serving(app)
    assert log[2:] == ["one stops", "i stops"]

    app.mounts["/bad"] = living("two", log, fails=True)
    with pytest.raises(ServerError, match="LookupError: no two"):
        start_serving(app)
    assert log[4:] == ["i starts", "one starts", "one stops", "i stops"]
