"""Matching among 10, 1,000 and 100,000 rules; building; and Werkzeug's map beside it.

Times are of this run on this machine: read the ratios.
``python benchmarks/routing.py``; with a number, no more rules than that.
"""

from __future__ import annotations

import gc
import sys
import timeit
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from werkzeug.routing import Map, MapAdapter
from werkzeug.routing import Rule as WerkzeugRule

from insula.routing import Router, Rule, RuleMap, compile_matcher

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = (10, 1_000, 100_000)
# The most that a match may grow with the rules, and the seconds that it may take to add
# and to compile the most rules.
FLAT = 1.5
ROUNDS, LOOPS = 15, 4000
BUILDING = 5
SHAPES = (
    "/r{}/about",
    "/user{}/<name>",
    "/item{}/<int:id>",
    "/file{}/<path:rest>",
    "/r{}/<int:a>/x/<b>",
)
REQUESTS = {
    "static": ("/r{}/about", "GET"),
    "<name>": ("/user{}/ada", "GET"),
    "<int:id>": ("/item{}/42", "GET"),
    "<path:rest>": ("/file{}/a/b/c", "GET"),
    "404": ("/nothing{}/here", "GET"),
    "405": ("/item{}/42", "DELETE"),
}


def rules_of(kind: type[WerkzeugRule], size: int) -> list[WerkzeugRule]:
    return [
        kind(shape.format(number), endpoint=f"{shape}{number}", methods=["GET"])
        for number in range(size // len(SHAPES))
        for shape in SHAPES
    ]


def nanoseconds(call: Callable[[], object]) -> float:
    timer = timeit.Timer(call)
    number, _ = timer.autorange()
    return min(timer.repeat(5, max(1, number // 4))) / max(1, number // 4) * 1e9


def measure(
    matches: dict[int, Callable[[str, str], object]],
) -> tuple[dict[tuple[str, int], float], dict[tuple[str, int], float]]:
    """Return the nanoseconds of each request, and how often those of the fewest rules.

    All sizes are asked in turn, so that what disturbs a round disturbs all of it; the
    ratios are the medians of the rounds.
    """
    times: dict[tuple[str, int], list[float]] = {}
    first = min(matches)
    for name, (path, method) in REQUESTS.items():
        for _ in range(ROUNDS):
            for size, match in matches.items():
                target = path.format(size // len(SHAPES) // 2)
                took = timeit.timeit(lambda: match(target, method), number=LOOPS)  # noqa: B023  # called at once
                times.setdefault((name, size), []).append(took / LOOPS * 1e9)
    ratios = {
        (name, size): median(
            mine / base for mine, base in zip(found, times[name, first], strict=True)
        )
        for (name, size), found in times.items()
    }
    return {key: min(found) for key, found in times.items()}, ratios


def ask(adapter: MapAdapter, path: str, method: str) -> None:
    try:
        adapter.match(path, method, return_rule=True)
    except Exception:  # noqa: BLE001  # 404 and 405 are answers
        return


def main() -> int:
    """Print the tables; fail when a bound is exceeded."""
    worst = longest = 0.0
    theirs: dict[tuple[str, int], float] = {}
    matches: dict[int, Callable[[str, str], object]] = {}
    largest = [int(argument) for argument in sys.argv[1:]] or [SIZES[-1]]
    sizes = [size for size in SIZES if size <= largest[0]]
    print("seconds to    add Werkzeug's rules  add ours  add ours*  compile  compile*")
    for size in sizes:
        building = []
        for collecting in (True, False):
            (gc.enable if collecting else gc.disable)()
            start = perf_counter()
            rule_map = RuleMap(rules_of(Rule, size))
            added = perf_counter()
            compile_matcher(rule_map)
            building += [added - start, perf_counter() - added]
        gc.enable()
        # Last, for the collector visits whatever there is.
        start = perf_counter()
        url_map = Map(rules_of(WerkzeugRule, size))
        url_map.update()
        werkzeug = perf_counter() - start
        ours, compiled, ours_calm, compiled_calm = building
        longest = ours + compiled
        print(
            f"{size:<13,} {werkzeug:<21.3f} {ours:<9.3f} {ours_calm:<10.3f} "
            f"{compiled:<8.3f} {compiled_calm:.3f}"
        )
        router = Router(rule_map)
        adapter = url_map.bind("example.org")
        router.match("/", "GET")
        matches[size] = router.match
        number = size // len(SHAPES) // 2
        for name, (path, method) in REQUESTS.items():
            target = path.format(number)
            theirs[name, size] = nanoseconds(
                lambda: ask(adapter, target, method)  # noqa: B023  # called at once
            )
    times, ratios = measure(matches)
    print("*: with the garbage collector off")
    print(f"\n{'request':<14}", *(f"{f'{size:,} rules':>30}" for size in sizes))
    for name in REQUESTS:
        cells = []
        for size in sizes:
            time = times[name, size]
            to_first = ratios[name, size]
            worst = max(worst, to_first)
            to_map = theirs[name, size] / time
            cells.append(f"{time:7.0f} ns {to_first:5.2f}x {to_map:6.1f}x Map")
        print(f"{name:<14}", *(f"{cell:>30}" for cell in cells))
    print("\nx: to 10 rules; x Map: so many times as fast as Werkzeug's map.")
    print(f"flat: {worst:.2f}x at the most (<= {FLAT}){' OVER' * (worst > FLAT)}")
    slow = longest > BUILDING
    print(f"{sizes[-1]:,} rules: {longest:.1f} s (<= {BUILDING}){' OVER' * slow}")
    return 1 if worst > FLAT or slow else 0


if __name__ == "__main__":
    sys.exit(main())
