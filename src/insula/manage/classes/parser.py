"""The parser of a command's arguments: argparse, with errors of one line."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from insula.manage.classes.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CommandParser"]

_WRONG_USE = 2


class CommandParser(argparse.ArgumentParser):
    """A parser whose errors are one line on a command line, and raised elsewhere.

    :param missing_args_message: said when there are no arguments at all.
    :param called_from_command_line: end the program after an error; else
        :exc:`CommandError` is raised.
    """

    def __init__(
        self,
        *,
        missing_args_message: str | None = None,
        called_from_command_line: bool | None = None,
        **kwargs: Any,
    ) -> None:
        self.missing_args_message = missing_args_message
        self.called_from_command_line = called_from_command_line
        super().__init__(**kwargs)

    def parse_args(  # type: ignore[override]  # of argparse's two ways of typing it, one
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> Any:
        """Read the arguments."""
        if self.missing_args_message and not args:
            self.error(self.missing_args_message)
        return super().parse_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong."""
        if not self.called_from_command_line:
            raise CommandError(message, returncode=_WRONG_USE)
        self.exit(_WRONG_USE, f"Error: {message} (see '{self.prog} --help')\n")

    def add_subparsers(self, **kwargs: Any) -> Any:
        """Have commands below this one; their errors are like those of this parser."""
        kind = kwargs.get("parser_class", type(self))
        if isinstance(kind, type) and issubclass(kind, CommandParser):
            kwargs["parser_class"] = partial(
                kind, called_from_command_line=self.called_from_command_line
            )
        return super().add_subparsers(**kwargs)
