"""The command ``insula``: its options, its own commands and the application's.

Commands come from five places: the group's own, then those of plugins, entry points of
the groups ``insula.commands`` and ``flask.commands``, then the application's, and last
the classes in its ``management/commands``. Plugins of the second group import
``flask``, and what they get is Insula's. ``as-flask`` is not about an application and
goes before all that.

Most of its own commands are imported when they are asked for, and one of the same name
that the application has goes first: applications had theirs before these were here.
"""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from insula._core import late
from insula._core.naming import package_name
from insula.cli.as_flask import as_flask_command
from insula.cli.complete import complete_apps
from insula.cli.errors import NoAppException, briefly, said_by, telling_of_output
from insula.cli.group import FOR_PROGRAMS, AppGroup, load_one
from insula.cli.routes import routes_command
from insula.cli.run import run_command
from insula.cli.script_info import ScriptInfo, traceback_of_loading
from insula.cli.shell import shell_command
from insula.cli.version import version_option
from insula.context.stacks import app_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.metadata import EntryPoint

__all__ = ["APP_OPTION", "DEBUG_OPTION", "ENV_FILE_OPTION", "InsulaGroup", "main"]


def read_env_files(
    ctx: click.Context, param: click.Parameter | None, value: str | None
) -> str | None:
    """Read the file that is named, and the usual ones; callback of ``--env-file``."""
    if value is not None:
        try:
            import dotenv  # noqa: F401 - whether there is one
        except ImportError:
            raise click.BadParameter(
                "files of variables are read by python-dotenv; install it.", ctx, param
            ) from None
    defaults = ctx.ensure_object(ScriptInfo).load_dotenv_defaults
    if value is not None or defaults:
        late.load_dotenv(value, load_defaults=defaults)
    return value


def set_app(
    ctx: click.Context, _param: click.Parameter, value: str | None
) -> str | None:
    """Keep the application's name; callback of ``--app``."""
    if value is not None:
        ctx.ensure_object(ScriptInfo).app_import_path = value
    return value


def set_debug(
    _ctx: click.Context, _param: click.Parameter, value: bool | None
) -> bool | None:
    """Turn debug mode on or off for all that reads the variable."""
    if value is not None:
        os.environ["FLASK_DEBUG"] = "1" if value else "0"
        # Where it is set, it would be the one that holds.
        os.environ.pop("INSULA_DEBUG", None)
    return value


# NOTE: eager, so that they hold when --help lists the commands; in this order, so that
# a file may name the application.
ENV_FILE_OPTION = click.Option(
    ["-e", "--env-file"],
    type=click.Path(exists=True, dir_okay=False),
    is_eager=True,
    expose_value=False,
    callback=read_env_files,
    envvar="INSULA_ENV_FILE",
    help="Read environment variables from this file, too.",
)
APP_OPTION = click.Option(
    ["-A", "--app"],
    metavar="MODULE[:NAME]",
    is_eager=True,
    expose_value=False,
    callback=set_app,
    envvar="INSULA_APP",
    shell_complete=complete_apps,
    help="The application: an import string or the path of a file.",
)
DEBUG_OPTION = click.Option(
    ["--debug/--no-debug"],
    default=None,
    is_eager=True,
    expose_value=False,
    callback=set_debug,
    envvar="INSULA_DEBUG",
    help="Set debug mode: reloader, debugger, detailed errors.",
)
run_command.params.insert(0, DEBUG_OPTION)


