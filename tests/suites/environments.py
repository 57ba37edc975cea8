"""The interpreters on this machine, and environments for suites of others."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.suites.sources import SuiteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "ROOT",
    "Interpreter",
    "candidates",
    "clean_environment",
    "environment",
    "interpreters",
    "look_at",
    "pip",
    "program_of",
    "run",
]

ROOT = Path(__file__).resolve().parents[2]
OLDEST = (3, 10)

_WHAT = """
import json, sys, sysconfig
print(json.dumps([
    sys.version_info[:3],
    sys.implementation.name,
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    getattr(sys, "_base_executable", sys.executable),
]))
"""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python: where it is, and what sets it apart from the others."""

    path: str
    version: tuple[int, ...]
    tag: str


def clean_environment() -> dict[str, str]:
    """Return the environment without what would lead Python elsewhere."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "FLASK_", "INSULA_", "PYTEST_"))
    } | {"PYTHONDONTWRITEBYTECODE": "1"}


def run(command: list[str]) -> str:
    """Run a command in the clean environment, and return what it prints.

    :raises SuiteError: if it fails; the text has its output.
    """
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=clean_environment()
    )
    if done.returncode:
        raise SuiteError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def look_at(path: str | Path) -> Interpreter | None:
    """Ask a program which Python it is; None if it is none."""
    try:
        done = subprocess.run(
            [path, "-c", _WHAT],
            capture_output=True,
            text=True,
            check=False,
            env=clean_environment(),
            timeout=60,
        )
        version, implementation, free_threaded, base = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None  # a shim of pyenv's for a version that is not chosen, for one
    tag = ".".join(map(str, version)) + "t" * free_threaded
    if implementation != "cpython":
        tag = f"{implementation}-{tag}"
    return Interpreter(base, tuple(version), tag)


def candidates(path: str, pyenv: Path) -> list[Path]:
    """List what by its name and place is a Python: on a path, and pyenv's.

    :param path: folders, as in the variable ``PATH``.
    :param pyenv: pyenv's root, which need not be there.
    """
    folders = [Path(entry) for entry in path.split(os.pathsep) if entry]
    folders += sorted(pyenv.glob("versions/*/bin"))
    return [
        file
        for folder in folders
        if folder.is_dir()
        for file in sorted(folder.glob("python3.*"))
        if re.fullmatch(r"python3\.\d+t?(\.exe)?", file.name)
    ]


def interpreters(found: Iterable[Path] | None = None) -> list[Interpreter]:
    """Find every Python that Insula supports; one of each release."""
    if found is None:
        home = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
        found = [
            Path(sys.executable),
            *candidates(os.environ.get("PATH", os.defpath), home),
        ]
    kinds: dict[str, Interpreter] = {}
    for each in map(look_at, found):
        if each is not None and each.version >= OLDEST:
            kinds.setdefault(each.tag, each)
    return sorted(kinds.values(), key=lambda each: (each.version, each.tag))


def program_of(home: Path) -> Path:
    """Return the Python of an environment."""
    return home / ("Scripts" if os.name == "nt" else "bin") / "python"


def pip(program: Path, *arguments: str) -> None:
    """Run a command of pip for an environment.

    Not every Python brings a pip; this one's serves them all.
    """
    command = [sys.executable, "-m", "pip", "--python", str(program)]
    run([*command, *arguments, "-q", "--disable-pip-version-check"])


def environment(
    home: Path,
    python: Interpreter,
    made_of: Iterable[str],
    fill: Callable[[Path], None],
) -> Path:
    """Return the program of an environment, made if need be.

    :param made_of: what it is to be made of; made anew where that is not what it was.
    :param fill: installs that, for the program it is given.
    """
    text = "\n".join([python.path, *made_of])
    digest = hashlib.sha256(text.encode()).hexdigest()
    program = program_of(home)
    ready = home / "made-of"
    if not ready.is_file() or ready.read_text() != digest:
        shutil.rmtree(home, ignore_errors=True)
        run([python.path, "-m", "venv", "--without-pip", str(home)])
        fill(program)
        ready.write_text(digest)
    return program
