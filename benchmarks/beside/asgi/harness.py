"""Times one contender's ASGI calls, in a process of its own.

Rules of the file: standard library, uvloop and the contender only; the same code around
each; the parent is answered as by `benchmarks.beside.harness`.

Theory. A call is what a server does: a fresh scope, ``receive``, ``send``, and the
application awaited; how each server starts its tasks is left to the measurement over
sockets. All calls are made one after the other in one task of one loop.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks.beside.asgi.works import WORKS
from benchmarks.beside.works import Reply, Work

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["main"]

_PACKAGES = (
    *("starlette", "blacksheep", "quart", "falcon"),
    *("uvicorn", "httptools", "granian", "uvloop"),
)


class Exchange:
    """A server's side of one request."""

    __slots__ = ("_body", "_ends", "_has_come", "sent")

    def __init__(self, body: bytes, ends: asyncio.Future[Any]) -> None:
        self._body = body
        self._ends = ends
        self._has_come = False
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> Any:
        """Return the body; then wait for a client that does not go."""
        if self._has_come:
            return await asyncio.shield(self._ends)
        self._has_come = True
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def send(self, message: dict[str, Any]) -> None:
        """Keep what is answered."""
        self.sent.append(message)


class Bench:
    """The contender, and its works made ready to be called."""

    def __init__(self, name: str) -> None:
        module: Any = import_module(f"benchmarks.beside.asgi.apps.{name}_app")
        self._app = module.app
        self._works = {work.name: work for work in WORKS if name in work.contenders}
        self._ends: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def start(self) -> asyncio.Task[None]:
        """Let the application begin, as servers do; return what lasts as long as it."""
        asked: asyncio.Queue[Any] = asyncio.Queue()
        begun = asyncio.Event()
        asked.put_nowait({"type": "lifespan.startup"})

        async def send(_message: Any) -> None:
            begun.set()

        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        task: asyncio.Task[None] = asyncio.ensure_future(
            self._app(scope, asked.get, send)
        )
        waiting = asyncio.ensure_future(begun.wait())
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        return task

    async def answer(self, name: str) -> dict[str, Any]:
        """Return the contender's answer, to be checked."""
        work = self._works[name]
        exchange = Exchange(work.body, self._ends)
        await self._app(_scope(work), exchange.receive, exchange.send)
        head = exchange.sent[0]
        fields = [(name.decode(), value.decode()) for name, value in head["headers"]]
        body = b"".join(bytes(message["body"]) for message in exchange.sent[1:])
        return Reply.of(head["status"], fields, body).as_json()

    async def time(self, name: str, seconds: float) -> float:
        """Return the seconds of one call, the mean of about `seconds` of calls."""
        work = self._works[name]
        base = _scope(work)
        number = max(10, int(seconds / max(await self._call(work, base, 20), 1e-7)))
        gc.collect()
        return await self._call(work, base, number)

    async def _call(self, work: Work, base: dict[str, Any], number: int) -> float:
        app, body, ends = self._app, work.body, self._ends
        headers = base["headers"]
        start = perf_counter()
        for _ in range(number):
            scope = base.copy()
            scope["headers"] = headers.copy()
            exchange = Exchange(body, ends)
            await app(scope, exchange.receive, exchange.send)
        return (perf_counter() - start) / number


def _scope(work: Work) -> dict[str, Any]:
    fields = {
        "host": "localhost:8000",
        "user-agent": "benchmark",
        "accept": "*/*",
        "accept-encoding": "gzip, deflate",
    }
    if work.body:
        fields["content-length"] = str(len(work.body))
        fields["content-type"] = work.content_type
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": work.method,
        "scheme": "http",
        "path": work.path,
        "raw_path": work.path.encode(),
        "query_string": work.query.encode(),
        "root_path": "",
        "headers": [(k.encode(), v.encode()) for k, v in fields.items()],
        "client": ("127.0.0.1", 55555),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }


async def versions() -> dict[str, str]:
    """Return what is installed here."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


async def serve(name: str, answers: Any) -> None:
    """Answer the parent until it closes the pipe."""
    bench = Bench(name)
    lasting = await bench.start()
    does: dict[str, Callable[..., Any]] = {
        "versions": versions,
        "answer": bench.answer,
        "time": bench.time,
    }
    for line in sys.stdin:
        asked = json.loads(line)
        answer = await does[asked.pop("do")](**asked)
        print(json.dumps(answer), file=answers, flush=True)
    lasting.cancel()


def main() -> None:
    """Answer the parent, on uvloop."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # whatever else is printed must not get between
    uvloop: Any = import_module("uvloop")  # not installed where types are checked
    loop = uvloop.new_event_loop()
    loop.run_until_complete(serve(sys.argv[1], answers))


if __name__ == "__main__":
    main()
