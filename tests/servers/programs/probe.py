"""The application that the tests serve: one route for each thing that may go wrong.

Run as `python probe.py '{"threaded": true}'`; the object holds `run_simple`'s keywords.
"""

from __future__ import annotations

import contextvars
import json
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from insula.servers import is_running_from_reloader, run_simple

Environ = dict[str, Any]
Start = Callable[..., Callable[[bytes], Any]]
PLAIN = [("Content-Type", "text/plain")]
OPTIONS: dict[str, Any] = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}

_fork = multiprocessing.get_context("fork")
active = _fork.Value("i", 0)
most = _fork.Value("i", 0)
met = _fork.Event()
counter: contextvars.ContextVar[int] = contextvars.ContextVar("counter", default=0)
closed: list[str] = []
left = threading.Event()


def hello(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    start("200 OK", PLAIN)
    return [b"hello"]


def env(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    start("200 OK", [("Content-Type", "application/json")])
    plain = {k: v for k, v in environ.items() if isinstance(v, (str, bool))}
    return [json.dumps(plain).encode()]


def overlap(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    """Wait until `arg` requests are here at once, or until all have been and gone."""
    with active.get_lock():
        active.value += 1
        most.value = max(most.value, active.value)
        if active.value >= int(arg):
            met.set()
    if int(arg) > 1:
        met.wait(20)
    with active.get_lock():
        active.value -= 1
    start("200 OK", PLAIN)
    return [f"{most.value} {os.getpid()}".encode()]


def fifo(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    """Stay in the view until somebody writes to the named pipe."""
    data = Path(arg).read_bytes()
    start("200 OK", PLAIN)
    return [b"released by " + data]


def fifo_then_note(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    Path(arg).read_bytes()
    Path(arg + ".done").touch()
    start("200 OK", PLAIN)
    return [b"done"]


def body(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    stream = environ["wsgi.input"]
    ways: dict[str, Callable[[], Any]] = {
        "lines": lambda: list(stream),
        "readlines": stream.readlines,
        "readline": lambda: [stream.readline(), stream.readline(1), stream.readline()],
        "read": lambda: [stream.read(-1)],
        "read2": lambda: [stream.read(2), stream.read(), stream.read(5)],
    }
    answer = repr(ways[arg]())
    start("200 OK", PLAIN)
    return [answer.encode()]


def upload(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    Path(arg + ".begun").touch()
    try:
        data = environ["wsgi.input"].read()
    except Exception as exc:
        Path(arg).write_text(type(exc).__name__)
        raise
    Path(arg).write_text(f"complete {len(data)}")
    start("200 OK", PLAIN)
    return [b"ok"]


def answer_then_read(environ: Environ, start: Start, arg: str) -> Iterator[bytes]:
    start("200 OK", PLAIN)
    yield b"first "
    try:
        environ["wsgi.input"].read()
    except Exception as exc:
        Path(arg).write_text(type(exc).__name__)
        raise


def broken_stream(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    headers = [*PLAIN, ("Content-Length", "100")] if arg == "length" else PLAIN
    start("200 OK", headers)

    def chunks() -> Iterator[bytes]:
        yield b"first "
        yield b"second "
        raise RuntimeError("in the middle")

    return chunks()


def fifo_then_fail(environ: Environ, start: Start, arg: str) -> Iterator[bytes]:
    start("200 OK", PLAIN)
    yield b"first "
    Path(arg + ".begun").touch()
    Path(arg).read_bytes()
    raise RuntimeError("in the middle")


def first_chunk_fails(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    start("200 OK", PLAIN)
    yield b""
    raise RuntimeError("before the first chunk")


def late_start(environ: Environ, start: Start, arg: str) -> Iterator[bytes]:
    start("418 I'm a teapot", [*PLAIN, ("X-Late", "yes")])
    yield b"late"


def late_error(environ: Environ, start: Start, arg: str) -> Iterator[bytes]:
    start("200 OK", PLAIN)
    try:
        raise RuntimeError("changed my mind")
    except RuntimeError:
        start("503 Service Unavailable", PLAIN, sys.exc_info())
    yield b"sorry"


def sized_stream(environ: Environ, start: Start, arg: str) -> Iterator[bytes]:
    start("200 OK", [*PLAIN, ("Content-Length", "5")])
    if environ["REQUEST_METHOD"] != "HEAD":
        yield b"sized"
    closed.append("ran to its end")


def empty(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    start(arg, [])
    return iter(())


def write(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    out = start("200 OK", PLAIN)
    out(b"written ")
    out(b"twice ")
    return [b"and returned"]


def silent(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    return [b"nothing declared"]


class ClosingList(list[bytes]):
    def close(self) -> None:
        closed.append("list")


def closing_list(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    start("200 OK", PLAIN)
    return ClosingList([b"a", b"b"])


def was_closed(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    start("200 OK", PLAIN)
    return [json.dumps(closed).encode()]


def endless(environ: Environ, start: Start, arg: str) -> Iterator[bytes]:
    start("200 OK", PLAIN)
    try:
        while True:
            yield b"x" * 65536
    finally:
        closed.append("endless")
        left.set()


def wait_left(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    start("200 OK", PLAIN)
    return [b"left" if left.wait(20) else b"still there"]


def count(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    counter.set(counter.get() + 1)
    start("200 OK", PLAIN)
    return [str(counter.get()).encode()]


def count_stream(environ: Environ, start: Start, arg: str) -> Iterator[bytes]:
    counter.set(counter.get() + 1)
    start("200 OK", PLAIN)
    yield b"a"
    yield str(counter.get()).encode()


def headers(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    start("200 OK", [*PLAIN, ("Location", "/caf\xe9"), ("X-Name", "caf\xe9")])
    return [b"ok"]


def split_header(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    start("200 OK", [("X-Evil", "a\r\nSet-Cookie: b")])
    return [b"ok"]


def framed(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    start("200 OK", [*PLAIN, ("Transfer-Encoding", "chunked"), ("X-After", "yes")])
    return [b"ok"] if arg == "list" else iter([b"o", b"k"])


def odd_name(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    start("200 OK", [*PLAIN, (arg, "value")])
    return [b"ok"]


def odd_status(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    start(
        {"low": "42 Low", "odd": "299 Odd", "text": "OK", "early": "100 Continue"}[arg],
        PLAIN,
    )
    return [b"ok"]


def boom(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    raise ZeroDivisionError("boom")


def leave(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    raise SystemExit(arg)


def die(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    os._exit(9)


def pid(environ: Environ, start: Start, arg: str) -> Iterable[bytes]:
    start("200 OK", PLAIN)
    return [f"{os.getpid()} {is_running_from_reloader()}".encode()]


def app(environ: Environ, start: Start) -> Iterable[bytes]:
    view = globals().get(environ["PATH_INFO"].strip("/")) or hello
    arg = parse_qs(environ["QUERY_STRING"]).get("arg", [""])[0]
    result: Iterable[bytes] = view(environ, start, arg)
    return result


if __name__ == "__main__":
    run_simple(
        OPTIONS.pop("hostname", "127.0.0.1"), OPTIONS.pop("port", 0), app, **OPTIONS
    )
