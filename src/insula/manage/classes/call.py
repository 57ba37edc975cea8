"""Run a command: from code, and from a program of the user's, ``manage.py``.

From code, what its arguments are called there (their ``dest``) are keyword arguments,
with the values that ``handle`` is to have; a text goes through the ``type=`` of its
argument, as a text on the command line would. The parser reads the positional arguments
and fills in defaults.
"""

from __future__ import annotations

import argparse
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insula._core import late
from insula.context import has_app_context
from insula.manage.classes.base import BaseCommand
from insula.manage.classes.errors import CommandError
from insula.manage.classes.find import find_commands
from insula.manage.classes.settings import early_options
from insula.proxies import current_app

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from insula.manage.classes.parser import CommandParser

__all__ = ["call_command", "execute_from_command_line"]


def call_command(command_name: str | BaseCommand, /, *args: Any, **options: Any) -> Any:
    """Run a command of the current application and return what it returned.

    :param command_name: its name, or a command itself.
    :param args: words of its command line; lists of words and other values, too.
    :param options: arguments by ``dest`` or by the name of the option, and
        ``stdout`` and ``stderr``, streams to write to.
    :raises CommandError: whatever the command ends with; wrong arguments, too.
    :raises TypeError: for an option that it does not have.
    """
    if isinstance(command_name, BaseCommand):
        command = command_name
        name = type(command).__module__.rpartition(".")[2]
    else:
        name = command_name
        command = _command(name)
    parser = command.create_parser("", name)
    given = _by_dest(command, parser, name, options)
    words = [
        str(word)
        for arg in args
        for word in (arg if isinstance(arg, (list, tuple)) else (arg,))
    ]
    values = vars(parser.parse_args(words))
    values.update(given)
    # Checks are for who starts a program, not for each step of it.
    if "skip_checks" not in options:
        values["skip_checks"] = True
    positional = values.pop("args", ())
    return command.execute(*positional, **values)


def _command(name: str) -> BaseCommand:
    if not has_app_context():
        raise CommandError(
            f"No application is current, so {name!r} cannot be found; call it in"
            " 'with app.app_context():'."
        )
    commands = find_commands(current_app)
    if name not in commands:
        close = get_close_matches(name, commands, n=1)
        known = f"did you mean {close[0]!r}?" if close else "it has "
        if not close:
            known += ", ".join(sorted(commands)) or "none"
            known += "."
        raise CommandError(
            f"There is no command {name!r} in the management/commands folders of"
            f" {current_app.name!r}; {known}"
        )
    return commands[name].load()


def _by_dest(
    command: BaseCommand, parser: CommandParser, name: str, options: dict[str, Any]
) -> dict[str, Any]:
    """Return the options by ``dest``, and have the parser no longer ask for them."""
    actions = {action.dest: action for action in parser._actions}
    names = {
        text.lstrip("-").replace("-", "_"): action.dest
        for action in parser._actions
        for text in action.option_strings
    }
    nested = _dests_below(parser)
    stealth = {*command.base_stealth_options, *command.stealth_options}
    given: dict[str, Any] = {}
    for key, value in options.items():
        # A dest counts before an option of another argument that has the same name.
        dest = key if key in actions else names.get(key, key)
        if dest in actions:
            given[dest] = _value(parser, actions[dest], value)
        elif dest in stealth or dest in nested:
            given[dest] = value
        else:
            valid = sorted({*actions, *names, *nested, *stealth} - {"help", "version"})
            raise TypeError(
                f"The command {name!r} has no option {key!r}; it has"
                f" {', '.join(valid)}."
            )
    _exclude(parser, given)
    for action in [action for action in parser._actions if action.dest in given]:
        action.required = False
        parser.missing_args_message = None
        if not action.option_strings:
            parser._actions.remove(action)
    return given


def _dests_below(parser: argparse.ArgumentParser) -> set[str]:
    """Return the arguments of commands below a command."""
    found: set[str] = set()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                found.update(other.dest for other in below._actions)
                found |= _dests_below(below)
    return found


def _value(parser: CommandParser, action: argparse.Action, value: Any) -> Any:
    """Return a value as the command line would have given it."""
    if isinstance(action, argparse._SubParsersAction):
        return value
    values = value if isinstance(value, (list, tuple)) else [value]
    try:
        read = [
            parser._get_value(action, item) if isinstance(item, str) else item
            for item in values
        ]
        for item in read:
            if action.choices is not None and not (item is None or item == []):
                parser._check_value(action, item)
    except argparse.ArgumentError as exc:
        parser.error(str(exc))
    return type(value)(read) if isinstance(value, (list, tuple)) else read[0]


def _exclude(parser: CommandParser, given: dict[str, Any]) -> None:
    """Look at arguments of which one may be given, and those of which one must."""
    for group in parser._mutually_exclusive_groups:
        chosen = {
            action.dest: None
            for action in group._group_actions
            if given.get(action.dest) not in (None, action.default)
        }
        if len(chosen) > 1:
            parser.error(f"{' and '.join(chosen)} exclude each other; give one.")
        if any(action.dest in given for action in group._group_actions):
            group.required = False


def execute_from_command_line(
    argv: Sequence[str] | None = None, app: str | Callable[..., Any] | None = None
) -> None:
    """Be the program ``manage.py``: all that ``insula`` does, for one application.

    Beside its commands there are ``help [NAME]`` and ``version``. The program ends
    here if the command fails.

    :param argv: the program and its words; ``sys.argv`` by default.
    :param app: the application, a factory, or an import string of either; by default
        the one that the environment names, as for ``insula``.
    """
    words = list(sys.argv if argv is None else argv)
    program, words = Path(words[0]).name, words[1:]
    for folder in early_options(words)[1]:
        sys.path.insert(0, folder)
    if words[:1] == ["help"]:
        words = [*words[1:2], "--help"]
    elif words[:1] == ["version"]:
        words = ["--version"]
    try:
        late.command_line(words, prog_name=program, obj=_script_info(app))
    except SystemExit as exc:
        # What stands after the call is to run, as it does in Django's programs.
        if exc.code:
            raise


def _script_info(app: Any) -> Any:
    if app is None or isinstance(app, str):
        return late.script_info(app_import_path=app)
    # NOTE: an application can be called as well as a factory can.
    if hasattr(app, "wsgi_app"):
        return late.script_info(create_app=lambda: app)
    return late.script_info(create_app=app)
