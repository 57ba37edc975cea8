"""Run Flask's own tests on the stand-in, and on the real Flask beside it.

``make flask-suite``. The source distribution of the newest Flask 3.1.x is fetched with
pip into ``.cache/flask-suite``, with two environments that have the same packages: one
with the real Flask, one with Insula. Werkzeug is the one of Flask's own lock file. All
of ``tests/`` and the tests of the examples run on both; the run fails if a test that
passes on the real Flask does not pass, or is not there, on the stand-in, and if the
numbers of tests differ.

The results on the real Flask are kept: they change with the environment only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "flask-suite"
WANTED = "flask==3.1.*"
KEPT_FOR = 7 * 24 * 3600  # seconds until a newer Flask is looked for
# NOTE: Flask's tests import a name that later releases of pytest do not have.
PACKAGES = ["pytest<9.0.3", "asgiref", "greenlet", "python-dotenv", "celery"]
# What holds nothing but tests, and where it runs.
SUITES = {"tests": ".", "tutorial": "examples/tutorial", "js": "examples/javascript"}
CELERY = (
    "import make_celery, task_app; app = task_app.create_app();"
    " assert app.test_client().get('/').status_code == 200;"
    " assert 'tasks.add' in str(app.url_map)"
)


@dataclass
class Outcome:
    """The tests of one suite by what became of them."""

    passed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        text = f"{len(self.passed)} passed"
        for name in ("failed", "skipped"):
            if getattr(self, name):
                text += f", {len(getattr(self, name))} {name}"
        return text


def run(command: list[str], **options: object) -> None:
    """Run a command; its output is shown if it fails."""
    done = subprocess.run(  # type: ignore[call-overload]  # the options are run's own
        command, capture_output=True, text=True, check=False, **options
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def clean_environment() -> dict[str, str]:
    """Return the environment without what would lead Python elsewhere."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "FLASK_", "INSULA_", "PYTEST_"))
    } | {"PYTHONDONTWRITEBYTECODE": "1"}


