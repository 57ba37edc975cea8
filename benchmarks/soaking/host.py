"""The server under test, as the soak sees it: a process with a port and a memory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.soaking.memory import resident_bytes
from benchmarks.soaking.wire import Connection

if TYPE_CHECKING:
    import argparse

__all__ = ["Server"]

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0  # seconds
GREENLETS = 200


class Server:
    """The server under test, a process of its own."""

    def __init__(self, options: argparse.Namespace, instance: str) -> None:
        settings = {
            "form": options.form,
            "server": options.server,
            "threads": options.threads,
            "processes": options.processes,
            "control": options.control,
            "switch": options.switch,
            "instance": instance,
            "seed": options.seed,
        }
        self._process = subprocess.Popen(
            _command(options.form, settings),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "SOAK_SETTINGS": json.dumps(settings)},
            text=True,
        )
        # uvicorn ends by the signal that it was told to end by.
        self._good_codes = {0, -15} if options.server == "uvicorn" else {0}
        self.said: list[str] = []
        self._port_known = threading.Event()
        self.port = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.said.append(line)
            if found := re.search(r"unning on http://[^:]+:(\d+)", line):
                self.port = int(found[1])
                self._port_known.set()
        self._port_known.set()

    def wait_until_ready(self) -> None:
        """Return when the server answers."""
        self._port_known.wait(PATIENCE)
        if not self.port:
            sys.exit("The server did not start:\n" + "".join(self.said))
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                Connection(self.port).request("GET", "/soak/tally")
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def tally(self) -> dict[str, int]:
        """Return what the application counted; wait until nothing is in flight."""
        deadline = time.monotonic() + PATIENCE
        while True:
            connection = Connection(self.port)
            found: dict[str, int] = json.loads(
                connection.request("GET", "/soak/tally").body
            )
            connection.close()
            # The request that asks has begun and not ended.
            found["begun"] -= 1
            is_quiet = (
                found["begun"] == found["ended"] and found["waiting"] == found["left"]
            )
            if is_quiet or time.monotonic() > deadline:
                return found
            time.sleep(0.1)

    def resident(self) -> int:
        """Return the resident memory of all of its processes."""
        return resident_bytes(self._process.pid)

    def stop(self) -> int:
        """Ask it to end, and return its exit code; 0 for any that is good."""
        self._process.terminate()
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        return 0 if code in self._good_codes else code


def _command(form: str, settings: dict[str, Any]) -> list[str]:
    if form == "greenlets":
        command = [sys.executable, "-m", "insula", "run"]
        command += ["benchmarks.soaking.server:create()", "--port", "0"]
        return [*command, "--greenlets", str(GREENLETS), "--no-access-log"]
    command = [sys.executable, "-m", "benchmarks.soaking.server"]
    return [*command, json.dumps(settings)]
