"""The life of a WebSocket: handshake, hooks, view, refusal, and one end."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from tests.dispatch.sockets import GONE, Server, talk, text

from insula import (
    Blueprint,
    Insula,
    WebSocketDisconnected,
    abort,
    after_this_request,
    appcontext_pushed,
    copy_current_request_context,
    current_app,
    g,
    got_request_exception,
    has_request_context,
    request,
    session,
    url_for,
    websocket,
)
from insula.context import app_stack, request_stack
from insula.sessions import SecureCookieSession, SessionInterface

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

name: ContextVar[str] = ContextVar("name", default="nobody")


def said(events: list[dict[str, Any]]) -> list[Any]:
    """Return the messages among what was sent."""
    return [
        event.get("text") or event.get("bytes")
        for event in events
        if event["type"] == "websocket.send"
    ]


def current_object(proxy: Any) -> Any:
    return proxy._get_current_object()


def status(events: list[dict[str, Any]]) -> int:
    """Return with what status a handshake was refused."""
    assert events[0]["type"] == "websocket.http.response.start", events
    code: int = events[0]["status"]
    return code


@pytest.fixture(params=["async", "sync"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which kind of hooks."""
    return str(request.param)


def of_kind(kind: str, function: Callable[..., Any]) -> Callable[..., Any]:
    if kind == "sync":
        return function

    async def twin(*args: Any) -> Any:
        await asyncio.sleep(0)
        return function(*args)

    return twin


@pytest.fixture
def echo(app: Insula) -> Insula:
    @app.websocket("/ws")
    async def ws() -> None:
        async for message in websocket:
            await websocket.send(message)

    @app.websocket("/sync")
    def sync() -> None:
        for message in websocket:
            websocket.send(message)

    @app.get("/plain")
    def plain() -> str:
        return "plain"

    return app


# -- what is current -----------------------------------------------------------------


def test_view_that_is_async_talks_on_the_servers_loop(echo: Insula) -> None:
    events = talk(echo, text("a"), {"type": "websocket.receive", "bytes": b"b"})
    assert [event["type"] for event in events] == [
        "websocket.accept",
        "websocket.send",
        "websocket.send",
    ]
    assert said(events) == ["a", b"b"]


def test_view_that_is_sync_talks_from_a_thread_of_its_own(echo: Insula) -> None:
    names: list[str] = []

    @echo.websocket("/name")
    def who() -> None:
        names.append(threading.current_thread().name)
        websocket.send("a")

    assert said(talk(echo, text("a"), text("b"), target="/sync")) == ["a", "b"]
    assert said(talk(echo, target="/name")) == ["a"]
    assert names == ["insula-websocket"]


def test_proxies_in_a_view_are_those_of_the_handshake(app: Insula) -> None:
    seen: list[Any] = []

    @app.websocket("/ws/<int:room>")
    async def ws(room: int) -> None:
        g.room = room
        await websocket.accept()
        seen.extend(
            [
                websocket.path,
                request.args["x"],
                request.view_args,
                current_object(websocket) is current_object(request),
                g.room,
                current_app.name,
                request.endpoint,
                websocket.headers["Host"],
                request.method,
            ]
        )

    talk(app, target="/ws/7?x=1")
    assert seen == [
        "/ws/7",
        "1",
        {"room": 7},
        True,
        7,
        "island",
        "ws",
        "localhost",
        "GET",
    ]


@pytest.mark.parametrize(
    ("scheme", "url"), [("ws", "ws://localhost/ws"), ("wss", "wss://localhost/ws")]
)
@pytest.mark.parametrize("has_upgrade", [True, False], ids=["HTTP/1.1", "HTTP/2"])
def test_url_of_a_websocket_has_the_scheme_of_the_handshake(
    app: Insula, scheme: str, url: str, has_upgrade: bool
) -> None:
    seen: list[str] = []

    @app.get("/page")
    def page() -> str:
        return ""

    @app.websocket("/ws")
    async def ws() -> None:
        seen.extend(
            [
                url_for("ws", _external=True),
                request.url,
                url_for("page", _external=True),
            ]
        )

    changes: dict[str, Any] = {"scheme": scheme}
    if not has_upgrade:
        changes |= {"headers": [(b"host", b"localhost")], "http_version": "2"}
    talk(app, **changes)
    assert seen == [url, url, f"{scheme.replace('ws', 'http')}://localhost/page"]


