"""How an ASGI server starts and stops: lifespan, draining, deadlines."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.servers.conftest import PATIENCE, poll, receive_all
from tests.servers.test_asgi import HEAD, PROBE
from tests.servers.test_asgi_websocket import close_of, open_socket, refusal
from tests.servers.test_run import refused

LIMIT = 15.0  # seconds; what hangs takes far longer


def test_lifespan_is_told_of_start_and_stop(start: Any) -> None:
    served = start(program=PROBE)
    assert served.get("/")[2] == b"hello"
    assert served.stop() == 0
    assert "started\n" in served.output
    assert "told lifespan.shutdown\nstopped\n" in served.output


def test_application_that_cannot_start_is_one_line_and_code_1(start: Any) -> None:
    served = start(program=PROBE, mode="cannot start")
    assert served.wait() == 1
    assert served.lines[-1] == ("Error: The application could not start: no database\n")
    assert "Traceback" not in served.output


def test_application_that_cannot_start_ends_all_processes(start: Any) -> None:
    served = start(program=PROBE, mode="cannot start", processes=2)
    assert served.wait() == 1
    assert "Error: The application could not start: no database\n" in served.lines
    assert served.members() == []


def test_application_that_knows_no_lifespan_is_served(start: Any) -> None:
    served = start(program=PROBE, mode="no lifespan")
    assert served.get("/")[2] == b"hello"
    assert served.stop() == 0
    assert "Traceback" not in served.output


def test_stop_while_the_application_starts_ends_it(start: Any) -> None:
    served = start(program=PROBE, mode="starts for ever")
    served.wait_for("starting")
    assert served.stop() == 0


def test_lifespan_that_does_not_end_is_left_after_the_deadline(start: Any) -> None:
    served = start(program=PROBE, mode="stops for ever", drain_timeout=0.2)
    assert served.get("/")[2] == b"hello"
    began = time.monotonic()
    assert served.stop() == 0
    assert time.monotonic() - began < LIMIT
    assert "lifespan has not ended in time" in served.output


@pytest.mark.parametrize("options", [{}, {"processes": 2}])
def test_stop_signal_drains_what_is_in_flight_and_exits_with_0(
    start: Any, tmp_path: Path, options: dict[str, Any]
) -> None:
    served, gate = start(program=PROBE, **options), tmp_path / "gate"
    with ThreadPoolExecutor(1) as pool, served.connect() as idle:
        answer = pool.submit(served.get, f"/until?arg={gate}")
        served.poll(Path(f"{gate}.begun").exists, "the request to begin")
        served.process.send_signal(signal.SIGTERM)
        served.poll(lambda: refused(served.port), "the listener to close")
        assert served.process.poll() is None
        gate.touch()
        code, headers, body = answer.result()
        assert (code, headers["connection"], body) == (200, "close", b"released")
        assert served.wait() == 0
        del idle
    assert served.members() == []
    assert "/until" in served.output
    assert "stopped\n" in served.output
    assert "panicked" not in served.output


def test_request_that_outlives_the_deadline_is_cancelled_and_answered_503(
    start: Any, tmp_path: Path
) -> None:
    served, gate = start(program=PROBE, drain_timeout=0.2), tmp_path / "gate"
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(served.get, f"/until?arg={gate}")
        served.poll(Path(f"{gate}.begun").exists, "the request to begin")
        assert served.stop() == 0
        assert answer.result()[0] == 503
    assert "cancelled\n" in served.output
    assert "requests still in flight" in served.output
    assert "Traceback" not in served.output


def test_stream_does_not_outlive_the_deadline_and_is_cut(start: Any) -> None:
    served = start(program=PROBE, drain_timeout=0.2)
    with served.connect() as sock:
        sock.sendall(HEAD % b"/endless?arg=0.01")
        assert sock.recv(65536)
        began = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        answer = receive_all(sock)
    assert not answer.endswith(b"0\r\n\r\n")
    assert served.wait() == 0
    assert time.monotonic() - began < LIMIT
    assert "endless ended by CancelledError" in served.output
    assert "stopped\n" in served.output


def test_request_that_does_not_let_itself_be_cancelled_does_not_keep_the_process(
    start: Any, tmp_path: Path
) -> None:
    served, gate = start(program=PROBE, drain_timeout=0.2), tmp_path / "gate"
    with served.connect() as sock:
        sock.sendall(HEAD % f"/stubborn?arg={gate}".encode())
        served.poll(Path(f"{gate}.begun").exists, "the request to begin")
        began = time.monotonic()
        assert served.stop() == 0
        assert time.monotonic() - began < LIMIT
    assert "cancelled, in vain" in served.output


def test_blocked_loop_does_not_keep_the_process(start: Any, tmp_path: Path) -> None:
    served, gate = start(program=PROBE, drain_timeout=0.2), tmp_path / "gate"
    with served.connect() as sock:
        sock.sendall(HEAD % f"/block?arg={gate}".encode())
        served.poll(Path(f"{gate}.begun").exists, "the request to begin")
        assert served.stop() == 0
    assert "a request that blocks the event loop" in served.output


def test_second_signal_stops_without_draining(start: Any, tmp_path: Path) -> None:
    served, gate = start(program=PROBE), tmp_path / "gate"
    with served.connect() as sock:
        sock.sendall(HEAD % f"/until?arg={gate}".encode())
        served.poll(Path(f"{gate}.begun").exists, "the request to begin")
        served.process.send_signal(signal.SIGINT)
        served.poll(lambda: refused(served.port), "the listener to close")
        later = time.monotonic() + 0.4  # sooner it would be the first one's echo
        served.poll(lambda: time.monotonic() > later, "the echo to pass")
        assert served.stop(signal.SIGINT) == 0
    assert "requests still in flight" in served.output


def test_websocket_is_closed_with_1001_and_does_not_keep_the_server(
    start: Any,
) -> None:
    served = start(program=PROBE)
    with (
        open_socket(served, "/echo") as sock,
        open_socket(served, "/send_on") as other,
    ):
        sock.send("hello")
        assert sock.recv(PATIENCE) == "hello"
        served.process.send_signal(signal.SIGTERM)
        assert close_of(sock) == (1001, "")
        assert close_of(other) == (1001, "")
    assert served.wait() == 0
    assert "disconnected with 1001" in served.output
    assert "send ended by ClientGoneError" in served.output
    assert "in flight" not in served.output


def test_websocket_that_does_not_end_does_not_outlive_the_deadline(
    start: Any, tmp_path: Path
) -> None:
    served, gate = start(program=PROBE, drain_timeout=0.2), tmp_path / "gate"
    with ThreadPoolExecutor(1) as pool:
        handshake = pool.submit(refusal, served, f"/until?arg={gate}")
        served.poll(Path(f"{gate}.begun").exists, "the handshake to begin")
        assert served.stop() == 0
        assert handshake.result().status_code == 503
    assert "cancelled\n" in served.output


def test_listener_is_closed_while_a_websocket_still_ends(
    start: Any, tmp_path: Path
) -> None:
    served, gate = start(program=PROBE), tmp_path / "gate"
    with ThreadPoolExecutor(1) as pool:
        handshake = pool.submit(refusal, served, f"/until?arg={gate}")
        served.poll(Path(f"{gate}.begun").exists, "the handshake to begin")
        served.process.send_signal(signal.SIGTERM)
        served.poll(lambda: refused(served.port), "the listener to close")
        assert served.process.poll() is None
        gate.touch()
        assert served.wait() == 0
        assert handshake.result().status_code == 503


def test_task_that_a_request_left_behind_is_cancelled(start: Any) -> None:
    served = start(program=PROBE)
    assert served.get("/left_behind")[2] == b"ok"
    assert served.stop() == 0
    assert "stopped\ntask cancelled\n" in served.output


EVENTS = """
import time
from insula import Insula, send_events

