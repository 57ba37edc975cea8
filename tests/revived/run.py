"""Run abandoned releases of extensions on the real Flask, and on the stand-in.

``make revived`` runs all of ``packages.py``, and some with ``REVIVED="flask-cache"``.
Each release is fetched with pip into ``.cache/revived``, into one environment with
today's Flask, Insula and releases of its age that it is used with. The program of
``programs`` that uses it runs there as it is, and by ``insula as-flask --legacy``; so
do the release's own tests, where it has some that a Python of today can run.

The run fails if a program runs on the real Flask (then the release is not broken), does
not on the stand-in, or if a test that passes on the one does not on the other. The
table replaces that of ``docs/legacy.md``.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.revived.packages import PACKAGES
from tests.suites.environments import (
    ROOT,
    clean_environment,
    environment,
    look_at,
    pip,
)
from tests.suites.outcomes import Outcome, read_report
from tests.suites.sources import CACHES, SuiteError, archive, download, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.revived.packages import Package
    from tests.suites.environments import Interpreter

__all__ = ["Row", "last_line", "main", "table", "update"]

CACHE = CACHES / "revived"
FLASK = "flask==3.1.3"
PYTEST = "pytest<9"
PAGE = ROOT / "docs" / "legacy.md"
PROGRAMS = Path(__file__).resolve().parent / "programs"
BEGIN, END = "<!-- revived -->\n", "<!-- end of revived -->\n"
HEAD = ("Release", "On Flask 3.1.3", "On Insula", "Its own tests: Flask", "Insula")
INSULA = ("-m", "insula", "as-flask", "--legacy")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    release: str
    on_flask: str
    on_insula: str
    tests_on_flask: str
    tests_on_insula: str
    is_revived: bool

    @property
    def cells(self) -> tuple[str, ...]:
        """The columns of the line."""
        return (
            self.release,
            self.on_flask,
            self.on_insula,
            self.tests_on_flask,
            self.tests_on_insula,
        )


def fill(package: Package, program: Path) -> None:
    """Install the release with what it is used with."""
    own = f"{package.name}=={package.release}"
    # Some ask for pkg_resources, which setuptools has up to here.
    wanted = [FLASK, PYTEST, "setuptools<70", own, *package.needs, *package.for_tests]
    pip(program, "install", *wanted)
    pip(program, "install", "-e", str(ROOT))


def python_of(package: Package, python: Interpreter) -> Path:
    """Return the Python of a release's environment."""
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    home = CACHE / "environments" / f"{package.key}-{python.tag}"
    made_of = [FLASK, PYTEST, repr(package), project]
    return environment(home, python, made_of, partial(fill, package))


def called(program: Path, *arguments: str, place: Path) -> tuple[int, str]:
    """Run Python, and return its status and what it printed."""
    try:
        done = subprocess.run(
            [str(program), "-W", "ignore", *arguments],
            cwd=place,
            env=clean_environment() | {"PYTHONWARNINGS": "ignore"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
    except subprocess.TimeoutExpired:
        return 1, "it took more than 300 s"
    return done.returncode, done.stdout


def last_line(said: str) -> str:
    """Return what an exception said at the end, without the place of the module."""
    lines = [line for line in said.splitlines() if line.strip()]
    return re.sub(r" \(/.*\)$", "", lines[-1]) if lines else "it said nothing"


def own_tests(package: Package, program: Path, start: Iterable[str]) -> Outcome:
    """Run the tests of a release; none if they could not begin."""
    wanted = f"{package.name}=={package.release}"
    packed = archive(
        CACHE / "sdist" / package.key, fetch=partial(download, wanted=wanted)
    )
    with unpacked(packed) as folder, TemporaryDirectory() as reports:
        report = Path(reports) / "report.xml"
        called(
            program,
            *start,
            *("-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", "."),
            *("-p", "no:cacheprovider", f"--junit-xml={report}", *package.tests),
            place=folder,
        )
        return read_report(report) if report.is_file() else Outcome()


def judged(package: Package, python: Interpreter) -> Row:
    """Run a release on both."""
    program = python_of(package, python)
    script = str(PROGRAMS / f"with_{package.key}.py")
    with TemporaryDirectory() as place:
        real, said = called(program, script, place=Path(place))
        ours, heard = called(program, *INSULA, script, place=Path(place))
    tests_on_flask = tests_on_insula = ""
    is_revived = real != 0 and ours == 0
    if ours:
        sys.stdout.write(heard)
    if package.tests:
        on_flask = own_tests(package, program, ())
        on_insula = own_tests(package, program, INSULA)
        tests_on_flask = str(on_flask) if on_flask.passed else "none begins"
        tests_on_insula = str(on_insula)
        is_revived = is_revived and on_flask.passed < on_insula.passed
        sys.stdout.writelines(f"  fails: {each}\n" for each in sorted(on_insula.failed))
    row = Row(
        f"{package.name} {package.release}",
        f"`{last_line(said)}`" if real else "runs",
        "runs" if ours == 0 else f"`{last_line(heard)}`",
        tests_on_flask,
        tests_on_insula,
        is_revived,
    )
    sys.stdout.write(f"{'; '.join(filter(None, row.cells))}\n")
    sys.stdout.flush()
    return row


def table(lines: Iterable[tuple[str, ...]]) -> str:
    """Lay out the lines, as a table of Markdown."""
    rule = tuple("---" for _ in HEAD)
    return "".join(f"| {' | '.join(line)} |\n" for line in [HEAD, rule, *lines])


def update(page: Path, lines: Iterable[tuple[str, ...]]) -> None:
    """Write the table into a page, between its marks."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(
            f"{page} has no place for the table: put the lines {BEGIN.strip()} and"
            f" {END.strip()} where it is to be."
        )
    page.write_text(before + begin + table(lines) + end + after, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Run the releases that are asked for; 1 if one is not revived."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", help="projects; all if none is named")
    parser.add_argument("--python", default=sys.executable, help="the interpreter")
    options = parser.parse_args(arguments)
    names = {name.lower() for name in options.names}
    wanted = [each for each in PACKAGES if not names or each.name.lower() in names]
    python = look_at(options.python)
    if python is None or not wanted:
        parser.error("there is no such Python, or no such package")
    rows = []
    failed = []
    for package in wanted:
        try:
            row = judged(package, python)
        except SuiteError as exc:
            sys.stdout.write(f"{package.name} DID NOT RUN: {exc}\n")
            failed.append(package.name)
            continue
        rows.append(row)
        if not row.is_revived:
            failed.append(package.name)
    sys.stdout.write(f"\n{table(row.cells for row in rows)}")
    if not names and len(rows) == len(PACKAGES):
        update(PAGE, [row.cells for row in rows])
    if failed:
        sys.stdout.write(f"not revived: {', '.join(failed)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
