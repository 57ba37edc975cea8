"""Streams that nobody reads to their end leave nothing on the threads of a server.

The case is pallets/flask#6123: a client goes away in the middle of a
`stream_with_context` body; the server drops the body, or closes it, or the garbage
collector ends it later on another thread. Later requests on the thread must have fresh
contexts and run their teardown functions, and the stream must run its own, once.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from werkzeug.test import create_environ

from insula import stream_with_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from insula import Insula

PROGRAMS = Path(__file__).parent / "programs"
PATIENCE = 30.0
THREADS = 4
CLIENTS = 16
LEAVERS = 1000
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset

SERVERS = ["insula", "granian", "gunicorn gthread"]


def command(server: str) -> list[str]:
    """Return what `python` is to be called with, for one process with `THREADS`."""
    if server == "insula":
        return [str(PROGRAMS / "leaving.py"), str(THREADS)]
    if server == "granian":
        with socket.create_server(("127.0.0.1", 0)) as sock:
            port = sock.getsockname()[1]
        return [
            *("-m", "granian", "--interface", "wsgi", "--no-ws"),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--blocking-threads", str(THREADS)),
            *("--working-dir", str(PROGRAMS), "leaving:app"),
        ]
    return [
        *("-m", "gunicorn", "--bind", "127.0.0.1:0", "--pythonpath", str(PROGRAMS)),
        *("--worker-class", "gthread", "--workers", "1", "--threads", str(THREADS)),
        *("--no-control-socket", "leaving:app"),
    ]


def poll(done: Callable[[], Any], what: str) -> Any:
    """Ask again and again until the answer is true; for what sends no event."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := done():
            return answer
        time.sleep(0.02)
    raise AssertionError(f"waited {PATIENCE} s in vain for {what}")


class Served:
    """A server of `leaving.py`, and clients of it."""

    def __init__(self, command: list[str], cwd: Path) -> None:
        self.output: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, *command],
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.port = int(poll(self._find_port, "the server's port")[1])
        poll(self._answers, "the server's first answer")

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)

    def _find_port(self) -> re.Match[str] | None:
        assert self.reader.is_alive(), "".join(self.output)
        return re.search(
            r"(?:Running on|Listening at:) http://127.0.0.1:(\d+)", "".join(self.output)
        )

    def _answers(self) -> bool:
        # A server may say where it listens before it does.
        with contextlib.suppress(ConnectionRefusedError):
            return bool(self.get("/state"))
        return False

    def get(self, path: str) -> Any:
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as sock:
            sock.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            answer = b"".join(iter(lambda: sock.recv(65536), b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b" 200 " in head.partition(b"\r\n")[0], [answer, *self.output]
        return json.loads(body)

    def leave(self, number: int) -> None:
        """Ask for a stream, read some of it, and go away, in one way or another."""
        careless = "?careless" if number % 2 else ""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as sock:
            line = f"GET /stream/{number}{careless} HTTP/1.1\r\n"
            sock.sendall(f"{line}Host: localhost\r\n\r\n".encode())
            seen = b""
            while b"x" * 100 not in seen:
                part = sock.recv(4096)
                assert part, seen
                seen += part
            if number % 3 == 0:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            elif number % 3 == 1:
                sock.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE)
            self.reader.join(PATIENCE)
            assert self.process.stdout is not None
            self.process.stdout.close()


@pytest.fixture(params=SERVERS)
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    served = Served(command(request.param), tmp_path)
    try:
        yield served
    finally:
        served.stop()


@pytest.mark.e2e
def test_streams_that_clients_leave_end_once_and_nothing_stays_on_any_thread(
    served: Served,
) -> None:
    def visit(number: int) -> None:
        served.leave(number)
        if number % 10 == 0:
            assert served.get(f"/plain/{number}") == [number] * 5

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(visit, range(LEAVERS)))

    def settled() -> Any:
        state = served.get("/state")
        return state if state["ended"] == [LEAVERS] * 3 else None

    state = poll(settled, "the end of all streams")
    assert state == {
        "begun": LEAVERS,
        "ended": [LEAVERS] * 3,
        "most": [1, 1, 1, 1],
        "found": [],
        "mixed": [],
    }

    # Every thread of the server answers one of these, for they wait for each other.
    with ThreadPoolExecutor(THREADS) as pool:
        paths = [f"/meet/{number}/{THREADS}" for number in range(THREADS)]
        answers = list(pool.map(served.get, paths))
    assert len({answer["thread"] for answer in answers}) == THREADS
    for number, answer in enumerate(answers):
        assert (answer["found"], answer["read"]) == ([], [number] * 5)
    assert any(answer["streamed"] for answer in answers)
    assert served.get("/state") == state
    assert "left behind" not in "".join(served.output)
    assert "Exception ignored" not in "".join(served.output)


