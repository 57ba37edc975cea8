"""What it takes until an application exists: time and memory of a new interpreter.

Rules of the file: an application is made, for importing alone can be put off; what the
interpreter by itself takes is measured in the same round and taken off.
"""

from __future__ import annotations

import subprocess
import sys
from time import perf_counter

from benchmarks.beside.environment import ROOT
from benchmarks.beside.rounds import Times

__all__ = ["measure_startup"]

_SAY_MEMORY = (
    "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)
_PROGRAMS = {
    "insula": "from insula import Insula; Insula('x')",
    "flask": "from flask import Flask; Flask('x')",
    "nothing": "",
}


def measure_startup(peers_python: str, *, rounds: int) -> tuple[Times, Times]:
    """Return the seconds, and the bytes, that each takes beyond the interpreter."""
    seconds, sizes = Times(), Times()
    for number in range(-1, rounds):  # the first one warms the caches of the disk
        found = {}
        for name, program in _PROGRAMS.items():
            python = peers_python if name == "flask" else sys.executable
            start = perf_counter()
            run = subprocess.run(
                [python, "-c", f"{program}\n{_SAY_MEMORY}"],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            )
            found[name] = (perf_counter() - start, int(run.stdout) * 1024)
        if number >= 0:
            for name in ("insula", "flask"):
                seconds.add("start", name, found[name][0] - found["nothing"][0])
                sizes.add("start", name, found[name][1] - found["nothing"][1])
    return seconds, sizes
