"""`insula bench`: what is asked and counted; what a server may do to it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import socketserver
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from insula.cli import ScriptInfo
from insula.cli.bench import bench_command
from insula.cli.bench.load import LoadOptions
from insula.cli.bench.report import print_result
from insula.cli.bench.result import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

QUICK = ["-d", "0.5", "-w", "0", "-c", "2"]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: a\r\n\r\n"
)
SERVED = """
import time
from insula import Insula, request
app = Insula(__name__)

@app.get("/item/<int:n>")
def item(n):
    return str(n)

@app.get("/boom")
def boom():
    raise ValueError("no database")
"""


@pytest.fixture
def answering() -> Iterator[Callable[[bytes | None], str]]:
    """Return a maker of servers that answer every request alike; ``None``, never.

    Only after `OK` and `CHUNKED` does the connection stay.
    """
    servers: list[socketserver.ThreadingTCPServer] = []
    over = threading.Event()

    def serve(answer: bytes | None) -> str:
        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                while True:
                    line = self.rfile.readline()
                    if not line:
                        return
                    if line != b"\r\n":
                        continue
                    if answer is None:
                        over.wait()
                        return
                    self.wfile.write(answer)
                    if answer not in {OK, CHUNKED}:
                        return

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}/"

    yield serve
    over.set()
    for server in servers:
        server.shutdown()
        server.server_close()


def bench(*words: str, app: str | None = None) -> Any:
    return CliRunner().invoke(bench_command, [*words], obj=ScriptInfo(app))


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        CHUNKED,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    ],
)
def test_answers_are_counted_whatever_their_framing(
    answering: Callable[[bytes | None], str], answer: bytes
) -> None:
    done = bench(answering(answer), *QUICK, "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["requests"] > 0
    assert said["statuses"] == {"200": said["requests"]}
    assert said["errors"] == {}
    assert sum(row["count"] for row in said["histogram"]) == said["requests"]
    assert said["latency_seconds"]["p50"] <= said["latency_seconds"]["max"]
    assert said["bytes"] >= said["requests"] * len(answer)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", "connection closed before the answer was there"),
        (b"SSH-2.0\r\n\r\n", "no HTTP answer: no status line"),
        (b"HTTP/1.1 500 No\r\nContent-Length: 9\r\n\r\n", "connection closed"),
        (None, "no answer in 0.1 s"),
    ],
)
def test_errors_are_counted_by_kind(
    answering: Callable[[bytes | None], str], answer: bytes | None, kind: str
) -> None:
    done = bench(answering(answer), *QUICK, "--timeout", "0.1")
    assert done.exit_code == 1, done.output
    assert f"error, {kind}" in done.output
    assert "requests per second" not in done.output


def test_silence_says_how_many_wait(capsys: pytest.CaptureFixture[str]) -> None:
    print_result(Result(seconds=1.0, waiting=2), LoadOptions(), title="GET /")
    assert "; 2 requests were still waiting for one." in capsys.readouterr().out


def test_dead_url_is_one_line() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = bench(f"http://127.0.0.1:{port}/", *QUICK)
    assert done.exit_code == 1
    assert done.output == (
        f"Error: Nothing answers at 127.0.0.1:{port} (connection refused); start the"
        " server, or mend the URL.\n"
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["http://127.0.0.1:1/", "--threads", "2"], "--threads is for a server"),
        (["http://127.0.0.1:1/", "n=1"], "is for an endpoint"),
        (["http://127.0.0.1:1/", "--data", "@gone"], "'gone' cannot be read"),
        (["http://127.0.0.1:1/", "-X", "A B"], "'A B' is no method"),
        (["http://127.0.0.1:1/", "-d", "0"], "0"),
        (["http://127.0.0.1:1/", "-c", "none"], "'none' is not a valid integer"),
    ],
)
def test_wrong_option_is_one_line(words: list[str], says: str) -> None:
    done = bench(*words)
    assert done.exit_code == 2
    assert says in done.output
    assert len(done.output.splitlines()) == 1


def _environment() -> dict[str, str]:
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("FLASK", "INSULA"))
    }
    return {**kept, "PYTHONIOENCODING": "utf-8", "COLUMNS": "80"}


def _insula(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "shop.py").write_text(SERVED)
    return subprocess.run(
        [sys.executable, "-m", "insula", "--app", "shop", "bench", *words],
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_endpoint_is_served_for_the_load(tmp_path: Path) -> None:
    done = _insula(tmp_path, "item", "n=3", "-d", "1", "-c", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith("GET /item/3 (item)\n2 connections, ")
    assert re.search(r"^status 200: [\d,]+$", done.stdout, re.MULTILINE)


def test_error_of_the_server_is_shown(tmp_path: Path) -> None:
    done = _insula(tmp_path, "/boom", "-d", "1", "-c", "1")
    assert "status 500: " in done.stdout
    assert "the server's last error: ValueError: no database\n" in done.stdout


def test_ctrl_c_shows_what_there_is(
    tmp_path: Path, answering: Callable[[bytes | None], str]
) -> None:
    asked = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while line := self.rfile.readline():
                if line == b"\r\n":
                    self.wfile.write(OK)
                    asked.set()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        with subprocess.Popen(
            [sys.executable, "-m", "insula", "bench", url, "-d", "90", "-w", "0"],
            cwd=tmp_path,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert asked.wait(60)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        server.shutdown()
    assert process.returncode == 130, err
    assert ", ended by Ctrl-C\n" in out
    assert err == ""
