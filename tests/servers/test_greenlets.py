"""Serving with gevent: what the other modes give, and what only this one does."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from benchmarks.sleepers import answers_of

from insula.servers import ServerError, ServerOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

ISLANDS = Path(__file__).parent / "programs" / "islands.py"
GET = "GET {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{}\r\n"
SLEEPERS = 1000
LONG = 100_000  # bytes; more than are received before a coroutine asks for them


@pytest.fixture
def many_files() -> Iterator[None]:
    """Let this process, and what it starts, have as many sockets as it takes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def post_late(served: Any, way: str, length: int) -> str:
    """Post a body of which the view finds half; return the answer."""
    head = f"POST /late/{way} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    half = b"x" * (length // 2)
    with served.connect() as sock:
        sock.sendall(f"{head}Content-Length: {length}\r\n\r\n".encode() + half)
        served.wait_for("here")
        # A round trip of another's, while the view waits.
        assert served.get("/left")[0] == 200
        sock.sendall(half)
        answer = b""
        while part := sock.recv(4096):
            answer += part
    return answer.decode()


@pytest.mark.usefixtures("many_files")
def test_thousand_requests_that_sleep_a_second_sleep_at_once(start: Any) -> None:
    served = start(program=ISLANDS, greenlets=SLEEPERS, access_log=False, backlog=2048)
    served.wait_for("Press")
    began = time.monotonic()
    answers = answers_of(served.port, [GET.format("/sleep?seconds=1", "")] * SLEEPERS)
    spent = time.monotonic() - began
    assert {answer.rpartition("\r\n\r\n")[2] for answer in answers} == {"slept"}
    assert spent < 15  # one after the other they take 1,000 s, by 40 threads 25


@pytest.mark.usefixtures("many_files")
@pytest.mark.parametrize("kind", ["sync", "async", "stream", "astream"])
def test_requests_at_once_each_have_their_own_values(start: Any, kind: str) -> None:
    served = start(program=ISLANDS, greenlets=400, access_log=False)
    cookies = []
    for answer in answers_of(
        served.port, [GET.format(f"/login/{n}", "") for n in range(300)]
    ):
        (line,) = (
            x for x in answer.split("\r\n") if x.lower().startswith("set-cookie:")
        )
        cookies.append(line.partition(": ")[2].partition(";")[0])
    for _ in range(2):
        answers = answers_of(
            served.port,
            [
                GET.format(f"/{kind}/{n}?value={n}", f"Cookie: {cookie}\r\n")
                for n, cookie in enumerate(cookies)
            ],
        )
        for number, answer in enumerate(answers):
            assert answer.startswith("HTTP/1.1 200"), answer
            assert f"x-after: {number}" in answer.lower()
            assert json.dumps([number] * 30) in answer
    left = served.get("/left")[2]
    assert json.loads(left) == {"contexts": 0, "local": None, "teardowns": 900}


def test_client_that_leaves_amid_a_stream_leaves_no_traceback(start: Any) -> None:
    served = start(program=ISLANDS, greenlets=7)
    with served.connect() as sock:
        sock.sendall(GET.format("/endless", "").encode())
        assert sock.recv(100).startswith(b"HTTP/1.1 200")
    served.poll(
        lambda: json.loads(served.get("/left")[2])["teardowns"] == 1, "a teardown"
    )
    assert served.stop() == 0
    assert "Traceback" not in served.output


def test_greenlets_is_the_ceiling_of_requests_and_idle_clients_do_not_count(
    start: Any,
) -> None:
    served = start(program=ISLANDS, greenlets=3)
    idle = [served.connect() for _ in range(5)]
    for sock in idle:
        sock.sendall(b"GET /most HTTP/1.1\r\nHost: x\r\n\r\n")
        assert sock.recv(4096).startswith(b"HTTP/1.1 200")
    answers_of(served.port, [GET.format("/sleep?seconds=0.05", "")] * 12)
    assert served.get("/most")[2] == b"3"
    for sock in idle:
        sock.close()


def test_banner_and_access_log_are_those_of_every_mode(start: Any) -> None:
    served = start(greenlets=7)
    assert served.get('/hello?a="b"')[0] == 200
    assert served.stop() == 0
    assert f" * Running on http://127.0.0.1:{served.port}\n" in served.output
    assert "Mode: 1 process, up to 7 greenlets (gevent); reloader off" in served.output
    assert '] "GET /hello?a=\\x22b\\x22 HTTP/1.1" 200 ' in served.lines[-1]


