"""`insula completion`, and what a shell is offered."""

from __future__ import annotations

import io
import subprocess
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from insula.cli.completion import answer
from insula.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOISY = """
import sys
from insula import Insula
print("noise")
print("noise", file=sys.stderr)
app = Insula(__name__)
app.add_url_rule("/a/b", "view.ab", lambda: "")
app.add_url_rule("/a/<x>", "view.ax", lambda x: x)
app.cli.command("refund")(lambda: None)
"""


@pytest.fixture
def offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[str]]:
    """Return what bash is offered for the last of some words."""
    (tmp_path / "completed.py").write_text(NOISY)
    (tmp_path / "made.py").write_text("def create_app():\n    raise ValueError\n")
    (tmp_path / "broken.py").write_text("x = (\n")
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("import flask\nweb = flask.Flask('x')\n")
    monkeypatch.chdir(tmp_path)
    for name in ("INSULA_APP", "FLASK_APP"):
        monkeypatch.delenv(name, raising=False)

    def ask(*words: str) -> list[str]:
        monkeypatch.setenv("COMP_WORDS", " ".join(["insula", *words]))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        out = io.StringIO()
        with redirect_stdout(out):
            assert answer(main, "bash_complete") == 0
        return [line for line in out.getvalue().splitlines() if line]

    return ask


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--app", "completed", "re"], ["plain,refund"]),
        (["--app", "completed", "confi"], ["plain,config"]),
        (["--app", "comp"], ["plain,completed:app"]),
        (["--app", "ma"], ["plain,made:create_app"]),
        (["--app", "pack"], ["plain,package:web"]),
        (["--app", "./x"], ["file,./x"]),
        (["--app", "completed", "routes", "view"], ["plain,view.ab", "plain,view.ax"]),
        (
            ["--app", "completed", "routes", "--match", "/a"],
            ["plain,/a/", "plain,/a/b"],
        ),
        (["--app", "completed", "config", "TEST"], ["plain,TESTING"]),
        (["--app", "completed", "routes", "--al"], ["plain,--all-methods"]),
        (["--app", "completed", "routes", "--sort", "e"], ["plain,endpoint"]),
        (["--app", "completed", "bench", "view"], ["plain,view.ab", "plain,view.ax"]),
        (["--app", "completed", "bench", "/a/b"], ["plain,/a/b"]),
        (["--app", "completed", "bench", "http"], []),
        (["run", "comp"], ["plain,completed:app"]),
        (
            ["--app", "completed", "check", "--ignore", "rule"],
            ["plain,rule-unreachable"],
        ),
        (["--app", "made", "config", "TEST"], []),
        (["--app", "nowhere", "rout"], ["plain,routes"]),
        (["completion", "z"], ["plain,zsh"]),
    ],
)
def test_shell_is_offered_what_fits(
    offered: Callable[..., list[str]],
    words: list[str],
    found: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert offered(*words) == found
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("instruction", ["bash", "bash_x", "tcsh_complete"])
def test_wrong_question_of_a_shell_is_refused(instruction: str) -> None:
    assert answer(main, instruction) == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_begins_with_how_to_use_it(
    shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")
    done = CliRunner().invoke(main, ["completion"], prog_name="insula")
    assert done.exit_code == 0
    assert done.output.startswith(f"# Completion for {shell}")
    assert f"insula completion {shell}" in done.output
    assert f"_INSULA_COMPLETE={shell}_complete" in done.output


def test_script_of_bash_is_one_that_bash_reads() -> None:
    script = CliRunner().invoke(main, ["completion", "bash"]).output
    asked = f"{script}\ncomplete -p insula"
    done = subprocess.run(
        ["bash", "-c", asked], capture_output=True, text=True, check=False
    )
    assert done.stdout.rstrip().endswith("_insula_completion insula")


def test_unknown_shell_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    done = CliRunner().invoke(main, ["completion"], prog_name="insula")
    assert done.exit_code == 2
    assert done.output.count("\n") == 1
    assert "name one of bash, zsh, fish" in done.output
