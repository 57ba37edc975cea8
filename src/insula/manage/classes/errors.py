"""What a command raises to end with one line and an exit code."""

from __future__ import annotations

from typing import Any

import click

__all__ = ["CommandError", "SystemCheckError"]


class CommandError(click.ClickException):
    """The command cannot do what it was asked.

    On a command line the message is printed and the program ends with
    ``returncode``; :func:`~insula.manage.call_command` lets the error through. It is an
    error of click's, so that a click command that calls such a command ends in the
    same way.

    :param returncode: the exit code, which is not 0.
    """

    def __init__(self, message: object = "", *args: Any, returncode: int = 1) -> None:
        super().__init__(str(message))
        self.args = (message, *args)
        self.returncode = returncode
        self.exit_code = returncode  # type: ignore[misc]  # click reads it here, too


class SystemCheckError(CommandError):
    """A check that was made before the command found a mistake."""
