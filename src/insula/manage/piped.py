"""Run what is piped into a shell, as ``python -`` does."""

from __future__ import annotations

import linecache
import traceback
from typing import Any

__all__ = ["run_program"]


def run_program(program: str, file: str, names: dict[str, Any]) -> int:
    """Run a program and return its exit code; an error of its own is shown.

    :param file: what tracebacks call it.
    :param names: what it has at hand.
    """
    names = {"__name__": "__main__", **names}
    # So that a traceback shows its lines.
    lines = program.splitlines(keepends=True)
    linecache.cache[file] = (len(program), None, lines, file)
    try:
        exec(compile(program, file, "exec", dont_inherit=True), names)  # noqa: S102 - as asked
    except Exception as exc:  # noqa: BLE001 - whatever the program raised
        # Without the frame of this function.
        tb = exc.__traceback__
        traceback.print_exception(exc.with_traceback(tb and tb.tb_next))
        return 1
    return 0
