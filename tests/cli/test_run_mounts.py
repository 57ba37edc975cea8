"""What `insula run --mount` makes of its arguments."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--mount", "/a"], "'/a' is no mount; write PLACE=APP"),
        (["--mount", "a b=one:app"], "'a b' names no host"),
        (["--mount", "/a=one", "--mount", "/a/=other"], "'/a' is mounted twice"),
        (["one", "--mount", "/=other"], "'/' is mounted twice, for other and for one"),
        (["--mount", "/a=one:nope"], "Mount '/a': There is no 'nope' in module 'one'"),
        (["--mount", "/a=no_such"], "Mount '/a': Could not import 'no_such'"),
        (["--mount", "/a=no_such"], "Name another as MODULE[:NAME]."),
        (["--mounts", "wrong.ini"], "'app' is missing in section [a]"),
        (
            ["--mount", "/a=broken:app", "--mount", "/b=raising:create_app()"],
            "No mount could be loaded; that at '/a' raised SyntaxError",
        ),
    ],
)
def test_mounts_that_cannot_be_are_said_in_one_line(
    insula: Callable[..., subprocess.CompletedProcess[str]],
    folder: Path,
    arguments: list[str],
    said: str,
) -> None:
    (folder / "wrong.ini").write_text("[a]\nplace = /\n")
    done = insula("run", "--port", "0", *arguments)
    assert done.returncode == 2
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: ")
    assert said in last


class Running:
    """The command, serving."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("INSULA_", "FLASK_"))
        }
        always = {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "insula", "run", "--port", "0", *arguments],
            cwd=folder,
            env={**kept, **always, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output = ""
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        port = self.wait_for(r"Running on http://127.0.0.1:(\d+)")
        self.url = f"http://127.0.0.1:{port.group(1)}"

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.output += line
                self._news.notify_all()

    def wait_for(self, pattern: str) -> re.Match[str]:
        deadline = time.monotonic() + 30
        with self._news:
            while (found := re.search(pattern, self.output)) is None:
                assert self._news.wait(deadline - time.monotonic()), self.output
        return found

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        asked = urllib.request.Request(self.url + path, headers=headers)
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as exc:
            with exc:
                return exc.code, exc.read().decode()

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        self._reader.join(30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def running(folder: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(*arguments: str, **variables: str) -> Running:
        started.append(Running(folder, *arguments, **variables))
        return started[-1]

    yield start
    for each in started:
        each.end()


def test_command_serves_mounts_and_says_which(running: Any, folder: Path) -> None:
    (folder / "mounts.ini").write_text("[other]\nplace = /o\napp = other:site\n")
    served = running(
        "one:app",
        *("--mount", "api.localhost/v2=factory:create_app('v2')"),
        *("--mount", "/broken=broken:app"),
        *("--mounts", "mounts.ini"),
    )
    assert served.get("/") == (200, "one")
    assert served.get("/o/") == (200, "site")
    assert served.get("/v2/", Host="api.localhost") == (200, "v2")
    assert served.get("/v2/")[0] == 404
    status, text = served.get("/broken/")
    assert status == 503
    assert "SyntaxError" not in text
    served.wait_for(r"Press CTRL\+C")
    assert re.search(
        r" \* Mounts:\n"
        r"     /o                other:site\n"
        r"     api.localhost/v2  factory:create_app\('v2'\)\n"
        r"     /broken           broken:app \(down: SyntaxError\)\n"
        r"     /                 one:app\n",
        served.output,
    )
    assert served.end() == 0


def test_debug_shows_what_is_broken_and_reloads_it_alone(
    running: Any, folder: Path
) -> None:
    served = running(
        *("--mount", "/=one:app", "--mount", "/broken=broken:app"), INSULA_DEBUG="1"
    )
    served.wait_for(r"Debugger PIN")
    assert served.get("/") == (200, "one")
    status, text = served.get("/broken/")
    assert status == 500
    assert "broken could not be loaded" not in text
    assert "The mount &#39;/broken&#39; is down" in text
    assert "SyntaxError" in text
    (folder / "broken.py").write_text("from base import make\napp = make('mended')\n")
    served.wait_for(r"Reloaded the mount '/broken'")
    assert served.get("/broken/") == (200, "mended")
    assert "Restarting" not in served.output
    (folder / "base.py").write_text((folder / "base.py").read_text() + "\n")
    served.wait_for(r"Restarting")
    assert served.get("/broken/") == (200, "mended")
    assert served.end() == 0


def test_websocket_that_a_reload_brings_restarts_for_the_interface(
    running: Any, folder: Path
) -> None:
    served = running("--mount", "/=one:app", "--mount", "/t=other:site", "--reload")
    served.wait_for(r"Interface: WSGI")
    (folder / "other.py").write_text(
        "from base import make\nsite = make('site')\n"
        "async def view(): return 'awaited'\n"
        "site.add_url_rule('/a', view_func=view)\n"
    )
    served.wait_for(r"Interface: ASGI \(async view 'view' at '/t'\)")
    assert served.get("/t/a") == (200, "awaited")