app = Insula("streams", static_folder=None)


@app.get("/")
def events():
    def numbers():
        yield 1
        while True:
            time.sleep(0.01)
            yield 2

    return send_events(numbers())


@app.get("/tasks")
async def other():
    return "other"


app.run(port=0, interface="{interface}")
"""


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_event_stream_does_not_keep_the_server(
    start: Any, tmp_path: Path, interface: str
) -> None:
    program = tmp_path / "streams.py"
    program.write_text(EVENTS.format(interface=interface))
    served = start(program=program)
    with served.connect() as sock:
        sock.sendall(HEAD % b"/")
        while b"data: 2" not in sock.recv(65536):
            pass
        served.process.send_signal(signal.SIGTERM)
        receive_all(sock)
    assert served.wait() == 0
    assert "Waiting for requests" not in served.output
    assert "Traceback" not in served.output


TASKS = """
import asyncio, os, sys
from insula import Insula
from insula.servers import DispatcherMiddleware

app = Insula("tasks", static_folder=None)


def say(word):
    sys.stdout.write(word + "\\n")  # at once: others write, too
    sys.stdout.flush()


MODE = "{mode}"
options = {{"interface": "asgi", "drain_timeout": 0.2}}
if MODE in ("wsgi", "asgi"):
    from insula.servers import master

    master._LATE = 0.5  # not to wait for long
    options |= {{"interface": MODE, "processes": 2}}
if MODE == "late":
    app.config["BACKGROUND_TASKS_DEADLINE"] = 0.5


@app.before_serving
def before():
    say("up")


@app.get("/")
async def begin():
    async def work():
        say("working")
        try:
            await asyncio.sleep(600 if MODE in ("late", "for ever") else 2.5)
        except asyncio.CancelledError:
            say("cancelled")
            raise
        say("worked")

    app.add_background_task(work)
    return "x"


@app.after_serving
async def after():
    await asyncio.sleep(0.1)
    say("after")


