"""One application, unchanged, behind every server: each is started once."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import re
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.servers.conftest import PATIENCE, Served
from websockets.sync.client import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = Path(__file__).parent / "programs"
GUNICORN = ["gunicorn", "-b", "127.0.0.1:0", "--pythonpath", str(PROGRAMS)]
GRANIAN = ["granian", "--host", "127.0.0.1", "--port", "{port}", "--no-ws"]
INSULA = ["insula", "--app", "every", "run", "--port", "0", "--interface"]
COMMANDS = {
    "insula-wsgi": [*INSULA, "wsgi"],
    "insula-asgi": [*INSULA, "asgi"],
    "uvicorn": ["uvicorn", "--port", "0", "every:app"],
    "hypercorn-wsgi": ["hypercorn", "-b", "127.0.0.1:0", "wsgi:every:app"],
    "hypercorn-asgi": ["hypercorn", "-b", "127.0.0.1:0", "asgi:every:app"],
    "granian-wsgi": [*GRANIAN, "--interface", "wsgi", "every:app"],
    "granian-asgi": [*GRANIAN[:-1], "--interface", "asgi", "every:app"],
    "gunicorn-sync": [*GUNICORN, "-k", "sync", "every:app"],
    "gunicorn-gthread": [*GUNICORN, "-k", "gthread", "--threads", "4", "every:app"],
    "gunicorn-gevent": [*GUNICORN, "-k", "gevent", "every:app"],
    "waitress": ["waitress", "--listen", "127.0.0.1:0", "every:app"],
}
ASGI = {"insula-asgi", "uvicorn", "hypercorn-asgi", "granian-asgi"}


class Every(Served):
    """A server of any make, which serves `every:app`."""

    def __init__(self, name: str, cwd: Path) -> None:
        self.name = name
        self._held: socket.socket | None = None
        command = COMMANDS[name]
        if "{port}" in command:
            # It does not say which port it has found, so one is held for it.
            self._held = socket.socket()
            self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self._held.bind(("127.0.0.1", 0))
            port = str(self._held.getsockname()[1])
            command = [port if word == "{port}" else word for word in command]
        assert importlib.util.find_spec(command[0])
        path = {"PYTHONPATH": str(PROGRAMS)}
        super().__init__([sys.executable, "-m", *command], path, cwd)

    @property
    def port(self) -> int:
        if self._held is not None:
            self.wait_for("Started worker")
            return int(self._held.getsockname()[1])
        return int(self.wait_for(r"http://127\.0\.0\.1:(\d+)").group(1))

    def close(self) -> None:
        self.kill_group()
        if self._held is not None:
            self._held.close()


@pytest.fixture(scope="module", params=COMMANDS)
def every(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Every]:
    served = Every(request.param, tmp_path_factory.mktemp(request.param))
    with contextlib.closing(served):
        served.poll(lambda: is_open(served.port), "the server to listen")
        yield served


def is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("path", ["/sync", "/async"])
def test_requests_at_once_each_have_their_own_values(every: Every, path: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        targets = [f"{path}?number={number}" for number in range(40)]
        answers = list(pool.map(every.get, targets))
    for number, (code, headers, body) in enumerate(answers):
        assert (code, headers["x-number"]) == (200, str(number))
        expected = {"number": str(number), "scheme": "http", "host": "localhost"}
        assert json.loads(body) == expected


@pytest.mark.parametrize("path", ["/stream", "/async-stream"])
def test_stream_arrives_whole_in_its_own_context(every: Every, path: str) -> None:
    code, _, body = every.get(f"{path}?number=7")
    assert (code, body.decode()) == (200, "".join(f"{n} of 7\n" for n in range(100)))


@pytest.mark.parametrize("path", ["/upload", "/async-upload"])
def test_upload_arrives_whole(every: Every, path: str) -> None:
    assert every.post(path, b"x" * 300_000)[2] == b"300000 300000"


def log_in(every: Every, user: str) -> str:
    body = f"user={user}".encode()
    head = (
        "POST /login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    answer = every.exchange(head.encode() + body).decode()
    found = re.search(r"(?i)set-cookie: ([^;]*)", answer)
    assert found, answer
    return found[1]


def test_session_is_each_clients_own(every: Every) -> None:
    cookies = {user: log_in(every, user) for user in ("ada", "bob")}
    for path in ("/user", "/async-user"):
        for user, cookie in cookies.items():
            assert every.get(path, f"Cookie: {cookie}")[2] == user.encode()
        assert every.get(path)[2] == b"None"


@pytest.mark.parametrize(
    ("path", "status"),
    [("/boom", 500), ("/async-boom", 500), ("/teapot", 418), ("/missing", 404)],
)
def test_error_is_answered_and_the_next_request_too(
    every: Every, path: str, status: int
) -> None:
    code, headers, _ = every.get(f"{path}?number=3")
    assert (code, headers["x-number"]) == (status, "3")
    assert every.get("/sync?number=4")[1]["x-number"] == "4"


def test_websocket_echoes(every: Every) -> None:
    if every.name not in ASGI:
        assert every.get("/echo?number=5")[0] >= 400
        return
    headers = {"Cookie": log_in(every, "eve")}
    url = f"ws://127.0.0.1:{every.port}/echo?number=5"
    options: dict[str, Any] = {"open_timeout": PATIENCE, "close_timeout": PATIENCE}
    with connect(url, proxy=None, additional_headers=headers, **options) as sock:
        assert sock.recv(PATIENCE) == "hello 5 eve"
        for message in ("text", b"bytes"):
            sock.send(message)
            assert sock.recv(PATIENCE) == message


def test_server_ends_in_order_when_it_is_told_to(every: Every) -> None:
    assert every.get("/sync")[0] == 200
    every.stop()
    every.poll(lambda: every.members() == [], "the processes to end")
    output = every.output
    assert output.count("Traceback") == output.count("ZeroDivisionError: ")
