"""The command ``shell``: Python's prompt, or a better one, with the application.

The better ones are tried in the order of Flask-Script: ptpython with IPython's ways,
ptpython, bpython, IPython. None is imported before it is to run. What is piped in is
run as a program, without a prompt.

Sources: the documentation of `ptpython.ipython.embed`, `ptpython.repl.embed`,
`bpython.embed` and `IPython.embed`.
"""

from __future__ import annotations

import code
import inspect
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from insula._core.loading import load
from insula.manage.piped import run_program
from insula.manage.script.command import Command, Group, Option
from insula.proxies import current_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Shell"]

_NAMES = {
    "ipython": "IPython",
    "bpython": "bpython",
    "ptipython": "ptpython with IPython",
    "ptpython": "ptpython",
}


class Shell(Command):
    """Open a Python prompt in the application's context.

    :param banner: what it greets with.
    :param make_context: returns the names that are there; it may take the application.
        By default those of ``app.make_shell_context()``.
    :param use_ipython: use IPython where it is installed, unless ``--no-ipython``
        forbids it; the others likewise.
    """

    banner = ""
    help = "Open a Python prompt in the application's context."

    def __init__(
        self,
        banner: str | None = None,
        make_context: Callable[..., Any] | None = None,
        use_ipython: bool = True,
        use_bpython: bool = True,
        use_ptipython: bool = True,
        use_ptpython: bool = True,
    ) -> None:
        super().__init__()
        self.banner = banner or self.banner
        self.make_context: Callable[..., Any] = make_context or _names_of_app
        self.use_ipython = use_ipython
        self.use_bpython = use_bpython
        self.use_ptipython = use_ptipython
        self.use_ptpython = use_ptpython

    @property
    def description(self) -> str:
        """What the help says."""
        return self.help

    def get_options(self) -> Iterable[Option | Group]:
        """Return an option for each prompt to leave out."""
        return tuple(
            Option(
                f"--no-{name}",
                action="store_true",
                dest=f"no_{name}",
                default=not getattr(self, f"use_{name}"),
                help=f"Do not use {title}.",
            )
            for name, title in _NAMES.items()
        )

    def get_context(self) -> dict[str, Any]:
        """Return the names that are there."""
        parameters = inspect.signature(self.make_context).parameters.values()
        needs_app = any(
            parameter.default is parameter.empty
            and parameter.kind
            in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD}
            for parameter in parameters
        )
        if not needs_app:
            return dict(self.make_context())
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy's
        return dict(self.make_context(app))

    def run(
        self, no_ipython: bool, no_bpython: bool, no_ptipython: bool, no_ptpython: bool
    ) -> int:
        """Open the first prompt that may be used and is installed.

        :return: the exit code.
        """
        names = self.get_context()
        if not sys.stdin.isatty():
            # A prompt would be between what the program prints.
            return run_program(sys.stdin.read(), "<stdin>", names)
        history = str(Path("~/.ptpython_history").expanduser())
        banner = self.banner or _greeting()
        for left_out, module, options in (
            (
                no_ptipython,
                "ptpython.ipython",
                {"banner1": banner, "user_ns": names, "history_filename": history},
            ),
            (
                no_ptpython,
                "ptpython.repl",
                {"globals": names, "history_filename": history},
            ),
            (no_bpython, "bpython", {"banner": banner, "locals_": names}),
            (no_ipython, "IPython", {"banner1": banner, "user_ns": names}),
        ):
            if left_out:
                continue
            # Not there, or without something that it needs.
            with suppress(ImportError):
                load(module, "embed")(**options)
                return 0
        _complete_from(names)
        code.interact(banner, local=names, exitmsg="")
        return 0


def _names_of_app() -> dict[str, Any]:
    return current_app.make_shell_context()


def _greeting() -> str:
    names = "Python {}.{}.{}".format(*sys.version_info[:3])
    return f"{names}, application {current_app.import_name}"


def _complete_from(names: dict[str, Any]) -> None:
    """Complete words with the tab key, where the terminal can."""
    try:
        import readline
        from rlcompleter import Completer
    except ImportError:
        return
    readline.set_completer(Completer(names).complete)
    readline.parse_and_bind("tab: complete")
