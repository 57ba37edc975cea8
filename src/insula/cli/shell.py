"""``insula shell``: an interactive session in the application's context."""

from __future__ import annotations

import code
import os
import sys
from pathlib import Path
from typing import Any

import click

from insula.cli.errors import BriefCommand
from insula.cli.group import with_appcontext
from insula.proxies import current_app

__all__ = ["shell_command"]


@click.command(
    "shell", cls=BriefCommand, short_help="Open a shell in the application's context."
)
@with_appcontext
def shell_command() -> None:
    """Open a Python shell with the application's names."""
    names: dict[str, Any] = {}
    startup = os.environ.get("PYTHONSTARTUP")
    if startup and Path(startup).is_file():
        source = Path(startup).read_text(encoding="utf-8")
        exec(compile(source, startup, "exec"), names)  # noqa: S102 - as Python does
    names.update(current_app.make_shell_context())
    _complete_from(names)
    code.interact(
        banner=f"Python {sys.version}\nApplication: {current_app.import_name}",
        local=names,
        exitmsg="",
    )


def _complete_from(names: dict[str, Any]) -> None:
    # As Python's own prompt does, with the names of this one.
    hook = getattr(sys, "__interactivehook__", None)
    if hook is None:
        return
    try:
        import readline
        from rlcompleter import Completer
    except ImportError:
        pass
    else:
        readline.set_completer(Completer(names).complete)
    hook()
