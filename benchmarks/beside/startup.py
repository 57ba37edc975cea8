"""What starting takes, in time and memory of a new interpreter.

Rules of the file: an application is made, too, for importing alone can be put off; what
the interpreter by itself takes is measured in the same round and taken off. Modules are
read as compiled code, as on every start but the first: it is kept in a folder of the
measurement's own, since an environment that forbids writing it would have the checkout
compiled at every start, and the peer, which is installed, not.
"""

from __future__ import annotations

import os
import subprocess
import sys
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.beside.environment import ROOT
from benchmarks.beside.rounds import Times

__all__ = ["measure_startup"]

_SAY_MEMORY = (
    "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)
_PROGRAMS = {
    ("import", "insula"): "import insula",
    ("import", "flask"): "import flask",
    ("start", "insula"): "from insula import Insula; Insula('x')",
    ("start", "flask"): "from flask import Flask; Flask('x')",
}


def measure_startup(peers_python: str, *, rounds: int) -> tuple[Times, Times]:
    """Return the seconds, and the bytes, that each takes beyond the interpreter."""
    seconds, sizes = Times(), Times()
    with TemporaryDirectory() as folder:
        environ = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environ.pop("PYTHONDONTWRITEBYTECODE", None)
        for number in range(-1, rounds):  # the first one compiles, and warms the disk
            nothing = _start(sys.executable, "", environ)
            for (work, name), program in _PROGRAMS.items():
                python = peers_python if name == "flask" else sys.executable
                took = _start(python, program, environ)
                if number >= 0:
                    seconds.add(work, name, took[0] - nothing[0])
                    sizes.add(work, name, took[1] - nothing[1])
    return seconds, sizes


def _start(python: str, program: str, environ: dict[str, str]) -> tuple[float, int]:
    """Run a program; return its seconds, and its largest size in bytes."""
    start = perf_counter()
    run = subprocess.run(
        [python, "-c", f"{program}\n{_SAY_MEMORY}"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return perf_counter() - start, int(run.stdout) * 1024
