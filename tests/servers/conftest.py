"""Servers as real processes, and clients that speak bytes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from insula.servers import patched

PROBE = Path(__file__).parent / "programs" / "probe.py"
PATCHED = {"threads": [], "greenlets": [patched.__file__]}
PATIENCE = 20.0


def poll(done: Callable[[], Any], what: str) -> Any:
    """Ask again and again until the answer is true; for what sends no event."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := done():
            return answer
        time.sleep(0.01)
    raise AssertionError(f"waited {PATIENCE} s in vain for {what}")


class Served:
    """A server process in a process group of its own."""

    poll = staticmethod(poll)

    def __init__(self, command: list[str], env: dict[str, str], cwd: Path) -> None:
        self.process = subprocess.Popen(
            command,
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def output(self) -> str:
        return "".join(self.lines)

    @property
    def port(self) -> int:
        found = self.wait_for(r"Running on https?://\S+:(\d+)")
        return int(found.group(1))

    def wait_for(self, pattern: str) -> re.Match[str]:
        def seen() -> re.Match[str] | None:
            return re.search(pattern, self.output)

        def seen_or_over() -> Any:
            return seen() or (not self._reader.is_alive() and "over")

        found = poll(seen_or_over, f"{pattern!r} in {self.output!r}")
        if found == "over":
            found = seen()
        assert found, f"{pattern!r} not in {self.output!r}"
        match: re.Match[str] = found
        return match

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def exchange(self, data: bytes) -> bytes:
        """Send bytes, and return all that comes until the server closes."""
        with self.connect() as sock:
            sock.sendall(data)
            return receive_all(sock)

    def get(self, target: str, *headers: str) -> tuple[int, dict[str, str], bytes]:
        lines = ["Host: localhost", "Connection: close", *headers]
        request = f"GET {target} HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n"
        return parse(self.exchange(request.encode("latin-1")))

    def post(self, target: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        head = (
            f"POST {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return parse(self.exchange(head.encode() + body))

    def get_many(self, target: str, number: int) -> list[bytes]:
        with ThreadPoolExecutor(number) as pool:
            answers = pool.map(self.get, [target] * number)
            return [body for _, _, body in answers]

    def members(self) -> list[int]:
        """Return the processes of the server's group that are alive."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[2]) == self.process.pid and fields[0] != "Z":
                    found.append(int(entry.name))
        return found

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()


def receive_all(sock: socket.socket) -> bytes:
    parts: list[bytes] = []
    with contextlib.suppress(ConnectionResetError):
        while part := sock.recv(65536):
            parts.append(part)
    return b"".join(parts)


def parse(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    if headers.get("transfer-encoding") == "chunked":
        body = dechunk(body)
    return int(first.split()[1]), headers, body


def dechunk(data: bytes) -> bytes:
    """Return the body; raise when the terminating chunk is missing."""
    parts: list[bytes] = []
    while True:
        size, separator, data = data.partition(b"\r\n")
        if not separator:
            raise EOFError(b"".join(parts))
        length = int(size, 16)
        if length == 0:
            return b"".join(parts)
        parts.append(data[:length])
        data = data[length + 2 :]


Start = Callable[..., Served]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start servers; whatever is left of their process groups is killed at the end."""
    started: list[Served] = []

    def starter(
        *, program: Path = PROBE, env: dict[str, str] | None = None, **options: Any
    ) -> Served:
        kind = "greenlets" if "greenlets" in options else "threads"
        command = [sys.executable, *PATCHED[kind], str(program), json.dumps(options)]
        served = Served(command, env or {}, tmp_path)
        started.append(served)
        return served

    yield starter
    for served in started:
        served.kill_group()


@pytest.fixture(scope="module", params=["threads", "greenlets"])
def probe(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Served]:
    """One server of each kind for the tests that leave it as it was."""
    options = json.dumps({request.param: 4})
    command = [sys.executable, *PATCHED[request.param], str(PROBE), options]
    served = Served(command, {"A_SECRET": "hush"}, tmp_path_factory.mktemp("probe"))
    yield served
    served.kill_group()
