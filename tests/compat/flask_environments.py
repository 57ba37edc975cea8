"""Environments for Flask's own tests: the real Flask in one, Insula in another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.compat.flask_source import CACHE
from tests.suites.environments import ROOT, Interpreter, environment, pip

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["flask_environment"]

# NOTE: Flask's tests import a name that later releases of pytest do not have.
PACKAGES = ["pytest<9.0.3", "asgiref", "greenlet", "python-dotenv", "celery"]


def flask_environment(
    kind: str, *, python: Interpreter, werkzeug: str, flask: str
) -> Path:
    """Return the program of an environment, made if need be.

    :param kind: ``real`` or ``stand-in``.
    :param flask: the version of the real one.
    """
    home = CACHE / "environments" / f"{kind}-{python.tag}-werkzeug-{werkzeug}"
    product = [f"flask=={flask}"] if kind == "real" else ["-e", str(ROOT)]
    packages = [*product, f"werkzeug=={werkzeug}", *PACKAGES]
    pins = [
        line
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
        if not re.match(r"(?i)(pytest|werkzeug)==", line)
    ]
    project = (ROOT / "pyproject.toml").read_text("utf-8")

    def fill(program: Path) -> None:
        constraints = home / "constraints.txt"
        constraints.write_text("\n".join(pins))
        pip(program, "install", "-c", str(constraints), *packages)

    return environment(home, python, [*packages, *pins, project], fill)
