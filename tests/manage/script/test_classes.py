"""A manager runs commands that are classes, after its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from insula import Insula
from insula.manage import Manager

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = """
from insula import current_app
from insula.manage import BaseCommand, CommandError
class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--fail", action="store_true")
    def handle(self, *args, fail, **options):
        if fail:
            raise CommandError("It failed.", returncode=4)
        return f"{current_app.name} {current_app.config.get('X')}"
"""


@pytest.fixture
def app(tmp_path: Path) -> Insula:
    """Return an application with commands."""
    commands = tmp_path / "management" / "commands"
    commands.mkdir(parents=True)
    for name in ("tell", "own_word"):
        (commands / f"{name}.py").write_text(COMMAND)
    return Insula("class_managed", root_path=str(tmp_path))


def run(manager: Manager, *words: str) -> Any:
    try:
        return manager.handle("manage.py", words)
    except SystemExit as exc:
        return exc.code


def test_class_is_run_after_the_managers_own(
    app: Insula, capsys: pytest.CaptureFixture[str]
) -> None:
    manager = Manager(app)
    manager.add_command("own-word", lambda: "own")
    assert run(manager, "tell") is None
    assert capsys.readouterr() == ("class_managed None\n", "")
    assert run(manager, "own_word") == "own"
    assert run(manager, "tell", "--fail") == 4
    assert capsys.readouterr() == ("", "Error: It failed.\n")
    assert run(manager, "tell", "--nope") == 2
    assert "(see 'manage.py tell --help')" in capsys.readouterr().err


def test_class_runs_on_what_the_managers_options_make(
    app: Insula, capsys: pytest.CaptureFixture[str]
) -> None:
    def make(x: int | None = None) -> Insula:
        app.config["X"] = x
        return app

    manager = Manager(make)
    manager.add_option("--x", type=int)
    assert run(manager, "--x", "3", "tell") is None
    assert capsys.readouterr().out == "class_managed 3\n"
    assert run(manager, "--x", "three", "tell") == 2
    assert "argument --x" in capsys.readouterr().err


def test_unknown_name_is_said_by_the_manager(
    app: Insula, capsys: pytest.CaptureFixture[str]
) -> None:
    for application in (app, None, Insula("json")):
        assert run(Manager(application), "nope") == 2
        assert "'nope' is not a command" in capsys.readouterr().err


def test_help_names_the_classes_of_an_application_that_is_there(
    app: Insula, capsys: pytest.CaptureFixture[str]
) -> None:
    for application, shown in ((app, True), (lambda: app, False)):
        run(Manager(application), "--help")
        text = capsys.readouterr().out
        assert ("In management/commands: own_word, tell\n" in text) is shown
    run(Manager(Insula("json")), "--help")
    assert "management/commands" not in capsys.readouterr().out
