"""Starting, the modes of C1, stopping, and what goes wrong at the start."""

from __future__ import annotations

import math
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.servers.conftest import receive_all

PROBE = Path(__file__).parent / "programs" / "probe.py"
GET = b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def overlap(served: Any, need: int, number: int) -> tuple[int, set[str]]:
    """Return the most requests seen at once, and the processes they were in."""
    answers = [
        body.decode() for body in served.get_many(f"/overlap?arg={need}", number)
    ]
    most = max(int(answer.split()[0]) for answer in answers)
    return most, {answer.split()[1] for answer in answers}


def test_one_thread_handles_requests_strictly_in_turn(start: Any) -> None:
    most, pids = overlap(start(), 1, 24)
    assert (most, len(pids)) == (1, 1)


def test_threaded_handles_requests_at_once_in_one_process(start: Any) -> None:
    most, pids = overlap(start(threaded=True), 8, 8)
    assert (most, len(pids)) == (8, 1)


def test_threads_is_the_ceiling(start: Any) -> None:
    most, _ = overlap(start(threaded=True, threads=3), 3, 12)
    assert most == 3


def test_processes_handle_one_request_each_at_once(start: Any) -> None:
    most, pids = overlap(start(processes=2), 2, 24)
    assert (most, len(pids)) == (2, 2)


def test_processes_and_threads_together_multiply(start: Any) -> None:
    most, pids = overlap(start(processes=2, threaded=True, threads=2), 4, 32)
    assert (most, len(pids)) == (4, 2)


def test_banner_names_address_and_modes(start: Any) -> None:
    served = start(processes=2, threaded=True, threads=5)
    served.wait_for("Press CTRL")
    assert f"http://127.0.0.1:{served.port}" in served.output
    assert "2 processes, each with up to 5 threads" in served.output
    assert "reloader off; debugger off" in served.output
    assert "\x1b" not in served.output