@pytest.fixture
def leaving() -> Any:
    """Load the program as a module of its own, with nothing booked."""
    spec = importlib.util.spec_from_file_location("leaving", PROGRAMS / "leaving.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("collector", ["another thread", "any thread"])
def test_streams_that_a_server_drops_end_once_when_the_collector_comes(
    leaving: Any, collector: str
) -> None:
    """Nobody closes these: each is in a cycle that the collector finds some time."""
    over = threading.Event()
    everywhere = threading.Barrier(THREADS)

    def serve(number: int) -> None:
        environ = create_environ(f"/stream/{number}", query_string="careless")
        body = leaving.app(environ, lambda status, headers, exc_info=None: None)
        for _ in range(number % 3):
            assert next(body) == leaving.CHUNK
        if collector == "any thread" and number % 50 == 0:
            gc.collect()

    def look(_: int) -> Any:
        everywhere.wait(PATIENCE)
        return leaving.found_here()

    def collect() -> None:
        while not over.is_set():
            gc.collect()

    thread = threading.Thread(target=collect)
    if collector == "another thread":
        gc.disable()
        thread.start()
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(serve, range(LEAVERS)))
            found = list(pool.map(look, range(THREADS)))
    finally:
        over.set()
        if collector == "another thread":
            thread.join()
            gc.enable()
    gc.collect()
    assert found == [[]] * THREADS
    book = leaving.book
    assert book.request_ends == book.app_ends == book.begun
    assert set(book.begun.values()) == {1}
    assert len(book.begun) == LEAVERS
    assert (book.found, book.mixed) == ([], [])


# -- a server in this process --------------------------------------------------------


class Server(ThreadingMixIn, WSGIServer):
    """The standard library's server, on threads."""

    daemon_threads = True


class Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


class Ended:
    """Count the ends of requests, and wait for them."""

    def __init__(self, app: Insula) -> None:
        self.told: list[type | None] = []
        self.changed = threading.Condition()
        app.teardown_request(self.note)
        app.teardown_appcontext(self.note)

    def note(self, exc: BaseException | None) -> None:
        with self.changed:
            self.told.append(None if exc is None else type(exc))
            self.changed.notify_all()

    def wait_for(self, number: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.told) >= number, 30)


@pytest.mark.parametrize("leaving", ["resets", "closes", "shuts down"])
def test_client_that_goes_away_in_the_middle_ends_the_request_once(
    app: Insula, leaving: str
) -> None:
    endless = iter(lambda: "x" * 65536, "")
    app.add_url_rule("/stream", "stream", lambda: stream_with_context(endless))
    ended = Ended(app)
    server = make_server("127.0.0.1", 0, app, Server, Handler)
    port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        for _ in range(5):
            sock = socket.create_connection(("127.0.0.1", port), timeout=30)
            sock.sendall(b"GET /stream HTTP/1.0\r\n\r\n")
            assert sock.recv(4096)
            if leaving == "resets":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            elif leaving == "shuts down":
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        ended.wait_for(10)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert ended.told == [GeneratorExit] * 10
