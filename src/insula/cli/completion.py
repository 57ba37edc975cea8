"""``insula completion``: what makes a shell complete the command's words.

click's own mechanism does it: the shell calls the command anew for each completion,
with the words so far in the environment. `complete` says which words there are.

Rules of the file: while it looks for words nothing is printed, neither by what loads
the application nor by the application itself.
"""

from __future__ import annotations

import io
import os
from contextlib import redirect_stderr, redirect_stdout
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import get_completion_class

from insula.cli.errors import BriefCommand

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["VARIABLE", "answer", "completion_command"]

PROGRAM = "insula"
#: The variable of the environment in which a shell asks.
VARIABLE = "_INSULA_COMPLETE"

_HOW: Mapping[str, str] = {
    "bash": (
        "# Completion for bash 4.4 and newer. In ~/.bashrc:\n"
        '#   eval "$(insula completion bash)"\n'
    ),
    "zsh": (
        "# Completion for zsh. In ~/.zshrc, after compinit:\n"
        '#   eval "$(insula completion zsh)"\n'
    ),
    "fish": (
        "# Completion for fish. Once:\n"
        "#   insula completion fish > ~/.config/fish/completions/insula.fish\n"
    ),
}


@click.command(
    "completion",
    cls=BriefCommand,
    short_help="Print what completes words in your shell.",
    epilog='bash: eval "$(insula completion bash)" in ~/.bashrc; zsh likewise.',
)
@click.argument("shell", required=False, type=click.Choice([*_HOW]))
@click.pass_context
def completion_command(ctx: click.Context, /, shell: str | None) -> None:
    """Print the completion script for SHELL; by default for yours ($SHELL).

    It completes commands, the application's among them, options and their values,
    applications after --app, endpoints, paths and settings.
    """
    name = shell or Path(os.environ.get("SHELL", "")).name
    found = get_completion_class(name) if name in _HOW else None
    if found is None:
        raise click.UsageError(
            f"$SHELL is {name!r}; name one of {', '.join(_HOW)}, such as: insula"
            " completion bash."
        )
    source = found(ctx.find_root().command, {}, PROGRAM, VARIABLE).source()
    click.echo(f"{_HOW[name]}{source}")


def answer(command: click.Command, instruction: str) -> int:
    """Answer a shell that asks; return the exit code.

    :param instruction: the variable's value, ``bash_complete`` for one.
    """
    shell, _, task = instruction.partition("_")
    found = get_completion_class(shell)
    if found is None or task not in {"complete", "source"}:
        return 1
    asked = found(command, {}, PROGRAM, VARIABLE)
    if task == "source":
        click.echo(asked.source())
        return 0
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        try:
            # click leaves the contexts open that it comes through.
            text = copy_context().run(asked.complete)
        except Exception:  # noqa: BLE001 - in debug mode, whatever an application raised
            return 1
    click.echo(text)
    return 0