class InsulaGroup(AppGroup):
    """The top of a command line: finds the application's commands beside its own.

    :param add_default_commands: have ``run``, ``routes`` and ``shell``.
    :param create_app: makes the application, in place of ``--app``.
    :param add_version_option: have ``--version``.
    :param load_dotenv: read ``.env`` and ``.flaskenv``.
    :param set_debug_flag: set the application's debug mode from the environment.
    """

    def __init__(
        self,
        add_default_commands: bool = True,
        create_app: Callable[..., Any] | None = None,
        add_version_option: bool = True,
        load_dotenv: bool = True,
        set_debug_flag: bool = True,
        **extra: Any,
    ) -> None:
        params = [
            *(extra.pop("params", None) or ()),
            ENV_FILE_OPTION,
            APP_OPTION,
            DEBUG_OPTION,
        ]
        if add_version_option:
            params.append(version_option)
        # Options of all commands have variables: FLASK_RUN_PORT, for one.
        extra.setdefault("context_settings", {}).setdefault(
            "auto_envvar_prefix", "FLASK"
        )
        super().__init__(params=params, **extra)
        self.create_app = create_app
        self.load_dotenv = load_dotenv
        self.set_debug_flag = set_debug_flag
        self._loaded_plugin_commands = False
        if add_default_commands:
            for command in (run_command, routes_command, shell_command):
                self.add_command(command)

    def _load_plugin_commands(self) -> None:
        if self._loaded_plugin_commands:
            return
        self._loaded_plugin_commands = True
        for entry_point in _plugins():
            try:
                command = entry_point.load()
            except Exception as exc:  # noqa: BLE001 - whatever its code raised
                plugin = entry_point.dist.name if entry_point.dist else None
                _warn(
                    f"the command {entry_point.name!r} of the plugin {plugin!r}"
                    f" ({entry_point.value}) is left out; importing it raised",
                    exc,
                )
            else:
                self.add_command(command, entry_point.name)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the options before any command is looked for."""
        # NOTE: app.run() at the end of a script must not serve while it is imported.
        os.environ["FLASK_RUN_FROM_CLI"] = "true"
        if os.environ.get("NO_COLOR"):
            # https://no-color.org
            extra.setdefault("color", False)
        if "obj" not in extra and "obj" not in self.context_settings:
            extra["obj"] = ScriptInfo(
                create_app=self.create_app,
                set_debug_flag=self.set_debug_flag,
                load_dotenv_defaults=self.load_dotenv,
            )
        return super().make_context(info_name, args, parent=parent, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options of the top, and before help the usual files."""
        if not args or not set(args).isdisjoint(ctx.help_option_names):
            ENV_FILE_OPTION.handle_parse_result(ctx, {}, [])
            APP_OPTION.handle_parse_result(ctx, {}, [])
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a command of this group, else of the application."""
        self._load_plugin_commands()
        command = super().get_command(ctx, name)
        if command is not None:
            return command
        try:
            app = load_one(ctx)
        except NoAppException as exc:
            self.tell_not_asked(ctx, exc)
            return None
        # So that the callbacks of its parameters, too, run in its context.
        current = app_stack.top
        if current is None or current.app is not app:
            ctx.with_resource(app.app_context())
        found: click.Command | None = app.cli.get_command(ctx, name)
        if found is None:
            from insula.cli.class_commands import class_command

            found = class_command(app, name)
        return found

    def tell_not_asked(self, _ctx: click.Context, exc: NoAppException) -> None:
        """Say why the application is not asked for a command."""
        click.secho(f"Error: {exc.format_message()}\n", err=True, fg="red")

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, the application's included."""
        self._load_plugin_commands()
        names = set(super().list_commands(ctx))
        try:
            from insula.cli.class_commands import class_command_names

            app: Any = ctx.ensure_object(ScriptInfo).load_app()
            if hasattr(app, "cli"):
                names.update(app.cli.list_commands(ctx), class_command_names(app))
        except NoAppException as exc:
            # Help is shown all the same; it is how one learns to name an application.
            click.secho(f"Error: {exc.format_message()}\n", err=True, fg="red")
        except Exception as exc:  # noqa: BLE001 - in debug mode, whatever its code raised
            text = traceback_of_loading(exc) or traceback.format_exc()
            click.secho(f"{text}\n", err=True, fg="red")
        return sorted(names)


def _plugins() -> list[EntryPoint]:
    """Return the commands of plugins; for those of Flask, ``flask`` is Insula's."""
    found = list(entry_points(group="insula.commands"))
    of_flask = entry_points(group="flask.commands")
    if of_flask:
        try:
            late.answer_for_flask()
        except ImportError as exc:
            # On the real Flask they would look for another application.
            _warn("plugins of 'flask.commands' are left out:", exc)
        else:
            found += of_flask
    return found


def _warn(what: str, exc: Exception) -> None:
    click.secho(f"Warning: {what} {said_by(exc)}", err=True, fg="yellow")


