"""A thousand requests that sleep a second each, at once, in one process of greenlets.

    .venv/bin/python -m benchmarks.sleepers [NUMBER]

Each is a connection of its own to `insula run --greenlets`; the view calls
`time.sleep(1)`, as blocking code does that knows nothing of greenlets. One after the
other they would take as many seconds. Needs the extra `insula[gevent]`.
"""

from __future__ import annotations

import selectors
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

__all__ = ["answers_of"]

MOST = 3.0
"""Seconds in which a thousand are to be answered."""
_PATIENCE = 30.0
_GET = "GET /?n={} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
_APP = """\
import time

from insula import Insula, request

app = Insula("sleepers", static_folder=None)


@app.get("/")
def sleep() -> str:
    time.sleep(1)
    return request.args["n"]
"""


def answers_of(port: int, requests: list[str]) -> list[str]:
    """Send all requests at once, each on a connection of its own.

    Return what was answered, up to the end of the connection, in their order.
    """
    answers = [b""] * len(requests)
    with selectors.DefaultSelector() as selector:
        for number, request in enumerate(requests):
            sock = socket.create_connection(("127.0.0.1", port), _PATIENCE)
            sock.sendall(request.encode())
            selector.register(sock, selectors.EVENT_READ, number)
        while selector.get_map():
            for key, _ in selector.select():
                ready: Any = key.fileobj
                part = ready.recv(65536)
                answers[key.data] += part
                if not part:
                    selector.unregister(ready)
                    ready.close()
    return [answer.decode() for answer in answers]


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when the server takes connections."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("The server did not start.")


def main() -> int:
    """Serve, ask, print; 1 where it took too long."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="insula-bench-") as folder:
        (Path(folder) / "sleepers_app.py").write_text(_APP)
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "insula", "--app", "sleepers_app", "run"),
                *("--port", str(port), "--greenlets", str(number)),
                *("--no-access-log",),
            ],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(port, process)
            began = time.perf_counter()
            answers = answers_of(port, [_GET.format(n) for n in range(number)])
            spent = time.perf_counter() - began
        finally:
            process.terminate()
            process.wait(_PATIENCE)
    wrong = sum(
        answer.rpartition("\r\n\r\n")[2] != str(n) for n, answer in enumerate(answers)
    )
    bound = MOST * max(number, 1000) / 1000
    print(
        f"{number:,} requests that sleep 1 s, at once: {spent:.2f} s (<= {bound:g}),"
        f" {wrong} answered wrongly"
    )
    return int(wrong > 0 or spent > bound)


if __name__ == "__main__":
    sys.exit(main())
