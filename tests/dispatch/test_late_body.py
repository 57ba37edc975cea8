"""A body that comes late, under WSGI: neither the loop nor the server is disturbed."""

from __future__ import annotations

import asyncio
import io
import threading
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import create_environ

from insula import Insula, request
from insula.dispatch.loops.ahead import AHEAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 20  # seconds; only a failure waits for so long
DOCUMENT = b'["' + b"x" * AHEAD + b'"]'


class LateInput(io.RawIOBase):
    """A body whose first read waits until it is let come."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.come = threading.Event()
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.asked.set()
        if not self.come.wait(PATIENCE):
            raise TimeoutError
        return self._data.readinto(buffer)


class Posted:
    """A request that a thread of its own waits for, as one of a server's does."""

    def __init__(self, app: Insula, path: str, **fields: Any) -> None:
        self.source = LateInput(DOCUMENT)
        self.statuses: list[str] = []
        self.body = b""
        environ = create_environ(path, method="POST", content_type="application/json")
        environ.update({"wsgi.input": self.source}, **fields)
        self.thread = threading.Thread(target=self._run, args=(app, environ))
        self.thread.start()

    def _run(self, app: Insula, environ: Any) -> None:
        def start(status: str, *_: Any) -> Any:
            self.statuses.append(status)

        self.body = b"".join(app(environ, start))

    def finish(self) -> tuple[str, bytes]:
        self.source.come.set()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        return self.statuses[0], self.body


@pytest.fixture
def post(app: Insula) -> Iterator[Callable[..., Posted]]:
    posted: list[Posted] = []

    def post(path: str, **fields: Any) -> Posted:
        posted.append(Posted(app, path, **(fields or {"CONTENT_LENGTH": LENGTH})))
        return posted[-1]

    yield post
    for each in posted:
        each.finish()


LENGTH = str(len(DOCUMENT))
CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}


@pytest.fixture
def app() -> Insula:
    app = Insula("late")

    @app.get("/")
    async def index() -> str:
        await asyncio.sleep(0)
        return "index"

    @app.post("/json")
    async def document() -> str:
        return str(len((await request.get_json())[0]))

    @app.post("/data")
    async def data() -> str:
        return str(len(await request.get_data()) - 4)

    @app.post("/stream")
    async def stream() -> str:
        return str(sum([len(chunk) async for chunk in request.stream]) - 4)

    @app.post("/impatient")
    async def impatient() -> str:
        async def read() -> Any:
            return await request.get_data()

        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(read(), 0.01)
        return "no patience"

    @app.post("/plain")
    async def plain() -> str:
        return str(len(request.get_json()[0]))

    return app


@pytest.mark.parametrize("path", ["/json", "/data", "/stream"])
def test_awaiting_a_long_body_lets_the_loop_go_on(
    app: Insula, post: Callable[..., Posted], path: str
) -> None:
    posted = post(path)
    assert posted.source.asked.wait(PATIENCE)
    other = threading.Thread(target=app.test_client().get, args=("/",))
    other.start()
    other.join(PATIENCE / 2)
    assert not other.is_alive()
    assert posted.finish() == ("200 OK", str(AHEAD).encode())


def test_awaiting_a_body_without_a_length_lets_the_loop_go_on(
    app: Insula, post: Callable[..., Posted]
) -> None:
    posted = post("/data", **CHUNKED)
    assert posted.source.asked.wait(PATIENCE)
    app.test_client().get("/")
    assert posted.statuses == []
    assert posted.finish() == ("200 OK", str(AHEAD).encode())


def test_long_body_that_is_not_awaited_is_read(post: Callable[..., Posted]) -> None:
    assert post("/plain").finish() == ("200 OK", str(AHEAD).encode())


def test_answer_waits_for_who_still_reads(post: Callable[..., Posted]) -> None:
    posted = post("/impatient")
    assert posted.source.asked.wait(PATIENCE)
    # Longer than the view's patience: without the rule the answer would be there.
    posted.thread.join(0.3)
    assert posted.statuses == []
    assert posted.finish() == ("200 OK", b"no patience")