# The commands that are imported when they are asked for, each with its module, which
# has it under the name `NAME_command`.
_LATE: dict[str, str] = {
    "bench": "insula.cli.bench",
    "check": "insula.cli.check",
    "completion": "insula.cli.completion",
    "config": "insula.cli.config",
    "deps": "insula.cli.deps",
    "migrate": "insula.cli.migrate",
    "new": "insula.cli.new",
}
# The key of `Context.meta` for why the application has not been asked.
_NOT_ASKED = "insula.cli.main.not_asked"
# Those among them that are not about an application, so that none is looked for.
_WITHOUT_APP = {"completion", "new", "deps", "migrate"}


class _Top(InsulaGroup):
    """The command itself; ``as-flask`` takes over before anything is read."""

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a command, the application's before one that is imported late."""
        if name not in _LATE:
            return super().get_command(ctx, name)
        if name not in _WITHOUT_APP:
            with suppress(NoAppException):
                load_one(ctx)
                found = super().get_command(ctx, name)
                if found is not None:
                    return found
        command: click.Command = getattr(import_module(_LATE[name]), f"{name}_command")
        return command

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*super().list_commands(ctx), *_LATE})

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options of the top; a wrong one is one line."""
        if package_name() != "insula":
            return super().parse_args(ctx, args)
        try:
            return super().parse_args(ctx, args)
        except (click.NoSuchOption, click.BadOptionUsage, click.BadParameter):
            # Not the error that is raised without arguments: that is the help.
            with briefly():
                raise

    def tell_not_asked(self, ctx: click.Context, exc: NoAppException) -> None:
        """Keep the reason for the one line that an unknown command gets."""
        if package_name() != "insula":
            super().tell_not_asked(ctx, exc)
        ctx.meta[_NOT_ASKED] = exc.format_message()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is named, or say in one line which may be meant."""
        if any(word.startswith(("--settings", "--pythonpath")) for word in args[1:]):
            from insula.cli.class_commands import take_early_options

            take_early_options(ctx.ensure_object(ScriptInfo), args[0], args[1:])
        if package_name() != "insula":
            # What is stood in for shows the usage, too.
            return super().resolve_command(ctx, args)
        ctx.meta[FOR_PROGRAMS] = "--json" in args
        with briefly():
            try:
                return super().resolve_command(ctx, args)
            except click.UsageError as exc:
                if _NOT_ASKED in ctx.meta:
                    own = {*self.commands, *_LATE}
                    # It may well be one of the application's: a slip, or nothing.
                    meant = get_close_matches(args[0], own, n=1, cutoff=0.82)
                    hint = f" (did you mean {meant[0]!r}?)" if meant else ""
                    raise NoAppException(
                        f"No such command {args[0]!r}{hint} without an application:"
                        f" {ctx.meta[_NOT_ASKED]}"
                    ) from exc
                # Without an application it is not known which commands there are.
                info = ctx.ensure_object(ScriptInfo)
                if not args[0].startswith("-") and info._loaded_app is not None:
                    names = self.list_commands(ctx)
                    for close in get_close_matches(args[0], names, n=1):
                        known = f"No such command {args[0]!r}; did you mean {close!r}?"
                        raise click.UsageError(known, ctx) from exc
                raise

    def main(  # type: ignore[override]  # the rest is handed on
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        **extra: Any,
    ) -> Any:
        """Run the command line."""
        asked = os.environ.get("_INSULA_COMPLETE")
        if asked and args is None:
            sys.exit(import_module(_LATE["completion"]).answer(self, asked))
        try:
            Path.cwd()
        except OSError:
            click.ClickException(
                "The current folder does not exist any more; change to one that does."
            ).show()
            sys.exit(2)
        words = list(sys.argv[1:] if args is None else args)
        if words[:1] != [as_flask_command.name]:
            with telling_of_output():
                try:
                    return super().main(args, prog_name, **extra)
                except Exception as exc:
                    if not extra.get("standalone_mode", True):
                        raise
                    text = traceback_of_loading(exc)
                    if text is None:
                        raise
                    click.echo(text, err=True, nl=False)
                    sys.exit(1)
        name = prog_name or Path(sys.argv[0]).name
        return as_flask_command.main(words[1:], f"{name} {words[0]}", **extra)


main = _Top(
    name="insula",
    help="Serve and manage an application. Its own commands are listed here, too.",
)
main.add_command(as_flask_command)
