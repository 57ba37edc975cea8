"""The parsers of a manager: ``argparse``, with help that can be read.

Rules of the file: a wrong command line is one line that says how to go on, and exit
code 2; each step of the path to a command has a namespace of its own, so that options
of the same name at two steps do not overwrite each other.

Theory. ``argparse`` hands a command's arguments to a parser and copies what that found
into its own namespace. Here it is kept apart: :class:`Subcommands` leaves it as a
:class:`Step` under a name that no option can have.

Source: "argparse" of Python's documentation, its section on sub-commands.
"""

from __future__ import annotations

import argparse
import difflib
import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Parser", "Step", "Subcommands", "add_help", "first_line", "prose", "read"]

_NEXT = "the next step"
_FIELD = re.compile(r"^:[\w ]+:", re.MULTILINE)
_INDENT = 2


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keep the lines of descriptions, and list commands as what they are."""

    def _format_action(self, action: argparse.Action) -> str:
        if isinstance(action, Subcommands):
            # The line that would stand above them says only COMMAND.
            return "".join(map(self._format_action, action._get_subactions()))
        return super()._format_action(action)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings:
            return super()._format_action_invocation(action)
        # Both spellings of --dry-run and --dry_run work; one is enough to read. The
        # value is named once, as argparse does from CPython 3.13 on.
        every = action.option_strings
        text = ", ".join(
            option
            for option in every
            if "_" not in option or option.replace("_", "-") not in every
        )
        if action.nargs == 0:
            return text
        metavar = self._get_default_metavar_for_optional(action)
        return f"{text} {self._format_args(action, metavar)}"


class Parser(argparse.ArgumentParser):
    """A parser of one step; errors are one line.

    :param bare_help: whether no arguments at all means to show the help.
    """

    def __init__(self, *args: Any, bare_help: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("formatter_class", HelpFormatter)
        super().__init__(*args, **kwargs)
        self.bare_help = bare_help

    def parse_known_args(  # type: ignore[override]  # one signature for all overloads
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Read the arguments of this step and those below."""
        if self.bare_help and args is not None and not args:
            self.print_help()
            self.exit(2)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> Any:
        """Say what is wrong and where help is; exit with code 2."""
        where = self.help_option()
        hint = f" (see '{self.prog} {where}')" if where else ""
        self.exit(2, f"{self.prog}: error: {message}{hint}\n")

    def show_first(self, group: Any) -> None:
        """Put a group of arguments above the others in the help."""
        self._action_groups.remove(group)
        self._action_groups.insert(0, group)

    def help_option(self) -> str | None:
        """Return the option that shows the help, one that no shell expands."""
        for action in self._actions:
            if isinstance(action, argparse._HelpAction):
                return max(action.option_strings, key=len)
        return None

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if isinstance(action, Subcommands):
            if action.find(value) is None:
                raise argparse.ArgumentError(None, action.unknown(value))
        else:
            super()._check_value(action, value)


@dataclass(slots=True)
class Step:
    """One step of the path to a command."""

    entry: Any
    """The manager or the command."""
    parser: Any
    values: dict[str, Any]
    """What its options were given, by their ``dest``."""


class Subcommands(argparse._SubParsersAction):  # type: ignore[type-arg]  # not generic when run
    """The commands of a manager; whichever is named reads the rest of the line."""

    entries: dict[str, Any]

    def adopt(self, name: str, entry: Any, parser: Any, text: str) -> None:
        """Add a command whose parser is made already.

        :param text: what the list of commands says of it.
        """
        if not hasattr(self, "entries"):
            self.entries = {}
        self.entries[name] = entry
        self._name_parser_map[name] = parser
        self._choices_actions.append(self._ChoicesPseudoAction(name, (), text))

    def find(self, name: str) -> str | None:
        """Return the name of the command; a dash may stand for an underscore."""
        if name in self._name_parser_map:
            return name
        plain = name.replace("-", "_")
        for known in self._name_parser_map:
            if known.replace("-", "_") == plain:
                return str(known)
        return None

    def unknown(self, name: str) -> str:
        """Return what to say of a name that is none."""
        names = list(map(str, self._name_parser_map))
        near = difflib.get_close_matches(name, names, n=1)
        if near:
            known = f"did you mean {near[0]!r}?"
        elif names:
            known = f"there are {', '.join(names)}."
        else:
            known = "there is none at all."
        return f"invalid choice: {name!r} is not a command; {known}"

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Let the command that is named read what follows its name."""
        del parser, option_string
        name = str(self.find(values[0]))
        below = self._name_parser_map[name]
        found, rest = below.parse_known_args(values[1:], None)
        setattr(namespace, _NEXT, (self.entries[name], below, found, rest))


def read(
    entry: Any, parser: Any, args: Sequence[str]
) -> tuple[list[Step], list[str], bool]:
    """Read a command line; return the path, what was left over, and if it is whole."""
    namespace, rest = parser.parse_known_args(list(args))
    path = []
    left: list[str] = []
    while True:
        values = vars(namespace)
        below = values.pop(_NEXT, None)
        # Its `dest`, if it was given one, is nobody's argument.
        commands = [a for a in parser._actions if isinstance(a, Subcommands)]
        for action in commands:
            values.pop(action.dest, None)
        path.append(Step(entry, parser, values))
        left += rest
        if below is None:
            return path, left, not commands
        entry, parser, namespace, rest = below


def add_help(parser: argparse.ArgumentParser, names: Iterable[str] | None) -> None:
    """Give a parser its option for help, under these names."""
    names = tuple(names or ())
    if names:
        parser.add_argument(
            *names, action="help", default=argparse.SUPPRESS, help="Show this help."
        )


def prose(text: str | None) -> str:
    """Return a docstring without its indentation and its list of parameters."""
    whole = inspect.cleandoc(text or "")
    field = _FIELD.search(whole)
    return (whole[: field.start()] if field else whole).strip()


def first_line(text: str | None) -> str:
    """Return the first paragraph of a docstring, in one line, for a list."""
    return " ".join(_first_paragraph(prose(text))).replace("%", "%%")


def _first_paragraph(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if not line.strip():
            return
        yield line.strip()
