"""Bodies that come slowly: nobody else waits for them, and nothing of them is lost."""

from __future__ import annotations

import asyncio
import io
import random
import tempfile
from typing import TYPE_CHECKING, Any

import pytest
from tests.dispatch.asgi_server import PATIENCE, Client, ask, scope_for
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser

from insula import Insula, Request, request
from insula.dispatch.loops.threads import DEFAULT_LIMIT
from insula.http.awaited import BODY_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

MULTIPART = ("content-type", "multipart/form-data; boundary=b")
FORM = ("content-type", "application/x-www-form-urlencoded")
JSON = ("content-type", "application/json")
CHUNKED = ("transfer-encoding", "chunked")
HEAD = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n'
END = b"\r\n--b--\r\n"


class OwnParser(FormDataParser):
    """An application's own."""


class OwnRequest(Request):
    form_data_parser_class = OwnParser


READS: dict[str, tuple[tuple[str, str], bytes, Callable[[], Any]]] = {
    "files": (MULTIPART, HEAD, lambda: request.files),
    "form": (MULTIPART, HEAD, lambda: request.form),
    "plain form": (FORM, b"a=", lambda: request.form),
    "get_data": (FORM, b"a=", lambda: request.get_data(cache=True)),
    "get_data of a form": (
        MULTIPART,
        HEAD,
        lambda: request.get_data(parse_form_data=True),
    ),
    "data": (JSON, b"[", lambda: request.data),
    "get_json": (JSON, b"[", lambda: request.get_json(cache=True)),
    "own parser": (MULTIPART, HEAD, lambda: request.files),
}


def new_app(view: Callable[[], Any], **config: Any) -> Insula:
    app = Insula(__name__)
    app.testing = True
    app.config.update(config)
    app.add_url_rule("/", "index", view, methods=["POST"])
    return app


def pieces(body: bytes, size: int) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


def stall(app: Insula, client: Client) -> asyncio.Task[None]:
    # NOTE: with more patience than those have who are not to wait for it.
    answer = app.asgi_app(client._scope, client.receive, client.send)
    return asyncio.create_task(answer)


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110 - what it is about has no event
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("name", READS)
def test_clients_that_stall_keep_no_thread_from_others(name: str) -> None:
    header, start, read = READS[name]

    async def index() -> str:
        await read()
        return "read"

    app = new_app(index)
    if name == "own parser":
        app.request_class = OwnRequest

    @app.route("/sync")
    def sync() -> str:
        return "sync"

    @app.errorhandler(404)
    async def not_found(_error: Any) -> tuple[str, int]:
        return "handled", 404

    async def main() -> list[str]:
        fields = [header, ("content-length", "900000")]
        stalling = [
            Client(app, scope_for("/", "POST", fields)) for _ in range(DEFAULT_LIMIT)
        ]
        tasks = [stall(app, client) for client in stalling]
        for client in stalling:
            client.put(start, more=True)
        for client in stalling:
            # The second time it is asked is when the first has been taken.
            while client.asked < 2:
                client.has_news.clear()
                await asyncio.wait_for(client.has_news.wait(), PATIENCE)
        # Whatever a thread was to do with that has been begun.
        texts = [(await ask(app, path)).text for path in ("/sync", "/none") * 2]
        for client in stalling:
            client.leave()
        await asyncio.gather(*tasks, return_exceptions=True)
        return texts

    assert asyncio.run(main()) == ["sync", "handled"] * 2


def test_clients_that_stall_amid_a_stream_keep_no_thread_from_others() -> None:
    began: list[bytes] = []

    async def index() -> str:
        # Who watches for the client's leaving asks for the first of it.
        await until(lambda: bool(request.environ[BODY_KEY].chunks))
        began.append(request.stream.read(1))
        async for _ in request.stream:
            pass
        return "read"

    app = new_app(index)

    @app.route("/sync")
    def sync() -> str:
        return "sync"

    async def main() -> str:
        scope = scope_for("/", "POST", [CHUNKED])
        stalling = [Client(app, scope) for _ in range(DEFAULT_LIMIT)]
        tasks = []
        for client in stalling:
            client.put(b"xx", more=True)
            tasks.append(stall(app, client))
        await asyncio.wait_for(until(lambda: len(began) == DEFAULT_LIMIT), PATIENCE)
        text = (await ask(app, "/sync")).text
        for client in stalling:
            client.leave()
        await asyncio.gather(*tasks, return_exceptions=True)
        return text

    assert asyncio.run(main()) == "sync"


# -- a form that comes in pieces is the one that comes at once -------------------------


def random_form(rng: random.Random) -> bytes:
    parts = []
    for number in range(rng.randrange(1, 6)):
        filename = rng.choice([b"", b'; filename="%d.bin"' % number])
        head = b'Content-Disposition: form-data; name="n%d"%s' % (number % 3, filename)
        if rng.random() < 0.3:
            head += b"\r\nContent-Type: text/plain; charset=iso-8859-1"
        size = rng.choice([0, 1, 100, 5_000, 70_000, 140_000])
        data = rng.choice([b"x", b"\r\n-", b"\r\n--b", b"\xe4"]) * size
        parts.append(b"--b\r\n%s\r\n\r\n%s\r\n" % (head, data[:size]))
    body = b"".join(parts) + b"--b--\r\n"
    if rng.random() < 0.2:
        body = body[: rng.randrange(len(body))]  # broken off
    return body


def described(form: Any, files: Any) -> Any:
    return (
        list(form.items(multi=True)),
        [
            (name, f.filename, f.name, list(f.headers), f.read())
            for name, f in files.items(multi=True)
        ],
    )


