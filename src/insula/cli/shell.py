"""``insula shell``: a Python session in the application's context.

On a terminal it is IPython where that is installed, else Python's own prompt; what is
piped in, or given with ``-c``, runs as a program, without banner and prompt.
"""

from __future__ import annotations

import code
import os
import platform
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from insula.cli.errors import BriefCommand
from insula.cli.group import with_appcontext
from insula.cli.shell_names import find_names
from insula.cli.table import terminal_width
from insula.manage.piped import run_program
from insula.proxies import current_app

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["shell_command"]


@click.command(
    "shell", cls=BriefCommand, short_help="Open a shell in the application's context."
)
@click.option("--plain", is_flag=True, help="Python's own prompt, not IPython's.")
@click.option("-c", "--command", "program", metavar="CODE", help="Run this and leave.")
@click.pass_context
@with_appcontext
def shell_command(ctx: click.Context, /, plain: bool, program: str | None) -> None:
    """Open a Python shell in the application's context, or run what is piped in.

    The names are app, g, the application's extensions and models, and those of its
    shell context processors.
    """
    own = current_app.make_shell_context()
    names = find_names(own.get("app", current_app)) | own
    if program is not None:
        ctx.exit(run_program(program, "<command>", names))
    if not sys.stdin.isatty():
        ctx.exit(run_program(sys.stdin.read(), "<stdin>", names))
    if not plain and find_spec("IPython") is not None:
        _open_ipython(names)
    else:
        _open_plain(names)


def _banner(names: Iterable[str]) -> str:
    shown = textwrap.fill(
        f"Names: {', '.join(names)}",
        width=terminal_width() or 80,
        subsequent_indent="  ",
        break_long_words=False,
    )
    debug = " (debug mode)" if current_app.debug else ""
    return (
        f"Python {platform.python_version()} in the context of"
        f" {current_app.import_name!r}{debug}\n{shown}"
    )


def _open_ipython(names: dict[str, Any]) -> None:
    # It reads $PYTHONSTARTUP by itself.
    from IPython import start_ipython  # type: ignore[import-not-found,unused-ignore]  # optional
    from traitlets.config import Config  # type: ignore[import-not-found,unused-ignore]  # IPython's

    config = Config()
    config.TerminalInteractiveShell.banner1 = f"{_banner(names)}\n"
    start_ipython(argv=[], user_ns=dict(names), config=config)


def _open_plain(names: dict[str, Any]) -> None:
    space: dict[str, Any] = {}
    startup = os.environ.get("PYTHONSTARTUP")
    if startup and Path(startup).is_file():
        source = Path(startup).read_text(encoding="utf-8")
        exec(compile(source, startup, "exec"), space)  # noqa: S102 - as Python does
    space.update(names)
    _complete_from(space)
    code.interact(banner=_banner(names), local=space, exitmsg="")


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
