"""Where the way of a request goes: calls and bytecodes of each floor.

    python -m benchmarks.floors [WORK ...]

Counts, with ``sys.settrace``, the bytecodes that one request of a warm application
executes, by the package they stand in; C functions are not seen. The counts depend on
the version of CPython and on nothing else: what is measured here can be compared
without a quiet machine. On CPython 3.11 a bytecode takes some 5 ns and a call some 45.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.beside.asking import Asking
from benchmarks.beside.works import WORKS

import insula

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["main"]

HOME = str(Path(insula.__file__).parent)


def floor_of(path: str) -> str:
    """Return the floor of the library, or what else a file belongs to."""
    if path.startswith(HOME):
        return path[len(HOME) + 1 :].partition("/")[0].removesuffix(".py")
    _, installed, package = path.rpartition("site-packages/")
    if installed:
        return package.partition("/")[0]
    return "the view and the caller" if "benchmarks" in path else "standard library"


def count(asking: Asking) -> tuple[Counter[str], Counter[str]]:
    """Return the calls and the bytecodes of one request, by floor."""
    calls: Counter[str] = Counter()
    codes: Counter[str] = Counter()

    def trace(frame: FrameType, event: str, _arg: object) -> Any:
        floor = floor_of(frame.f_code.co_filename)
        if event == "call":
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
            calls[floor] += 1
        elif event == "opcode":
            codes[floor] += 1
        return trace

    environ = asking.environ()
    sys.settrace(trace)
    try:
        asking.answer(environ)
    finally:
        sys.settrace(None)
    return calls, codes


def main() -> int:
    """Print a table for each work."""
    wanted = sys.argv[1:] or ["hello", "params", "json", "headers", "hooks", "session"]
    works = {work.name: work for work in WORKS}
    for name in wanted:
        calls, codes = count(Asking(works[name]))
        total = sum(codes.values())
        print(f"{works[name].title}: {sum(calls.values())} calls, {total} bytecodes")
        for floor, number in codes.most_common():
            print(
                f"  {floor:26}{calls[floor]:4} calls {number:6} {number / total:6.0%}"
            )
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
