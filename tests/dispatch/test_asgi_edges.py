"""Requests under ASGI where something is odd: servers, bodies, ends, many at once."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextvars import Context, copy_context
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from tests.dispatch.asgi_server import Client, ask, scope_for
from tests.dispatch.sockets import Server

from insula import (
    Insula,
    Response,
    carry,
    copy_current_request_context,
    g,
    request,
    websocket,
)
from insula.dispatch.loops import threads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

T = TypeVar("T")


def run(coro: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coro)


class Stepped:
    """Run a coroutine in a Context that others run in, as some servers do."""

    def __init__(self, steps: Any, context: Context) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._steps = steps
        self._context = context
        self._step()

    def _step(self, _future: Any = None) -> None:
        try:
            future = self._context.run(self._steps.send, None)
        except StopIteration:
            self.done.set_result(None)
        except BaseException as exc:
            self.done.set_exception(exc)
        else:
            if future is None:
                asyncio.get_running_loop().call_soon(self._step)
            else:
                future._asyncio_future_blocking = False
                future.add_done_callback(self._step)


@pytest.fixture
def app() -> Insula:
    return Insula(__name__)


def test_workers_that_wait_for_coroutines_do_not_starve_these_of_workers(
    app: Insula,
) -> None:
    app.before_request(lambda: None)
    inside: list[str] = []
    all_inside = asyncio.Event()

    @app.post("/")
    async def upload() -> str:
        inside.append("in")
        if len(inside) == 2:
            all_inside.set()
        await all_inside.wait()
        return str((await request.form)["a"])

    async def upload_one() -> str:
        kind = ("content-type", "application/x-www-form-urlencoded")
        return (await ask(app, "/", "POST", [kind], body=[b"a=", b"5"])).text

    async def main() -> list[str]:
        return [*await asyncio.gather(upload_one(), upload_one())]

    threads.set_limit(2)
    try:
        assert run(main()) == ["5", "5"]
    finally:
        threads.set_limit(threads.DEFAULT_LIMIT)


def test_body_awaited_in_a_context_that_requests_share_mixes_up_nothing(
    app: Insula,
) -> None:
    # As a server does that steps its coroutines itself.
    @app.before_request
    async def before() -> None:
        await asyncio.sleep(0)

    @app.post("/post")
    async def post() -> str:
        return f"{request.path} {g.get('mine')}"

    @app.post("/sync")
    def sync() -> str:
        return f"{request.path} {g.get('mine')}"

    @app.get("/wait")
    async def wait() -> str:
        g.mine = "other's"
        await asyncio.wait(posts)
        return f"{request.path} {g.mine}"

    async def main() -> list[str]:
        context = copy_context()
        clients = [
            Client(app, scope_for(path, "POST", [("content-length", "1")]))
            for path in ("/post", "/sync")
        ]
        clients.append(Client(app, scope_for("/wait")))
        runs = [
            Stepped(app(client._scope, client.receive, client.send), context)
            for client in clients
        ]
        posts.extend(run.done for run in runs[:2])
        await asyncio.sleep(0.01)
        for client in clients[:2]:
            client.put(b"x")
        await asyncio.wait_for(asyncio.gather(*(run.done for run in runs)), 10)
        return [client.answer.text for client in clients]

    posts: list[Any] = []
    run(ask(app, "/wait", "OPTIONS"))
    assert run(main()) == ["/post None", "/sync None", "/wait other's"]


def test_two_tasks_that_await_parts_of_a_form_read_it_once(app: Insula) -> None:
    @app.post("/")
    async def upload() -> str:
        async def title() -> str:
            return str((await request.form)["title"])

        async def photo() -> bytes:
            data: bytes = (await request.files)["photo"].read()
            return data

        return "{} {}".format(*await asyncio.gather(title(), photo()))

    body = (
        b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nsea\r\n'
        b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n'
        b"pixels\r\n--b--\r\n"
    )
    kind = ("content-type", "multipart/form-data; boundary=b")
    pieces = [body[at : at + 7] for at in range(0, len(body), 7)]
    assert run(ask(app, "/", "POST", [kind], body=pieces)).text == "sea b'pixels'"


def test_form_whose_reader_gave_up_is_read_on_by_the_next(app: Insula) -> None:
    gave_up = asyncio.Event()

    @app.post("/")
    async def upload() -> str:
        try:
            await asyncio.wait_for(asyncio.ensure_future(request.form), 0.01)
        except asyncio.TimeoutError:
            gave_up.set()
        return str((await request.form)["a"])

    async def main() -> str:
        fields = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("transfer-encoding", "chunked"),
        ]
        client = Client(app, scope_for("/", "POST", fields))
        task = client.start()
        await gave_up.wait()
        client.put(b"a=", more=True)
        client.put(b"5")
        return (await task).text

    assert run(main()) == "5"


def test_stream_that_a_hook_has_read_from_goes_on_in_the_view(app: Insula) -> None:
    @app.before_request
    def begin() -> None:
        g.first = request.stream.read(2)

    @app.post("/")
    async def rest() -> bytes:
        return bytes(g.first) + b"|" + b"".join([part async for part in request.stream])

    answer = run(ask(app, "/", "POST", body=[b"abcd", b"ef", b"gh"]))
    assert answer.text == "ab|cdefgh"


@pytest.mark.parametrize("is_declared", [True, False])
@pytest.mark.parametrize("way", ["get_data", "stream"])
def test_rest_of_a_stream_is_read_where_the_first_loop_stopped(
    app: Insula, way: str, *, is_declared: bool
) -> None:
    @app.post("/")
    async def read() -> bytes:
        async for _ in request.stream:
            break
        if way == "get_data":
            return await request.get_data()
        return b"".join([part async for part in request.stream])

    async def main() -> str:
        fields = [("transfer-encoding", "chunked")]
        if is_declared:
            fields = [("content-length", "100000")]
        client = Client(app, scope_for("/", "POST", fields))
        client.put(b"a" * 60_000, more=True)
        client.put(b"b" * 40_000)
        return (await client.run()).text

    assert run(main()) == "b" * 40_000


@pytest.mark.parametrize("path", ["/sync", "/async"])
def test_server_that_refuses_a_whole_answer_is_left_alone(
    app: Insula, path: str
) -> None:
    app.add_url_rule("/sync", "sync", lambda: "x")

    @app.get("/async")
    async def index() -> str:
        return "x"

    tried: list[str] = []

    async def send(message: dict[str, Any]) -> None:
        tried.append(message["type"])
        raise OSError("The client has gone.")

    async def main() -> None:
        client = Client(app, scope_for(path))
        await app(client._scope, client.receive, send)

    run(main())
    assert tried == ["http.response.start"]


@pytest.mark.parametrize("path", ["/", "/stream", "/sync-stream"])
def test_request_that_watched_its_client_leaves_no_task(app: Insula, path: str) -> None:
    @app.get("/")
    async def index() -> str:
        await asyncio.sleep(0)
        return "x"

    async def steps() -> AsyncIterator[str]:
        await asyncio.sleep(0)
        yield "x"

    @app.get("/stream")
    async def stream() -> Any:
        await asyncio.sleep(0)
        return steps()

    @app.get("/sync-stream")
    async def sync_stream() -> Any:
        await asyncio.sleep(0)
        return iter(["x"])

    async def main() -> None:
        for _ in range(3):  # the first in steps, then the short way
            client = Client(app, scope_for(path))
            client.put(b"")
            assert (await client.run()).text == "x"
            # One turn in which what was cancelled ends.
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


@pytest.mark.parametrize("how", ["leave", "cancel"])
@pytest.mark.parametrize("kind", ["view", "hook", "handler"])
def test_client_that_leaves_cancels_what_is_async_of_a_request_on_a_thread(
    app: Insula, kind: str, how: str
) -> None:
    ended: Future[None] = Future()
    reached = asyncio.Event()
    log: list[str] = []

    async def wait() -> str:
        reached.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            log.append("cancelled")
            raise
        return ""

    @app.before_request
    def before() -> None:
        return None

    @app.teardown_request
    async def teardown(exc: BaseException | None) -> None:
        await asyncio.sleep(0.01)
        log.append(f"torn down for {type(exc).__name__}")
        ended.set_result(None)

    @app.teardown_request
    def teardown_sync(exc: BaseException | None) -> None:
        assert request.path == "/"

    if kind == "view":
        app.add_url_rule("/", "index", wait)
    elif kind == "hook":
        app.before_request(wait)
    else:

        @app.errorhandler(404)
        async def handler(error: Exception) -> str:
            return await wait()

    async def main() -> list[dict[str, Any]]:
        client = Client(app, scope_for("/"))
        client.put(b"")
        task = client.start()
        await asyncio.wait_for(reached.wait(), 10)
        if how == "leave":
            client.leave()
        else:  # as a server does that gives a request up
            task.cancel()
        await asyncio.wait([task])
        await asyncio.wait_for(asyncio.wrap_future(ended), 10)
        return client.answer.messages

    assert run(main()) == []
    assert log == ["cancelled", "torn down for CancelledError"]


@pytest.mark.parametrize("version", ["2", "3"])
def test_body_of_a_later_protocol_needs_no_length(app: Insula, version: str) -> None:
    @app.route("/", methods=["GET", "POST"])
    async def read() -> Any:
        return await request.get_data()

    async def main() -> list[str]:
        texts = []
        for _ in range(3):  # the first in steps, then the short way
            client = Client(app, scope_for("/", "POST", http_version=version))
            client.put(b"a", more=True)
            client.put(b"b")
            texts.append((await client.run()).text)
        return texts

    assert run(main()) == ["ab", "ab", "ab"]


def test_request_without_a_body_can_be_read_without_await_in_any_protocol(
    app: Insula,
) -> None:
    @app.get("/")
    async def read() -> str:
        return f"{bytes(request.get_data())!r} {request.form.get('a')}"

    async def main() -> list[str]:
        clients = [Client(app, scope_for("/", http_version=v)) for v in ("1.1", "2")]
        for client in clients:
            client.put(b"")
        return [(await client.run()).text for client in clients]

    assert run(main()) == ["b'' None", "b'' None"]


@pytest.mark.parametrize("name", [b"Content-Length", b"CONTENT-LENGTH"])
def test_names_of_fields_may_come_in_any_case(app: Insula, name: bytes) -> None:
    @app.post("/")
    async def read() -> Any:
        return await request.get_data()

    async def main() -> list[str]:
        texts = []
        for _ in range(3):  # the first in steps, then the short way
            scope = scope_for("/", "POST")
            scope["headers"].append((name, b"1"))
            client = Client(app, scope)
            client.put(b"a")
            texts.append((await client.run()).text)
        return texts

    assert run(main()) == ["a", "a", "a"]


def test_view_that_is_cancelled_while_a_thread_reads_frees_the_thread(
    app: Insula,
) -> None:
    ended: Future[str] = Future()

    @app.post("/")
    def read() -> str:
        try:
            return request.get_data(as_text=True)
        finally:
            ended.set_result("read")

    async def main() -> None:
        fields = [("transfer-encoding", "chunked")]
        client = Client(app, scope_for("/", "POST", fields))
        task = client.start()
        while not client.asked:
            await client.has_news.wait()
        task.cancel()
        await asyncio.wait([task])
        await asyncio.wait_for(asyncio.wrap_future(ended), 10)

    run(main())


class NoTask(asyncio.Task[None]):
    """What a server has for all its requests, which it steps itself."""

    def __init__(self) -> None:
        """Leave it without a loop."""


@pytest.mark.parametrize("way", ["background", "carry", "thread"])
def test_async_work_that_outlives_its_request_is_not_cancelled_with_it(
    app: Insula, way: str
) -> None:
    has_begun, outcome = threading.Event(), Future[str]()
    gates: list[asyncio.Event] = []

    async def helper() -> str:
        gates.append(asyncio.Event())
        has_begun.set()
        await gates[0].wait()
        return "came to its end"

    def work() -> None:
        try:
            outcome.set_result(app.ensure_sync(helper)())
        except BaseException as exc:
            outcome.set_exception(exc)

    @app.get("/")
    def index() -> str:
        if way == "background":
            app.add_background_task(work)
        else:
            job = carry(work) if way == "carry" else partial(copy_context().run, work)
            threading.Thread(target=job).start()
        has_begun.wait(10)
        return "x"

    async def main() -> str:
        assert (await ask(app, "/")).text == "x"
        await asyncio.sleep(0.05)  # in which it would be cancelled
        gates[0].set()
        return await asyncio.wait_for(asyncio.wrap_future(outcome), 10)

    assert run(main()) == "came to its end"


class TasklessClient(Client):
    """Of a server that makes no tasks; which kind one is, is learnt by its class."""


class TasklessSocket(Server):
    """The same, for a WebSocket."""


def test_request_that_runs_in_no_task_gets_one(app: Insula) -> None:
    seen: list[Any] = []

    @app.get("/")
    async def index() -> str:
        task = asyncio.current_task()
        assert task is not None
        assert task.get_loop() is asyncio.get_running_loop()
        seen.append(task)
        await asyncio.wait_for(asyncio.sleep(0), 5)
        return "x"

    @app.websocket("/ws")
    async def talk() -> None:
        seen.append(asyncio.current_task())
        await websocket.accept()

    async def main() -> str:
        loop = asyncio.get_running_loop()
        socket = TasklessSocket(app)
        client = TasklessClient(app, scope_for("/"))
        context = copy_context()

        def start() -> list[asyncio.Future[None]]:
            steps = app(client._scope, client.receive, client.send)
            talking = app(socket.scope, socket.receive, socket.send)
            return [Stepped(steps, context).done, Stepped(talking, context).done]

        def start_in_no_task(mine: asyncio.Task[Any]) -> list[asyncio.Future[None]]:
            asyncio.tasks._leave_task(loop, mine)
            asyncio.tasks._enter_task(loop, no_task)
            try:
                return start()
            finally:
                asyncio.tasks._leave_task(loop, no_task)
                asyncio.tasks._enter_task(loop, mine)

        no_task = NoTask()
        mine = asyncio.current_task()
        assert mine is not None
        await asyncio.gather(*start_in_no_task(mine))
        assert socket.types == ["accept", "close"]
        return client.answer.text

    assert run(main()) == "x"
    assert len(seen) == 2
    assert not any(isinstance(task, NoTask) for task in seen)


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
@pytest.mark.parametrize("wrap", [copy_current_request_context, carry])
def test_carried_coroutine_function_is_torn_down_on_its_loop(
    app: Insula, wrap: Any, interface: str
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = True
    torn: list[Any] = []

    @app.teardown_request
    async def teardown(exc: BaseException | None) -> None:
        await asyncio.sleep(0)
        torn.append((request.path, asyncio.get_running_loop()))

    @app.get("/<name>")
    async def index(name: str) -> str:
        g.mine = name

        async def job(suffix: str) -> str:
            await asyncio.sleep(0)
            return f"{request.path} {g.get('mine')}{suffix}"

        task: asyncio.Task[str] = asyncio.create_task(wrap(job)("!"))
        g.mine = "later"
        loops.append(asyncio.get_running_loop())
        return await task

    loops: list[Any] = []
    if interface == "asgi":
        text = run(ask(app, "/a")).text
    else:
        text = app.test_client().get("/a").text
    assert text == ("/a a!" if wrap is carry else "/a None!")
    assert torn == [("/a", loops[0])] * 2


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_response_of_a_request_that_was_cancelled_meanwhile_is_closed(
    app: Insula, kind: str
) -> None:
    reached: Future[None] = Future()
    may_go_on: Future[None] = Future()
    closed: Future[None] = Future()

    async def steps() -> AsyncIterator[str]:
        yield "never sent"

    @app.get("/")
    def index() -> Response:
        reached.set_result(None)
        may_go_on.result(10)
        response = Response(steps() if kind == "async" else iter(["never sent"]))
        response.call_on_close(lambda: closed.set_result(None))
        return response

    async def main() -> None:
        task = Client(app, scope_for("/")).start()
        await asyncio.wrap_future(reached)
        task.cancel()
        await asyncio.wait([task])
        may_go_on.set_result(None)
        await asyncio.wait_for(asyncio.wrap_future(closed), 10)

    run(main())
