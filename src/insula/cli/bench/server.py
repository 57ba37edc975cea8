"""The application's own server, in a process of its own, for as long as a load takes.

Rules of the file: the process is one like that of ``insula run``, without debug mode,
reloader and access log. It is in a session of its own, so that a Ctrl-C is the load's
alone, and it is ended with it. What it says is kept, to be shown if it fails.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["Server"]

_BANNER = re.compile(r"Running on (https?://\S+)")
_KEPT = 200
_PATIENCE = 10.0
"""Seconds that the server is given to end."""


class Server:
    """Serve an application while the ``with`` lasts.

    :param app_name: what ``--app`` names it; looked for if ``None``.
    :param options: words for ``insula run``.
    """

    def __init__(self, app_name: str | None, options: Sequence[str] = ()) -> None:
        name = [] if app_name is None else ["--app", app_name]
        self._words = [
            *(sys.executable, "-m", "insula", *name, "--no-debug", "run"),
            *("--host", "127.0.0.1", "--port", "0"),
            *("--no-reload", "--no-debugger", "--no-access-log"),
            *options,
        ]
        self._said: deque[str] = deque(maxlen=_KEPT)
        self.url = ""
        """Where it is, without a slash at the end."""

    def __enter__(self) -> Self:
        """Start it, and wait until it listens."""
        self._process = subprocess.Popen(  # noqa: S603 - this very program
            self._words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        try:
            self._wait_until_ready()
        except BaseException:
            self._end()
            raise
        self._drain = threading.Thread(target=self._listen, daemon=True)
        self._drain.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """End it."""
        self._end()

    def last_error(self) -> str | None:
        """Return the last line of the last traceback that it has shown."""
        lines = list(self._said)
        for number in range(len(lines) - 1, -1, -1):
            if lines[number].startswith("Traceback "):
                for line in lines[number + 1 :]:
                    if line.strip() and not line.startswith(" "):
                        return line.strip()
        return None

    def _wait_until_ready(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - asked for above
        for line in self._process.stderr:
            self._said.append(line)
            found = _BANNER.search(line)
            if found is not None:
                self.url = found[1].rstrip("/")
                return
        lines = [line.strip() for line in self._said if line.strip()]
        last = lines[-1].removeprefix("Error: ") if lines else "it said nothing."
        raise click.ClickException(last)

    def _listen(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - asked for above
        self._said.extend(self._process.stderr)

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr is not None:
            drain = getattr(self, "_drain", None)
            if drain is not None:
                drain.join(_PATIENCE)
            self._process.stderr.close()
