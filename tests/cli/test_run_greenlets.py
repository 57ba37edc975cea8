"""`insula run --greenlets N`: the command serves in a process that gevent patched."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.servers.conftest import Served

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOP = """
import os, socket, sys, threading, time
first = "gevent.monkey" in sys.modules
from insula import Insula

app = Insula("shop", static_folder=None)
kinds = [socket.socket.__module__, threading.Lock.__module__, time.sleep.__module__]

@app.get("/")
def index():
    return {"first": first, "kinds": kinds, "pid": os.getpid(), "argv": sys.argv[1:]}
"""
HIDE = """
import sys

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name == "gevent":
            sys.path_importer_cache.clear()
            sys.path[:] = [entry for entry in sys.path if "site-packages" not in entry]

sys.meta_path.insert(0, Hide())
"""
INSULA = [str(Path(sys.executable).with_name("insula"))]
Starter = Callable[..., Served]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Iterator[Starter]:
    """Run a command of the folder; what is left of it is killed at the end."""
    started: list[Served] = []

    def starter(*command: str, env: dict[str, str] | None = None) -> Served:
        started.append(Served(list(command), env or {}, folder))
        return started[-1]

    yield starter
    for served in started:
        served.kill_group()


@pytest.mark.parametrize("command", [INSULA, [sys.executable, "-m", "insula"]])
def test_application_is_loaded_in_a_patched_process(
    run: Starter, command: list[str]
) -> None:
    served = run(*command, "run", "shop:app", "--port", "0", "--greenlets", "9")
    body = served.get("/")[2].decode()
    assert '"first":true' in body
    assert '"kinds":["gevent._socket3","gevent.thread","gevent.hub"]' in body
    assert f'"pid":{served.process.pid}' in body
    assert '"argv":["run","shop:app","--port","0","--greenlets","9"]' in body
    assert "1 process, up to 9 greenlets (gevent)" in served.output
    assert served.stop() == 0
    assert '"GET / HTTP/1.1" 200' in served.output
    assert "Warning" not in served.output


def test_variable_of_the_environment_asks_for_greenlets(run: Starter) -> None:
    env = {"INSULA_RUN_GREENLETS": "9"}
    served = run(*INSULA, "run", "shop:app", "--port", "0", env=env)
    assert b'"first":true' in served.get("/")[2]
    assert served.stop() == 0


def test_reloader_serves_patched_and_starts_anew(run: Starter, folder: Path) -> None:
    served = run(*INSULA, "run", "shop:app", "-p", "0", "--greenlets", "9", "--reload")
    first = served.get("/")[2]
    assert b'"first":true' in first
    (folder / "shop.py").write_text(SHOP + "\n# changed\n")
    served.wait_for("Restarting")
    second = served.get("/")[2]
    assert b'"first":true' in second
    assert second != first  # another process
    assert served.stop() == 0
    assert served.members() == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--greenlets", "-1"], "greenlets=-1 is not a whole number"),
        (["--greenlets", "9", "--processes", "2"], "greenlets=9 serves in one process"),
        (["--greenlets", "9", "--threads", "2"], "greenlets=9 serves without threads"),
        (["--greenlets", "9", "--without-threads"], "greenlets=9 serves without"),
    ],
)
def test_what_does_not_go_together_is_one_line(
    run: Starter, options: list[str], message: str
) -> None:
    served = run(*INSULA, "run", "shop:app", *options)
    assert served.wait() == 1
    assert served.output.startswith(f"Error: {message}")
    assert served.output.count("\n") == 1


def test_application_that_is_not_found_is_one_line(run: Starter) -> None:
    served = run(*INSULA, "run", "nowhere:app", "--greenlets", "9")
    assert served.wait() != 0
    assert "nowhere" in served.output
    assert "Traceback" not in served.output


def test_missing_gevent_is_one_line_that_says_how_to_install_it(
    run: Starter, folder: Path
) -> None:
    # What an environment without it answers to the question where gevent is.
    hide = folder / "hide"
    hide.mkdir()
    (hide / "sitecustomize.py").write_text(HIDE)
    path = os.pathsep.join([str(hide), os.environ.get("PYTHONPATH", "")])
    served = run(
        *INSULA, "run", "shop:app", "--greenlets", "9", env={"PYTHONPATH": path}
    )
    assert served.wait() == 1
    assert served.output == (
        "Error: greenlets=9 needs gevent, which is not installed; install it with"
        " `pip install 'insula[gevent]'`, or serve with threads.\n"
    )
