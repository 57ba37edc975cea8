"""The runner of commands: the application's own, functions and classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from insula import Insula

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = """
from insula import current_app
from insula.manage import BaseCommand, CommandError
class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("word")
    def handle(self, *args, word, **options):
        if word == "fail":
            raise CommandError("It failed.", returncode=4)
        return f"{word} in {current_app.name}"
"""


@pytest.fixture
def app(tmp_path: Path) -> Insula:
    """Return an application with a command of each kind."""
    commands = tmp_path / "management" / "commands"
    commands.mkdir(parents=True)
    (commands / "tell.py").write_text(COMMAND)
    (commands / "both.py").write_text(COMMAND)
    made = Insula("shop", root_path=str(tmp_path))
    made.cli.command("both")(lambda: click.echo("the function"))
    return made


def test_runner_runs_a_command_that_is_a_class(app: Insula) -> None:
    done = app.test_cli_runner().invoke(args=["tell", "hello"])
    assert (done.exit_code, done.output) == (0, "hello in shop\n")


def test_runner_runs_a_function_before_a_class_of_its_name(app: Insula) -> None:
    assert app.test_cli_runner().invoke(args=["both"]).output == "the function\n"


def test_runner_returns_the_code_of_a_class_that_fails(app: Insula) -> None:
    done = app.test_cli_runner().invoke(args="tell fail")
    assert (done.exit_code, done.output) == (4, "Error: It failed.\n")


def test_runner_leaves_the_commands_of_the_application_as_they_are(app: Insula) -> None:
    app.test_cli_runner().invoke(args=["tell", "hello"])
    assert list(app.cli.commands) == ["both"]