class InMemory(Request):
    # NOTE: Werkzeug's parser leaves the files of a form that it gives up open.
    def _get_file_stream(self, *_args: Any, **_kwargs: Any) -> Any:
        return io.BytesIO()


LIMITS = [
    {},
    {"MAX_FORM_PARTS": 2},
    {"MAX_FORM_MEMORY_SIZE": 80_000},
    {"MAX_FORM_MEMORY_SIZE": 1_000},
    {"MAX_CONTENT_LENGTH": 100_000},
    {"MAX_CONTENT_LENGTH": 65_536},
]


@pytest.mark.parametrize("limits", LIMITS)
@pytest.mark.parametrize("has_length", [False, True])
def test_form_in_pieces_is_what_it_is_to_a_synchronous_view(
    limits: dict[str, int], has_length: bool
) -> None:
    seen: list[Any] = []

    async def index() -> str:
        try:
            seen.append(described(await request.form, await request.files))
        except HTTPException as exc:
            seen.append(exc.code)
        return ""

    def sync() -> str:
        try:
            seen.append(described(request.form, request.files))
        except HTTPException as exc:
            seen.append(exc.code)
        return ""

    app = new_app(index, **limits)
    app.request_class = InMemory
    app.add_url_rule("/sync", "sync", sync, methods=["POST"])
    rng = random.Random(5)  # noqa: S311 - no secret
    for _ in range(12):
        body = random_form(rng)
        sizes = pieces(body, rng.choice([7_000, 65_536, 1 << 20]))
        fields = [MULTIPART]
        fields.append(("content-length", str(len(body))) if has_length else CHUNKED)
        for path in ("/", "/sync"):

            async def main(path: str = path) -> None:
                client = Client(app, scope_for(path, "POST", fields))  # noqa: B023 - run now
                for piece in sizes:  # noqa: B023 - likewise
                    client.put(piece, more=True)
                client.put(b"")
                await client.run()

            asyncio.run(main())
        awaited, read = seen[-2:]
        assert awaited == read
    assert len(seen) == 24


def test_file_goes_to_what_the_request_class_says() -> None:
    made: list[Any] = []

    class Own(Request):
        def _get_file_stream(self, *args: Any, **kwargs: Any) -> Any:
            made.append((args, kwargs))
            return io.BytesIO()

    async def index() -> str:
        return type((await request.files)["f"].stream).__name__

    app = new_app(index)
    app.request_class = Own
    body = HEAD + b"x" * 100_000 + END

    answer = asyncio.run(ask(app, "/", "POST", [MULTIPART], body=pieces(body, 1 << 16)))

    assert answer.text == "BytesIO"
    assert len(made) == 1


# -- who stops waiting -----------------------------------------------------------------


def test_form_goes_on_where_a_timeout_has_left_it() -> None:
    has_timed_out = asyncio.Event()

    async def index() -> str:
        try:
            await asyncio.wait_for(request.files, 0.05)
        except asyncio.TimeoutError:
            has_timed_out.set()
        files = await request.files
        return str(len(files["f"].read()))

    app = new_app(index)

    async def main() -> str:
        client = Client(app, scope_for("/", "POST", [MULTIPART, CHUNKED]))
        client.put(HEAD + b"x" * 100_000, more=True)
        task = client.start()
        await asyncio.wait_for(has_timed_out.wait(), PATIENCE)
        client.put(b"x" * 100_000 + END)
        return (await task).text

    assert asyncio.run(main()) == "200000"


def test_form_that_a_coroutine_has_begun_is_finished_by_a_synchronous_view() -> None:
    has_timed_out = asyncio.Event()

    def index() -> str:
        return str(len(request.files["f"].read()))

    app = new_app(index)

    @app.before_request
    async def begin() -> None:
        try:
            await asyncio.wait_for(request.files, 0.05)
        except asyncio.TimeoutError:
            has_timed_out.set()

    async def main() -> str:
        client = Client(app, scope_for("/", "POST", [MULTIPART, CHUNKED]))
        client.put(HEAD + b"x" * 100_000, more=True)
        task = client.start()
        await asyncio.wait_for(has_timed_out.wait(), PATIENCE)
        client.put(b"x" * 100_000 + END)
        return (await task).text

    assert asyncio.run(main()) == "200000"


def test_file_of_a_client_that_leaves_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Any] = []

    def make(*_args: Any, **_kwargs: Any) -> Any:
        made.append(tempfile.TemporaryFile("rb+"))  # noqa: SIM115 - who is tested closes it
        return made[-1]

    monkeypatch.setattr(Request, "_get_file_stream", make)

    async def index() -> str:
        await request.files
        return "not reached"

    app = new_app(index)

    async def main() -> None:
        client = Client(app, scope_for("/", "POST", [MULTIPART, CHUNKED]))
        client.put(HEAD + b"x" * 200_000, more=True)
        task = client.start()
        await asyncio.wait_for(until(lambda: bool(made)), PATIENCE)
        client.leave()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.wait_for(until(lambda: made[0].closed), PATIENCE)

    asyncio.run(main())

    assert [file.closed for file in made] == [True]


def test_body_is_awaited_on_a_loop_that_is_not_the_servers() -> None:
    def index() -> str:
        async def both() -> str:
            return str(len(await request.get_data()))

        return asyncio.run(both())

    app = new_app(index)
    answer = asyncio.run(ask(app, "/", "POST", [JSON], body=[b"x" * 50_000] * 3))

    assert answer.text == "150000"
