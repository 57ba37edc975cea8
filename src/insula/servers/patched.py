"""Run a program with gevent's patches in place before anything else of it.

Rules of the file: run as a program (`python .../patched.py PROGRAM ARGS`), it imports
nothing of Insula, and nothing that the patches are for; the program does not notice
the detour: its arguments, its path and its `__main__` are what they would have been.

Theory. gevent makes code that waits give way to other greenlets by replacing what
`socket`, `ssl`, `threading`, `time` … hold. A module that has taken a function or a
lock from there before keeps the one that stops the whole process, and an `ssl` that is
patched late recurses for ever. The command `insula` has imported all that when it
learns what it is to do. So it does not patch: `start_patched` starts the same command
line anew, in the same process, by way of this file.

Sources: "Command line and environment" of Python's documentation; `gevent.monkey`.
"""

from __future__ import annotations

import os
import sys

__all__ = ["is_patched", "require_patches", "split_arguments", "start_patched"]


def is_patched() -> bool:
    """Tell whether gevent's patches are in place in this process."""
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and all(
        monkey.is_module_patched(name) for name in ("socket", "threading", "time")
    )


def require_patches(greenlets: int) -> None:
    """Raise `ServerError` where this process cannot serve with greenlets."""
    from insula.servers.errors import ServerError

    _require_gevent(greenlets)
    if not is_patched():
        raise ServerError(
            f"greenlets={greenlets} needs gevent's patches, put in place before"
            " anything else is imported, and this process has none; begin the program"
            " with the line `from gevent import monkey; monkey.patch_all()`, or serve"
            f" with `insula run --greenlets {greenlets}`."
        )


def start_patched(greenlets: int) -> None:
    """Start this very command anew with the patches; return where they are in place.

    Raises `ServerError` where gevent is missing or the command cannot be started again.
    """
    _require_gevent(greenlets)
    if is_patched():
        return
    command = [sys.executable, *_patched_arguments(greenlets)]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name == "posix":
        os.execv(command[0], command)  # noqa: S606 - our own command line
    import subprocess

    sys.exit(subprocess.call(command))  # noqa: S603 - our own command line


def _require_gevent(greenlets: int) -> None:
    from importlib.util import find_spec

    from insula.servers.errors import ServerError

    if find_spec("gevent") is None:
        raise ServerError(
            f"greenlets={greenlets} needs gevent, which is not installed; install it"
            " with `pip install 'insula[gevent]'`, or serve with threads."
        )


def _patched_arguments(greenlets: int) -> list[str]:
    from insula.servers.errors import ServerError

    options, program = split_arguments(sys.orig_argv[1:])
    if not program or program[0] in {"-", "-c"}:
        raise ServerError(
            f"greenlets={greenlets}: this program cannot be started again with"
            " gevent's patches (it was read from standard input or from -c); put it"
            " into a file, or patch in its first line."
        )
    return [*options, os.path.abspath(__file__), *program]  # noqa: PTH100 - see below


def split_arguments(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return the interpreter's own options, and the program with its arguments.

    The program is `-m` or `-c` and what it takes, or the path of a script.
    """
    index = 0
    while index < len(arguments):
        word = arguments[index]
        if word == "-" or not word.startswith("-"):
            break
        index += 1
        if word.startswith("--"):
            index += word == "--check-hash-based-pycs"
            continue
        # Letters may share a word, the last of them with what it takes: -Im, -Wignore.
        found = next((at for at, c in enumerate(word) if c in "cmWX"), None)
        if found is None:
            continue
        letter, value = word[found], word[found + 1 :]
        if letter in "cm":
            before = arguments[: index - 1] + [word[:found]] * (found > 1)
            return before, ["-" + letter, *[value] * bool(value), *arguments[index:]]
        index += not value
    return arguments[:index], arguments[index:]


def _run(program: list[str]) -> None:
    """Patch, and be the program."""
    # NOTE: before the first import: this folder has modules with common names.
    if not sys.flags.isolated and not getattr(sys.flags, "safe_path", False):
        module = program[0] == "-m"
        script = os.path.realpath(program[0])
        sys.path[0] = os.getcwd() if module else os.path.dirname(script)  # noqa: PTH109, PTH120 - `pathlib` is the program's to import
    from gevent import monkey

    monkey.patch_all()  # type: ignore[no-untyped-call]  # gevent is not fully typed
    import runpy

    if program[0] == "-m":
        sys.argv = program[1:]
        runpy.run_module(program[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = program
        runpy.run_path(program[0], run_name="__main__")


if __name__ == "__main__":
    _run(sys.argv[1:])
