"""`insula migrate`: what it prints, writes and returns."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from insula.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

APP = b"from flask import Flask, escape\r\n\r\napp = Flask(__name__)  # \xc3\xa9"
NEW = (
    b"from insula.flask import Flask\r\nfrom markupsafe import escape\r\n\r\n"
    b"app = Flask(__name__)  # \xc3\xa9"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a project, in which the command runs."""
    (tmp_path / "app.py").write_bytes(APP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run() -> Run:
    def invoke(*args: str) -> Result:
        return CliRunner().invoke(main, ["migrate", *args])

    return invoke


def patched(old: bytes, diff: bytes) -> bytes:
    """Apply a patch of one file as `patch` does."""
    lines, new, at = old.split(b"\n"), list[bytes](), 0
    for hunk in re.split(rb"^(?=@@)", diff, flags=re.MULTILINE)[1:]:
        head, *body = hunk.split(b"\n")[:-1]
        found = re.match(rb"@@ -(\d+)", head)
        assert found is not None
        start = int(found[1]) - 1
        new += lines[at:start]
        at = start
        for line in body:
            if line[:1] in {b" ", b"-"}:
                assert lines[at] == line[1:]
                at += 1
            if line[:1] in {b" ", b"+"}:
                new.append(line[1:])
    return b"\n".join(new + lines[at:])


def test_report_has_a_line_for_each_finding_and_a_sum(run: Run, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "b.py").write_text("import flask\nflask.safe_join\n")
    result = run()
    assert result.exit_code == 0
    first, second, *_ = result.stdout.splitlines()
    assert first == (
        "app.py:1: old: flask.escape was removed in Flask 3.0; write markupsafe.escape"
        " [--write]"
    )
    assert second.startswith(
        "sub/b.py:2: old: flask.safe_join was removed in Flask 2.1; "
    )
    assert "2 imports, 2 old names, in 2 files." in result.stdout
    assert "`insula migrate --diff` shows the change" in result.stdout
    assert (folder / "app.py").read_bytes() == APP


def test_write_changes_files_once_and_shows_what_is_left(
    run: Run, folder: Path
) -> None:
    result = run("--write")
    assert result.exit_code == 0
    assert result.stdout == "Rewrote 1 import, 1 old name, in 1 file.\n"
    assert (folder / "app.py").read_bytes() == NEW
    assert run("--write").stdout == "Nothing to rewrite.\n"
    assert run().stdout == "Nothing to do in 1 file.\n"
    assert run("--check").exit_code == 0


def test_write_shows_lines_of_the_new_files(run: Run, folder: Path) -> None:
    (folder / "app.py").write_text("from flask import g, Markup\nprint(app.env)\n")
    assert "app.py:3: old: flask.Flask.env" in run("--write").stdout


def test_write_exits_with_1_where_a_file_is_not_written(run: Run, folder: Path) -> None:
    (folder / "app.py").chmod(0o444)
    result = run("--write")
    assert result.exit_code == 1
    assert "app.py: unwritten: cannot be written: it is read-only" in result.stdout
    assert "Nothing to rewrite. Left: 1 import, 1 old name" in result.stdout


def test_check_lists_imports_too_and_exits_with_1(run: Run, folder: Path) -> None:
    result = run("--check")
    assert result.exit_code == 1
    assert "app.py:1: import: is insula.flask" in result.stdout
    (folder / "app.py").write_text("import threading\n")
    assert run("--check").exit_code == 0


def test_what_only_differs_does_not_fail_the_check(run: Run, folder: Path) -> None:
    (folder / "app.py").write_text(
        "from insula.flask import stream_with_context\nstream_with_context(x)\n"
    )
    result = run("--check")
    assert result.exit_code == 0
    assert "app.py:2: differs: teardown functions run once" in result.stdout


def test_diff_is_a_patch_byte_for_byte(run: Run, folder: Path) -> None:
    result = run("--diff")
    assert result.exit_code == 0
    diff = result.stdout_bytes
    assert diff.startswith(b"--- app.py\n+++ app.py\n@@ -1,3 +1,4 @@\n")
    assert diff.endswith(b"\\ No newline at end of file\n")
    assert patched(APP, diff) == NEW
    assert result.stderr == "1 import, 1 old name, in 1 file.\n"
    assert (folder / "app.py").read_bytes() == APP
    assert run("--diff", "--check").exit_code == 1


def test_json_is_one_object(run: Run, folder: Path) -> None:
    (folder / "requirements.txt").write_text("Flask-Login>=0.4\nFlask-Nobody\n")
    found = json.loads(run("--json").stdout)
    assert found["files"] == 2
    assert found["to_do"] == 2
    assert found["changes"] == ["app.py"]
    assert found["written"] == []
    assert found["findings"][0] == {
        "kind": "import",
        "file": "app.py",
        "line": 1,
        "cell": None,
        "name": "flask",
        "message": "is insula.flask; nothing else in the line changes",
        "rewritten": True,
    }
    login, nobody = found["extensions"]
    assert (login["name"], login["declared"], login["works"]) == (
        "Flask-Login",
        ">=0.4",
        True,
    )
    assert nobody["works"] is None
    assert (login["excludes_release"], nobody["excludes_release"]) == (False, None)
    written = json.loads(run("--json", "--write").stdout)
    assert written["written"] == ["app.py"]
    assert written["to_do"] == 0


def test_extensions_come_with_what_to_do_about_them(run: Run, folder: Path) -> None:
    (folder / "requirements.txt").write_text("Flask-Login>=0.4\nFlask-Nobody\n")
    text = run().stdout
    assert "requirements.txt:1: extension: Flask-Login works: 114 of its" in text
    assert "leaves out" not in text
    assert "requirements.txt:2: extension: Flask-Nobody - nothing is known" in text
    assert "Flask-Login and Flask-Nobody import flask themselves: start" in text
    assert "above the first import of them, in app.py." in text
    (folder / "a.py").write_text("import insula.flask\ninsula.flask.install()\n")
    assert "import flask themselves" not in run().stdout


def test_release_that_the_requirement_leaves_out_is_told_of(
    run: Run, folder: Path
) -> None:
    (folder / "requirements.txt").write_text("Flask-Login==0.4.1\n")
    assert "(release 0.6.3), which ==0.4.1 leaves out\n" in run().stdout


def test_excluded_paths_are_not_read(run: Run, folder: Path) -> None:
    (folder / "b.py").write_text("import flask\n")
    assert "1 import, in 1 file." in run("--exclude", "app.py,other").stdout
    assert run("--exclude", "app.py", "--exclude", "b*").stdout == (
        "Nothing to do in 0 files.\n"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--write", "--diff"), "--write changes files"),
        (("--write", "--check"), "--write changes files"),
        (("--diff", "--json"), "exclude each other"),
        (("nowhere",), "'nowhere' does not exist"),
    ],
)
def test_options_that_make_no_sense_are_refused_in_one_line(
    run: Run, folder: Path, options: tuple[str, ...], said: str
) -> None:
    result = run(*options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert (folder / "app.py").read_bytes() == APP
