"""The class that commands derive from.

Its interface is Django's, as https://docs.djangoproject.com/en/stable/howto/
custom-management-commands/ describes it; a command that keeps to it needs another
import and nothing else. What is different, because the programs around it are:

* It runs in the application's context, and ``handle`` may be ``async def``.
* ``--settings`` names configuration that holds over the application's own, from
  before that is made if the command line makes it (see `settings`).
* :meth:`BaseCommand.check` and :meth:`BaseCommand.check_migrations` do nothing; they
  are called where Django calls its own, so that a project can give them a meaning.
* What ``handle`` returns is written if it is text, and handed to the caller whatever
  it is.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insula._core.asynchrony import is_async
from insula.context import has_app_context
from insula.manage.classes.errors import CommandError
from insula.manage.classes.output import OutputWrapper
from insula.manage.classes.parser import CommandParser
from insula.manage.classes.settings import load_settings
from insula.manage.classes.style import Style
from insula.proxies import current_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["ALL_CHECKS", "BaseCommand"]

#: All checks, for ``requires_system_checks``.
ALL_CHECKS = "__all__"


class BaseCommand:
    """A command; a subclass has :meth:`handle`, and :meth:`add_arguments` if it must.

    :param stdout: written to in place of standard output.
    :param stderr: written to in place of standard error.
    :param no_color: write without colours.
    :param force_color: write with colours, whatever the stream.
    """

    #: What it does: the first line for lists, all of it for ``--help``. The class's
    #: docstring if there is none.
    help = ""
    #: Whether what :meth:`handle` returns is SQL, to be set between BEGIN and COMMIT.
    output_transaction = False
    #: Whether :meth:`check_migrations` is called before.
    requires_migrations_checks = False
    #: The tags that :meth:`check` is called with before; none of them, and it is not.
    requires_system_checks: str | Sequence[str] = ALL_CHECKS
    #: What is said when no arguments are given, in place of argparse's message.
    missing_args_message: str | None = None
    #: Options of every command that ``--help`` leaves out: ``{"--pythonpath"}``.
    suppressed_base_arguments: Iterable[str] = frozenset()
    #: Options that only ``call_command`` can give, since no argument has that name.
    stealth_options: tuple[str, ...] = ()
    #: Those that every command takes.
    base_stealth_options: tuple[str, ...] = ("stderr", "stdout")

    _called_from_command_line = False

    def __init__(
        self,
        stdout: Any = None,
        stderr: Any = None,
        no_color: bool = False,
        force_color: bool = False,
    ) -> None:
        checks: Any = self.requires_system_checks
        if checks != ALL_CHECKS and not isinstance(checks, (list, tuple)):
            raise TypeError(
                f"{type(self).__name__}.requires_system_checks is {checks!r}; make it"
                f" a list of tags, [] for none, or {ALL_CHECKS!r}."
            )
        self.stdout = OutputWrapper(sys.stdout if stdout is None else stdout)
        self.stderr = OutputWrapper(sys.stderr if stderr is None else stderr)
        self._set_colors(no_color=no_color, force_color=force_color)

    def _set_colors(self, *, no_color: bool, force_color: bool) -> None:
        if no_color and force_color:
            raise CommandError(
                "--no-color and --force-color exclude each other; give one of them.",
                returncode=2,
            )
        if no_color or force_color:
            self.stdout.color = self.stderr.color = force_color
        self.style = Style(color=self.stdout.has_color())
        # Standard error may be a terminal where the other is none: its stream decides.
        self.stderr.style_func = Style(color=True).ERROR

    # -- what a subclass defines ---------------------------------------------------

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the command's own arguments, as with argparse."""

    def handle(self, *args: Any, **options: Any) -> Any:
        """Do the work; may be ``async def``.

        :param options: all arguments by their ``dest``, those of every command among
            them.
        :return: a text to be written, or whatever the caller is to have.
        """
        raise NotImplementedError(
            f"{type(self).__module__}.{type(self).__name__} has no 'handle(self, *args,"
            " **options)'; define it."
        )

    def check(
        self,
        app_configs: Any = None,
        tags: Any = None,
        display_num_errors: bool = False,
        include_deployment_checks: bool = False,
        fail_level: Any = None,
        databases: Any = None,
    ) -> None:
        """Look for mistakes before the command; raise ``SystemCheckError`` at one."""

    def check_migrations(self) -> None:
        """Look whether the database is as the code expects it."""

    def get_version(self) -> str:
        """Return what ``--version`` shows: Insula's version."""
        return version("insula")

    # -- arguments -----------------------------------------------------------------

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        """Return the parser of this command.

        :param kwargs: for the parser, ``formatter_class`` for one.
        """
        description = self._describe()
        kwargs.setdefault("description", description or None)
        if "\n" in description:  # whoever wrote lines wants them
            kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        kwargs.setdefault("missing_args_message", self.missing_args_message)
        kwargs.setdefault("called_from_command_line", self._called_from_command_line)
        parser = CommandParser(
            prog=f"{Path(prog_name).name} {subcommand}".lstrip(), **kwargs
        )
        self.add_arguments(parser)
        self._add_base_arguments(parser)
        return parser

    def _describe(self) -> str:
        own = type(self).__doc__ if type(self) is not BaseCommand else None
        return self.help or inspect.cleandoc(own or "")

    def _add_base_arguments(self, parser: CommandParser) -> None:
        # They come last, and leave a name to the command that has use for it.
        group = parser.add_argument_group("options of every command")
        taken = set(parser._option_string_actions)
        dests = {action.dest for action in parser._actions}

        def add(*names: str, **how: Any) -> None:
            free = [name for name in names if name not in taken]
            if free and names[-1].lstrip("-").replace("-", "_") not in dests:
                self.add_base_argument(group, *free, **how)

        add(
            "--version",
            action="version",
            version=self.get_version(),
            help="Show the version and end.",
        )
        add(
            "-v",
            "--verbosity",
            type=int,
            choices=(0, 1, 2, 3),
            default=1,
            help="How much is said, from 0 to 3; 1 is usual.",
        )
        add(
            "--settings",
            metavar="MODULE[:NAME]",
            help="Configuration to load over the application's: an import string.",
        )
        add(
            "--pythonpath",
            metavar="FOLDER",
            help="A folder where modules are looked for first.",
        )
        add(
            "--traceback",
            action="store_true",
            help="Show where an error of the command was raised.",
        )
        add("--no-color", action="store_true", help="Write without colours.")
        add(
            "--force-color",
            action="store_true",
            help="Write with colours, terminal or not.",
        )
        if self.requires_system_checks:
            add(
                "--skip-checks",
                action="store_true",
                help="Leave out the checks before the command.",
            )

    def add_base_argument(self, parser: Any, *args: str, **kwargs: Any) -> None:
        """Add an option of every command, unseen if this one suppresses it."""
        if not set(self.suppressed_base_arguments).isdisjoint(args):
            kwargs["help"] = argparse.SUPPRESS
        parser.add_argument(*args, **kwargs)

    def print_help(self, prog_name: str, subcommand: str) -> None:
        """Print the help of this command."""
        self.create_parser(prog_name, subcommand).print_help()

    # -- running -------------------------------------------------------------------

    def run_from_argv(self, argv: Sequence[str]) -> None:
        """Run with the words of a command line: program, command, arguments.

        A :exc:`CommandError` is printed and ends the program with its exit code, unless
        there is ``--traceback``: then it is raised.
        """
        self._called_from_command_line = True
        parser = self.create_parser(argv[0], argv[1])
        options = vars(parser.parse_args(list(argv[2:])))
        args = options.pop("args", ())
        try:
            _prepare(options)
            self.execute(*args, **options)
        except CommandError as exc:
            if options.get("traceback"):
                raise
            self.stderr.write(f"Error: {exc.format_message()}")
            sys.exit(exc.returncode)

    def execute(self, *args: Any, **options: Any) -> Any:
        """Make the checks, call :meth:`handle` and write what it returns.

        :return: what it returned; with ``output_transaction`` what was written.
        """
        self._take_streams(options)
        if self.requires_system_checks and not options.get("skip_checks"):
            tags = self.requires_system_checks
            self.check(tags=None if tags == ALL_CHECKS else tags)
        if self.requires_migrations_checks:
            self.check_migrations()
        output = self.call(self.handle, *args, **options)
        if isinstance(output, str) and output:
            if self.output_transaction:
                keyword = self.style.SQL_KEYWORD
                output = f"{keyword('BEGIN;')}\n{output}\n{keyword('COMMIT;')}"
            self.stdout.write(output)
        return output

    def _take_streams(self, options: dict[str, Any]) -> None:
        for name in ("stdout", "stderr"):
            stream = options.get(name)
            if stream is not None:
                setattr(self, name, getattr(self, name).onto(stream))
        no_color = bool(options.get("no_color"))
        force_color = bool(options.get("force_color"))
        if no_color or force_color:
            self._set_colors(no_color=no_color, force_color=force_color)
        elif options.get("stdout") is not None:
            self.style = Style(color=self.stdout.has_color())

    def call(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call a function; one that is async runs on the loop of async views."""
        if not is_async(func):
            return func(*args, **kwargs)
        if has_app_context():
            return current_app.ensure_sync(func)(*args, **kwargs)
        import asyncio

        return asyncio.run(func(*args, **kwargs))


def _prepare(options: dict[str, Any]) -> None:
    """Do what options of every command say about the whole program."""
    folder = options.get("pythonpath")
    if folder and folder not in sys.path:
        sys.path.insert(0, folder)
    settings = options.get("settings")
    if not settings:
        return
    if not has_app_context():
        raise CommandError(
            f"--settings {settings} has no application to configure; run the command"
            " in 'with app.app_context():'."
        )
    load_settings(settings)  # its error is the one to be read
    current_app.config.from_object(settings)