def test_debugger_shows_its_page(start: Any) -> None:
    served = start(greenlets=7, use_debugger=True)
    code, _, body = served.get("/boom")
    assert code == 500
    assert b"ZeroDivisionError" in body
    assert b"__debugger__" in body
    assert "Debugger PIN" in served.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_signal_drains_what_is_in_flight_and_closes_what_is_idle(
    start: Any, number: int
) -> None:
    served = start(program=ISLANDS, greenlets=7)
    with served.connect() as idle, served.connect() as busy:
        idle.sendall(b"GET /most HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200")
        busy.sendall(b"GET /until-stopped HTTP/1.1\r\nHost: x\r\n\r\n")
        served.wait_for("here")
        assert served.stop(number) == 0
        answer = busy.recv(4096)
        assert answer.endswith(b"in time")
        assert b"connection: close" in answer.lower()
        assert idle.recv(4096) == b""
    assert "still in flight" not in served.output
    assert '"GET /until-stopped' in served.output


def test_drain_timeout_ends_the_wait_for_a_greenlet(start: Any) -> None:
    served = start(program=ISLANDS, greenlets=7, drain_timeout=0.1)
    with served.connect() as busy:
        busy.sendall(b"GET /sleep?seconds=60 HTTP/1.1\r\nHost: x\r\n\r\n")
        busy.sendall(b"")
        served.poll(lambda: served.get("/most")[2] == b"2", "both requests")
        assert served.stop() == 0
    assert "requests still in flight" in served.output


def test_view_that_blocks_the_process_does_not_keep_it_from_ending(
    start: Any, tmp_path: Path
) -> None:
    served, fifo = start(greenlets=7, drain_timeout=0.1), tmp_path / "fifo"
    os.mkfifo(fifo)
    with served.connect() as sock:
        sock.sendall(GET.format(f"/fifo?arg={fifo}", "").encode())
        with fifo.open("wb"):  # waits for the view to be there
            assert served.stop() == 0
    assert "a request that blocks the whole process" in served.output


@pytest.mark.parametrize("options", [{}, {"body_timeout": 0.2}])
def test_request_after_one_whose_body_was_not_read_is_found(
    start: Any, options: dict[str, Any]
) -> None:
    served = start(greenlets=7, **options)
    body = b"GET /pid HTTP/1.1\r\nHost: x\r\n\r\n"
    first = f"POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    with served.connect() as sock:
        sock.sendall(first.encode() + body)
        sock.sendall(GET.format("/hello", "").encode())
        answer = b""
        while part := sock.recv(4096):
            answer += part
    assert answer.count(b"\r\n\r\nhello") == 2


@pytest.mark.parametrize("way", ["awaited", "plain", "streamed"])
def test_async_view_reads_a_body_that_comes_late(start: Any, way: str) -> None:
    served = start(program=ISLANDS, greenlets=7)
    assert post_late(served, way, LONG).endswith(f"\r\n\r\n{LONG}")
    assert served.stop() == 0
    assert "Traceback" not in served.output


@pytest.mark.parametrize(
    "started",
    [
        "POST /upload?arg=note HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc",
        (
            "POST /upload?arg=note HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked"
            "\r\n\r\n3\r\nabc\r\n"
        ),
        "POST /upload?arg=note HTTP/1.0\r\nContent-Length: 9\r\n\r\nabc",
    ],
)
def test_silent_client_is_answered_408_and_cut(
    start: Any, tmp_path: Path, started: str
) -> None:
    served = start(greenlets=1, body_timeout=0.2)
    answer = served.exchange(started.encode())
    assert b" 408 Request Timeout\r\n" in answer
    assert served.get("/hello")[0] == 200
    assert (tmp_path / "note").read_text() == "RequestTimeout"
    served.wait_for("did not arrive within 0.2 seconds")


def test_response_that_has_begun_is_cut_when_the_body_does_not_come(
    start: Any, tmp_path: Path
) -> None:
    served = start(greenlets=7, body_timeout=0.2)
    request = "POST /answer_then_read?arg=note HTTP/1.1\r\nHost: x\r\n"
    answer = served.exchange(f"{request}Content-Length: 9\r\n\r\n".encode())
    assert answer.endswith(b"first \r\n")  # and no last chunk
    note = tmp_path / "note"
    served.poll(lambda: note.exists() and note.read_text(), "a note")
    assert note.read_text() == "RequestTimeout"