def test_url_of_a_websocket_built_in_a_request_has_the_scheme_of_websockets(
    echo: Insula,
) -> None:
    with echo.test_request_context("/", base_url="https://example.org"):
        assert url_for("ws") == "wss://example.org/ws"


def test_two_conversations_in_one_context_see_each_its_own(app: Insula) -> None:
    # As under a server that steps all coroutines in one Context.
    seen: list[tuple[str, str]] = []

    @app.websocket("/ws/<own>")
    async def ws(own: str) -> None:
        g.own = own
        name.set(own)
        await websocket.send("here")
        await websocket.receive()
        seen.append((g.own, name.get()))

    async def main() -> None:
        one, two = Server(app, "/ws/one"), Server(app, "/ws/two")
        waiting: dict[Any, Any] = {one.run(): None, two.run(): None}
        while waiting:
            for coroutine, future in list(waiting.items()):
                if future is not None and not future.done():
                    continue
                assert not has_request_context()
                try:
                    waiting[coroutine] = coroutine.send(None)
                except StopIteration:
                    del waiting[coroutine]
                    continue
                if waiting[coroutine] is not None:
                    waiting[coroutine]._asyncio_future_blocking = False
            if "send" in one.types and "send" in two.types:
                # Both are on their way.
                one.put(text("go"))
                two.put(text("go"))
            await asyncio.sleep(0)

    asyncio.run(main())
    assert seen == [("one", "one"), ("two", "two")]
    assert name.get() == "nobody"


def test_context_that_a_view_copies_is_a_websockets(app: Insula) -> None:
    seen: list[Any] = []

    @app.teardown_request
    def of_requests(exc: BaseException | None) -> None:
        seen.append("request")

    @app.websocket("/ws")
    async def ws() -> None:
        @copy_current_request_context
        def read() -> str:
            return websocket.path

        await websocket.accept()
        seen.append(await asyncio.to_thread(read))

    talk(app)
    assert seen == ["/ws"]


# -- matching: never across ----------------------------------------------------------


def test_handshake_for_a_rule_of_requests_is_a_bad_request(echo: Insula) -> None:
    assert status(talk(echo, target="/plain")) == 400


def test_handshake_for_no_rule_is_not_found(echo: Insula) -> None:
    assert status(talk(echo, target="/nowhere")) == 404


@pytest.mark.parametrize("looks_like_one", [True, False])
def test_request_for_a_websocket_is_a_bad_request(
    echo: Insula, looks_like_one: bool
) -> None:
    # A server that knows no WebSockets hands a handshake on as a request.
    headers = {"Upgrade": "websocket", "Connection": "Upgrade"}
    client = echo.test_client()
    response = client.get("/ws", headers=headers if looks_like_one else {})
    assert response.status_code == 400


def test_handshake_for_a_view_that_route_registered_is_a_bad_request(
    app: Insula,
) -> None:
    # Such a view upgrades the connection itself, under WSGI.
    @app.route("/ws", websocket=True)
    def ws() -> str:
        return "its own"

    assert status(talk(app)) == 400
    headers = {"Upgrade": "websocket", "Connection": "Upgrade"}
    assert app.test_client().get("/ws", headers=headers).text == "its own"


def test_handshake_whose_path_lacks_a_slash_is_redirected(app: Insula) -> None:
    @app.websocket("/ws/")
    async def ws() -> None: ...

    events = talk(app)
    assert status(events) == 308
    assert (b"location", b"ws://localhost/ws/") in events[0]["headers"]


# -- hooks ---------------------------------------------------------------------------


def test_hooks_of_both_kinds_run_in_their_order(app: Insula, kind: str) -> None:
    order: list[str] = []
    blueprint = Blueprint("bp", "bp")

    def note(word: str) -> Callable[..., Any]:
        def hook(*args: Any) -> None:
            assert request.path == "/ws"
            order.append(word if not args else f"{word}: {args[0]}")

        return of_kind(kind, hook)

    app.before_websocket(note("before"))
    app.after_websocket(note("after"))
    app.teardown_websocket(note("teardown"))
    blueprint.before_websocket(note("bp before"))
    blueprint.after_websocket(note("bp after"))
    blueprint.teardown_websocket(note("bp teardown"))
    blueprint.before_app_websocket(note("app before"))
    blueprint.after_app_websocket(note("app after"))
    blueprint.teardown_app_websocket(note("app teardown"))
    app.before_request(note("never"))
    app.after_request(note("never"))
    app.teardown_request(note("never"))

    @blueprint.websocket("/ws")
    async def ws() -> None:
        order.append("view")

    app.register_blueprint(blueprint)
    talk(app)
    assert order == [
        "before",
        "app before",
        "bp before",
        "view",
        "bp after: None",
        "app after: None",
        "after: None",
        "bp teardown: None",
        "app teardown: None",
        "teardown: None",
    ]


