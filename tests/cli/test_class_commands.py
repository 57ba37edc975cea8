"""Commands that are classes, as ``insula`` runs and lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from insula.cli import ScriptInfo, main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

COMMAND = """
from insula import current_app
from insula.manage import BaseCommand, CommandError
class Command(BaseCommand):
    help = "Tell where it is. And more."
    def add_arguments(self, parser):
        parser.add_argument("words", nargs="*")
        parser.add_argument("-A", "--app", action="store_true")
    def handle(self, *args, words, app, **options):
        if words == ["fail"]:
            raise CommandError("It failed.", returncode=4)
        self.stderr.write("careful")
        return f"{current_app.name} {words} {app}"
"""
APP = """
import click
from insula import Insula
app = Insula(__name__, root_path={!r})
@app.cli.command("both")
def both():
    click.echo("click's")
"""


@pytest.fixture
def info(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ScriptInfo:
    """Return what a command line knows of an application with commands."""
    commands = tmp_path / "management" / "commands"
    commands.mkdir(parents=True)
    for name in ("tell", "both", "routes", "check"):
        (commands / f"{name}.py").write_text(COMMAND)
    (commands / "broken.py").write_text("import nowhere_at_all")
    (commands / "_shared.py").write_text(COMMAND)
    names: dict[str, object] = {"__name__": "class_shop"}
    exec(compile(APP.format(str(tmp_path)), "class_shop.py", "exec"), names)  # noqa: S102 - a module of a user's
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", "false")
    monkeypatch.delenv("FLASK_DEBUG", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    return ScriptInfo(create_app=lambda: names["app"], load_dotenv_defaults=False)


@pytest.fixture
def run(info: ScriptInfo) -> Callable[..., Result]:
    """Run the command on that application."""

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(main, list(words), obj=info, prog_name="insula")

    return invoke


def test_class_is_run_with_all_its_arguments(run: Callable[..., Result]) -> None:
    done = run("tell", "-A", "a", "b")
    assert (done.exit_code, done.stdout) == (0, "class_shop ['a', 'b'] True\n")
    assert done.stderr == "careful\n"
    done = run("tell", "--", "--help")
    assert done.stdout == "class_shop ['--help'] False\n"


def test_help_of_the_class_is_its_own(run: Callable[..., Result]) -> None:
    done = run("tell", "--help")
    assert done.exit_code == 0
    assert done.stdout.startswith("usage: insula tell [-h] [-A] [--version]")


def test_command_error_is_one_line_and_its_exit_code(
    run: Callable[..., Result],
) -> None:
    done = run("tell", "fail")
    assert (done.exit_code, done.stderr) == (4, "Error: It failed.\n")
    done = run("tell", "fail", "--traceback")
    assert done.exit_code == 4
    assert done.stderr.startswith("Traceback")
    assert done.stderr.endswith("CommandError: It failed.\n")


def test_click_commands_go_first_and_those_imported_late_do_not(
    run: Callable[..., Result],
) -> None:
    assert run("both").stdout == "click's\n"
    assert run("routes").stdout.startswith("Endpoint")
    assert run("check").stdout == "class_shop [] False\n"


def test_commands_are_listed_with_their_help(run: Callable[..., Result]) -> None:
    done = run("--help")
    assert done.exit_code == 0
    listed = done.stdout.partition("Commands:\n")[2].splitlines()
    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in listed}
    assert lines["tell"] == "Tell where it is."
    assert lines["check"] == "Tell where it is."
    assert lines["broken"] == "(does not load; run it to see why)"
    assert "_shared" not in lines


def test_module_that_does_not_load_is_one_line(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run("broken")
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        "Error: Importing 'management.commands.broken' raised ModuleNotFoundError:"
        " No module named 'nowhere_at_all'"
    )
    assert line.endswith("line 1). With --debug you get the traceback.")
    monkeypatch.setenv("FLASK_DEBUG", "1")
    assert isinstance(run("broken").exception, ModuleNotFoundError)


def test_unknown_command_is_one_line_that_says_which_may_be_meant(
    run: Callable[..., Result],
) -> None:
    done = run("tlel")
    assert (done.exit_code, done.stderr) == (
        2,
        "Error: No such command 'tlel'; did you mean 'tell'? (see 'insula --help')\n",
    )
    assert run("_shared").stderr.startswith("Error: No such command '_shared'. (see")


@pytest.mark.parametrize(
    ("words", "incomplete", "found"),
    [
        (["tell"], "--ver", ["--version", "--verbosity"]),
        (["tell", "word"], "--ap", ["--app"]),
        (["tell"], "wo", ["wo"]),
        (["broken"], "--ver", []),
    ],
)
def test_options_are_completed(
    run: Callable[..., Result],
    words: list[str],
    incomplete: str,
    found: list[str],
    info: ScriptInfo,
) -> None:
    complete = ShellComplete(main, {"obj": info}, "insula", "_INSULA_COMPLETE")
    items = complete.get_completions(words, incomplete)
    assert [item.value for item in items] == found
