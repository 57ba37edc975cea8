"""What isolation costs: locals, stacks and proxies, as ratios.

Each line is the time of one access divided by the time of one attribute of a
``threading.local``, measured in the same run: the rounds go through all lines in turn,
and the median of a line's rounds counts, so that a machine that slows down for a while
slows all of them. Werkzeug's ``local`` stands beside ours.

    python benchmarks/locals.py [rounds]
"""

from __future__ import annotations

import sys
import threading
from contextvars import ContextVar
from statistics import median
from timeit import Timer
from typing import Any, NamedTuple

from werkzeug import local as werkzeug

from insula import local as insula

LOOPS = 20_000
ROUNDS = 41


class Line(NamedTuple):
    """One access: what ours is written as, its bound, and Werkzeug's twin."""

    title: str
    code: str
    bound: float | None
    twin: str | None = None


LINES = [
    Line("threading.local attribute", "plain.name", None),
    Line("Local get", "local.name", 3.0, "w_local.name"),
    Line("Local set", "local.name = 1", None, "w_local.name = 1"),
    Line("IdentLocal get", "ident.name", None),
    Line("LocalStack.top", "stack.top", 2.5, "w_stack.top"),
    Line("LocalStack push + pop", "push(1); pop()", None, "w_push(1); w_pop()"),
    Line("proxy of a stack, attribute", "of_stack.name", 3.0, "w_of_stack.name"),
    Line("proxy of a ContextVar, attribute", "of_var.name", 3.0, "w_of_var.name"),
    Line("proxy of stack's attribute", "of_attr.real", None, "w_of_attr.real"),
    Line("proxy of a Local's name", "of_local.real", None, "w_of_local.real"),
    Line("proxy of a callable", "of_call.name", None, "w_of_call.name"),
    Line("proxy item: proxy[key]", "of_dict['k']", None, "w_of_dict['k']"),
    Line("bool(proxy)", "bool(of_stack)", None, "bool(w_of_stack)"),
]


class Thing:
    """Something to stand for."""

    def __init__(self) -> None:
        self.name = 1


def names() -> dict[str, Any]:
    """Return what the lines are written with."""
    thing = Thing()
    plain = threading.local()
    plain.name = 1
    var: ContextVar[Any] = ContextVar("bench")
    var.set(thing)
    known: dict[str, Any] = {"plain": plain, "bool": bool}
    ident = insula.IdentLocal()
    ident.name = 1
    known["ident"] = ident
    for prefix, kind in (("", insula), ("w_", werkzeug)):
        module: Any = kind
        local = module.Local()
        local.name = 1
        stack, dicts = module.LocalStack(), module.LocalStack()
        stack.push(thing)
        dicts.push({"k": 1})
        mine = {
            "local": local,
            "stack": stack,
            "push": module.LocalStack().push,
            "of_stack": stack(),
            "of_attr": stack("name"),
            "of_var": module.LocalProxy(var),
            "of_local": local("name"),
            "of_call": module.LocalProxy(lambda: thing),
            "of_dict": dicts(),
        }
        mine["pop"] = mine["push"].__self__.pop
        known.update({prefix + name: value for name, value in mine.items()})
    return known


def measure(rounds: int) -> dict[str, float]:
    """Return the median time of each piece of code, in nanoseconds."""
    known = names()
    codes = [code for line in LINES for code in (line.code, line.twin) if code]
    timers = {code: Timer(code, globals=known) for code in codes}
    times: dict[str, list[float]] = {code: [] for code in codes}
    for _ in range(rounds):
        for code, timer in timers.items():
            times[code].append(timer.timeit(LOOPS) / LOOPS * 1e9)
    return {code: median(found) for code, found in times.items()}


def main() -> int:
    """Print the table; fail when a bound is exceeded."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    times = measure(rounds)
    base = times["plain.name"]
    print(f"Python {sys.version.split()[0]}, {rounds} rounds of {LOOPS} accesses")
    print(f"1 = one attribute of a threading.local ({base:.0f} ns)\n")
    print(f"{'':34}{'insula':>8}{'bound':>8}{'werkzeug':>10}")
    failed = 0
    for line in LINES:
        ratio = times[line.code] / base
        bound = "" if line.bound is None else f"<= {line.bound}"
        twin = "" if line.twin is None else f"{times[line.twin] / base:.2f}"
        over = line.bound is not None and ratio > line.bound
        failed += over
        print(f"{line.title:34}{ratio:8.2f}{bound:>8}{twin:>10}{' OVER' * over}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