def test_hook_passes_on_g_and_context_variables(app: Insula, kind: str) -> None:
    seen: list[Any] = []

    def before() -> None:
        g.user = "ada"
        name.set("ada")

    app.before_websocket(of_kind(kind, before))

    @app.websocket("/ws")
    async def ws() -> None:
        seen.append((g.user, name.get()))
        name.set("grace")

    @app.websocket("/sync")
    def sync() -> None:
        seen.append((g.user, name.get()))
        name.set("grace")

    def teardown(exc: BaseException | None) -> None:
        seen.append(name.get())

    app.teardown_websocket(of_kind(kind, teardown))
    talk(app)
    talk(app, target="/sync")
    assert seen == [("ada", "ada"), "grace"] * 2


def test_hook_that_is_sync_runs_on_a_worker_thread(app: Insula) -> None:
    names: list[str] = []
    app.before_websocket(lambda: names.append(threading.current_thread().name))

    @app.websocket("/ws")
    async def ws() -> None: ...

    talk(app)
    assert names == ["insula-worker"]


def test_before_websocket_that_answers_refuses(app: Insula, kind: str) -> None:
    called: list[str] = []
    responses: list[Any] = []
    app.before_websocket(of_kind(kind, lambda: ("Log in", 401, {"X-Why": "nobody"})))

    @app.after_websocket
    async def after(response: Any) -> Any:
        responses.append(response)
        response.headers["X-After"] = "yes"
        return response

    @app.websocket("/ws")
    async def ws() -> None:
        called.append("view")

    events = talk(app)
    assert status(events) == 401
    assert {(b"x-why", b"nobody"), (b"x-after", b"yes")} <= set(events[0]["headers"])
    assert events[1] == {"type": "websocket.http.response.body", "body": b"Log in"}
    assert called == []
    assert [response.status_code for response in responses] == [401]


def test_url_value_preprocessor_runs_before_the_hooks(app: Insula) -> None:
    seen: list[str] = []

    @app.url_value_preprocessor
    def pull(endpoint: str | None, values: dict[str, Any] | None) -> None:
        assert values is not None
        g.lang = values.pop("lang")

    app.before_websocket(lambda: seen.append(g.lang))

    @app.websocket("/<lang>/ws")
    async def ws() -> None:
        seen.append(g.lang)

    talk(app, target="/de/ws")
    assert seen == ["de", "de"]


def test_first_request_may_be_a_websocket(echo: Insula) -> None:
    calls: list[str] = []
    echo.before_first_request(lambda: calls.append("first"))
    talk(echo)
    talk(echo)
    assert calls == ["first"]


# -- refusing ------------------------------------------------------------------------


def test_view_that_returns_before_accepting_refuses_with_that(app: Insula) -> None:
    @app.websocket("/ws")
    async def ws() -> Any:
        return {"error": "full"}, 503

    @app.websocket("/sync")
    def sync() -> Any:
        return {"error": "full"}, 503

    for target in ("/ws", "/sync"):
        events = talk(app, target=target)
        assert status(events) == 503
        assert events[1]["body"] == b'{"error":"full"}\n'


def test_view_that_ends_without_accepting_refuses(app: Insula) -> None:
    @app.websocket("/ws")
    async def ws() -> None: ...

    assert [event["type"] for event in talk(app)] == ["websocket.close"]


def test_abort_before_accepting_refuses_with_its_page(app: Insula) -> None:
    @app.websocket("/ws")
    async def ws() -> None:
        abort(403)

    events = talk(app)
    assert status(events) == 403
    assert b"Forbidden" in events[1]["body"]


def test_error_handler_answers_a_handshake(app: Insula, kind: str) -> None:
    def handler(error: Exception) -> tuple[str, int]:
        return f"{error} at {request.path}", 418

    app.register_error_handler(LookupError, of_kind(kind, handler))

    @app.websocket("/ws")
    async def ws() -> None:
        raise LookupError("nothing")

    events = talk(app)
    assert status(events) == 418
    assert events[1]["body"] == b"nothing at /ws"


