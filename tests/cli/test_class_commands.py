"""Commands that are classes, as ``insula`` runs and lists them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from insula.cli import ScriptInfo, main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

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


SETTINGS_OF_ONE = """
from insula import Insula
def create_app():
    app = Insula(__name__)
    app.config["DATABASE"] = "usual"
    app.config.update(CACHE="usual", OWN="own")
    app.config.from_mapping(CACHE="usual again")
    # What an extension does with the settings when it is connected.
    app.extensions["db"] = app.config["DATABASE"]
    return app
"""
SHOW_SETTINGS = """
from insula import current_app
from insula.manage import BaseCommand
class Command(BaseCommand):
    def handle(self, *args, **options):
        config = current_app.config
        kind, name, _ = config.origin("DATABASE")
        config["DATABASE"] += "!"  # they are the command's own now
        return " ".join([
            current_app.extensions["db"], config["DATABASE"], config["CACHE"],
            config["OWN"], kind, name,
        ])
"""


@pytest.fixture
def shop(folder: Path) -> Path:
    """Return the folder of a project that connects to what its settings name."""
    commands = folder / "early" / "management" / "commands"
    commands.mkdir(parents=True)
    (folder / "early" / "__init__.py").write_text(SETTINGS_OF_ONE)
    (commands / "show.py").write_text(SHOW_SETTINGS)
    (folder / "abroad.py").write_text(
        "DATABASE = 'abroad'\nCACHE = 'abroad'\n"
        "class Strict:\n    DATABASE = CACHE = 'strict'\n"
    )
    (folder / "wsgi.py").write_text("from early import create_app\n")
    return folder


@pytest.mark.parametrize(
    "app", [(), ("--app", "early"), ("--app", "early/__init__.py")]
)
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ((), "usual usual! usual again own code"),
        (("--settings", "abroad"), "abroad abroad! abroad own object abroad"),
        (
            ("--settings=abroad:Strict",),
            "strict strict! strict own object abroad.Strict",
        ),
    ],
)
def test_settings_hold_when_the_application_is_made(
    insula: Callable[..., CompletedProcess[str]],
    shop: Path,
    app: tuple[str, ...],
    settings: tuple[str, ...],
    said: str,
) -> None:
    done = insula(*app, "show", *settings)
    assert done.stderr == ""
    assert done.stdout.startswith(said)


def test_settings_that_cannot_be_imported_are_one_line(
    insula: Callable[..., CompletedProcess[str]], shop: Path
) -> None:
    done = insula("--app", "early", "show", "--settings", "nowhere_at_all")
    assert done.returncode == 2
    assert done.stderr == (
        "Error: --settings nowhere_at_all could not be imported: No module named"
        " 'nowhere_at_all'. Name a module, or a class in one as MODULE:NAME.\n"
    )


def test_settings_hold_in_a_manage_py(
    insula: Callable[..., CompletedProcess[str]], shop: Path
) -> None:
    (shop / "manage.py").write_text(
        "from insula.manage import execute_from_command_line\n"
        "from early import create_app\n"
        "execute_from_command_line(app=create_app)\n"
    )
    done = subprocess.run(
        [sys.executable, "manage.py", "show", "--settings", "abroad"],
        cwd=shop,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout == "abroad abroad! abroad own object abroad\n"


def test_pythonpath_is_looked_through_when_the_application_is_made(
    insula: Callable[..., CompletedProcess[str]], shop: Path
) -> None:
    (shop / "elsewhere").mkdir()
    (shop / "abroad.py").rename(shop / "elsewhere" / "abroad_too.py")
    (shop / "wsgi.py").write_text("import abroad_too\nfrom early import create_app\n")
    done = insula("show", "--pythonpath", "elsewhere", "--settings", "abroad_too")
    assert done.stderr == ""
    assert done.stdout.startswith("abroad abroad! abroad own object abroad_too")


def test_settings_of_a_click_command_are_its_own(
    insula: Callable[..., CompletedProcess[str]], shop: Path
) -> None:
    with (shop / "wsgi.py").open("a") as file:
        file.write(
            "import click\n"
            "app = create_app()\n"
            "@app.cli.command()\n"
            "@click.option('--settings')\n"
            "def seed(settings):\n"
            "    print(settings, app.config['DATABASE'])\n"
        )
    assert insula("seed", "--settings", "abroad").stdout == "abroad usual\n"
