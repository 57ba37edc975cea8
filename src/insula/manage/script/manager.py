"""The manager: the commands of a script, and those of the managers below it."""

from __future__ import annotations

import inspect
import os
import pkgutil
import re
import sys
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from insula._core.loading import load
from insula.manage.script.classes import list_classes, run_class
from insula.manage.script.command import Command, Group, Option, add_options, command_of
from insula.manage.script.errors import InvalidCommand, show_briefly
from insula.manage.script.parsing import (
    Parser,
    Step,
    Subcommands,
    add_help,
    first_line,
    prose,
    read,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["Loader", "Manager"]

F = TypeVar("F", bound="Callable[..., Any]")

# What makes the `usage` of a manager a line of usage; else it is what it is for.
_USAGE_LINE = re.compile(r"%\(prog\)|[\[<{]|(^| )-")


class Manager:
    """A set of commands, for one application or below another manager.

    :param app: the application, a function that makes it, or the import string of
        either (``"shop:create_app"``). The options of the manager are arguments of the
        function. For a manager below another, a function that is called with the
        application and the options, and may return another application.
    :param with_default_commands: have ``runserver`` and ``shell``; by default only the
        manager at the top has.
    :param usage: a line of usage, or what the manager is for; ``help`` and
        ``description`` are the latter, in the list of commands and above it.
    :param disable_argcomplete: leave completion by argcomplete out.
    """

    #: The options that show the help.
    help_args: Iterable[str] | None = ("-?", "--help")
    #: Whether commands run in a request context, too; ``None`` as the manager above.
    request_context: bool | None = None
    #: What ends below a manager has nothing more to read.
    capture_all_args = False

    parser: argparse.ArgumentParser

    def __init__(
        self,
        app: Any = None,
        with_default_commands: bool | None = None,
        usage: str | None = None,
        help: str | None = None,
        description: str | None = None,
        disable_argcomplete: bool = False,
    ) -> None:
        self.app = app
        self.usage = usage
        self.help = usage if help is None else help
        self.description = usage if description is None else description
        self.disable_argcomplete = disable_argcomplete
        self.with_default_commands = with_default_commands
        #: For ``add_subparsers``, which lists the commands in the help.
        self.subparser_kwargs: dict[str, Any] = {}
        #: The manager above.
        self.parent: Manager | None = None
        self._commands: dict[str, Any] = {}
        self._options: list[Option | Group] = []
        self._only_usage = help is None and description is None
        # What made `app`, where it was a function: the next command line asks it again.
        self._factory: Any = None
        self._made: Any = None

    def add_default_commands(self) -> None:
        """Add ``shell`` and ``runserver``, unless there are commands of these names."""
        from insula.manage.script.server import Server
        from insula.manage.script.shell import Shell

        if "shell" not in self._commands:
            self.add_command("shell", Shell())
        if "runserver" not in self._commands:
            self.add_command("runserver", Server())

    def set_defaults(self) -> None:
        """Add the default commands once, if they are wanted."""
        if self.with_default_commands is None:
            self.with_default_commands = self.parent is None
        if self.with_default_commands:
            self.add_default_commands()
        self.with_default_commands = False

    def add_option(self, *args: Any, **kwargs: Any) -> None:
        """Add an option that is given before the command's name.

        It is an argument of the function that makes the application, and not of the
        command. Parameters are those of ``ArgumentParser.add_argument``.
        """
        self._options.append(Option(*args, **kwargs))

    def get_options(self) -> Iterable[Option | Group]:
        """Return the options; override to make them when they are asked for."""
        return self._options

    def add_command(self, *args: Any, **kwargs: Any) -> None:
        """Add a command, called ``add_command([name,] command, *, namespace=None)``.

        :param name: by default its attribute ``name``, or else that of its class in
            lower case without ``command`` at the end.
        :param command: a command, a class of commands, a manager or a function.
        :param namespace: a manager below this one to add it to, made if there is none;
            by default the attribute ``namespace`` of the command.
        """
        given = dict(zip(("name", "command")[2 - len(args) :], args, strict=True))
        namespace = kwargs.pop("namespace", None)
        command = command_of({**given, **kwargs}.pop("command"))
        name = {**given, **kwargs}.get("name") or _name_of(command)
        if isinstance(command, Manager):
            command.parent = self
        namespace = namespace or getattr(command, "namespace", None)
        if not namespace:
            self._commands[name] = command
            return
        if namespace not in self._commands:
            self.add_command(namespace, Manager())
        below = self._commands[namespace]
        below._commands[name] = command
        if isinstance(command, Manager):
            command.parent = below

    def command(self, func: F) -> F:
        """Add a function as a command of its name, with options off its signature."""
        self.add_command(func.__name__, Command(func))
        return func

    def option(self, *args: Any, **kwargs: Any) -> Callable[[F], F]:
        """Add a function as a command with this option; may be repeated.

        Parameters are those of ``ArgumentParser.add_argument``.
        """
        option = Option(*args, **kwargs)

        def decorate(func: F) -> F:
            command: Any = self._commands.get(func.__name__)
            if getattr(command, "run", None) is not func:
                command = Command()
                command.run = func
                command.__doc__ = func.__doc__
                command.option_list = []
                self.add_command(func.__name__, command)
            command.add_option(option)
            return func

        return decorate

    def shell(self, func: F) -> F:
        """Have ``func`` return the names of the command ``shell``."""
        from insula.manage.script.shell import Shell

        self.add_command("shell", Shell(make_context=func))
        return func

    def __call__(self, app: Any = None, **kwargs: Any) -> Any:
        """Return the application; override to do something before each command.

        :param app: what the manager above returned, ``None`` at the top.
        :param kwargs: the values of the manager's options.
        """
        if app is not None:
            return self._below(app, kwargs)
        source = self._factory if self.app is self._made else self.app
        if source is None:
            source = self.app
        if isinstance(source, str):
            source = pkgutil.resolve_name(source)
        if source is None or _is_application(source):
            self._warn_of(kwargs)
            self.app = source
            return source
        self._factory = source
        self.app = self._made = source(**kwargs)
        return self.app

    def _below(self, app: Any, options: dict[str, Any]) -> Any:
        """Return the application for the commands of a manager below another."""
        source = self.app
        if source is None or _is_application(source):
            self._warn_of(options)
            return app
        if _takes_app(source, options):
            found = source(app, **options)
        elif options:
            found = source(**options)
        else:
            return app
        return app if found is None else found

    def _warn_of(self, options: dict[str, Any]) -> None:
        parser: Any = getattr(self, "parser", None)
        for name, value in options.items():
            if parser is None or value != parser.get_default(name):
                warnings.warn(
                    f"The option {name}={value!r} has no effect: the manager was handed"
                    " an application, not a function that makes it.",
                    stacklevel=3,
                )

    def create_app(self, *args: Any, **kwargs: Any) -> Any:
        """Return the application; the older name of calling the manager."""
        warnings.warn(
            "Manager.create_app() is deprecated; call the manager itself.",
            DeprecationWarning,
            stacklevel=2,
        )
        return self(*args, **kwargs)

    def create_parser(
        self, prog: str, func_stack: Sequence[Any] = (), parent: Any = None
    ) -> argparse.ArgumentParser:
        """Return the parser of the manager and all that is below it.

        :param prog: the name of the script, or the words that lead here.
        :param func_stack: the managers above it.
        :param parent: the one of them that has it.
        """
        prog = os.path.basename(prog)  # noqa: PTH119 - words follow the path
        own = (*func_stack, self)
        parser = Parser(
            prog=prog,
            usage=self._usage_line(prog),
            description=prose(self.description),
            epilog=None if parent is not None else list_classes(self),
            add_help=False,
            # What completes a line tries it with nothing, too.
            bare_help="_ARGCOMPLETE" not in os.environ,
        )
        add_help(parser, self.help_args)
        add_options(parser, self.get_options())
        commands: Any = parser.add_subparsers(
            **{
                "title": "commands",
                "metavar": "COMMAND",
                "action": Subcommands,
                **self.subparser_kwargs,
            }
        )
        parser.show_first(commands.container)
        for name, command in self._commands.items():
            below = command.create_parser(
                f"{commands._prog_prefix} {name}", func_stack=own, parent=self
            )
            text = getattr(command, "help", None)
            if text is None:
                text = first_line(command.__doc__)
            commands.adopt(name, command, below, text)
        if parent is None and "_ARGCOMPLETE" in os.environ:
            self._complete(parser)
        self.parser = parser
        return parser

    def _usage_line(self, prog: str) -> str | None:
        usage = self.usage
        if usage is None or not self._only_usage:
            return usage
        first = usage.split(maxsplit=1)[:1]
        is_line = _USAGE_LINE.search(usage) or first == prog.split()[-1:]
        return usage if is_line else None

    def _complete(self, parser: argparse.ArgumentParser) -> None:
        # The shell asks for words to complete a line with; this does not return then.
        if self.disable_argcomplete:
            return
        with suppress(ImportError):
            complete = load("argcomplete", "autocomplete")
            complete(parser, always_complete_options=True)

    def handle(self, prog: str, args: Sequence[str] | None = None) -> Any:
        """Run the command that a line names, and return what it returned.

        :param prog: the name of the script.
        :param args: the words after it.
        """
        self.set_defaults()
        parser = self.create_parser(prog)
        if run_class(self, prog, args or ()):
            return None
        path, left, whole = read(self, parser, args or ())
        *managers, last = path
        if not whole:
            last.parser.error("too few arguments: there is no command's name")
        takes_rest = getattr(last.entry, "capture_all_args", False)
        if left and not takes_rest:
            words = " ".join(map(repr, left))
            last.parser.error(f"too many arguments: {words}")
        rest = (left,) if takes_rest else ()
        loader = Loader(managers)
        start = getattr(last.entry, "_start", None)
        if start is not None:
            return start(loader, *rest, **last.values)
        return last.entry(loader(), *rest, **last.values)

    def run(
        self,
        commands: Mapping[str, Any] | None = None,
        default_command: str | None = None,
    ) -> Any:
        """Run the command that the command line names, and exit with what it returned.

        ``None`` and 0 are success, another number is the code, a text is shown and the
        code is 1.

        :param commands: further ones, by their names.
        :param default_command: the one to run where the line is empty.
        """
        for name, command in (commands or {}).items():
            self.add_command(name, command)
        words = [str(word) for word in sys.argv]
        if default_command is not None and len(words) == 1:
            words.append(default_command)
        try:
            result = self.handle(words[0], words[1:])
        except SystemExit as exc:
            result = exc.code
        except (InvalidCommand, KeyboardInterrupt) as exc:
            show_briefly(exc)
            raise
        sys.exit(result or 0)


class Loader:
    """Makes the application of a command line, by the managers that lead to it."""

    def __init__(self, path: Sequence[Step]) -> None:
        self._path = path

    @property
    def is_made(self) -> bool:
        """Whether there is an application without one being made."""
        return _is_application(self._path[0].entry.app)

    def __call__(self) -> Any:
        """Return the application."""
        given: tuple[Any, ...] = ()
        for step in self._path:
            given = (step.entry(*given, **step.values),)
        return given[0]


def _name_of(command: Any) -> str:
    name = getattr(command, "name", None)
    if name is not None:
        return str(name)
    if isinstance(command, Command) and type(command) is Command:
        return str(command.run.__name__)
    return re.sub("command$", "", type(command).__name__.lower())


def _is_application(value: Any) -> bool:
    """Tell an application from a function that makes one: only it has a `wsgi_app`."""
    return hasattr(value, "wsgi_app")


def _takes_app(func: Callable[..., Any], options: dict[str, Any]) -> bool:
    """Tell whether a manager's function is to be called with the application first."""
    try:
        parameters = list(inspect.signature(func).parameters.values())
    except (TypeError, ValueError):
        return False
    if not parameters:
        return False
    first = parameters[0]
    if first.kind in {first.KEYWORD_ONLY, first.VAR_KEYWORD}:
        return False
    if first.name == "app" or first.kind is first.VAR_POSITIONAL:
        return True
    return first.default is first.empty and first.name not in options