def test_banner_false_prints_nothing(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    served = start(hostname=f"unix://{path}", banner=False, access_log=False)
    served.poll(path.exists, "the socket")
    assert served.stop() == 0
    assert served.output == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("options", [{}, {"processes": 2, "threaded": True}])
def test_stop_signal_drains_what_is_in_flight_and_exits_with_0(
    start: Any, tmp_path: Path, number: int, options: dict[str, Any]
) -> None:
    served, fifo = start(**options), tmp_path / "fifo"
    os.mkfifo(fifo)
    with ThreadPoolExecutor(1) as pool, served.connect() as idle:
        answer = pool.submit(served.get, f"/fifo?arg={fifo}")
        with fifo.open("wb") as gate:  # waits for the view to be there
            served.process.send_signal(number)
            served.poll(lambda: refused(served.port), "the listener to close")
            assert served.process.poll() is None
            gate.write(b"us")
        assert answer.result()[::2] == (200, b"released by us")
        assert served.wait() == 0
        del idle
    assert served.members() == []
    # The line of the access log is waited for, and no thread is cut off in Rust.
    assert "/fifo" in served.output
    assert "panicked" not in served.output


ARRIVING = """
import json, sys
from insula.servers import run_simple
from insula.servers.engine import Engine

def wsgi(environ, start):
    start("200 OK", [("Content-Length", "4")])
    return [b"here"]

async def asgi(scope, receive, send):
    assert scope["type"] == "http"
    fields = [(b"content-length", b"4")]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": b"here"})

Engine.ARRIVING = 3.0
options = json.loads(sys.argv[1])
run_simple("127.0.0.1", 0, globals()[options.pop("app")], **options)
"""


@pytest.mark.parametrize(
    "options",
    [{"app": "wsgi"}, {"app": "wsgi", "greenlets": 4}, {"app": "asgi"}],
    ids=lambda options: "-".join(options) + options["app"],
)
def test_who_has_connected_before_the_stop_is_answered(
    start: Any, tmp_path: Path, options: dict[str, Any]
) -> None:
    program = tmp_path / "arriving.py"
    program.write_text(ARRIVING)
    served = start(program=program, **options)
    with served.connect() as sock:
        assert served.get("/")[2] == b"here"  # and so the first one was accepted
        served.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        sock.sendall(GET % b"/")
        assert receive_all(sock).endswith(b"here")
    assert served.wait() == 0


def test_ctrl_c_of_a_terminal_reaches_all_processes_and_exits_with_0(
    start: Any,
) -> None:
    served = start(processes=2)
    assert served.get("/")[0] == 200
    os.killpg(served.process.pid, signal.SIGINT)
    assert served.wait() == 0
    assert served.members() == []
    assert "Traceback" not in served.output


def test_second_signal_stops_without_draining(start: Any, tmp_path: Path) -> None:
    served, fifo = start(), tmp_path / "fifo"
    os.mkfifo(fifo)
    with served.connect() as sock:
        sock.sendall(GET % f"/fifo?arg={fifo}".encode())
        with fifo.open("wb"):
            served.process.send_signal(signal.SIGINT)
            served.poll(lambda: refused(served.port), "the listener to close")
            later = time.monotonic() + 0.4  # sooner it would be the first one's echo
            served.poll(lambda: time.monotonic() > later, "the echo to pass")
            assert served.stop(signal.SIGINT) == 0
    assert "requests still in flight" in served.output


def test_drain_timeout_ends_the_wait(start: Any, tmp_path: Path) -> None:
    served, fifo = start(drain_timeout=0.1), tmp_path / "fifo"
    os.mkfifo(fifo)
    with served.connect() as sock:
        sock.sendall(GET % f"/fifo?arg={fifo}".encode())
        with fifo.open("wb"):
            assert served.stop() == 0
    assert "requests still in flight" in served.output


@pytest.mark.parametrize("processes", [1, 2])
def test_timeouts_without_limit_serve_and_drain(
    start: Any, tmp_path: Path, processes: int
) -> None:
    served = start(drain_timeout=math.inf, body_timeout=math.inf, processes=processes)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert served.post("/body?arg=read", b"abc")[2] == b"[b'abc']"
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(served.get, f"/fifo?arg={fifo}")
        with fifo.open("wb") as gate:
            served.process.send_signal(signal.SIGTERM)
            served.poll(lambda: refused(served.port), "the listener to close")
            gate.write(b"us")
        assert answer.result()[2] == b"released by us"
    assert served.wait() == 0


def test_view_whose_client_has_left_is_drained_too(start: Any, tmp_path: Path) -> None:
    served, fifo = start(), tmp_path / "fifo"
    os.mkfifo(fifo)
    with served.connect() as sock:
        sock.sendall(GET % f"/fifo_then_note?arg={fifo}".encode())
        gate = fifo.open("wb")
    with gate:
        served.process.send_signal(signal.SIGTERM)
        served.poll(lambda: refused(served.port), "the listener to close")
    assert served.wait() == 0
    assert (tmp_path / "fifo.done").exists()


def test_killed_master_leaves_no_worker(start: Any) -> None:
    served = start(processes=2)
    assert served.get("/")[0] == 200
    assert len(served.members()) == 3
    assert served.stop(signal.SIGKILL) == -signal.SIGKILL
    served.poll(lambda: not served.members(), "the workers to end")


def test_worker_that_dies_is_replaced(start: Any) -> None:
    served = start(processes=2)
    served.poll(lambda: len(overlap(served, 1, 8)[1]) == 2, "both workers")
    served.exchange(GET % b"/die")
    served.wait_for(r"Worker \d+ ended \(exit code 9\); another takes its place")
    served.poll(lambda: len(overlap(served, 1, 8)[1]) == 2, "both workers")
    assert served.stop() == 0


def test_workers_that_die_at_once_are_not_replaced_for_ever(
    start: Any, tmp_path: Path
) -> None:
    program = tmp_path / "dying.py"
    program.write_text(
        "import os, sys, threading, time\n"
        "from insula.servers import serve, ServerOptions\n"
        "def die():\n"
        "    while 'granian._granian' not in sys.modules:  # then it has said so\n"
        "        time.sleep(0.001)\n"
        "    os._exit(7)\n"
        "def load():\n"
        "    threading.Thread(target=die).start()\n"
        "    return lambda environ, start: []\n"
        "serve(load, ServerOptions(port=0, processes=2))\n"
    )
    served = start(program=program)
    assert served.wait() == 1
    assert "Workers die as soon as they serve; giving up." in served.output
    assert served.members() == []


@pytest.mark.parametrize("options", [{}, {"processes": 2}, {"use_reloader": True}])
def test_port_in_use_is_one_line_and_exit_code_1(
    start: Any, options: dict[str, Any]
) -> None:
    port = start().port
    second = start(port=port, **options)
    assert second.wait() == 1
    assert second.output == (
        f"Error: Port {port} on 127.0.0.1 is in use by another program; stop that"
        " program or choose another port.\n"
    )


def test_port_in_use_by_processes_is_refused_too(start: Any) -> None:
    port = start(processes=2).port
    assert start(port=port, processes=2).wait() == 1
    assert start(port=port).wait() == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"port": 70000}, "Port 70000 is not a number from 0 to 65535"),
        ({"processes": 0}, "processes=0 is not a whole number of at least 1"),
        ({"threads": -1}, "threads=-1 is not a whole number of at least 1"),
        ({"hostname": "no.such.host.invalid"}, "cannot be resolved"),
        ({"hostname": "192.0.2.1"}, "Cannot listen on 192.0.2.1"),
        ({"ssl_context": "wrong"}, "ssl_context='wrong' is not known"),
        ({"ssl_context": ["a.pem", "b.pem"]}, "'a.pem' with key 'b.pem' cannot be"),
        ({"reloader_type": "magic"}, "reloader_type='magic' is not known"),
        ({"hostname": "unix:///no/such/folder/s"}, "Cannot listen on unix://"),
        ({"hostname": 3}, "host=3 is not the text of a name or an address"),
        ({"drain_timeout": "x"}, "drain_timeout='x' must be a number, 0 or above"),
        ({"drain_timeout": math.nan}, "drain_timeout=nan must be a number"),
        ({"drain_timeout": 10**400}, "must be a number, 0 or above (seconds), or inf"),
        ({"body_timeout": "x"}, "body_timeout='x' must be a number above 0"),
        ({"body_timeout": 0}, "body_timeout=0 must be a number above 0"),
        ({"reloader_interval": "a"}, "reloader_interval='a' must be a number above 0"),
        ({"reloader_interval": math.inf}, "reloader_interval=inf must be a number"),
        ({"reloader_type": []}, "reloader_type=[] is not known"),
        ({"backlog": -1}, "backlog=-1 is not a whole number of at least 1"),
        ({"backlog": 2**31}, "backlog=2147483648 is too much"),
        ({"extra_files": 3}, "extra_files=3 is not a list of texts"),
        ({"extra_files": "a.txt"}, "extra_files='a.txt' is not a list of texts"),
        ({"exclude_patterns": [3]}, "exclude_patterns=[3] is not a list of texts"),
        ({"trusted_hosts": 3}, "trusted_hosts=3 is not a list of texts"),
        ({"static_files": 3}, "static_files=3 does not map paths of URLs to folders"),
        ({"ssl_context": [3, 4]}, "ssl_context=[3, 4] is not known"),
    ],
)
def test_bad_option_is_one_line_and_exit_code_1(
    start: Any, options: dict[str, Any], message: str
) -> None:
    served = start(**options)
    assert served.wait() == 1
    assert message in served.output
    assert served.output.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "warning"),
    [
        ({"passthrough_errors": True}, "passthrough_errors has no effect"),
        ({"reloader_type": "watchdog"}, "reloader_type='watchdog' is not available"),
    ],
)
def test_option_without_a_counterpart_warns_in_one_line(
    start: Any, options: dict[str, Any], warning: str
) -> None:
    served = start(**options)
    served.wait_for(warning)
    assert served.get("/")[0] == 200


