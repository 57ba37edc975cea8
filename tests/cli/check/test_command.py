"""`insula check`: the command line, and whole applications."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import CliRunner
from tests.cli.check.shop import HEAD, ids, invoke

from insula.cli import ScriptInfo
from insula.cli.check import check_command
from insula.cli.check.findings import KINDS
from insula.cli.new.names import ProjectName
from insula.cli.new.scaffold import make_minimal, make_project

if TYPE_CHECKING:
    import pytest
    from tests.cli.check.shop import Check

ROOT = Path(__file__).parents[3]


def test_comment_silences_its_finding_and_no_other(check: Check) -> None:
    assert ids(check("app.debug = True  # insula: ignore[x]")) == ["debug-in-code"]
    assert not check("# insula: ignore[debug-in-code]\napp.debug = True")
    assert not check("app.debug = True  # insula: ignore[other, debug-in-code]")


def test_debug_in_production_is_an_error(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSULA_DEBUG", "1")
    assert ids(check("", "--production")) == ["debug-in-production"]
    assert not check("")


def test_ignore_option_leaves_findings_out(check: Check) -> None:
    text = 'app.debug = True\napp.add_url_rule("/a", "a")'
    assert len(check(text)) == 2
    assert ids(check(text, "--ignore", "debug-in-code")) == ["endpoint-without-view"]


def test_unknown_id_to_ignore_is_one_line(folder: Path) -> None:
    done = invoke(folder, "", "--ignore", "gone")
    assert done.exit_code == 2
    assert "there is no 'gone'; --list shows all ids" in done.output
    assert len(done.output.splitlines()) == 1


def test_finding_is_one_line_in_a_pipe(folder: Path) -> None:
    done = invoke(folder, "app.debug = True\n")
    line = HEAD.count("\n") + 1
    first, last = done.output.splitlines()
    assert first.startswith(f"shop.py:{line}: warning: Debug mode is turned on")
    assert first.endswith(
        "; leave it out and start with insula run --debug. [debug-in-code]"
    )
    assert last == "1 warning."
    assert done.exit_code == 0


def test_strict_counts_warnings(folder: Path) -> None:
    assert invoke(folder, "app.debug = True\n", "--strict").exit_code == 1


def test_nothing_found_says_what_was_looked_at(folder: Path) -> None:
    done = invoke(folder, "", "--strict")
    assert done.exit_code == 0
    assert done.output == "No mistakes found in 1 route, 0 templates and 1 module.\n"


def test_check_that_fails_does_not_hide_the_others(folder: Path) -> None:
    text = "app.debug = True\napp.template_context_processors = None\n"
    done = invoke(folder, text)
    assert "Warning: the checks of hooks were not finished" in done.output
    assert "[debug-in-code]" in done.output


def test_list_shows_every_id() -> None:
    done = CliRunner().invoke(check_command, ["--list"])
    assert done.exit_code == 0
    assert [line.split()[0] for line in done.output.splitlines()] == list(KINDS)
    assert max(map(len, done.output.splitlines())) <= 80


def test_every_id_has_a_test() -> None:
    files = Path(__file__).parent.glob("test_*.py")
    source = "".join(file.read_text("utf-8") for file in files)
    for name in KINDS:
        assert f'"{name}"' in source, name


def test_application_that_ends_the_program_is_a_finding(folder: Path) -> None:
    (folder / "ending.py").write_text("\nraise SystemExit('no\\n key')\n")
    done = CliRunner().invoke(check_command, [], obj=ScriptInfo("ending"))
    assert done.exit_code == 1
    first, _ = done.output.splitlines()
    assert first.startswith(
        "ending.py:2: error: Loading the application raises SystemExit: no key; mend"
    )


def test_application_that_is_not_insulas_is_one_line(folder: Path) -> None:
    (folder / "wsgi.py").write_text("def app(environ, start_response): return []\n")
    done = CliRunner().invoke(check_command, [], obj=ScriptInfo("wsgi:app"))
    assert done.exit_code == 2
    assert len(done.output.splitlines()) == 1
    assert "is no application of Insula's" in done.output


def test_application_elsewhere_is_looked_at_with_its_modules(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "here").mkdir()
    (folder / "elsewhere" / "part.py").write_text("async def f():\n    input()\n")
    (folder / "elsewhere" / "shop.py").write_text(f"import part\n{HEAD}")
    monkeypatch.chdir(folder / "here")
    path = str(folder / "elsewhere" / "shop.py")
    done = CliRunner().invoke(check_command, [], obj=ScriptInfo(path))
    assert "part.py:2: warning: input has every request" in done.output


def test_new_project_has_no_mistakes(folder: Path) -> None:
    make_project(ProjectName("my-shop"), folder / "my-shop")
    os.chdir(folder / "my-shop")
    done = CliRunner().invoke(check_command, ["--strict"], obj=ScriptInfo())
    assert done.exit_code == 0, done.output
    assert "3 routes, 3 templates and 4 modules" in done.output


def test_minimal_project_has_no_mistakes(folder: Path) -> None:
    make_minimal(ProjectName("shop"), folder / "shop.py")
    done = CliRunner().invoke(check_command, ["--strict"], obj=ScriptInfo("shop"))
    assert done.exit_code == 0, done.output


def test_notes_have_no_mistakes(folder: Path) -> None:
    shutil.copytree(ROOT / "examples" / "notes" / "notes", folder / "notes")
    done = subprocess.run(
        [sys.executable, "-m", "insula", "--app", "notes", "check", "--strict"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No mistakes found in 22 routes, 12 templates" in done.stdout
