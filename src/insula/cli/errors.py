"""Errors of the command line: one line and an exit code, no traceback."""

from __future__ import annotations

import errno
import os
import sys
import sysconfig
import traceback
from contextlib import contextmanager, suppress
from functools import partial
from typing import IO, TYPE_CHECKING, Any

import click

from insula._core import late

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "BriefCommand",
    "LoadError",
    "NoAppException",
    "briefly",
    "no_hint",
    "said_by",
    "telling_of_output",
]


def no_hint(error: BaseException) -> str:  # noqa: ARG001 - for others in its place
    """Return what helps somebody whose import fails: here, nothing."""
    return ""


class BriefCommand(click.Command):
    """A command that answers a wrong option with one line, and exit code 2."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the arguments of the command line."""
        with briefly():
            try:
                return super().make_context(info_name, args, parent, **extra)
            except click.NoSuchOption as exc:
                if exc.option_name in {"--mount", "--mounts"}:
                    raise click.UsageError(
                        f"{exc.option_name} is of 'insula run', and this command about"
                        " one application; name that with --app MODULE:NAME before"
                        f" {info_name}.",
                        exc.ctx,
                    ) from exc
                if parent is None or not _is_option_of(parent, exc.option_name):
                    raise
                raise click.UsageError(
                    f"{exc.option_name} stands before the command:"
                    f" {parent.command_path} {exc.option_name} … {info_name}.",
                    exc.ctx,
                ) from exc

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with briefly():
            return super().invoke(ctx)


def _is_option_of(ctx: click.Context, name: str) -> bool:
    return any(
        name in (*param.opts, *param.secondary_opts) for param in ctx.command.params
    )


@contextmanager
def briefly() -> Iterator[None]:
    """Have an error of usage shown as one line, without the usage."""
    try:
        yield
    except NoAppException:
        raise
    except click.UsageError as exc:
        # The kind of error stays, for programs that catch it; what is shown changes.
        exc.show = partial(_show_briefly, exc)  # type: ignore[method-assign]
        raise


def _show_briefly(exc: click.UsageError, file: IO[Any] | None = None) -> None:
    message = exc.format_message()
    if exc.ctx is not None:
        message += f" (see '{exc.ctx.command_path} --help')"
    click.ClickException(message).show(file)


class NoAppException(click.UsageError):
    """No application could be found or loaded."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message alone: the usage of a command would only hide it."""
        click.ClickException.show(self, file)


class LoadError(NoAppException):
    """The application's own code raised an error while it was being loaded.

    :param subject: what was being done.
    :param error: what was raised; its last place in the user's code is in the message.
    """

    def __init__(self, subject: str, error: BaseException) -> None:
        message = (
            f"{subject} raised {said_by(error)}{_place(error)}. With --debug you get"
            " the traceback."
        )
        hint = late.import_hint(error)
        super().__init__(f"{message}\n{hint}" if hint else message)


@contextmanager
def telling_of_output() -> Iterator[None]:
    """Have an output that takes nothing any more end the program with one line.

    What is printed is written out here: at the interpreter's end nobody could say
    what became of it.
    """
    try:
        try:
            yield
        except SystemExit:
            _flush()
            raise
        _flush()
    except OSError as exc:
        # A file of the application's may have failed as well: that is not meant here.
        if not _is_of_output(exc):
            raise
        with suppress(OSError, ValueError):
            # What is still held back goes nowhere, and is not complained of again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if exc.errno != errno.EPIPE:
            said = f"The output cannot be written: {exc.strerror or exc}."
            with suppress(OSError):
                click.ClickException(said).show()
        raise SystemExit(1) from exc


def _flush() -> None:
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()


def _is_of_output(error: OSError) -> bool:
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    if frame.f_code is click.echo.__code__:
        return True
    # NOTE: a buffer keeps what it could not write, so it fails once more.
    try:
        _flush()
    except OSError as again:
        return again.errno == error.errno
    return False


def said_by(error: BaseException) -> str:
    """Return an exception's kind and message in one line, without its notes."""
    # The place of a SyntaxError comes first, and is set in.
    lines = traceback.format_exception_only(error)
    text = next((line for line in lines if line[:1].strip()), lines[-1])
    return " ".join(text.split())


def _place(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.filename is not None:
        return f" ({error.filename}, line {error.lineno})"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<frozen")
    ]
    # What the user wrote says more than the library that it called.
    libraries = tuple({sysconfig.get_path(n) for n in ("stdlib", "purelib", "platlib")})
    own = [frame for frame in frames if not frame.filename.startswith(libraries)]
    for frame in reversed(own or frames):
        return f" ({frame.filename}, line {frame.lineno})"
    return ""
