"""An application under ASGI: which way a request goes, and what is current on it."""

from __future__ import annotations

import asyncio
import json
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import pytest
from tests.dispatch.asgi_server import Client, ask, scope_for
from werkzeug.exceptions import NotFound
from werkzeug.middleware.proxy_fix import ProxyFix

from insula import (
    Insula,
    Local,
    MethodView,
    View,
    after_this_request,
    current_app,
    g,
    has_app_context,
    has_request_context,
    request,
    request_started,
    session,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from insula import Response


T = TypeVar("T")


def run(coro: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coro)


def here() -> str:
    """Return where this is called: on the loop's thread, or on a worker's."""
    name = threading.current_thread().name
    return "worker" if name == "insula-worker" else "loop"


@pytest.fixture
def app() -> Insula:
    app = Insula(__name__)
    app.secret_key = "key"

    @app.route("/sync")
    def sync() -> str:
        return here()

    @app.route("/async")
    async def asynchronous() -> str:
        await asyncio.sleep(0)
        return here()

    return app


# -- one object ------------------------------------------------------------------------


def test_application_called_with_a_scope_alone_is_an_asgi_2_application(
    app: Insula,
) -> None:
    client = Client(app, scope_for("/sync"))

    async def main() -> None:
        await app(client._scope)(client.receive, client.send)

    run(main())
    assert client.answer.text == "worker"


def test_application_answers_wsgi_and_asgi_with_one_object(app: Insula) -> None:
    assert app.test_client().get("/sync").text == "loop"
    assert run(ask(app, "/sync")).text == "worker"
    assert app.test_client().get("/sync").text == "loop"


def test_scope_of_an_unknown_type_is_refused_by_name(app: Insula) -> None:
    with pytest.raises(ValueError, match="scope of type 'carrier pigeon'"):
        run(ask(app, type="carrier pigeon"))


def test_asgi_app_can_be_wrapped_in_middleware(app: Insula) -> None:
    inner = app.asgi_app

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        await inner({**scope, "path": "/async"}, receive, send)

    app.asgi_app = middleware  # type: ignore[method-assign]  # as its docstring says

    assert run(ask(app, "/nowhere")).text == "loop"


def test_asgi_app_that_is_wrapped_after_requests_is_called(app: Insula) -> None:
    inner = app.asgi_app

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        await inner({**scope, "path": "/async"}, receive, send)

    assert [run(ask(app, "/async")).text for _ in range(3)] == ["loop"] * 3
    app.asgi_app = middleware  # type: ignore[method-assign]  # as its docstring says
    assert [run(ask(app, "/nowhere")).text for _ in range(3)] == ["loop"] * 3
    del app.asgi_app
    assert [run(ask(app, "/nowhere")).status for _ in range(3)] == [404] * 3


class Delegating:
    """Middleware that hands on whatever it is asked for, as many a proxy does."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def __call__(self, *args: Any) -> Any:
        self.calls += 1
        return self.inner(*args)


def test_middleware_that_looks_like_what_it_wraps_is_called_each_time(
    app: Insula,
) -> None:
    middleware: Any = Delegating(app.asgi_app)
    app.asgi_app = middleware  # type: ignore[method-assign]  # as its docstring says
    assert [run(ask(app, "/async")).text for _ in range(4)] == ["loop"] * 4
    assert middleware.calls == 4
    assert app.isolates_requests
    other: Any = Delegating(app.wsgi_app)
    app.wsgi_app = other  # type: ignore[method-assign]  # likewise
    assert not app.isolates_requests


def test_asgi_app_of_a_subclass_is_called_by_each_request() -> None:
    paths: list[str] = []

    class Counting(Insula):
        async def asgi_app(self, scope: Any, receive: Any, send: Any) -> None:
            paths.append(scope["path"])
            await super().asgi_app(scope, receive, send)

    app = Counting("counting")

    @app.get("/async")
    async def index() -> str:
        return "x"

    assert [run(ask(app, "/async")).text for _ in range(3)] == ["x"] * 3
    assert paths == ["/async"] * 3


def test_wsgi_middleware_is_called_under_asgi_too(app: Insula) -> None:
    @app.route("/who")
    async def who() -> str:
        return f"{request.remote_addr} {here()}"

    app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]  # usual

    answer = run(ask(app, "/who", headers=[("x-forwarded-for", "10.9.8.7")]))

    assert answer.text == "10.9.8.7 loop"


# -- which way -------------------------------------------------------------------------


def test_sync_view_runs_on_a_worker_thread_and_async_view_on_the_loop(
    app: Insula,
) -> None:
    assert run(ask(app, "/sync")).text == "worker"
    assert run(ask(app, "/async")).text == "loop"


def _note(where: dict[str, str], name: str, kind: str) -> Callable[..., Any]:
    def sync(*args: Any) -> Any:
        where[name] = here()
        return args[0] if name == "after" else None

    async def asynchronous(*args: Any) -> Any:
        await asyncio.sleep(0)
        return sync(*args)

    return sync if kind == "sync" else asynchronous


HOOKS = {
    "before": "before_request",
    "after": "after_request",
    "teardown": "teardown_request",
    "end": "teardown_appcontext",
}


@pytest.mark.parametrize("odd", [None, *HOOKS])
@pytest.mark.parametrize("path", ["/sync", "/async"])
def test_each_part_of_a_request_runs_where_it_belongs(
    app: Insula, path: str, odd: str | None
) -> None:
    # All hooks are async, but for one.
    where: dict[str, str] = {}
    for name, register in HOOKS.items():
        kind = "sync" if name == odd else "async"
        getattr(app, register)(_note(where, name, kind))

    view = run(ask(app, path)).text

    assert view == ("worker" if path == "/sync" else "loop")
    expected = {name: "worker" if name == odd else "loop" for name in HOOKS}
    assert where == expected


def test_hooks_and_view_of_both_kinds_share_g_session_and_request(app: Insula) -> None:
    seen: list[Any] = []

    @app.before_request
    def first() -> None:
        g.log = ["sync"]

    @app.before_request
    async def second() -> None:
        await asyncio.sleep(0)
        g.log.append("async")
        session["n"] = 1

    @app.route("/log")
    async def log() -> str:
        g.log.append(request.path)
        return ",".join(g.log)

    @app.after_request
    async def last(response: Response) -> Response:
        g.log.append("after")
        return response

    @app.teardown_request
    def end(exc: BaseException | None) -> None:
        seen.extend(g.log)

    answer = run(ask(app, "/log"))

    assert answer.text == "sync,async,/log"
    assert seen == ["sync", "async", "/log", "after"]
    assert answer.headers["set-cookie"].startswith("session=")


def test_before_request_hook_that_answers_ends_the_request_on_the_loop(
    app: Insula,
) -> None:
    @app.before_request
    async def stop() -> str:
        return f"stopped on the {here()}"

    assert run(ask(app, "/async")).text == "stopped on the loop"


def test_receiver_of_a_signal_runs_on_a_worker_thread(app: Insula) -> None:
    where: list[str] = []

    def note(sender: Any) -> None:
        where.append(here())

    with request_started.connected_to(note, app):
        assert run(ask(app, "/async")).text == "loop"

    assert where == ["worker"]


def test_function_after_this_request_is_called_on_either_way(app: Insula) -> None:
    @app.route("/after")
    async def after() -> str:
        @after_this_request
        def mark(response: Response) -> Response:
            response.headers["X-Sync"] = here()
            return response

        if request.args:

            @after_this_request
            async def mark_again(response: Response) -> Response:
                response.headers["X-Async"] = here()
                return response

        return ""

    assert run(ask(app, "/after")).headers["x-sync"] == "worker"
    assert run(ask(app, "/after?x")).headers["x-async"] == "loop"


def test_before_first_request_functions_run_once_on_a_worker_thread(
    app: Insula,
) -> None:
    where: list[str] = []
    app.before_first_request_funcs.append(lambda: where.append(here()))

    async def main() -> None:
        await asyncio.gather(*(ask(app, "/async") for _ in range(8)))

    run(main())
    assert where == ["worker"]


def test_overridden_step_is_called_on_a_worker_thread() -> None:
    class Own(Insula):
        def process_response(self, response: Any) -> Any:
            response.headers["X-Step"] = here()
            return super().process_response(response)

    app = Own(__name__)

    @app.route("/")
    async def index() -> str:
        return here()

    answer = run(ask(app))

    assert (answer.text, answer.headers["x-step"]) == ("loop", "worker")


def test_step_replaced_on_the_object_is_noticed_at_once(app: Insula) -> None:
    assert run(ask(app, "/async")).text == "loop"
    app.make_response = lambda rv: app.response_class(f"own {rv}")  # type: ignore[method-assign]  # as users do

    assert run(ask(app, "/async")).text == "own loop"


class Both(MethodView):
    async def get(self) -> str:
        return f"get {here()}"

    async def post(self) -> str:
        return f"post {here()}"


class Mixed(MethodView):
    async def get(self) -> str:
        return f"get {here()}"

    def post(self) -> str:
        return f"post {here()}"


class Single(View):
    init_every_request = False

    async def dispatch_request(self, name: str) -> str:
        return f"{name} {here()}"


def _upper(view: Callable[..., Any]) -> Callable[..., Any]:
    def decorated(**kwargs: Any) -> Any:
        return view(**kwargs).upper()

    return decorated


class Decorated(Both):
    decorators: ClassVar[list[Callable[..., Any]]] = [_upper]


def test_class_based_views_run_on_the_loop_where_all_of_them_is_async(
    app: Insula,
) -> None:
    app.add_url_rule("/both", view_func=Both.as_view("both"))
    app.add_url_rule("/mixed", view_func=Mixed.as_view("mixed"))
    app.add_url_rule("/one/<name>", view_func=Single.as_view("one"))
    app.add_url_rule("/upper", view_func=Decorated.as_view("upper"))

    assert run(ask(app, "/both")).text == "get loop"
    assert run(ask(app, "/both", "POST")).text == "post loop"
    assert run(ask(app, "/mixed")).text == "get loop"
    assert run(ask(app, "/mixed", "POST")).text == "post worker"
    assert run(ask(app, "/one/x")).text == "x loop"
    assert run(ask(app, "/upper")).text == "GET LOOP"
    # And, without a loop of the server's, as ever.
    assert app.test_client().post("/both").text.startswith("post ")


def test_threads_of_a_class_based_view_that_is_async_are_none(app: Insula) -> None:
    # Its name says `insula-worker` wherever a thread had to wait for it.
    waiting: list[str] = []

    class Look(MethodView):
        async def get(self) -> str:
            names = [thread.name for thread in threading.enumerate()]
            waiting.extend(name for name in names if name == "insula-worker")
            return ""

    fresh = Insula(__name__)
    fresh.add_url_rule("/", view_func=Look.as_view("look"))
    before = len(
        [True for thread in threading.enumerate() if thread.name == "insula-worker"]
    )

    run(ask(fresh))

    assert len(waiting) <= before + 1  # one has looked for before_first_request


# -- errors ----------------------------------------------------------------------------


def test_error_handlers_of_both_kinds_answer_for_views_of_both_kinds(
    app: Insula,
) -> None:
    @app.errorhandler(KeyError)
    def on_key(exc: KeyError) -> tuple[str, int]:
        return f"key {here()}", 418

    @app.errorhandler(NotFound)
    async def on_missing(exc: NotFound) -> tuple[str, int]:
        await asyncio.sleep(0)
        return f"missing {here()}", 404

    @app.route("/fail/<kind>")
    async def fail(kind: str) -> str:
        raise {"key": KeyError, "none": NotFound}[kind]

    assert run(ask(app, "/fail/key")).text == "key worker"
    assert run(ask(app, "/fail/none")).text == "missing loop"
    assert run(ask(app, "/nowhere")).text == "missing loop"


def test_error_that_nobody_handles_is_logged_and_answered(
    app: Insula, caplog: pytest.LogCaptureFixture
) -> None:
    @app.route("/boom")
    async def boom() -> str:
        raise ArithmeticError

    answer = run(ask(app, "/boom"))

    assert answer.status == 500
    assert "Exception on /boom [GET]" in caplog.text


def test_error_is_raised_to_the_server_where_the_configuration_says_so(
    app: Insula,
) -> None:
    app.testing = True

    @app.route("/boom")
    async def boom() -> str:
        raise ArithmeticError("why")

    with pytest.raises(ArithmeticError, match="why"):
        run(ask(app, "/boom"))


@pytest.mark.parametrize("path", ["/sync-exit", "/async-exit"])
def test_system_exit_of_a_view_does_not_stop_the_loop(app: Insula, path: str) -> None:
    @app.route("/sync-exit")
    def sync_exit() -> str:
        raise SystemExit

    @app.route("/async-exit")
    async def async_exit() -> str:
        raise SystemExit

    async def main() -> str:
        with pytest.raises(RuntimeError, match="SystemExit"):
            await ask(app, path)
        return (await ask(app, "/async")).text

    assert run(main()) == "loop"


# -- isolation -------------------------------------------------------------------------

MANY = 100
mark: ContextVar[str] = ContextVar("mark", default="nobody's")


def test_requests_that_wait_at_once_see_their_own(app: Insula) -> None:

    gate = asyncio.Event()

    @app.route("/mine/<int:n>")
    async def mine(n: int) -> dict[str, Any]:
        g.n = n
        mark.set(str(n))
        waiting.append(n)
        if len(waiting) == MANY:
            gate.set()
        await gate.wait()
        return {"path": request.path, "g": g.n, "mark": mark.get()}

    waiting: list[int] = []

    async def main() -> list[Any]:
        return await asyncio.gather(*(ask(app, f"/mine/{n}") for n in range(MANY)))

    for n, answer in enumerate(run(main())):
        seen = json.loads(answer.text)
        assert seen == {"path": f"/mine/{n}", "g": n, "mark": str(n)}


@pytest.mark.parametrize("path", ["/sync-look", "/async-look"])
def test_requests_that_a_server_runs_in_one_context_do_not_see_each_other(
    app: Insula, path: str
) -> None:
    # As one does that steps its coroutines itself.
    @app.route("/wait")
    async def wait() -> str:
        g.secret = "first's"
        mark.set("first's")
        await asyncio.sleep(0)
        return f"{g.secret} {request.path}"

    def look() -> str:
        return f"{getattr(g, 'secret', None)} {mark.get()} {request.path}"

    async def async_look() -> str:
        await asyncio.sleep(0)
        return look()

    app.add_url_rule("/sync-look", "sync_look", look)
    app.add_url_rule("/async-look", "async_look", async_look)

    async def main() -> tuple[str, str]:
        # Warm, so that the first need not go to a worker thread.
        await ask(app, "/wait")
        first = Client(app, scope_for("/wait"))
        steps = app(first._scope, first.receive, first.send)
        steps.send(None)
        assert not has_request_context()
        second = Client(app, scope_for(path))
        await app(second._scope, second.receive, second.send)
        with pytest.raises(StopIteration):
            while True:
                steps.send(None)
        assert not has_request_context()
        return first.answer.text, second.answer.text

    first, second = run(main())
    assert first == "first's /wait"
    assert second == f"None nobody's {path}"


@pytest.mark.parametrize("path", ["/set", "/set-later", "/set-sync"])
def test_what_a_request_sets_is_not_its_callers(app: Insula, path: str) -> None:
    local = Local()

    async def set_now() -> str:
        seen = f"{mark.get()} {getattr(local, 'x', None)}"
        mark.set("a request's")
        local.x = 1
        return seen

    async def set_later() -> str:
        await asyncio.sleep(0)
        return await set_now()

    def set_sync() -> str:
        mark.set("a request's")
        local.x = 1
        return "nobody's None"

    app.add_url_rule("/set", "set", set_now)
    app.add_url_rule("/set-later", "set_later", set_later)
    app.add_url_rule("/set-sync", "set_sync", set_sync)

    async def main() -> None:
        for _ in range(4):
            client = Client(app, scope_for(path))
            await app(client._scope, client.receive, client.send)
            assert client.answer.text == "nobody's None"
            assert mark.get() == "nobody's"
            assert not hasattr(local, "x")

    run(main())


def test_application_context_around_the_server_is_no_requests(app: Insula) -> None:
    @app.route("/g")
    async def read() -> str:
        return str(getattr(g, "left", None))

    async def main() -> str:
        with app.app_context():
            g.left = "behind"
            client = Client(app, scope_for("/g"))
            await app(client._scope, client.receive, client.send)
            assert g.left == "behind"
        return client.answer.text

    assert run(main()) == "None"


def test_code_that_outlives_its_request_is_told_so(app: Insula) -> None:
    errors: list[str] = []
    tasks: list[asyncio.Task[None]] = []
    ended = asyncio.Event()

    @app.route("/spawn")
    async def spawn() -> str:
        async def later() -> None:
            assert current_app.name == app.name
            await ended.wait()
            try:
                assert request.path
            except RuntimeError as exc:
                errors.append(str(exc))

        tasks.append(asyncio.create_task(later()))
        await asyncio.sleep(0)
        return ""

    async def main() -> None:
        await ask(app, "/spawn")
        ended.set()
        await asyncio.gather(*tasks)

    run(main())
    assert "This request has ended." in errors[0]


def test_nothing_is_current_before_and_after_requests(app: Insula) -> None:
    async def main() -> None:
        for path in ("/sync", "/async", "/nowhere"):
            await ask(app, path)
            assert not has_request_context()
            assert not has_app_context()

    run(main())
