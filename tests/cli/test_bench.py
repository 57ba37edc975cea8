"""`insula bench`: what is asked, counted and shown; what a server may do to it."""

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
from array import array
from collections import Counter
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from insula import Insula
from insula.cli import ScriptInfo
from insula.cli.bench import bench_command
from insula.cli.bench.load import LoadOptions
from insula.cli.bench.report import print_result, shown_time
from insula.cli.bench.response import MalformedError, ResponseReader
from insula.cli.bench.result import Result, buckets_of, percentile
from insula.cli.bench.target import parse_url, path_of, read_headers

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


# -- responses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw", [OK, CHUNKED, b"HTTP/1.1 204 No Content\r\nA: b\r\n\r\n"]
)
def test_response_ends_where_it_ends_however_it_is_cut(raw: bytes) -> None:
    for first in range(1, len(raw)):
        for second in range(first, len(raw)):
            reader = ResponseReader()
            parts = [raw[:first], raw[first:second], raw[second:]]
            said = [reader.feed(part) for part in parts if part]
            assert said[-1]
            assert not any(said[:-1])
            assert reader.received == len(raw)


def test_reader_reads_one_response_after_the_other() -> None:
    reader = ResponseReader()
    for raw in (OK, CHUNKED, OK):
        reader.start()
        assert reader.feed(raw)
        assert (reader.status, reader.keeps_alive) == (200, True)


def test_interim_response_is_not_the_answer() -> None:
    reader = ResponseReader()
    assert not reader.feed(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert reader.feed(OK)
    assert reader.status == 200


def test_response_to_head_has_no_body() -> None:
    assert ResponseReader(head_only=True).feed(OK[:-2])


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 nothing\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        OK + b"more",
        b"x" * 300_000,
    ],
)
def test_what_is_no_http_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedError):
        ResponseReader().feed(raw)


@pytest.mark.parametrize(
    ("head", "keeps"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive", True),
    ],
)
def test_connection_stays_where_the_server_says_so(head: bytes, keeps: bool) -> None:
    reader = ResponseReader()
    assert reader.feed(head + b"\r\n\r\n")
    assert reader.keeps_alive is keeps


# -- numbers -------------------------------------------------------------------------


def test_percentile_is_the_least_value_that_so_many_are_not_above() -> None:
    values = [float(n) for n in range(1, 101)]
    assert percentile(values, 50) == 50
    assert percentile(values, 99) == 99
    assert percentile(values, 99.9) == 100
    assert percentile([7.0], 50) == 7
    assert percentile([], 50) is None


@pytest.mark.parametrize(
    "values",
    [[0.001], [1e-5, 90.0], [0.0011, 0.0012, 0.5], [n / 1e4 for n in range(1, 999)]],
)
def test_histogram_counts_every_value_once_in_few_rows(values: list[float]) -> None:
    rows = buckets_of(sorted(values))
    assert 1 <= len(rows) <= 14
    assert sum(count for _, _, count in rows) == len(values)
    for low, high, count in rows:
        assert count == sum(low <= value < high for value in values)
    assert rows[0][2]
    assert rows[-1][2]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2.5, "2.50 s"), (0.0123, "12.3 ms"), (0.00012, "120 µs"), (1e-7, "0.10 µs")],
)
def test_time_is_shown_with_three_digits(seconds: float, text: str) -> None:
    assert shown_time(seconds).replace("us", "µs") == text


def result_of(latencies: list[float]) -> Result:
    return Result(
        latencies=array("d", latencies),
        statuses=Counter({200: len(latencies)}),
        received=1000,
        seconds=1.0,
    )


def test_result_fits_eighty_columns(capsys: pytest.CaptureFixture[str]) -> None:
    result = result_of([n * n / 1e8 for n in range(1, 100_000)])
    print_result(result, LoadOptions(), title="GET /")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any("█" in line or "#" in line for line in lines)


def test_client_that_is_the_limit_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    result = result_of([0.1])
    result.busy = 0.95
    print_result(result, LoadOptions(), title="GET /")
    assert "at work 95% of the time" in capsys.readouterr().out
    result.busy = 0.5
    print_result(result, LoadOptions(), title="GET /")
    assert "at work" not in capsys.readouterr().out


# -- targets -------------------------------------------------------------------------


def test_request_has_what_was_asked_for() -> None:
    target = parse_url(
        "http://example.org:8080/a b?q=ü#part",
        method="POST",
        headers=[("Host", "shop.test"), ("X-A", "b")],
        data=b"x=1",
    )
    assert (target.host, target.port, target.secure) == ("example.org", 8080, False)
    head, _, body = target.request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /a%20b?q=%C3%BC HTTP/1.1"
    assert {"Host: shop.test", "X-A: b", "Content-Length: 3"} <= set(lines)
    assert sum(line.startswith("Host:") for line in lines) == 1
    assert body == b"x=1"


@pytest.mark.parametrize(
    "url", ["http://", "ftp://a.org/", "http://a:port/", "http://[/"]
)
def test_url_that_cannot_be_asked_is_refused(url: str) -> None:
    with pytest.raises(click.UsageError, match="is no URL that can be asked"):
        parse_url(url)


@pytest.mark.parametrize("line", ["Name", ": value", "A: b\r\nC: d"])
def test_header_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(click.UsageError, match="is no header"):
        read_headers([line])


@pytest.fixture
def app() -> Insula:
    app = Insula(__name__, static_folder=None)
    app.add_url_rule("/item/<int:n>", "item", str)
    return app


@pytest.mark.parametrize(
    ("route", "values", "path"),
    [
        ("/any?a=b", {}, "/any?a=b"),
        ("item", {"n": "3"}, "/item/3"),
        ("item", {"n": "3", "q": "a b"}, "/item/3?q=a+b"),
    ],
)
def test_route_is_a_path_or_an_endpoint_with_values(
    app: Insula, route: str, values: dict[str, str], path: str
) -> None:
    assert path_of(app, route, values) == path


@pytest.mark.parametrize(
    ("route", "values", "says"),
    [
        ("gone", {}, "There is no endpoint 'gone'"),
        ("localhost:5000/", {}, "a URL that starts with 'http://'"),
        ("item", {}, "write 'insula bench item n=...'"),
        ("item", {"n": "x"}, "needs other values"),
        ("/item/3", {"n": "3"}, "write the value into it"),
    ],
)
def test_route_that_is_none_says_how_to_mend_it(
    app: Insula, route: str, values: dict[str, str], says: str
) -> None:
    with pytest.raises(click.UsageError, match=re.escape(says)):
        path_of(app, route, values)


# -- loads ---------------------------------------------------------------------------


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