def test_server_that_takes_no_response_is_told_to_close(app: Insula) -> None:
    @app.websocket("/ws")
    async def ws() -> None:
        abort(403)

    assert talk(app, extensions={}) == [
        {"type": "websocket.close", "code": 1008, "reason": ""}
    ]


def test_response_that_streams_refuses_with_all_of_it(app: Insula) -> None:
    @app.websocket("/ws")
    async def ws() -> Any:
        return (part for part in ("a", "b"))

    assert talk(app)[1]["body"] == b"ab"


def test_session_that_cannot_be_opened_refuses(
    app: Insula, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(SessionInterface):
        def open_session(self, app: Any, request: Any) -> Any:
            raise LookupError("no database")

    app.session_interface = Broken()
    torn: list[BaseException | None] = []
    app.teardown_appcontext(torn.append)

    @app.websocket("/ws")
    async def ws() -> None: ...

    assert status(talk(app)) == 500
    assert "no database" in caplog.text
    assert [type(exc) for exc in torn] == [LookupError]


def test_view_that_closes_before_accepting_is_followed_by_the_hook(
    app: Insula,
) -> None:
    after: list[Any] = []
    app.after_websocket(after.append)

    @app.websocket("/ws")
    async def ws() -> None:
        await websocket.close()

    talk(app)
    assert after == [None]


def test_error_that_is_to_be_ignored_is_not_told_of(app: Insula) -> None:
    torn: list[BaseException | None] = []

    class Own(Insula):
        def should_ignore_error(self, error: BaseException | None) -> bool:
            return isinstance(error, LookupError)

    own = Own("island")
    own.teardown_websocket(torn.append)

    @own.websocket("/ws")
    async def ws() -> None:
        raise LookupError

    talk(own)
    assert torn == [None]


def test_error_that_nobody_handles_is_logged_and_refuses(
    app: Insula, caplog: pytest.LogCaptureFixture
) -> None:
    received: list[BaseException] = []
    responses: list[Any] = []

    def receiver(sender: Any, exception: BaseException, **_: Any) -> None:
        received.append(exception)

    @app.after_websocket
    def after(response: Any) -> None:
        responses.append(response.status_code)

    @app.websocket("/ws")
    async def ws() -> None:
        raise LookupError("nothing")

    with got_request_exception.connected_to(receiver, app):
        assert status(talk(app)) == 500
    assert [type(exc) for exc in received] == [LookupError]
    assert "Exception on /ws" in caplog.text
    assert responses == [500]


def test_handler_of_500_answers_for_what_nobody_handles(app: Insula) -> None:
    @app.errorhandler(500)
    def sorry(error: Any) -> tuple[str, int]:
        return repr(error.original_exception), 500

    @app.websocket("/ws")
    async def ws() -> None:
        raise LookupError("nothing")

    assert talk(app)[1]["body"] == b"LookupError('nothing')"


@pytest.mark.parametrize("path", ["/async", "/sync"])
def test_exit_of_a_view_does_not_stop_the_loop(app: Insula, path: str) -> None:
    @app.websocket("/async")
    async def leave() -> None:
        await websocket.accept()
        raise SystemExit

    @app.websocket("/sync")
    def leave_sync() -> None:
        websocket.accept()
        raise SystemExit

    async def main() -> None:
        task = asyncio.ensure_future(Server(app, path).run())
        await asyncio.wait([task])
        error = task.exception()
        assert isinstance(error, RuntimeError)
        assert isinstance(error.__cause__, SystemExit)

    asyncio.run(main())


def test_error_after_accepting_closes_with_1011(
    app: Insula, caplog: pytest.LogCaptureFixture
) -> None:
    received: list[BaseException] = []
    handled: list[BaseException] = []
    torn: list[BaseException | None] = []

    def receiver(sender: Any, exception: BaseException, **_: Any) -> None:
        received.append(exception)

    def handler(error: Exception) -> str:
        handled.append(error)
        return "handled"

    app.register_error_handler(Exception, handler)
    app.teardown_websocket(torn.append)

    @app.websocket("/ws")
    async def ws() -> None:
        await websocket.accept()
        raise LookupError("nothing")

    @app.websocket("/sync")
    def sync() -> None:
        websocket.accept()
        raise LookupError("nothing")

    with got_request_exception.connected_to(receiver, app):
        for target in ("/ws", "/sync"):
            events = talk(app, target=target)
            assert events[-1] == {
                "type": "websocket.close",
                "code": 1011,
                "reason": "",
            }
    assert [type(exc) for exc in received] == [LookupError] * 2
    assert [type(exc) for exc in torn] == [LookupError] * 2
    assert handled == []
    assert caplog.text.count("Exception on") == 2


def test_error_propagates_to_the_server_in_testing(app: Insula) -> None:
    app.testing = True

    @app.websocket("/ws")
    async def ws() -> None:
        raise LookupError("nothing")

    with pytest.raises(LookupError):
        talk(app)


# -- the session ---------------------------------------------------------------------


def _cookies(event: dict[str, Any]) -> list[bytes]:
    return [value for field, value in event["headers"] if field == b"set-cookie"]


def _cookie_header(event: dict[str, Any]) -> tuple[bytes, bytes]:
    return b"cookie", _cookies(event)[0].partition(b";")[0]


@pytest.mark.parametrize("implicit", [True, False])
def test_session_changed_before_accepting_travels_with_the_answer(
    app: Insula, implicit: bool
) -> None:
    seen: list[Any] = []

    @app.websocket("/ws")
    async def ws() -> None:
        seen.append(session.get("n"))
        session["n"] = session.get("n", 0) + 1
        if implicit:
            await websocket.send("hello")
        else:
            await websocket.accept()
        seen.append(session["n"])

    events = talk(app)
    assert [field for field, _ in events[0]["headers"]] == [b"vary", b"set-cookie"]
    headers = [(b"host", b"localhost"), _cookie_header(events[0])]
    talk(app, headers=headers)
    assert seen == [None, 1, 1, 2]


def test_session_of_a_refusal_is_saved(app: Insula) -> None:
    @app.websocket("/ws")
    async def ws() -> Any:
        session["tries"] = 1
        return "no", 403

    assert len(_cookies(talk(app)[0])) == 1


def test_session_that_nobody_touches_sends_nothing(echo: Insula) -> None:
    assert talk(echo, text("a"))[0]["headers"] == []


def test_session_that_is_permanent_is_refreshed(app: Insula) -> None:
    @app.websocket("/set")
    async def set_() -> None:
        session.permanent = True
        await websocket.accept()

    @app.websocket("/ws")
    async def ws() -> None:
        await websocket.accept()

    first = talk(app, target="/set")[0]
    headers = [(b"host", b"localhost"), _cookie_header(first)]
    assert len(_cookies(talk(app, headers=headers)[0])) == 1


def test_session_changed_after_accepting_is_lost_and_debug_mode_says_so_once(
    app: Insula, caplog: pytest.LogCaptureFixture
) -> None:
    app.debug = True

    @app.websocket("/ws")
    async def ws() -> None:
        session["early"] = 1
        await websocket.accept()
        session["late"] = 1

    for _ in range(2):
        assert len(_cookies(talk(app)[0])) == 1
    assert caplog.text.count("had been accepted, and is lost") == 1


def test_session_interface_that_may_block_works_on_a_worker_thread(app: Insula) -> None:
    threads: list[str] = []

    class Stored(SessionInterface):
        def open_session(self, app: Any, request: Any) -> Any:
            threads.append(threading.current_thread().name)
            return SecureCookieSession()

        def save_session(self, app: Any, session: Any, response: Any) -> None:
            threads.append(threading.current_thread().name)
            response.set_cookie("stored", "yes")

    app.session_interface = Stored()

    @app.websocket("/ws")
    async def ws() -> None:
        assert request.path == "/ws"
        await websocket.accept()

    assert _cookies(talk(app)[0]) == [b"stored=yes; Path=/"]
    assert threads == ["insula-worker"] * 2


def test_function_after_this_request_adds_to_the_answer(app: Insula) -> None:
    @app.websocket("/ws")
    async def ws() -> None:
        @after_this_request
        def add(response: Any) -> Any:
            response.set_cookie("seen", "yes")
            return response

        await websocket.accept(headers={"X-Own": "1"})

    headers = talk(app)[0]["headers"]
    assert headers == [(b"set-cookie", b"seen=yes; Path=/"), (b"x-own", b"1")]


# -- disconnects ---------------------------------------------------------------------


@pytest.mark.parametrize("target", ["/ws", "/sync"])
def test_client_that_goes_ends_the_view_quietly(
    echo: Insula, target: str, caplog: pytest.LogCaptureFixture
) -> None:
    torn: list[BaseException | None] = []
    after: list[Any] = []
    echo.teardown_websocket(torn.append)
    echo.after_websocket(after.append)

    @echo.websocket("/waits")
    async def waits() -> None:
        await websocket.receive()

    talk(echo, target=target)
    talk(echo, target="/waits")
    assert torn == [None, None]
    assert after == [None, None]
    assert caplog.text == ""


def test_disconnect_says_code_and_reason(app: Insula) -> None:
    caught: list[Any] = []

    @app.websocket("/ws")
    async def ws() -> None:
        try:
            await websocket.receive()
        except WebSocketDisconnected as exc:
            caught.append((exc.code, exc.reason, websocket.close_code))
        with pytest.raises(WebSocketDisconnected):
            await websocket.send("too late")

    events = talk(app)
    assert caught == [(1001, "leaving", 1001)]
    assert [event["type"] for event in events] == ["websocket.accept"]


def test_disconnect_in_a_group_of_tasks_ends_the_view_quietly(
    app: Insula, caplog: pytest.LogCaptureFixture
) -> None:
    class Group(Exception):
        """As ExceptionGroup, which Python 3.10 does not have."""

        def __init__(self, *exceptions: Exception) -> None:
            self.exceptions = exceptions

    @app.websocket("/ws")
    async def ws() -> None:
        await websocket.accept()
        try:
            await websocket.receive()
        except WebSocketDisconnected as exc:
            raise Group(exc, Group(exc)) from None

    talk(app)
    assert caplog.text == ""


def test_client_that_goes_before_it_connects_calls_nothing(app: Insula) -> None:
    async def receive() -> dict[str, Any]:
        return GONE

    async def send(event: Any) -> None:
        raise AssertionError(event)

    asyncio.run(app.asgi_app(Server(app).scope, receive, send))


# -- the end comes once --------------------------------------------------------------


class Counted:
    """An application that counts how its WebSockets end."""

    receivers: ClassVar[list[Any]] = []

    def __init__(self, app: Insula, kind: str) -> None:
        self.app = app
        self.events: list[str] = []
        self.contexts: weakref.WeakSet[Any] = weakref.WeakSet()
        self.closed = threading.Event()
        # A record that is kept keeps the frames of the error's traceback.
        app.logger.disabled = True

        def pushed(sender: Any, **_: Any) -> None:
            self.pushed += 1
            self.contexts.add(app_stack.top)

        self.pushed = 0
        self.receivers.append(pushed)
        appcontext_pushed.connect(pushed, app)

        def teardown(exc: BaseException | None) -> None:
            assert request.path.startswith("/")
            self.events.append("websocket")

        def teardown_app(exc: BaseException | None) -> None:
            assert current_app.name == "island"
            self.events.append("app")
            self.closed.set()

        app.before_websocket(of_kind(kind, lambda: None))
        app.after_websocket(of_kind(kind, lambda response: None))
        app.teardown_websocket(of_kind(kind, teardown))
        app.teardown_appcontext(of_kind(kind, teardown_app))

        @app.websocket("/ws")
        async def ws() -> None:
            session["n"] = 1
            await websocket.accept()
            await websocket.send(await websocket.receive())
            await asyncio.sleep(0)
            async for message in websocket:
                await websocket.send(message)

        @app.websocket("/sync")
        def sync() -> None:
            for message in websocket:
                websocket.send(message)

        @app.websocket("/raises")
        async def raises() -> None:
            raise LookupError("nothing")

    def check(self) -> None:
        assert self.closed.wait(30)
        assert self.events == ["websocket", "app"]
        assert not [*request_stack, *app_stack]
        # A thread that has ended the last one may be on its way out.
        deadline = time.monotonic() + 30
        while self.contexts and time.monotonic() < deadline:
            gc.collect()
            time.sleep(0.001)
        assert len(self.contexts) == 0
        assert self.events == ["websocket", "app"]


@pytest.fixture(autouse=True)
def nobody_listens() -> Iterator[None]:
    """Leave no receiver, with which the requests of all others take other ways."""
    yield
    while Counted.receivers:
        appcontext_pushed.disconnect(Counted.receivers.pop())


@pytest.fixture
def counted(app: Insula, kind: str) -> Counted:
    return Counted(app, kind)


@pytest.mark.parametrize("target", ["/ws", "/sync", "/raises"])
def test_end_comes_once_when_the_view_ends(counted: Counted, target: str) -> None:
    talk(counted.app, text("a"), target=target)
    counted.check()


def test_end_comes_once_wherever_it_is_cancelled(app: Insula, kind: str) -> None:
    # The n-th time that the task is suspended it is cancelled, until it gets through.
    cancelled = 0
    for turn in range(200):
        fresh = Insula("island")
        fresh.config["SECRET_KEY"] = "key"
        counted = Counted(fresh, kind)
        if not asyncio.run(_cancel_at(counted, turn)):
            break
        cancelled += 1
        if counted.pushed:
            counted.check()
        del counted
    else:
        pytest.fail("it never got through")
    assert cancelled > 5


async def _cancel_at(counted: Counted, turn: int) -> bool:
    server = Server(counted.app, "/ws").put(text("a"), text("b"))
    suspended = 0
    task: asyncio.Task[Any]

    class Counting:
        """Await the application, and be cancelled at a suspension."""

        def __await__(self) -> Any:
            nonlocal suspended
            steps = counted.app.asgi_app(
                server.scope, server.receive, server.send
            ).__await__()
            step: Any = steps.send
            argument: Any = None
            while True:
                try:
                    future = step(argument)
                except StopIteration:
                    return
                if suspended == turn:
                    asyncio.get_running_loop().call_soon(task.cancel)
                suspended += 1
                try:
                    argument = yield future
                    step = steps.send
                except BaseException as exc:
                    step, argument = steps.throw, exc

    async def run() -> None:
        await Counting()

    task = asyncio.ensure_future(run())
    while not task.done():
        if len(server.sent) == 3:
            server.put(GONE)
            server.sent.append({})
        await asyncio.sleep(0)
        if suspended > turn + 50:
            break
    await asyncio.wait([task], timeout=30)
    assert task.done()
    if not task.cancelled():
        assert task.exception() is None
    return suspended > turn


def test_thread_of_a_cancelled_conversation_is_told_and_ends_it(
    app: Insula, kind: str
) -> None:
    counted = Counted(app, kind)
    caught: list[Any] = []

    @app.websocket("/waits")
    def waits() -> None:
        websocket.send("here")
        try:
            websocket.receive()
        except WebSocketDisconnected as exc:
            # The context is still there: this thread holds it.
            caught.append((exc.code, request.path, list(counted.events)))
            raise

    async def main() -> None:
        server = Server(app, "/waits")
        task = asyncio.ensure_future(server.run())
        while "send" not in server.types:
            await server.said.wait()
            server.said.clear()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(counted.closed.wait, 30)

    asyncio.run(main())
    assert caught == [(1001, "/waits", [])]
    counted.check()


def test_coroutine_that_is_closed_ends_at_once(app: Insula) -> None:
    counted = Counted(app, "sync")
    server = Server(app, "/ws")

    async def main() -> None:
        coroutine = app.asgi_app(server.scope, server.receive, server.send)
        for _ in range(1000):
            future = coroutine.send(None)
            if "accept" in server.types:
                break
            if future is not None:
                await asyncio.wait([future], timeout=30)
        coroutine.close()

    asyncio.run(main())
    counted.check()


def test_teardown_that_raises_does_not_keep_the_others(app: Insula, kind: str) -> None:
    calls: list[str] = []

    def fails(exc: BaseException | None) -> None:
        calls.append("fails")
        raise LookupError("nothing")

    def works(exc: BaseException | None) -> None:
        calls.append("works")

    app.teardown_websocket(of_kind(kind, works))
    app.teardown_websocket(of_kind(kind, fails))
    app.teardown_appcontext(of_kind(kind, works))

    @app.websocket("/ws")
    async def ws() -> None: ...

    with pytest.raises(LookupError):
        talk(app)
    assert calls == ["fails", "works", "works"]


def test_teardown_appcontext_that_is_overridden_is_called(app: Insula) -> None:
    calls: list[str] = []

    class Own(Insula):
        def do_teardown_appcontext(self, *args: Any) -> None:
            calls.append(threading.current_thread().name)
            super().do_teardown_appcontext(*args)

    own = Own("island")

    @own.websocket("/ws")
    async def ws() -> None: ...

    talk(own)
    assert calls == ["insula-worker"]
