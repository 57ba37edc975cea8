"""Run applications on the real Flask and on Insula, and compare what they do.

``make applications`` runs all of ``rows``, and some with ``APPLICATIONS="httpbin"``.
Each is installed by pip from the registry into ``.cache/applications``, in two
environments of the same packages (see ``places.py``); started in each of the ways that
its users start it, on Insula with ``insula as-flask`` in front; and driven from outside
by the same script. Where a project's source distribution has tests, they run, too.

Whatever is not the same on both is printed, and the run ends with code 1; so it does if
a program does not start or what is done with it fails. A run of all that ends well
writes the tables into ``docs/applications.md``.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from selenium.common.exceptions import WebDriverException
from tests.e2e.applications import rows
from tests.e2e.applications.application import Stage
from tests.e2e.applications.outcome import HEAD, PAGE, Line, compared, table, write
from tests.e2e.applications.places import CACHE, both, version_of
from tests.e2e.applications.rates import rates
from tests.e2e.applications.starting import started
from tests.suites.environments import clean_environment, look_at
from tests.suites.outcomes import Outcome, read_report
from tests.suites.sources import SuiteError, archive, download, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.applications.application import Application, Facts, Way

__all__ = ["main"]


def applications() -> dict[str, Application]:
    """Return all that there are, by name."""
    found = {}
    for module in pkgutil.iter_modules(rows.__path__):
        row = importlib.import_module(f"{rows.__name__}.{module.name}").APPLICATION
        found[row.name] = row
    return found


def driven(way: Way, kind: str, program: Path, folder: Path) -> Facts:
    """Start an application in one environment, and do with it what is to be done."""
    folder.mkdir()
    with started(way, kind, program, folder) as running:
        base = f"http://127.0.0.1:{running.port}"
        try:
            facts = way.drive(Stage(base, program, folder, way.one_server))
        except (AssertionError, SuiteError, WebDriverException) as exc:
            raise SuiteError(
                f"{way.command} ({kind}): {type(exc).__name__}: {exc}\n"
                f"{running.log.read_text(errors='replace')[-4000:]}"
            ) from exc
        printed = running.log.read_text(errors="replace")
    return facts | {"tracebacks printed": printed.count("Traceback (most recent")}


def line_of(application: Application, way: Way, programs: dict[str, Path]) -> Line:
    """Drive one way on both sides, and say what came of it."""
    facts = {}
    with TemporaryDirectory(prefix="application-") as place:
        # One after the other in a folder of the same name, which pages may show.
        folder = Path(place) / "folder"
        for kind, program in programs.items():
            facts[kind] = driven(way, kind, program, folder)
            shutil.rmtree(folder)
    complaints = compared(facts["real"], facts["stand-in"])
    total = len(facts["real"])
    same = total - len(complaints)
    version = version_of(programs["real"], application.name)
    command = way.command.replace("{programs}/", "")
    command = command.replace("{port}", "PORT").replace("{folder}", "FOLDER")
    cells = (
        f"{application.name} {version}",
        f"`{command}`",
        way.done,
        f"{total} answers",
        "the same" if not complaints else f"{same} the same",
    )
    return Line(cells, complaints)


def tests_of(application: Application, programs: dict[str, Path]) -> Line:
    """Run an application's own tests on both sides."""
    version = version_of(programs["real"], application.name)
    wanted = f"{application.name}=={version}"
    packed = archive(CACHE / "sdist" / wanted, fetch=partial(download, wanted=wanted))
    outcomes: dict[str, Outcome] = {}
    for kind, program in programs.items():
        with unpacked(packed) as folder:
            report = folder.parent / "report.xml"
            start = ["-m", "insula", "as-flask"] if kind != "real" else []
            done = subprocess.run(
                [
                    *(str(program), *start, "-m", "pytest", application.tests),
                    *("-q", "-p", "no:cacheprovider", f"--junit-xml={report}"),
                ],
                cwd=folder,
                env=clean_environment(),
                capture_output=True,
                text=True,
                check=False,
            )
            if not report.is_file():
                raise SuiteError(f"{wanted}: no tests ({kind}):\n{done.stdout[-4000:]}")
            outcomes[kind] = read_report(report)
    real, ours = outcomes["real"], outcomes["stand-in"]
    complaints = [f"does not pass: {name}" for name in real.passed - ours.passed]
    if not real.passed:
        complaints.append("no test passes on Flask")
    cells = (
        f"{application.name} {version}",
        f"`python -m pytest {application.tests}`",
        "its own tests",
        str(real),
        str(ours),
    )
    return Line(cells, complaints)


def lines_of(application: Application, programs: dict[str, Path]) -> Iterator[Line]:
    """Do all that is to be done with an application."""
    if application.tests:
        yield tests_of(application, programs)
    for way in application.ways:
        yield line_of(application, way, programs)


def main() -> int:
    """Run what is asked for; return the exit code."""
    known = applications()
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "names", nargs="*", metavar="APPLICATION", help=", ".join(known)
    )
    parser.add_argument("--rounds", type=int, default=7, help="of requests per second")
    options = parser.parse_args()
    if unknown := set(options.names) - set(known):
        parser.error(f"no application {min(unknown)!r}; there are: {', '.join(known)}")
    python = look_at(sys.executable)
    assert python is not None, sys.executable
    lines: list[Line] = []
    failed = False
    for name in options.names or known:
        try:
            programs = both(known[name], python)
            for line in lines_of(known[name], programs):
                sys.stdout.write(f"{' / '.join(line.cells)}\n")
                sys.stdout.writelines(f"  {text}\n" for text in line.complaints)
                sys.stdout.flush()
                lines.append(line)
        except SuiteError as exc:
            sys.stdout.write(f"{name} FAILED: {exc}\n")
            failed = True
    said = f"{table(HEAD, [line.cells for line in lines])}\n"
    if options.rounds and "httpbin" in (options.names or known):
        said += rates(both(known["httpbin"], python), options.rounds)
    sys.stdout.write(f"\n{said}")
    failed = failed or any(line.complaints for line in lines)
    if options.rounds and not options.names and not failed:
        write(PAGE, said)
    sys.stdout.write("FAILED: see above\n" if failed else "ok\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
