"""Reloading on a change, surviving mistakes, and leaving nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from insula.servers import ServerOptions
from insula.servers.watcher import Watcher

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
from insula.servers import run_simple
import {module}

if __name__ == "__main__":
    run_simple("127.0.0.1", 0, {module}.app, use_reloader=True, {options}
        reloader_interval=0.05)
"""
MODULE = """
def app(environ, start):
    start("200 OK", [("Content-Type", "text/plain")])
    return [{answer!r}]
"""
LOADER = """
from insula.servers import serve, ServerOptions

def load():
    import views
    return views.app

serve(load, ServerOptions(port=0, use_reloader=True, use_debugger={debugger},
    reloader_interval=0.05))
"""
BROKEN = "def app(environ, start)\n"


def write(path: Path, text: str) -> None:
    """Write a file as an editor does, whole and with a time of its own."""
    write.count += 1  # type: ignore[attr-defined]  # a counter of this function
    new = path.with_suffix(".new")
    new.write_text(text)
    stamp = new.stat().st_mtime_ns + write.count * 1_000_000  # type: ignore[attr-defined]  # as above
    os.utime(new, ns=(stamp, stamp))
    new.replace(path)


write.count = 0  # type: ignore[attr-defined]  # as above


def served_program(start: Any, folder: Path, options: str = "") -> Any:
    write(folder / "views.py", MODULE.format(answer=b"one"))
    program = folder / "program.py"
    program.write_text(PROGRAM.format(module="views", options=options))
    return start(program=program, env={"PYTHONDONTWRITEBYTECODE": "1"})


@pytest.mark.parametrize("options", ["", "processes=2,"])
def test_change_in_a_module_restarts_without_refusing_a_connection(
    start: Any, tmp_path: Path, options: str
) -> None:
    served = served_program(start, tmp_path, options)
    port = served.port
    assert served.get("/")[2] == b"one"
    write(tmp_path / "views.py", MODULE.format(answer=b"two"))
    served.wait_for("Detected a change in .*views.py")
    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    served.poll(lambda: served.get("/")[2] == b"two", "the new answer")
    assert served.stop() == 0
    assert served.members() == []


def test_change_in_an_extra_file_restarts(start: Any, tmp_path: Path) -> None:
    extra = tmp_path / "settings.txt"
    extra.write_text("a")
    served = served_program(start, tmp_path, f"extra_files=[{str(extra)!r}],")
    assert served.get("/")[0] == 200
    write(extra, "b")
    served.wait_for("Detected a change in .*settings.txt")
    assert served.get("/")[0] == 200


def test_excluded_file_does_not_restart(start: Any, tmp_path: Path) -> None:
    extra = tmp_path / "settings.txt"
    extra.write_text("a")
    served = served_program(
        start,
        tmp_path,
        f"extra_files=[{str(extra)!r}], exclude_patterns=['*/views.py'],",
    )
    assert served.get("/")[0] == 200
    write(tmp_path / "views.py", MODULE.format(answer=b"two"))
    write(extra, "b")
    served.wait_for("Detected a change")
    assert "views.py" not in served.output


def test_syntax_error_is_shown_and_survived_until_it_is_mended(
    start: Any, tmp_path: Path
) -> None:
    served = served_program(start, tmp_path)
    assert served.get("/")[2] == b"one"
    write(tmp_path / "views.py", BROKEN)
    served.wait_for("SyntaxError")
    served.wait_for("ended with code 1; waiting for a change")
    with served.connect() as waiting:  # neither refused nor lost
        waiting.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        write(tmp_path / "views.py", MODULE.format(answer=b"mended"))
        assert waiting.recv(4096).endswith(b"mended")


@pytest.mark.parametrize("debugger", [True, False])
@pytest.mark.parametrize(
    ("broken", "shown"),
    [
        (BROKEN, b"SyntaxError"),
        ("import sys\nsys.exit('no setting X')\n", b"SystemExit: no setting X"),
    ],
)
def test_loader_that_fails_is_shown_in_the_browser_until_it_is_mended(
    start: Any, tmp_path: Path, broken: str, shown: bytes, *, debugger: bool
) -> None:
    write(tmp_path / "views.py", broken)
    program = tmp_path / "program.py"
    program.write_text(LOADER.format(debugger=debugger))
    served = start(program=program, env={"PYTHONDONTWRITEBYTECODE": "1"})
    first, second = served.get("/"), served.get("/")
    assert first[0] == second[0] == 500
    assert shown in first[2]
    assert first[2].count(b"views.py") == second[2].count(b"views.py") > 0
    served.wait_for("could not be loaded; waiting for a change")
    write(tmp_path / "views.py", MODULE.format(answer=b"mended"))
    served.poll(lambda: served.get("/")[2] == b"mended", "the new answer")


def test_file_of_the_future_is_a_change_only_if_it_was_written_since_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    later = time.time_ns() + 3600 * 10**9
    for path in (old, new):
        write(path, "a")
        os.utime(path, ns=(later, later))
    time.sleep(0.05)  # the times of files are by a clock that goes in steps
    watcher = Watcher(ServerOptions(extra_files=(str(old), str(new))))
    time.sleep(0.05)
    write(new, "b")
    os.utime(new, ns=(later, later))
    watcher.start()
    watcher.join(10)
    assert watcher.changed
    assert f"change in {new};" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_signal_to_the_group_ends_both_with_0(
    start: Any, tmp_path: Path, number: int
) -> None:
    served = served_program(start, tmp_path)
    assert served.get("/")[0] == 200
    os.killpg(served.process.pid, number)
    assert served.wait() == 0
    assert served.members() == []
    assert "Traceback" not in served.output


def test_stop_while_waiting_for_a_change_exits_with_0(
    start: Any, tmp_path: Path
) -> None:
    served = served_program(start, tmp_path)
    assert served.get("/")[0] == 200
    write(tmp_path / "views.py", BROKEN)
    served.wait_for("waiting for a change")
    assert served.stop(signal.SIGINT) == 0
    assert "KeyboardInterrupt" not in served.output


def test_killed_parent_leaves_no_child(start: Any, tmp_path: Path) -> None:
    served = served_program(start, tmp_path)
    assert served.get("/")[0] == 200
    served.stop(signal.SIGKILL)
    served.poll(lambda: not served.members(), "the child to end")


def test_child_knows_that_it_runs_from_the_reloader(start: Any) -> None:
    served = start(use_reloader=True)
    pid, inside = served.get("/pid")[2].split()
    assert inside == b"True"
    assert int(pid) != served.process.pid
    assert start().get("/pid")[2].endswith(b"False")
