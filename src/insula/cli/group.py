"""Groups whose commands run in the application's context."""

from __future__ import annotations

import shlex
import sys
from contextlib import redirect_stdout
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar

import click

from insula.cli.errors import NoAppException
from insula.cli.script_info import ScriptInfo
from insula.context import has_app_context

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FOR_PROGRAMS", "AppGroup", "load_one", "with_appcontext"]

#: The key of `Context.meta` for whether a program reads what is printed.
FOR_PROGRAMS = "insula.cli.group.for_programs"

F = TypeVar("F", bound="Callable[..., Any]")


def load_one(ctx: click.Context) -> Any:
    """Return the application that the command line names.

    :raises NoAppException: if it is something that serves, but no application of ours:
        mounts, or a WSGI function.
    """
    info = ctx.ensure_object(ScriptInfo)
    app: Any
    if ctx.meta.get(FOR_PROGRAMS):
        # What the application prints while it is loaded would stand before the JSON.
        with redirect_stdout(sys.stderr):
            app = info.load_app()
    else:
        app = info.load_app()
    if not hasattr(app, "app_context"):
        raise NoAppException(
            f"This command is about one application, and {app!r} is a"
            f" {type(app).__name__}; name one with --app {_names_of(app)}."
        )
    return app


def _names_of(app: Any) -> str:
    """Return what ``--app`` may be given in place of mounts."""
    names: list[str] = []
    for mount in getattr(app, "mounts", ()):
        inner = getattr(mount.application, "mounts", None)
        if mount.target is not None:
            names.append(shlex.quote(mount.target))
        elif inner is not None:
            names.append(_names_of(mount.application))
    return " or ".join(dict.fromkeys(names)) or "MODULE:NAME"


def with_appcontext(f: F) -> F:
    """Run a command in the context of the application that the command line names."""

    @click.pass_context
    def run(ctx: click.Context, /, *args: Any, **kwargs: Any) -> Any:
        if not has_app_context():
            ctx.with_resource(load_one(ctx).app_context())
        return ctx.invoke(f, *args, **kwargs)

    return update_wrapper(run, f)  # type: ignore[return-value]  # click fills the context in


class AppGroup(click.Group):
    """A click group that wraps its commands in :func:`with_appcontext`."""

    def command(  # type: ignore[override]  # one option more
        self, *args: Any, **kwargs: Any
    ) -> Callable[[Callable[..., Any]], click.Command]:
        """Register a command; ``with_appcontext=False`` leaves the context out."""
        wrap = kwargs.pop("with_appcontext", True)

        def decorator(f: Callable[..., Any]) -> click.Command:
            command: click.Command = super(AppGroup, self).command(*args, **kwargs)(
                with_appcontext(f) if wrap else f
            )
            return command

        return decorator

    def group(  # type: ignore[override]  # the class has another default
        self, *args: Any, **kwargs: Any
    ) -> Callable[[Callable[..., Any]], click.Group]:
        """Register a group of the same kind."""
        kwargs.setdefault("cls", AppGroup)
        return super().group(*args, **kwargs)  # type: ignore[no-any-return]  # click's overloads