def test_unix_socket_serves_and_its_file_goes_away(start: Any, tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    for _ in range(2):  # the second finds what a killed server left
        served = start(hostname=f"unix://{path}")
        served.wait_for("Running on unix://")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.connect(str(path))
            sock.sendall(b"GET /env HTTP/1.0\r\n\r\n")
            answer = sock.recv(65536)
        assert b'"SERVER_NAME": "localhost"' in answer
        served.kill_group()
        assert path.exists()
    served = start(hostname=f"unix://{path}")
    served.wait_for("Press")
    second = start(hostname=f"unix://{path}")
    assert second.wait() == 1
    assert "is in use" in second.output
    assert served.stop() == 0
    assert not path.exists()


def test_static_files_are_served_beside_the_application(
    start: Any, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("from a file")
    served = start(static_files={"/files": str(tmp_path)})
    assert served.get("/files/a.txt")[2] == b"from a file"
    assert served.get("/")[2] == b"hello"


def test_server_started_in_a_thread_serves_and_ends_with_the_program(
    start: Any, tmp_path: Path
) -> None:
    program = tmp_path / "threaded.py"
    program.write_text(
        "import threading, sys\n"
        "from insula.servers import run_simple\n"
        "def app(environ, start):\n"
        "    start('200 OK', [])\n"
        "    return [b'hi']\n"
        "threading.Thread(target=run_simple, args=('127.0.0.1', 0, app),"
        " daemon=True).start()\n"
        "threading.Event().wait()\n"
    )
    served = start(program=program)
    assert served.get("/")[2] == b"hi"
    assert served.stop() == -signal.SIGTERM


@pytest.mark.parametrize("processes", [1, 2])
def test_loader_that_fails_ends_the_server_with_its_traceback(
    start: Any, tmp_path: Path, processes: int
) -> None:
    program = tmp_path / "failing.py"
    program.write_text(
        "from insula.servers import serve, ServerOptions\n"
        "def load():\n"
        "    raise ImportError('no such application')\n"
        f"serve(load, ServerOptions(port=0, processes={processes}))\n"
    )
    served = start(program=program)
    assert served.wait() == 1
    assert "ImportError: no such application" in served.output
    assert served.members() == []


def test_importing_servers_loads_neither_granian_nor_werkzeug() -> None:
    code = (
        "import sys, insula.servers\n"
        "print([m for m in sys.modules if m.split('.')[0] in"
        " ('granian', 'werkzeug', 'click', 'asyncio', 'multiprocessing')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


def refused(port: int) -> bool:
    """Return whether nobody listens on the port any more."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return True
    return False


def test_stop_with_streams_left_running_says_so_and_does_not_panic(start: Any) -> None:
    served = start(drain_timeout=0.2, threads=4)
    socks = [served.connect() for _ in range(4)]
    for sock in socks:
        sock.sendall(GET % b"/endless")
        assert sock.recv(100)
    assert served.stop() == 0
    for sock in socks:
        sock.close()
    assert "requests still in flight" in served.output
    assert "panicked" not in served.output


def test_stop_that_has_to_wait_says_what_for(start: Any, tmp_path: Path) -> None:
    served, fifo = start(), tmp_path / "fifo"
    os.mkfifo(fifo)
    with served.connect() as sock:
        sock.sendall(GET % f"/fifo?arg={fifo}".encode())
        with fifo.open("wb") as gate:
            served.process.send_signal(signal.SIGINT)
            served.wait_for(r"Waiting for requests in flight; CTRL\+C again")
            gate.write(b"x")
        assert served.wait() == 0
    assert "still in flight" not in served.output
