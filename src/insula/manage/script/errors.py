"""Errors that end a command with a message, and how a program shows them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["InvalidCommand", "show_briefly"]


class InvalidCommand(Exception):  # noqa: N818 - the name that programs know
    """What a command was asked to do cannot be done; the message says why.

    Raise it in a command. A program may catch it around ``manager.run()``; where none
    does, the message is shown without a traceback, and the exit code is 1.
    """


def show_briefly(error: BaseException) -> None:
    """Have the interpreter show ``error`` in one line, should nobody catch it.

    NOTE: it is on its way out of the program, yet a program may catch it and go on;
    any other error is shown as it would have been.
    """
    shown_by = sys.excepthook

    def show(
        kind: type[BaseException],
        value: BaseException,
        traceback: TracebackType | None,
    ) -> None:
        if value is not error:
            shown_by(kind, value, traceback)
            return
        if isinstance(value, KeyboardInterrupt):
            text = "\nInterrupted."
        else:
            text = f"Error: {value}"
        print(text, file=sys.stderr)  # noqa: T201 - its purpose

    sys.excepthook = show
