"""A run: where it finds Flask, what is kept of it, when it is given up."""

from __future__ import annotations

import io
import os
import sys
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.ecosystem.run import command, ended, main, on_flask, outcome_of
from tests.ecosystem.suite import Suite
from tests.suites.outcomes import Outcome
from tests.suites.sources import SuiteError

if TYPE_CHECKING:
    from pathlib import Path

TEST = """
import os

def test_stand_in():
    import flask
    assert "insula" in flask.__file__

def test_variables_and_folder():
    assert os.environ["GIVEN"] == "yes"
    assert os.environ["PYTHONHASHSEED"] == "20"
    assert os.path.basename(os.getcwd()) == "inner"

def test_left_out():
    assert False
"""
# Fewer plugins are read sooner.
QUICK = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
SUITE = Suite(
    "Some",
    tests=("test_some.py",),
    folder="inner",
    variables={"GIVEN": "yes", **QUICK},
    left_out={"test_some.py::test_left_out": "it fails"},
)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Return a program that is this Python, in a folder of its own."""
    path = tmp_path / "home" / "bin" / "python"
    path.parent.mkdir(parents=True)
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    path.chmod(0o755)
    return path


def packed(place: Path, text: str) -> Path:
    path = place / "some-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, content in {"test_some.py": text, "test_bad.py": "import x_"}.items():
            info = tarfile.TarInfo(f"some-1.0/inner/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content.encode()))
    return path


def test_suite_runs_where_flask_is_the_stand_in_or_what_is_installed(
    tmp_path: Path, program: Path
) -> None:
    archive = packed(tmp_path, TEST)

    ours = outcome_of(SUITE, program, "stand-in", archive)
    real = outcome_of(SUITE, program, "real", archive)

    both = {"test_some::test_stand_in", "test_some::test_variables_and_folder"}
    assert ours == Outcome(both)
    # There is no Flask for this Python.
    assert real.failed == {"test_some::test_stand_in"}
    assert "ModuleNotFoundError" in (tmp_path / "home" / "output.txt").read_text()


def test_module_that_cannot_be_imported_keeps_nothing_else_from_being_run(
    tmp_path: Path, program: Path
) -> None:
    suite = replace(SUITE, tests=(".",), variables=QUICK)

    outcome = outcome_of(suite, program, "stand-in", packed(tmp_path, TEST))

    assert outcome.passed == {"test_some::test_stand_in"}
    assert len(outcome.failed) == 2


def test_results_on_flask_are_kept_while_archive_and_row_are_the_same(
    tmp_path: Path, program: Path
) -> None:
    here = Outcome({"test_some::test_ran"})
    archive = packed(tmp_path, f"def test_ran(): open({str(tmp_path / 'n')!r}, 'a')")

    for anew in (False, False, True):
        (tmp_path / "n").unlink(missing_ok=True)
        assert on_flask(SUITE, program, archive, anew=anew) == here
        if not anew:
            ran = (tmp_path / "n").exists()

    assert not ran
    assert (tmp_path / "n").exists()
    (tmp_path / "n").unlink()
    archive = packed(tmp_path, f"def test_ran(): open({str(tmp_path / 'n')!r}, 'ab')")
    assert on_flask(SUITE, program, archive, anew=False) == here
    assert (tmp_path / "n").exists()


def test_run_that_writes_no_report_is_told_with_what_it_said(
    tmp_path: Path, program: Path
) -> None:
    suite = replace(SUITE, options=("--no-such-option",))

    with pytest.raises(SuiteError, match=r"(?s)Some did not run.*--no-such-option"):
        outcome_of(suite, program, "real", packed(tmp_path, TEST))


def test_run_that_takes_too_long_ends_with_all_that_it_started(tmp_path: Path) -> None:
    held = tmp_path / "held"
    os.mkfifo(held)
    reader = os.open(held, os.O_RDONLY | os.O_NONBLOCK)
    script = f"(echo child; sleep 60) > {held} & echo begun; wait"

    with pytest.raises(SuiteError, match=r"(?s)took more than 2 s.*begun"):
        ended(["/bin/sh", "-c", script], tmp_path, dict(os.environ), 2)

    # The end comes when nobody holds the other side.
    os.set_blocking(reader, True)
    said = [os.read(reader, 100), os.read(reader, 100)]
    os.close(reader)
    assert said == [b"child\n", b""]


def test_command_hands_the_row_to_pytest_on_both_alike(tmp_path: Path) -> None:
    suite = Suite("Some", options=("-x",), left_out={"a::b": "why"})
    report = tmp_path / "report.xml"

    real = command(suite, tmp_path, "real", report)
    ours = command(suite, tmp_path, "stand-in", report)

    assert ours[:6] == [str(tmp_path), "-m", "insula", "as-flask", "-m", "pytest"]
    assert real[:3] == [str(tmp_path), "-m", "pytest"]
    assert real[3:] == ours[6:]
    assert real[-3:] == ["--deselect=a::b", "-x", "tests"]


def test_suite_that_is_not_known_is_refused_before_anything_is_fetched(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["no-such-suite"])

    assert "There is no suite of no-such-suite" in capsys.readouterr().err
