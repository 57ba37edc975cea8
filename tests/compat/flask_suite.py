"""Run Flask's own tests on the stand-in, and on the real Flask beside it.

``make flask-suite``; ``make flask-suite-all`` does so with every Python on the machine.
The source distribution of the newest Flask 3.1.x is fetched with pip into
``.cache/flask-suite``, with two environments for each Python that have the same
packages: one with the real Flask, one with Insula. Werkzeug is the one of Flask's own
lock file. All of ``tests/`` and the tests of the examples run on both.

On the stand-in they run three times: as they are; with each request made by ASGI
(`by_asgi`); and with each view and hook a coroutine function besides (`by_task`). What
is different there by nature, `BY_NATURE` names.

The run fails if on the stand-in a test fails, be it that the real Flask fails it, too;
if one is skipped that is not skipped on the real Flask; if one is missing, or there are
more: so the numbers are the same. A test that fails on the real Flask alone is only
told.

The results on the real Flask are kept if no test failed: they change with the
environment and the archive only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tests.compat.flask_environments import flask_environment
from tests.compat.flask_source import flask_archive, locked_werkzeug
from tests.suites.environments import (
    Interpreter,
    clean_environment,
    interpreters,
    look_at,
)
from tests.suites.outcomes import Outcome, keep, kept, read_report
from tests.suites.sources import SuiteError, digest, unpacked, version_of

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["complaints", "judge", "without"]

# What holds nothing but tests, and where it runs.
SUITES = {"tests": ".", "tutorial": "examples/tutorial", "js": "examples/javascript"}
CELERY = (
    "import make_celery, task_app; app = task_app.create_app();"
    " assert app.test_client().get('/').status_code == 200;"
    " assert 'tasks.add' in str(app.url_map)"
)


# How the stand-in is called: as plugins of pytest say.
MODES = {
    "stand-in": (),
    "stand-in by ASGI": ("by_asgi",),
    "stand-in by tasks": ("by_asgi", "by_task"),
}
# What by ASGI must fail, and why.
BY_NATURE = {
    "tests.test_appctx::test_app_tearing_down_with_handled_exception_by_app_handler": (
        "an application context that is pushed around the client is the test's own: a"
        " request that runs on an event loop has one of its own, never another task's"
    ),
    "tests.test_appctx::test_app_tearing_down_with_unhandled_exception": "likewise",
    "tests.test_basic::test_baseexception_error_handling": (
        "KeyboardInterrupt would stop the event loop for everybody, and is raised to"
        " the server as the cause of a RuntimeError"
    ),
}
PLUGINS = Path(__file__).resolve().parent


def expected(kind: str, name: str) -> set[str]:
    """Return the tests of a suite that fail by nature where it runs so."""
    return set(BY_NATURE) if MODES.get(kind) and name == "tests" else set()


def run_suite(program: Path, kind: str, folder: Path, name: str) -> Outcome:
    """Run one suite; what it says of failures that are not expected is shown."""
    report = folder.parent / f"{name}.xml"
    start = [str(program), "-m"]
    start += ["pytest"] if kind == "real" else ["insula", "as-flask", "pytest"]
    plugins = MODES.get(kind, ())
    place = folder / SUITES[name]
    places = [str(place)] if name != "tests" else []
    done = subprocess.run(
        [
            *start,
            *["tests", "-q", "--tb=short", "-p", "no:cacheprovider"],
            f"--junit-xml={report}",
            *(f"-p{plugin}" for plugin in plugins),
        ],
        cwd=place,
        env={
            **clean_environment(),
            "PYTHONPATH": os.pathsep.join([*places, *([str(PLUGINS)] * bool(plugins))]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if not report.is_file():
        raise SuiteError(f"{name} did not run:\n{done.stdout}{done.stderr}")
    outcome = read_report(report)
    if outcome.failed - expected(kind, name):
        sys.stdout.write(f"-- {name} on the {kind}:\n{done.stdout[-6000:]}\n")
    if done.returncode and not outcome.failed:
        raise SuiteError(f"{name} ended with {done.returncode} on the {kind}.")
    return outcome


def run_celery(program: Path, kind: str, folder: Path) -> Outcome:
    """Import the example for Celery, and ask it for its page."""
    place = folder / "examples" / "celery"
    start = [str(program)]
    start += [] if kind == "real" else ["-m", "insula", "as-flask", "python"]
    done = subprocess.run(
        [*start, "-c", CELERY],
        cwd=place,
        env={
            **clean_environment(),
            "PYTHONPATH": f"{place / 'src'}{os.pathsep}{place}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.stdout.write(f"-- celery on the {kind}:\n{done.stderr}\n")
        return Outcome(failed={"import"})
    return Outcome(passed={"import"})


def run_all(program: Path, kind: str, packed: Path) -> dict[str, Outcome]:
    """Run everything; on the real Flask once for each environment and archive."""
    results_file = program.parent.parent / f"results-{digest(packed)}.json"
    if kind == "real" and results_file.is_file():
        return kept(results_file)
    with unpacked(packed) as folder:
        results = {
            name: run_suite(program, kind, folder, name)
            for name in SUITES
            # Its connections are those of SQLite, which belong to a thread.
            if (name, kind) != ("tutorial", "stand-in by tasks")
        }
        if not MODES.get(kind):
            results["celery"] = run_celery(program, kind, folder)
    if kind == "real" and not any(each.failed for each in results.values()):
        keep(results, results_file)
    return results


def complaints(real: Outcome, ours: Outcome) -> list[str]:
    """Say what keeps the stand-in from being as good as the real Flask.

    Where nothing is said, both had the same tests, none failed here, and all that
    passed there passed here.
    """
    said = [
        f"fails on the stand-in{' and on the real Flask' * (test in real.failed)}:"
        f" {test}"
        for test in sorted(ours.failed)
    ]
    for what, tests in {
        "is skipped on the stand-in only": ours.skipped - real.skipped,
        "is not there on the stand-in": real.all - ours.all,
        "is there on the stand-in only": ours.all - real.all - ours.failed,
    }.items():
        said += [f"{what}: {test}" for test in sorted(tests)]
    if not real.passed:
        said.append("no test passed on the real Flask: nothing is measured")
    return said


def without(outcome: Outcome, expected: Iterable[str]) -> tuple[Outcome, list[str]]:
    """Leave out the tests that are expected to fail; say which of them have not."""
    left = set(expected)
    rest = Outcome(outcome.passed - left, outcome.failed - left, outcome.skipped - left)
    said = [f"is expected to fail and does not: {t}" for t in left - outcome.failed]
    return rest, sorted(said)


def together(outcomes: Iterable[Outcome]) -> str:
    """Count the tests of all suites."""
    numbers: Counter[str] = Counter()
    for each in outcomes:
        for what in ("passed", "failed", "skipped"):
            numbers[what] += len(getattr(each, what))
    return ", ".join(f"{number} {what}" for what, number in numbers.items() if number)


def judge(packed: Path, python: Interpreter, werkzeug: str) -> str:
    """Run both with one Python, compare, and say the counts, last in one line."""
    flask = version_of(packed)
    results = {}
    for kind in ("real", *MODES):
        home = "real" if kind == "real" else "stand-in"
        program = flask_environment(home, python=python, werkzeug=werkzeug, flask=flask)
        results[kind] = run_all(program, kind, packed)
    real = results.pop("real")
    well = True
    sys.stdout.write(f"flask-{flask}, Werkzeug {werkzeug}, Python {python.tag}\n")
    for kind, suites in results.items():
        for name, ours in suites.items():
            sys.stdout.write(f"{name:10} real: {real[name]}; {kind}: {ours}\n")
            by_nature = expected(kind, name)
            ours, said = without(ours, by_nature)  # noqa: PLW2901 - the rest of it
            theirs, _ = without(real[name], by_nature)
            said += complaints(theirs, ours)
            well = well and not said
            if by_nature:
                sys.stdout.write(f"  expected by nature: {len(by_nature)} failures\n")
            sys.stdout.writelines(f"  {line}\n" for line in said)
            sys.stdout.writelines(
                f"  note: fails on the real Flask only: {test}\n"
                for test in sorted(theirs.failed - ours.failed)
            )
    counts = [f"real: {together(real.values())}"]
    counts += [f"{kind}: {together(each.values())}" for kind, each in results.items()]
    return f"{'; '.join(counts)}: {'ok' if well else 'FAILED'}"


def main() -> int:
    """Judge with the Pythons asked for; a line for each if there are more."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").partition("\n")[0],
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--python", default=sys.executable, help="the interpreter")
    which.add_argument("--all", action="store_true", help="every one on the machine")
    parser.add_argument("--werkzeug", help="another than that of Flask's lock file")
    options = parser.parse_args()
    chosen = interpreters() if options.all else [look_at(options.python)]
    lines = []
    for python in chosen:
        if python is None:
            parser.error(f"{options.python} is no Python")
        try:
            packed = flask_archive()
            werkzeug = options.werkzeug or locked_werkzeug(packed)
            word = judge(packed, python, werkzeug)
        except SuiteError as exc:
            sys.stdout.write(f"{exc}\n")
            word = "DID NOT RUN"
        sys.stdout.flush()
        lines.append(f"Python {python.tag:8} {word}")
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0 if all(line.endswith(" ok") for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
