"""Run the tests of extensions on the stand-in, and on the real Flask beside it.

``make ecosystem`` runs all of ``rows``, and some with ``ECOSYSTEM="flask-login"``. The
source distribution of each project's newest release is fetched with pip into
``.cache/ecosystem``, with two environments of the same packages (see ``places.py``).
Its own tests run in both, unpacked anew, with the same options and the same seed.

The run fails if a test that passes on the real Flask does not pass on the stand-in, and
names it. The lines of the table replace those of ``docs/ecosystem.md``.

The results on the real Flask are kept: they change with the environment, the archive
and the row only. ``--anew`` runs them again.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.ecosystem.known import keep_known
from tests.ecosystem.places import both, tests_archive
from tests.ecosystem.services import running
from tests.ecosystem.suite import Suite, all_suites, chosen
from tests.ecosystem.table import PAGE, Row, differences, table, update
from tests.suites.environments import Interpreter, clean_environment, look_at
from tests.suites.outcomes import Outcome, keep, kept, read_report
from tests.suites.sources import SuiteError, digest, unpacked

__all__ = ["command", "judged", "main"]

SEED = "20"


def command(suite: Suite, program: Path, kind: str, report: Path) -> list[str]:
    """Return the command that runs a suite, and writes a report."""
    start = [str(program), "-m"]
    start += ["pytest"] if kind == "real" else ["insula", "as-flask", "-m", "pytest"]
    left_out = [f"--deselect={test}" for test in suite.left_out]
    settings = ["-q", "--tb=short", f"--junit-xml={report}"]
    # A module that cannot be imported does not keep the others from being run.
    settings += ["--continue-on-collection-errors"]
    return [*start, *settings, *left_out, *suite.options, *suite.tests]


def ended(
    arguments: list[str], place: Path, env: dict[str, str], seconds: float
) -> str:
    """Run a command to its end, and return what it printed.

    :raises SuiteError: if it takes too long; what it started ends with it.
    """
    with subprocess.Popen(
        arguments,
        cwd=place,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            return process.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said = process.communicate()[0]
            raise SuiteError(
                f"{' '.join(arguments)} took more than {seconds} s:\n{said[-3000:]}"
            ) from None


def outcome_of(suite: Suite, program: Path, kind: str, packed: Path) -> Outcome:
    """Run a suite in one environment; what pytest printed is kept beside it."""
    home = program.parent.parent
    with (
        unpacked(packed) as folder,
        TemporaryDirectory(prefix="report-") as reports,
        running(suite.services) as variables,
    ):
        report = Path(reports) / "report.xml"
        env = clean_environment() | {
            "PATH": os.pathsep.join(
                [str(program.parent), os.environ.get("PATH", os.defpath)]
            ),
            "PYTHONHASHSEED": SEED,
            **suite.variables,
            **variables,
        }
        said = ended(
            command(suite, program, kind, report),
            folder / suite.folder,
            env,
            suite.seconds,
        )
        (home / "output.txt").write_text(said, encoding="utf-8")
        if not report.is_file():
            raise SuiteError(f"{suite.name} did not run ({kind}):\n{said[-6000:]}")
        return read_report(report)


def on_flask(suite: Suite, program: Path, packed: Path, *, anew: bool) -> Outcome:
    """Return what became of the tests on the real Flask; run them if need be."""
    how = command(suite, program, "real", Path("report.xml"))
    made_of = f"{digest(packed)} {SEED} {how} {suite!r}"
    name = hashlib.sha256(made_of.encode()).hexdigest()[:16]
    path = program.parent.parent / f"results-{name}.json"
    if anew or not path.is_file():
        keep({"real": outcome_of(suite, program, "real", packed)}, path)
    return kept(path)["real"]


def judged(suite: Suite, python: Interpreter, *, anew: bool) -> Row:
    """Run a suite on both; name what differs."""
    version, packed = tests_archive(suite)
    programs = both(suite, version, python)
    real = on_flask(suite, programs["real"], packed, anew=anew)
    ours = outcome_of(suite, programs["stand-in"], "stand-in", packed)
    said = differences(real, ours)
    sys.stdout.write(f"{suite.name} {version}: Flask: {real}; Insula: {ours}\n")
    sys.stdout.writelines(f"  {line}\n" for line in said)
    if said:
        home = programs["stand-in"].parent.parent
        sys.stdout.write(f"  see {home / 'output.txt'}\n")
    sys.stdout.flush()
    return Row(
        suite.name,
        version,
        len(real.all),
        len(real.passed),
        len(ours.passed),
        len(said),
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the suites that are asked for; 1 if there is a difference."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", help="projects; all if none is named")
    parser.add_argument("--python", default=sys.executable, help="the interpreter")
    parser.add_argument(
        "--anew", action="store_true", help="run on the real Flask even if it was"
    )
    options = parser.parse_args(arguments)
    suites = all_suites()
    try:
        wanted = chosen(options.names, suites)
    except LookupError as exc:
        parser.error(str(exc.args[0]))
    python = look_at(options.python)
    if python is None:
        parser.error(f"{options.python} is no Python")
    rows: dict[str, Row] = {}
    for suite in wanted:
        try:
            rows[suite.name] = judged(suite, python, anew=options.anew)
            update(PAGE, rows, [each.name for each in suites])
        except SuiteError as exc:
            sys.stdout.write(f"{suite.name} DID NOT RUN: {exc}\n")
    if rows:
        sys.stdout.write(f"\n{table(row.cells for row in rows.values())}")
        keep_known()
    missing = [suite.name for suite in wanted if suite.name not in rows]
    differing = [row.suite for row in rows.values() if row.difference]
    for what, names in {"did not run": missing, "differs": differing}.items():
        if names:
            sys.stdout.write(f"{what}: {', '.join(names)}\n")
    return 1 if missing or differing else 0


if __name__ == "__main__":
    sys.exit(main())
