"""A command: its options, its parser, and how it is run."""

from __future__ import annotations

import inspect
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Any

from insula.manage.script.parsing import Parser, add_help, prose
from insula.manage.script.signature import arguments_of, spread

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Coroutine, Iterable, Sequence

__all__ = ["Command", "Group", "Option", "add_options", "command_of"]


class Option:
    """An argument or an option of a command: what ``add_argument`` is to be handed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        self.kwargs = kwargs

    def __repr__(self) -> str:
        given = [*map(repr, self.args), *(f"{k}={v!r}" for k, v in self.kwargs.items())]
        return f"{type(self).__name__}({', '.join(given)})"


class _ReadOption(Option):
    """One that was read off a signature; an explicit one for the same goes first."""

    @property
    def dest(self) -> str:
        return str(self.kwargs.get("dest", self.args[0]))


class Group:
    """Options that belong together.

    :param title: its heading in the help, with ``description`` below it.
    :param exclusive: at most one of them may be given.
    :param required: one of an exclusive group must be given.
    """

    def __init__(
        self,
        *options: Option,
        title: str | None = None,
        description: str | None = None,
        exclusive: bool | None = None,
        required: bool | None = None,
    ) -> None:
        if (title or description) and (required or exclusive):
            raise TypeError(
                f"The group {title or description!r} is exclusive, and such a group is"
                " shown without a heading; leave title and description out."
            )
        self.option_list: Sequence[Option] = options
        self.title = title
        self.description = description
        self.exclusive = exclusive
        self.required = required

    def get_options(self) -> Iterable[Option]:
        """Return the options; override to make them when they are asked for."""
        return self.option_list


class Command:
    """A command: :meth:`run` does its work, its docstring is its help.

    :param func: a function to make the command of, its signature read for options.
    """

    option_list: Sequence[Option | Group] = ()
    #: The options that show the help; by default those of the manager.
    help_args: Iterable[str] | None = None
    #: Whether the rest of the line is this command's: `run` gets it first, as a list.
    capture_all_args = False
    #: Run in a request context, not only in the application's; as the manager says.
    request_context: bool | None = None

    parser: argparse.ArgumentParser
    parent: Any = None

    def __init__(self, func: Callable[..., Any] | None = None) -> None:
        if func is None:
            if not self.option_list:
                self.option_list = []
            return
        self.option_list = [
            _ReadOption(*args, **kwargs) for args, kwargs in arguments_of(func)
        ]
        self.run = func
        self.__doc__ = func.__doc__

    @property
    def description(self) -> str:
        """What the help says: the docstring, without its list of parameters."""
        return prose(self.__doc__)

    def add_option(self, option: Option | Group) -> None:
        """Add an option, in the place of one for the same read off the signature."""
        dest = _dest(option) if isinstance(option, Option) else None
        kept = [
            known
            for known in self.option_list
            if not (isinstance(known, _ReadOption) and known.dest == dest)
        ]
        self.option_list = [*kept, option]

    def get_options(self) -> Iterable[Option | Group]:
        """Return the options; override to make them when they are asked for."""
        return self.option_list

    def create_parser(
        self,
        *args: Any,
        func_stack: Sequence[Any] = (),
        parent: Any = None,
        **kwargs: Any,
    ) -> argparse.ArgumentParser:
        """Return the parser of the command.

        :param args: for ``ArgumentParser``: the command's name in texts.
        :param func_stack: the managers above it.
        :param parent: the one of them that has it.
        """
        kwargs.setdefault("usage", getattr(self, "usage", None))
        description = prose(self.description)
        parser = Parser(*args, description=description, add_help=False, **kwargs)
        names = self.help_args
        for manager in reversed(func_stack):
            if names is None:
                names = manager.help_args
        options = list(self.get_options())
        # The manager may have -h for help, and the command for --host.
        taken = {name for option in options for name in _names_of(option)}
        add_help(parser, [name for name in names or () if name not in taken])
        add_options(parser, options)
        self.parser = parser
        self.parent = parent
        return parser

    def __call__(self, app: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Run the command for an application, in its context."""
        if app is None:
            raise RuntimeError(
                f"The command {self._title()!r} has no application; hand one,"
                " or a function that makes it, to the manager: Manager(app)."
            )
        with _context_of(app, request=self._wants_request()):
            by_position, by_name = spread(self.run, kwargs)
            result = self.run(*args, *by_position, **by_name)
            if inspect.iscoroutine(result):
                result = _run_to_end(result)
            return result

    if TYPE_CHECKING:
        # Whatever the parameters of a subclass's are.
        run: Callable[..., Any]
    else:

        def run(self) -> Any:
            """Do the work; the values of the options come by name.

            What it returns is what ``manager.run()`` hands to ``sys.exit``.
            """
            raise NotImplementedError(
                f"{type(self).__name__} has no run(); write it, with the names of its"
                " options as parameters."
            )

    def _title(self) -> str:
        """Return what to call it in a message."""
        parser = getattr(self, "parser", None)
        return type(self).__name__ if parser is None else str(parser.prog)

    def _wants_request(self) -> bool:
        """Return whether it runs in a request context, as it or a manager says."""
        step: Any = self
        while step is not None:
            wish = getattr(step, "request_context", None)
            if wish is not None:
                return bool(wish)
            step = getattr(step, "parent", None)
        return False


def _dest(option: Option) -> str:
    if "dest" in option.kwargs:
        return str(option.kwargs["dest"])
    names = [str(name) for name in option.args]
    name = next((name for name in names if name.startswith("--")), names[0])
    return name.lstrip("-").replace("-", "_")


def _names_of(option: Option | Group) -> Iterable[str]:
    if isinstance(option, Group):
        return [name for one in option.get_options() for name in _names_of(one)]
    return option.args


def add_options(
    parser: argparse.ArgumentParser, options: Iterable[Option | Group]
) -> None:
    """Add options and groups of them to a parser."""
    for option in options:
        if not isinstance(option, Group):
            parser.add_argument(*option.args, **option.kwargs)
            continue
        group: Any
        if option.exclusive:
            group = parser.add_mutually_exclusive_group(required=bool(option.required))
        else:
            group = parser.add_argument_group(option.title, option.description)
        for one in option.get_options():
            group.add_argument(*one.args, **one.kwargs)


def _context_of(app: Any, *, request: bool) -> AbstractContextManager[Any]:
    """Return the context to run a command in: the application's, by default."""
    stack = ExitStack()
    # What stands in for an application in tests may have but one of the two.
    make = None if request else getattr(app, "app_context", None)
    stack.enter_context((make or app.test_request_context)())
    return stack


def _run_to_end(coroutine: Coroutine[Any, Any, Any]) -> Any:
    import asyncio

    return asyncio.run(coroutine)


def command_of(value: Any) -> Any:
    """Return a command: an instance of a class that is one, a function made one."""
    if isinstance(value, type):
        return value()
    if inspect.isroutine(value):
        return Command(value)
    return value
