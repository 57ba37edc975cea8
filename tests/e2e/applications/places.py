"""Two environments for an application, of the same packages but for one.

In one is the real Flask; in the other is none, and Insula. Each application has a pair
of its own: it gets the newest releases that go with it, whatever others ask for.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.ecosystem.places import FLASK, fill_real, fill_stand_in
from tests.suites.environments import ROOT, environment
from tests.suites.sources import CACHES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.applications.application import Application
    from tests.suites.environments import Interpreter

__all__ = ["CACHE", "both", "version_of"]

CACHE = CACHES / "applications"


def both(application: Application, python: Interpreter) -> dict[str, Path]:
    """Return the programs of the two environments, ``real`` and ``stand-in``."""
    wanted = [FLASK, *application.packages]
    if application.tests:
        wanted.append("pytest<9")
    place = CACHE / "environments"
    home = place / f"{application.name}-{python.tag}-real"
    forced = list(application.forced)
    real = environment(
        home, python, [*wanted, *forced], partial(fill_real, wanted, forced)
    )
    lines = [
        line
        for line in _listed(real).splitlines(keepends=True)
        if not line.startswith("flask==")
    ]
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    stand_in = environment(
        place / f"{application.name}-{python.tag}-stand-in",
        python,
        [*lines, project],
        partial(fill_stand_in, lines),
    )
    return {"real": real, "stand-in": stand_in}


def version_of(program: Path, name: str) -> str:
    """Return the release of a package that is in an environment."""
    for line in _listed(program).splitlines():
        found, _, version = line.partition("==")
        if found == name.lower():
            return version
    return "?"


def _listed(program: Path) -> str:
    return (program.parent.parent / "packages.txt").read_text(encoding="utf-8")
