"""``insula as-flask``: run a program with Insula in the place of Flask.

The program is started anew, with a folder on ``PYTHONPATH`` whose ``sitecustomize``
puts the stand-in in place before anything else is imported. What the program starts in
its turn inherits the variable: reloader, workers, processes of ``multiprocessing`` and
every ``python`` of the same environment; ``python -I`` and one that is handed an
environment of its own do not. A folder on ``PATH`` has a command ``flask`` for it.

Rules: nothing else of the environment changes, so the command is handed its arguments
before ``insula`` reads files of variables or loads plugins (see
:mod:`insula.cli.main`). A word is looked for where a shell would: a path is that path,
a script's name a file of the current folder, any other a command first.

Sources: "Command line and environment" of Python's documentation; POSIX.1, "Command
Search and Execution".
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import click

from insula.cli.errors import BriefCommand

__all__ = ["as_flask_command", "environment"]

_BOOT = Path(__file__).resolve().parent.parent / "flask" / "boot"
_SCRIPTS = frozenset({".py", ".pyw", ".pyz", ".pyzw"})
_ZIP = b"PK\x03\x04"


def environment(*, legacy: bool = False) -> dict[str, str]:
    """Return the environment for a program that is to run on the stand-in.

    :param legacy: it is to have the old names of Werkzeug and of others, too.
    """
    env = {
        **os.environ,
        "PYTHONPATH": _in_front(_BOOT, os.environ.get("PYTHONPATH", "")),
    }
    if os.name == "posix":
        env["PATH"] = _in_front(_BOOT / "bin", os.environ.get("PATH", os.defpath))
        # With this one the command `flask` runs.
        env["_INSULA_PYTHON"] = sys.executable
    if legacy:
        env["INSULA_LEGACY"] = "1"
    return env


def _in_front(folder: Path, path: str) -> str:
    # An empty entry is the current folder, an empty path none at all.
    entries = path.split(os.pathsep) if path else []
    own = str(folder)
    return os.pathsep.join([own, *(entry for entry in entries if entry != own)])


class _Handover(BriefCommand):
    """A command whose arguments, from the program's name on, are the program's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments: what follows a module is the module's, too."""
        start = end = 0
        while args[start:] and args[start] == "--legacy":
            start += 1
        if args[start:] and args[start].startswith("-m"):
            end = start + (2 if args[start] == "-m" else 1)
        if 0 < end < len(args):
            args = [*args[:end], "--", *args[end:]]
        return super().parse_args(ctx, args)


@click.command(
    "as-flask",
    cls=_Handover,
    help="""Run a Python script, a module (-m) or a command, such as pytest.

    \b
      insula as-flask app.py
      insula as-flask -m mypackage
      insula as-flask pytest tests

    All that follows is handed to it, and it has the environment that it would have
    without: no .env file is read.

    A program of the days of Flask 0.12 to 2.x may want old names of Werkzeug, Jinja
    and others; --legacy (or INSULA_LEGACY=1) brings them back.
    """,
    short_help="Run a program with Insula in the place of Flask.",
    context_settings={"allow_interspersed_args": False},
)
@click.option(
    "-m", "module", metavar="MODULE", help="A module to run, as `python -m` does."
)
@click.option(
    "--legacy", is_flag=True, help="Bring back old names of Werkzeug and of others."
)
@click.argument("args", nargs=-1, type=click.UNPROCESSED, metavar="[PROGRAM] [ARGS]...")
@click.pass_context
def as_flask_command(
    ctx: click.Context, /, module: str | None, args: tuple[str, ...], *, legacy: bool
) -> None:
    """Run a script, a module or a command; help for the terminal is set above."""
    if ctx.parent is not None:
        raise click.UsageError(
            "as-flask is the first word after the command's own name: what stands"
            " before it does not reach the program. Hand options to the program."
        )
    if module is not None:
        command = [sys.executable, "-m", module, *args]
    elif args:
        command = [*_program(args[0]), *args[1:]]
    else:
        raise click.UsageError("Name a program to run: a script, -m MODULE, a command.")
    env = environment(legacy=legacy)
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        if os.name == "posix":
            os.execve(command[0], command, env)  # noqa: S606 - what the user names
        sys.exit(subprocess.call(command, env=env))  # noqa: S603 - likewise
    except OSError as exc:
        raise click.ClickException(
            f"{command[0]!r} cannot be run: {exc.strerror}."
        ) from None


def _program(name: str) -> list[str]:
    """Return how to run a script or a command; Python's, with this interpreter."""
    if name in {"python", "python3"}:
        return [sys.executable]
    if name == "flask":
        return [sys.executable, "-m", "flask"]
    path = Path(name)
    here = path.exists()
    is_path = os.path.basename(name) != name  # noqa: PTH119 - Path drops the "./"
    if not is_path and not (here and path.suffix in _SCRIPTS):
        found = shutil.which(name, path=sysconfig.get_path("scripts"))
        found = found or shutil.which(name)
        if found is not None:
            return [sys.executable, found] if _is_python(found) else [found]
    if not here:
        raise click.UsageError(
            f"There is no script or command {name!r}, neither beside"
            f" {sys.executable} nor on PATH. A module is run with -m."
        )
    if _is_python(name):
        return [sys.executable, name]
    # Without a folder in front it would be looked for on PATH.
    return [name if is_path else os.path.join(os.curdir, name)]  # noqa: PTH118 - likewise


def _is_python(name: str) -> bool:
    """Tell whether a file or a folder is one that Python runs."""
    path = Path(name)
    if path.suffix in _SCRIPTS or path.is_dir():
        return True
    try:
        with path.open("rb") as file:
            first = file.readline(512)
        if first.startswith(b"#!"):
            return b"python" in first
        return first.startswith(_ZIP) or not os.access(path, os.X_OK)
    except OSError:
        # Whoever runs it says why it cannot be read.
        return False