def source() -> Path:
    """Return the folder of Flask's source distribution, fetched if need be."""
    archives = CACHE / "sdist"
    found = sorted(archives.glob("flask-*.tar.gz"), key=lambda p: p.stat().st_mtime)
    if not found or time.time() - found[-1].stat().st_mtime > KEPT_FOR:
        fresh = CACHE / "fetching"
        shutil.rmtree(fresh, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps"]
        command += ["--no-binary", "flask", "-d", str(fresh), WANTED]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode and not found:
            sys.exit(f"Flask's sources cannot be fetched:\n{done.stderr}")
        archives.mkdir(parents=True, exist_ok=True)
        for path in fresh.glob("flask-*.tar.gz"):
            shutil.copyfile(path, archives / path.name)
            found.append(archives / path.name)
        shutil.rmtree(fresh, ignore_errors=True)
    archive = found[-1]
    folder = CACHE / "source" / archive.name.removesuffix(".tar.gz")
    if not folder.is_dir():
        with tarfile.open(archive) as tar:
            tar.extractall(folder.parent, filter="data")
    return folder


def locked_werkzeug(folder: Path) -> str:
    """Return the Werkzeug that Flask's lock file names."""
    lock = (folder / "uv.lock").read_text(encoding="utf-8")
    found = re.search(r'name = "werkzeug"\nversion = "([^"]+)"', lock)
    if found is None:
        sys.exit(f"{folder / 'uv.lock'} names no Werkzeug; pass --werkzeug VERSION.")
    return found[1]


def environment(kind: str, *, python: str, werkzeug: str, flask: str) -> Path:
    """Return the interpreter of an environment, made if need be.

    :param kind: ``real`` or ``stand-in``.
    :param flask: the version of the real one.
    """
    tag = subprocess.check_output(
        [python, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"],
        text=True,
    ).strip()
    home = CACHE / "environments" / f"{kind}-{tag}-werkzeug-{werkzeug}"
    interpreter = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    product = [f"flask=={flask}"] if kind == "real" else ["-e", str(ROOT)]
    packages = [*product, f"werkzeug=={werkzeug}", *PACKAGES]
    pins = [
        line
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
        if not re.match(r"(?i)(pytest|werkzeug)==", line)
    ]
    made_of = "\n".join(
        [*packages, *pins, (ROOT / "pyproject.toml").read_text("utf-8")]
    )
    digest = hashlib.sha256(made_of.encode()).hexdigest()
    ready = home / "made-of"
    if not ready.is_file() or ready.read_text() != digest:
        shutil.rmtree(home, ignore_errors=True)
        run([python, "-m", "venv", str(home)], env=clean_environment())
        constraints = home / "constraints.txt"
        constraints.write_text("\n".join(pins))
        command = [str(interpreter), "-m", "pip", "install", "-q"]
        command += ["--disable-pip-version-check", "-c", str(constraints), *packages]
        run(command, env=clean_environment())
        ready.write_text(digest)
    return interpreter


def run_suite(interpreter: Path, kind: str, folder: Path, name: str) -> Outcome:
    """Run one suite; what it says of failures is shown."""
    report = interpreter.parent.parent / f"{name}.xml"
    report.unlink(missing_ok=True)
    start = [str(interpreter), "-m"]
    start += ["pytest"] if kind == "real" else ["insula", "as-flask", "pytest"]
    place = folder / SUITES[name]
    done = subprocess.run(
        [
            *start,
            *["tests", "-q", "--tb=short", "-p", "no:cacheprovider"],
            f"--junit-xml={report}",
        ],
        cwd=place,
        env={
            **clean_environment(),
            "PYTHONPATH": str(place) if name != "tests" else "",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if not report.is_file():
        sys.exit(f"{name} did not run:\n{done.stdout}{done.stderr}")
    if done.returncode:
        sys.stdout.write(f"-- {name} on the {kind}:\n{done.stdout[-6000:]}\n")
    outcome = Outcome()
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it just now
        test = f"{case.get('classname')}::{case.get('name')}"
        tags = {child.tag for child in case}
        if tags & {"failure", "error"}:
            outcome.failed.add(test)
        elif "skipped" in tags:  # and what was expected to fail
            outcome.skipped.add(test)
        else:
            outcome.passed.add(test)
    return outcome


def run_celery(interpreter: Path, kind: str, folder: Path) -> Outcome:
    """Import the example for Celery, and ask it for its page."""
    place = folder / "examples" / "celery"
    start = [str(interpreter)]
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


def run_all(interpreter: Path, kind: str, folder: Path) -> dict[str, Outcome]:
    """Run everything; on the real Flask once for each environment."""
    kept = interpreter.parent.parent / f"results-{folder.name}.json"
    if kind == "real" and kept.is_file():
        saved = json.loads(kept.read_text())
        return {
            name: Outcome(*(set(each) for each in sets)) for name, sets in saved.items()
        }
    results = {name: run_suite(interpreter, kind, folder, name) for name in SUITES}
    results["celery"] = run_celery(interpreter, kind, folder)
    if kind == "real":
        saved = {
            name: [sorted(each) for each in (o.passed, o.failed, o.skipped)]
            for name, o in results.items()
        }
        kept.write_text(json.dumps(saved))
    return results


def missing(real: Outcome, ours: Outcome) -> list[str]:
    """Return the tests that the stand-in does not pass though the real Flask does.

    Not to be there, deselected for one, is not to pass; and what fails or is skipped
    here alone counts, too.
    """
    only_here = (ours.failed - real.failed) | (ours.skipped - real.skipped)
    return sorted((real.passed - ours.passed) | only_here)


def main() -> int:
    """Run both, compare, and say the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable, help="the interpreter")
    parser.add_argument("--werkzeug", help="another than that of Flask's lock file")
    options = parser.parse_args()
    folder = source()
    werkzeug = options.werkzeug or locked_werkzeug(folder)
    results = {}
    for kind in ("real", "stand-in"):
        interpreter = environment(
            kind,
            python=options.python,
            werkzeug=werkzeug,
            flask=folder.name.removeprefix("flask-"),
        )
        results[kind] = run_all(interpreter, kind, folder)
    wrong = 0
    sys.stdout.write(f"{folder.name}, Werkzeug {werkzeug}, {options.python}\n")
    for name, real in results["real"].items():
        ours = results["stand-in"][name]
        sys.stdout.write(f"{name:10} real: {real}; stand-in: {ours}\n")
        missed = missing(real, ours)
        for test in missed:
            sys.stdout.write(f"  not on the stand-in: {test}\n")
        wrong += len(missed)
    return 1 if wrong or not results["real"]["tests"].passed else 0


if __name__ == "__main__":
    sys.exit(main())
