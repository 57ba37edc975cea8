"""Two environments for a suite, of the same packages but for one.

The one with the real Flask is made as its users make theirs: pip resolves what the
project and its tests need. The other is made of exactly the releases that this gave,
without Flask and with Insula: what imports ``flask`` finds the stand-in or nothing.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from tests.suites.environments import ROOT, environment, pip, run
from tests.suites.sources import CACHES, archive, download, version_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ecosystem.suite import Suite
    from tests.suites.environments import Interpreter

__all__ = ["CACHE", "FLASK", "both", "tests_archive"]

CACHE = CACHES / "ecosystem"
FLASK = "flask==3.1.*"
# What no suite has asked for, and each needs.
PYTEST = "pytest<9"

_FREEZE = """
import re, sys
from importlib.metadata import distributions
found = {re.sub(r"[-_.]+", "-", d.name).lower(): d.version for d in distributions()}
sys.stdout.write("".join(f"{k}=={v}\\n" for k, v in sorted(found.items())))
"""
_NO_FLASK = """
import sys
from importlib.util import find_spec
sys.exit(find_spec("flask") is not None)
"""


def fetched(wanted: str) -> Path:
    """Return the archive of what is wanted, from a folder for that alone."""
    place = CACHE / "sdist" / re.sub(r"[^\w.-]+", "_", wanted.lower())
    return archive(place, fetch=partial(download, wanted=wanted))


def tests_archive(suite: Suite) -> tuple[str, Path]:
    """Return the version of a suite's project, and the archive with its tests."""
    packed = fetched(suite.name + suite.release)
    version = version_of(packed)
    if suite.tests_of:
        packed = fetched(suite.tests_of)
    return version, packed


def both(suite: Suite, version: str, python: Interpreter) -> dict[str, Path]:
    """Return the programs of the two environments, ``real`` and ``stand-in``."""
    place = CACHE / "environments"
    own = f"{suite.name}=={version}"
    forced = [own if name == suite.name else name for name in suite.forced]
    wanted = [FLASK, PYTEST, *suite.packages, *({own} - set(forced))]
    home = place / f"{suite.key}-{python.tag}-real"
    real = environment(
        home, python, [*wanted, *forced], partial(fill_real, wanted, forced)
    )
    listed = home / "packages.txt"
    lines = [
        line
        for line in listed.read_text(encoding="utf-8").splitlines(keepends=True)
        if not line.startswith("flask==")
    ]
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    stand_in = environment(
        place / f"{suite.key}-{python.tag}-stand-in",
        python,
        [*lines, project],
        partial(fill_stand_in, lines),
    )
    return {"real": real, "stand-in": stand_in}


def fill_real(wanted: list[str], forced: list[str], program: Path) -> None:
    """Install what the tests need; write down what that was."""
    pip(program, "install", *wanted)
    if forced:
        pip(program, "install", "--no-deps", *forced)
    listed = run([str(program), "-c", _FREEZE])
    (program.parent.parent / "packages.txt").write_text(listed, encoding="utf-8")


def fill_stand_in(lines: list[str], program: Path) -> None:
    """Install the same, and Insula for Flask."""
    same = program.parent.parent / "packages.txt"
    same.write_text("".join(lines), encoding="utf-8")
    pip(program, "install", "--no-deps", "-r", str(same))
    pip(program, "install", "-e", str(ROOT))
    run([str(program), "-c", _NO_FLASK])
