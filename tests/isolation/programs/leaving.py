"""An application whose streams are left: it books what requests find, and their ends.

Run by itself it is served by Insula (`python leaving.py THREADS`); another server is
given `leaving:app`. What a request finds is noted before the application is called,
on the thread of the server.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections import Counter
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from insula import (
    Insula,
    Local,
    LocalStack,
    g,
    has_app_context,
    has_request_context,
    request,
    run_simple,
    stream_with_context,
)
from insula.context import app_stack, request_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CHUNK = b"x" * 16384

app = Insula(__name__)
mine = Local()
my_stack: LocalStack[int] = LocalStack()
my_var: ContextVar[int | None] = ContextVar("my_var", default=None)


class Book:
    """What has happened to the streams, by their number."""

    def __init__(self) -> None:
        # The collector may come while a thread holds it, and end a stream there.
        self.lock = threading.RLock()
        self.begun: Counter[int] = Counter()
        self.request_ends: Counter[int] = Counter()
        self.app_ends: Counter[int] = Counter()
        self.closed: Counter[int] = Counter()
        self.found: list[str] = []
        self.mixed: list[Any] = []
        self.threads: set[int] = set()

    def count(self, counter: Counter[int], number: int) -> None:
        with self.lock:
            counter[number] += 1


book = Book()
meetings: dict[int, threading.Barrier] = {}


def found_here() -> list[str]:
    """Return what a request finds that is not its own: nothing, one hopes."""
    found = [repr(ctx) for ctx in (*request_stack, *app_stack)]
    found += [f"mine.{name} = {value}" for name, value in mine]
    found += [f"my_stack: {item}" for item in my_stack]
    if my_var.get() is not None:
        found.append(f"my_var: {my_var.get()}")
    if has_request_context() or has_app_context():
        found.append("a context is current")
    return found


class Careless:
    """A body that nobody can close, and that only the garbage collector can find."""

    def __init__(self, body: Iterable[bytes]) -> None:
        self.body = iter(body)
        self.itself = self

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self.body)


class Entry:
    """Note what is on the server's thread when a request comes, and after it."""

    def __init__(self, wsgi_app: Callable[..., Iterable[bytes]]) -> None:
        self.wsgi_app = wsgi_app

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        found = found_here()
        body = self.wsgi_app(environ, start_response)
        found += found_here()
        if found:
            book.found.append(f"{environ['PATH_INFO']}: {found}")
        if environ["QUERY_STRING"] == "careless":
            return Careless(body)
        return body


app.wsgi_app = Entry(app.wsgi_app)  # type: ignore[method-assign]  # how middleware is put around


def write(number: int) -> None:
    """Write everywhere; nothing may be there, but for the contexts of this request."""
    if [*mine, *my_stack, *g] or my_var.get() is not None:
        book.found.append(f"in the view of {number}: {found_here()} {list(g)}")
    g.number = mine.number = number
    my_stack.push(number)
    my_var.set(number)


def read() -> tuple[Any, ...]:
    number = request.view_args["number"] if request.view_args else None
    return g.number, mine.number, my_stack.top, my_var.get(), number


@app.route("/stream/<int:number>")
def stream(number: int) -> Any:
    book.count(book.begun, number)
    book.threads.add(threading.get_ident())
    write(number)
    g.is_stream = True
    return stream_with_context(endless(number))


def endless(number: int) -> Iterator[bytes]:
    try:
        while True:
            if read() != (number,) * 5:
                book.mixed.append((number, read()))
            yield CHUNK
    finally:
        book.count(book.closed, number)


@app.route("/plain/<int:number>")
def plain(number: int) -> list[Any]:
    write(number)
    return list(read())


@app.route("/meet/<int:number>/<int:of>")
def meet(number: int, of: int) -> dict[str, Any]:
    """Wait until `of` requests are here at once, each on a thread of its own."""
    found = found_here()[2:-1]  # but for the contexts of this request
    write(number)
    with book.lock:
        barrier = meetings.setdefault(of, threading.Barrier(of))
    barrier.wait(20)
    return {
        "thread": threading.get_ident(),
        "found": found,
        "read": read(),
        "streamed": threading.get_ident() in book.threads,
    }


@app.route("/state")
def state() -> dict[str, Any]:
    gc.collect()
    ends = book.request_ends, book.app_ends, book.closed
    return {
        "begun": len(book.begun),
        "ended": [len(counter) for counter in ends],
        "most": [max(counter.values(), default=0) for counter in (book.begun, *ends)],
        "found": book.found,
        "mixed": book.mixed,
    }


@app.teardown_request
def end_of_request(exc: BaseException | None) -> None:
    if request.endpoint == "stream":
        book.count(book.request_ends, g.number)


@app.teardown_appcontext
def end_of_app_context(exc: BaseException | None) -> None:
    if g.get("is_stream"):
        book.count(book.app_ends, g.number)


if __name__ == "__main__":
    run_simple("127.0.0.1", 0, app, threads=int(sys.argv[1]), access_log=False)
