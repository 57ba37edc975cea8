"""Run a program of its time in a process that has the stand-in in place.

One process serves all tests: it imports Flask once and forks for each program, so that
no program sees what another has left. Given is the source, got is what was printed,
what was warned of, and the error that ended it.

Run as a program this file is that process: a line of JSON in, a line out.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import traceback
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Era", "Run"]

PROGRAM = "program.py"


@dataclass(frozen=True)
class Run:
    """What became of a program.

    :param warned: the line of the program and the text of each DeprecationWarning.
    """

    out: str
    error: str
    warned: list[tuple[int, str]] = field(default_factory=list)

    @property
    def lines(self) -> list[int]:
        """Return the lines that were warned of, each once."""
        return sorted({line for line, _ in self.warned})

    def names(self) -> list[str]:
        """Return what the warnings are about, in order."""
        return [text.split("'")[1] for _, text in self.warned]


class Era:
    """Run programs; see :meth:`__call__`.

    :param given: variables of the environment that the process starts with.
    """

    def __init__(self, **given: str) -> None:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("FLASK_", "INSULA_", "PYTHONWARN"))
        }
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=kept | given,
            text=True,
        )

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=10)

    def __call__(
        self,
        source: str,
        *,
        refuse: bool = False,
        folder: Path | None = None,
        **variables: str,
    ) -> Run:
        """Run a program.

        :param refuse: make errors of all warnings, as ``python -W error`` does.
        :param folder: where it runs; what is there can be imported.
        :param variables: of the environment.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {
            "source": source,
            "refuse": refuse,
            "folder": None if folder is None else str(folder),
            "variables": variables,
        }
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        got: dict[str, Any] = json.loads(self._process.stdout.readline())
        warned = [(line, text) for line, text in got.pop("warned")]
        return Run(**got, warned=warned)


def _run(asked: dict[str, Any]) -> dict[str, Any]:
    os.environ.update(asked["variables"])
    if asked["folder"]:
        os.chdir(asked["folder"])
        sys.path.insert(0, asked["folder"])
    out = io.StringIO()
    error = ""
    names = {"__name__": "program", "__file__": PROGRAM}
    code = compile(asked["source"], PROGRAM, "exec")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("error" if asked["refuse"] else "always")
        with contextlib.redirect_stdout(out):
            try:
                exec(code, names)  # noqa: S102 - what this is for
            except BaseException as exc:
                error = "".join(traceback.format_exception_only(exc)).strip()
    warned = [
        (each.lineno if each.filename.endswith(PROGRAM) else -1, str(each.message))
        for each in caught
        if issubclass(each.category, DeprecationWarning)
    ]
    return {"out": out.getvalue(), "error": error, "warned": warned}


def _serve() -> None:
    from importlib import import_module

    import_module("insula.flask").install()
    import_module("flask")
    for line in sys.stdin:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            got = json.dumps(_run(json.loads(line)))
            with os.fdopen(writer, "w") as answer:
                answer.write(got)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as answer:
            text = answer.read()
        os.waitpid(child, 0)
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