other = Insula("other", static_folder=None)
served = DispatcherMiddleware(other, {{"/in": app}}) if MODE == "mounted" else app
from insula.servers import run_simple
run_simple("127.0.0.1", 0, served, **options)
"""


@pytest.mark.parametrize(
    ("mode", "end"),
    [
        ("ends", ["working", "worked", "after"]),
        ("mounted", ["working", "worked", "after"]),
        ("late", ["working", "cancelled", "after"]),
        ("wsgi", ["working", "worked", "after"]),
        ("asgi", ["working", "worked", "after"]),
    ],
)
def test_background_tasks_have_their_own_deadline(
    start: Any, tmp_path: Path, mode: str, end: list[str]
) -> None:
    program = tmp_path / "tasks.py"
    program.write_text(TASKS.format(mode=mode))
    served = start(program=program)
    assert served.get("/in/" if mode == "mounted" else "/")[2] == b"x"
    processes = 2 if mode in {"wsgi", "asgi"} else 1
    poll(lambda: served.lines.count("up\n") == processes, "all that have started")
    assert served.stop() == 0
    words = {"working", "worked", "cancelled", "after"}
    said = [line.strip() for line in served.lines if line.strip() in words]
    if processes == 2:
        said.remove("after")  # the other process's, which had no task
    assert said == end
    assert "lifespan has not ended" not in served.output


def test_second_signal_does_not_wait_for_background_tasks(
    start: Any, tmp_path: Path
) -> None:
    program = tmp_path / "tasks.py"
    program.write_text(TASKS.format(mode="for ever"))
    served = start(program=program)
    assert served.get("/")[2] == b"x"
    began = time.monotonic()
    served.process.send_signal(signal.SIGINT)
    served.poll(lambda: refused(served.port), "the listener to close")
    later = time.monotonic() + 0.4  # sooner it would be the first one's echo
    served.poll(lambda: time.monotonic() > later, "the echo to pass")
    assert served.stop(signal.SIGINT) == 0
    assert time.monotonic() - began < LIMIT


THREADS = """
import threading, time
from insula import Insula, request

app = Insula("threads", static_folder=None)
active, most, lock, met = 0, 0, threading.Lock(), threading.Event()


@app.get("/overlap")
def overlap():
    global active, most
    with lock:
        active += 1
        most = max(most, active)
        if active >= 3:
            met.set()
    met.wait(20)
    with lock:
        active -= 1
    return str(most)


@app.get("/fifo")
def fifo():
    with open(request.args["path"]) as file:
        return file.read()


app.run(port=0, interface="asgi", threads=3, drain_timeout=0.2)
"""


def test_threads_is_the_ceiling_for_what_is_not_async(
    start: Any, tmp_path: Path
) -> None:
    program = tmp_path / "threads.py"
    program.write_text(THREADS)
    bodies = start(program=program).get_many("/overlap", 12)
    assert max(map(int, bodies)) == 3


def test_thread_that_does_not_end_does_not_keep_the_process(
    start: Any, tmp_path: Path
) -> None:
    program, fifo = tmp_path / "threads.py", tmp_path / "fifo"
    program.write_text(THREADS)
    os.mkfifo(fifo)
    served = start(program=program)
    with served.connect() as sock:
        sock.sendall(HEAD % f"/fifo?path={fifo}".encode())
        with fifo.open("wb"):
            began = time.monotonic()
            assert served.stop() == 0
            assert time.monotonic() - began < LIMIT
    assert "requests still in flight" in served.output
    assert "Traceback" not in served.output


def test_ctrl_c_of_a_terminal_reaches_all_processes_and_exits_with_0(
    start: Any,
) -> None:
    served = start(program=PROBE, processes=2)
    assert served.get("/")[0] == 200
    os.killpg(served.process.pid, signal.SIGINT)
    assert served.wait() == 0
    assert served.members() == []
    assert "Traceback" not in served.output


def test_run_off_the_main_thread_serves(start: Any, tmp_path: Path) -> None:
    program = tmp_path / "beside.py"
    program.write_text(
        "import sys, threading\n"
        f"sys.path.insert(0, {str(PROBE.parent)!r})\n"
        "sys.argv = sys.argv[:1]\n"
        "from asgi_probe import app, run_simple\n"
        "thread = threading.Thread(target=run_simple, args=('127.0.0.1', 0, app))\n"
        "thread.daemon = True\n"
        "thread.start()\n"
        "thread.join()\n"
    )
    served = start(program=program)
    assert served.get("/")[2] == b"hello"


def test_reloader_restarts_and_the_child_says_the_interface(
    start: Any, tmp_path: Path
) -> None:
    program = tmp_path / "changing.py"
    text = (
        "import sys\n"
        f"sys.path.insert(0, {str(PROBE.parent)!r})\n"
        "sys.argv = sys.argv[:1]\n"
        "from asgi_probe import answer, run_simple\n"
        "async def app(scope, receive, send):\n"
        "    assert scope['type'] != 'lifespan'\n"
        "    await answer(send, b'{}')\n"
        "run_simple('127.0.0.1', 0, app, use_reloader=True, reloader_interval=0.05)\n"
    )
    program.write_text(text.format("first"))
    served = start(program=program)
    assert served.get("/")[2] == b"first"
    assert served.output.count("Interface: ASGI ('app' is no Insula") == 1
    program.write_text(text.format("second"))
    served.poll(lambda: served.get("/")[2] == b"second", "the change")
    assert served.stop() == 0