@pytest.mark.parametrize(
    ("body", "error"),
    [("3\r\nabc\r\n", "ClientDisconnected"), ("zz\r\n", "ClientDisconnected")],
)
def test_chunked_body_that_breaks_off_does_not_look_complete(
    start: Any, tmp_path: Path, body: str, error: str
) -> None:
    served = start(greenlets=7)
    with served.connect() as sock:
        head = "POST /upload?arg=note HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked"
        sock.sendall(f"{head}\r\n\r\n{body}".encode())
        sock.shutdown(socket.SHUT_WR)
        sock.recv(4096)
    note = tmp_path / "note"
    served.poll(lambda: note.exists() and note.read_text(), "a note")
    assert note.read_text() == error


@pytest.mark.parametrize(
    "head",
    [
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +3",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1_0",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity",
        "GET / HTTP/9.9\r\nHost: x",
        "GET /",
        "garbage",
    ],
)
def test_request_whose_end_is_in_doubt_is_refused(probe: Any, head: str) -> None:
    answer = probe.exchange(f"{head}\r\n\r\nabc".encode())
    assert (
        answer == b""
        or b" 400 " in answer.partition(b"\r\n")[0]
        or (b"505" in answer.partition(b"\r\n")[0])
    )
    assert probe.get("/hello")[0] == 200


@pytest.mark.parametrize("path", ["/env", "/env?arg=1", "?arg=1", ""])
def test_target_in_absolute_form_names_the_host(start: Any, path: str) -> None:
    served = start(greenlets=7)
    view = path if path.startswith("/") else f"/env{path}"
    request = f"GET http://shop.example:80{view} HTTP/1.1\r\nHost: x\r\n"
    environ = served.exchange(f"{request}Connection: close\r\n\r\n".encode())
    seen = json.loads(environ.partition(b"\r\n\r\n")[2])
    assert (seen["HTTP_HOST"], seen["PATH_INFO"]) == ("shop.example:80", "/env")
    assert seen["QUERY_STRING"] == view.partition("?")[2]
    assert seen["wsgi.multithread"] is True


def test_tls_serves_and_outlives_a_client_that_speaks_none(start: Any) -> None:
    served = start(greenlets=7, ssl_context="adhoc")
    served.wait_for("Running on https://")
    assert served.exchange(GET.format("/hello", "").encode()) == b""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with served.connect() as plain, context.wrap_socket(plain) as sock:
        sock.sendall(GET.format("/env", "").encode())
        answer = b""
        while part := sock.recv(4096):
            answer += part
    assert b'"wsgi.url_scheme": "https"' in answer
    assert "Traceback" not in served.output


def test_unix_socket_serves(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    served = start(greenlets=7, hostname=f"unix://{path}")
    served.wait_for("Running on unix://")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.connect(str(path))
        sock.sendall(b"GET /env HTTP/1.0\r\n\r\n")
        assert b'"SERVER_NAME": "localhost"' in sock.recv(65536)
    assert served.stop() == 0
    assert not path.exists()


def test_reloader_restarts_and_stops(start: Any, tmp_path: Path) -> None:
    extra = tmp_path / "extra.txt"
    extra.write_text("1")
    served = start(
        greenlets=7, use_reloader=True, reloader_interval=0.1, extra_files=[str(extra)]
    )
    first = served.get("/pid")[2].split()[0]
    extra.write_text("2")
    served.wait_for("Restarting")
    assert served.get("/pid")[2].split()[0] != first
    assert served.stop() == 0
    assert served.members() == []
    assert "Traceback" not in served.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"greenlets": -1}, "greenlets=-1 is not a whole number"),
        ({"greenlets": "9"}, "greenlets='9' is not a whole number"),
        ({"greenlets": 9, "processes": 2}, "greenlets=9 serves in one process"),
        ({"greenlets": 9, "http": "2"}, "http='2' cannot be had with greenlets=9"),
    ],
)
def test_options_that_do_not_go_with_greenlets_are_refused(
    options: Any, message: str
) -> None:
    with pytest.raises(ServerError, match=message) as told:
        ServerOptions(**options)
    assert "\n" not in str(told.value)


def test_program_without_patches_is_refused_in_one_line() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from insula import Insula; Insula('shop').run(greenlets=9, debug=True)",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Error: greenlets=9 needs gevent's patches")
    assert done.stderr.count("\n") == 1
