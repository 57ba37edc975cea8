"""``insula as-flask``: run a program with Insula in the place of Flask.

The program is started anew, with a folder on ``PYTHONPATH`` whose ``sitecustomize``
puts the stand-in in place before anything else is imported. What the program starts in
its turn inherits the variable: reloader, workers, processes of ``multiprocessing`` and
every ``python`` of the same environment; ``python -I`` and one that is handed an
environment of its own do not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import click

__all__ = ["as_flask_command", "environment"]

_BOOT = Path(__file__).resolve().parent.parent / "flask" / "boot"


def environment() -> dict[str, str]:
    """Return the environment for a program that is to run on the stand-in."""
    boot = str(_BOOT)
    path = os.environ.get("PYTHONPATH", "")
    entries = [entry for entry in path.split(os.pathsep) if entry and entry != boot]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([boot, *entries])}


@click.command(
    "as-flask",
    short_help="Run a program with Insula in the place of Flask.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option("-m", "module", help="A module to run, as `python -m` does.")
@click.argument("args", nargs=-1, type=click.UNPROCESSED, metavar="[PROGRAM] [ARGS]...")
def as_flask_command(module: str | None, args: tuple[str, ...]) -> None:
    r"""Run a Python script, a module (-m) or a command, such as pytest.

    \b
      insula as-flask app.py
      insula as-flask -m mypackage
      insula as-flask pytest tests
    """
    if module is not None:
        command = [sys.executable, "-m", module, *args]
    elif args:
        command = [*_program(args[0]), *args[1:]]
    else:
        raise click.UsageError("Name a program to run: a script, -m MODULE, a command.")
    # The program decides for itself whether its app.run() serves.
    env = environment()
    env.pop("FLASK_RUN_FROM_CLI", None)
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        os.execvpe(command[0], command, env)  # noqa: S606 - what the user names
    sys.exit(subprocess.call(command, env=env))  # noqa: S603 - likewise


def _program(name: str) -> list[str]:
    """Return how to run a script or a command; Python's, with this interpreter."""
    if name in {"python", "python3"}:
        return [sys.executable]
    if name == "flask":
        return [sys.executable, "-m", "flask"]
    path = Path(name)
    if not (path.suffix == ".py" or path.exists()):
        found = shutil.which(name, path=sysconfig.get_path("scripts"))
        found = found or shutil.which(name)
        if found is None:
            raise click.UsageError(
                f"There is no script or command {name!r}, neither beside"
                f" {sys.executable} nor on PATH. A module is run with -m {name}."
            )
        path = Path(found)
    if path.suffix == ".py" or path.is_dir() or _is_python(path):
        return [sys.executable, str(path)]
    return [str(path)]


def _is_python(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.readline(512)
    return first.startswith(b"#!") and b"python" in first
