"""What frames the serving, and goes on beside it, on real servers."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.servers.conftest import Served, poll

if TYPE_CHECKING:
    from tests.servers.conftest import Start

PROGRAM = Path(__file__).parent / "programs" / "serving.py"
KINDS: dict[str, dict[str, Any]] = {
    "threads": {"threads": 4},
    "greenlets": {"greenlets": 4},
    "loop": {"interface": "asgi"},
}
each_kind = pytest.mark.parametrize("kind", KINDS)


def said(served: Served) -> list[str]:
    return re.findall(r"^([a-z ]+)\.$", served.output, re.MULTILINE)


@each_kind
def test_worker_starts_the_application_and_ends_it(start: Start, kind: str) -> None:
    served = start(program=PROGRAM, **KINDS[kind])
    served.wait_for(r"around\.")
    assert served.get("/")[2] == b"ok"
    assert served.stop() == 0, served.output
    assert said(served) == ["before", "around", "worked", "after", "around end"]
    assert "Traceback" not in served.output


@each_kind
def test_view_that_waits_too_long_ends_before_the_application_does(
    start: Start, kind: str
) -> None:
    served = start(program=PROGRAM, drain_timeout=0.1, **KINDS[kind])
    with served.connect() as sock:
        sock.sendall(b"GET /waits HTTP/1.1\r\nHost: localhost\r\n\r\n")
        served.wait_for(r"waiting\.")
        assert served.stop() == 0, served.output
    steps = ["waiting", "view end", "torn down", "after", "around end"]
    assert said(served)[2:] == steps, served.output
    assert "requests still in flight" in served.output


@each_kind
def test_background_task_is_not_cut_with_a_view_that_waits_too_long(
    start: Start, kind: str
) -> None:
    served = start(program=PROGRAM, drain_timeout=0.1, **KINDS[kind])
    assert served.get("/helped")[2] == b"ok"
    with served.connect() as sock:
        sock.sendall(b"GET /waits HTTP/1.1\r\nHost: localhost\r\n\r\n")
        served.wait_for(r"waiting\.")
        assert served.stop() == 0, served.output
    steps = ["waiting", "view end", "torn down", "helped", "after", "around end"]
    assert said(served)[2:] == steps, served.output


def test_each_process_starts_the_application_and_ends_it(start: Start) -> None:
    served = start(program=PROGRAM, processes=2)
    poll(lambda: said(served).count("around") == 2, "two that have started")
    assert served.stop() == 0, served.output
    lines = ["before", "around", "after", "around end"]
    assert sorted(said(served)) == sorted(lines * 2), served.output


@pytest.mark.parametrize(("seconds", "slow_end"), [("0.2", ["slow end"]), ("1000", [])])
def test_stop_while_the_application_starts_ends_all_that_it_has_begun(
    start: Start, seconds: str, slow_end: list[str]
) -> None:
    served = start(program=PROGRAM, env={"SLOW": seconds}, **KINDS["loop"])
    served.wait_for(r"slow\.")
    assert served.stop() == 0, served.output
    begun = ["before", "around", "slow"]
    assert said(served) == [*begun, "after", *slow_end, "around end"], served.output


@each_kind
def test_application_that_cannot_be_started_is_not_served(
    start: Start, kind: str
) -> None:
    served = start(program=PROGRAM, env={"FAIL": "1"}, **KINDS[kind])
    assert served.wait() != 0
    assert "The application could not start: ValueError: no database" in served.output
    assert said(served) == ["before"]


@each_kind
def test_stream_ends_when_its_client_has_gone(start: Start, kind: str) -> None:
    served = start(program=PROGRAM, **KINDS[kind])
    with served.connect() as sock:
        sock.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received = b""
        while b"data: 3\n\n" not in received:
            received += sock.recv(4096)
    served.wait_for(r"stream end\.")
    head = received.partition(b"\r\n\r\n")[0].lower()
    assert b"content-type: text/event-stream; charset=utf-8" in head
    assert b"content-length" not in head
    assert b"\n:\n\n" in received
    assert served.stop() == 0, served.output


@pytest.mark.parametrize("worker", ["sync", "gthread", "gevent"])
def test_worker_of_gunicorn_starts_the_application_with_its_first_request(
    worker: str, tmp_path: Path
) -> None:
    class Gunicorn(Served):
        @property
        def port(self) -> int:
            return int(self.wait_for(r"Listening at: http://\S+:(\d+)").group(1))

    served = Gunicorn(
        [
            *(sys.executable, "-m", "gunicorn", "-k", worker, "-b", "127.0.0.1:0"),
            *("--pythonpath", str(PROGRAM.parent), "--worker-tmp-dir", str(tmp_path)),
            *("--preload", "serving:app"),
        ],
        {},
        tmp_path,
    )
    try:
        for _ in range(2):
            assert served.get("/")[2] == b"ok"
        assert served.stop() == 0
        assert said(served) == [
            *("before", "around", "worked", "worked", "after", "around end"),
        ]
    finally:
        served.kill_group()


class Uvicorn(Served):
    @property
    def port(self) -> int:
        return int(self.wait_for(r"running on http://\S+:(\d+)").group(1))


@pytest.mark.parametrize("lifespan", ["on", "off"])
def test_uvicorn_starts_the_application_and_ends_it(
    lifespan: str, tmp_path: Path
) -> None:
    served = Uvicorn(
        [
            *(sys.executable, "-m", "uvicorn", "--port", "0", "--lifespan", lifespan),
            *("--app-dir", str(PROGRAM.parent), "serving:app"),
        ],
        {},
        tmp_path,
    )
    try:
        if lifespan == "on":
            served.wait_for(r"around\.")
        for _ in range(2):
            assert served.get("/")[2] == b"ok"
        with served.connect() as sock:
            sock.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            received = b""
            while b"data: 3\n\n" not in received:
                received += sock.recv(4096)
        served.wait_for(r"stream end\.")
        # NOTE: of SIGTERM uvicorn dies when it has ended, without `atexit`.
        served.stop(signal.SIGINT)
        lines = said(served)
        assert lines[:2] == ["before", "around"]
        # Without the protocol the loop has ended before the process does, and has
        # cancelled the generator at its `yield`.
        ending = ["around end"] if lifespan == "on" else []
        assert sorted(lines) == sorted(
            [*lines[:2], "worked", "worked", "stream end", "after", *ending]
        )
        assert lines.index("after") > lines.index("worked")
        assert "ERROR" not in served.output
    finally:
        served.kill_group()
