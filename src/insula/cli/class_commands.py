"""Commands of ``management/commands`` on the command line.

They read their arguments with argparse, so click hands them over as they are. A module
is imported when its command is run, or its help is shown.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from copy import copy
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from insula.app.environment import get_debug_flag
from insula.cli.errors import LoadError
from insula.cli.find import NamedApp
from insula.cli.group import load_one
from insula.context import has_app_context
from insula.manage.classes.errors import CommandError
from insula.manage.classes.find import find_commands
from insula.manage.classes.settings import early_options, has_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insula.cli.script_info import ScriptInfo
    from insula.manage.classes.base import BaseCommand
    from insula.manage.classes.find import CommandModule

__all__ = [
    "ClassCommand",
    "class_command",
    "class_command_names",
    "commands_of",
    "take_early_options",
]


class ClassCommand(click.Command):
    """A command that is a class in a module.

    :param found: the module, which need not be imported yet.
    """

    def __init__(self, found: CommandModule) -> None:
        super().__init__(found.name, add_help_option=False)
        self._found = found

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return the first sentence of its help, or why there is none."""
        try:
            text = self._found.load()._describe()
        except Exception:  # noqa: BLE001 - whatever its code raised
            text = "(does not load; run it to see why)"
        self.help = text
        return super().get_short_help_str(limit)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Leave the arguments to the command."""
        ctx.args = list(args)
        return ctx.args

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[CompletionItem]:
        """Complete the options of the command; other words may be files."""
        del ctx
        if not incomplete.startswith("-"):
            return [CompletionItem(incomplete, type="file")]
        try:
            parser = self._found.load().create_parser("", self._found.name)
        except Exception:  # noqa: BLE001 - a prompt is no place for what its code raised
            return []
        return [
            CompletionItem(option, help=action.help)
            for action in parser._actions
            for option in action.option_strings
            if option.startswith(incomplete) and action.help != argparse.SUPPRESS
        ]

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        path = ctx.parent.command_path if ctx.parent is not None else ""
        if not has_app_context():
            ctx.with_resource(load_one(ctx).app_context())
        command = self._load()
        try:
            command.run_from_argv([path, self._found.name, *ctx.args])
        except CommandError as exc:
            # There is --traceback; click would print the message alone.
            click.echo(traceback.format_exc(), err=True, nl=False)
            ctx.exit(exc.returncode)

    def _load(self) -> BaseCommand:
        try:
            return self._found.load()
        except CommandError:
            raise
        except Exception as exc:
            if get_debug_flag():
                raise
            raise LoadError(f"Importing {self._found.module!r}", exc) from exc


def class_command(app: Any, name: str) -> ClassCommand | None:
    """Return a command of an application by its name."""
    found = find_commands(app).get(name)
    return None if found is None else ClassCommand(found)


def class_command_names(app: Any) -> list[str]:
    """Return the names of an application's commands."""
    return list(find_commands(app))


def commands_of(app: Any) -> click.Group:
    """Return ``app.cli``, with the commands that are classes where there are any."""
    group: click.Group = app.cli
    found = find_commands(app)
    if found:
        group = copy(group)
        classes = {name: ClassCommand(module) for name, module in found.items()}
        group.commands = {**classes, **group.commands}
    return group


def take_early_options(info: ScriptInfo, name: str, words: Sequence[str]) -> None:
    """Do what a command is told of settings and folders before the application is made.

    :param name: the command's.
    :param words: its arguments.
    """
    settings, folders = early_options(words)
    if settings is None and not folders:
        return
    places = [os.getcwd()]  # noqa: PTH109 - a text, as the others are
    if info.create_app is None:
        # It puts the folder of the application on the path, as loading it does.
        top = NamedApp(info.app_name or "app.py").module.partition(".")[0]
        spec = find_spec(top)
        places += (spec and spec.submodule_search_locations) or ()
    if has_command(name, [*places, sys.path[0]]):
        info.settings = settings
        sys.path[:0] = [folder for folder in folders if folder not in sys.path]
