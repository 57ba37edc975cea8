"""The command ``insula``: its options, its own commands and the application's."""

from __future__ import annotations

import os
import traceback
from typing import Any

import click

from insula.app.environment import get_load_dotenv
from insula.cli.dotenv import load_dotenv
from insula.cli.errors import NoAppException
from insula.cli.group import AppGroup
from insula.cli.routes import routes_command
from insula.cli.run import run_command
from insula.cli.script_info import ScriptInfo
from insula.cli.shell import shell_command

__all__ = ["InsulaGroup", "main"]


def _read_env_files(
    _ctx: click.Context, _param: click.Parameter | None, value: str | None
) -> None:
    if get_load_dotenv():
        load_dotenv(value)


def _set_app(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.ensure_object(ScriptInfo).app_import_path = value


def _set_debug(
    _ctx: click.Context, _param: click.Parameter, value: bool | None
) -> None:
    if value is not None:
        os.environ["FLASK_DEBUG"] = "1" if value else "0"


class InsulaGroup(AppGroup):
    """The top of the command line: finds the application's commands beside its own."""

    def __init__(self, **extra: Any) -> None:
        params = [
            # NOTE: eager, so that they hold when --help lists the commands.
            click.Option(
                ["-e", "--env-file"],
                type=click.Path(exists=True, dir_okay=False),
                is_eager=True,
                expose_value=False,
                callback=_read_env_files,
                help="Read environment variables from this file, too.",
            ),
            click.Option(
                ["-A", "--app", "app_path"],
                metavar="MODULE[:NAME]",
                is_eager=True,
                expose_value=False,
                callback=_set_app,
                help="The application: an import string or the path of a file.",
            ),
            click.Option(
                ["--debug/--no-debug"],
                default=None,
                is_eager=True,
                expose_value=False,
                callback=_set_debug,
                help="Set debug mode: reloader, debugger, detailed errors.",
            ),
        ]
        super().__init__(params=params, **extra)
        for command in (run_command, routes_command, shell_command):
            self.add_command(command)

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
        if "obj" not in extra:
            extra["obj"] = ScriptInfo()
        return super().make_context(info_name, args, parent=parent, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options of the top, and before help the usual files."""
        if not args or not set(args).isdisjoint(ctx.help_option_names):
            _read_env_files(ctx, None, None)
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command of this group, else of the application."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            return command
        try:
            app = ctx.ensure_object(ScriptInfo).load_app()
        except NoAppException as exc:
            click.secho(f"Error: {exc.format_message()}\n", err=True, fg="red")
            return None
        found: click.Command | None = app.cli.get_command(ctx, cmd_name)
        return found

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, the application's included."""
        names = set(super().list_commands(ctx))
        try:
            names.update(
                ctx.ensure_object(ScriptInfo).load_app().cli.list_commands(ctx)
            )
        except NoAppException as exc:
            # Help is shown all the same; it is how one learns to name an application.
            click.secho(f"Error: {exc.format_message()}\n", err=True, fg="red")
        except Exception:  # noqa: BLE001 - in debug mode, whatever its code raised
            click.secho(f"{traceback.format_exc()}\n", err=True, fg="red")
        return sorted(names)


main = InsulaGroup(
    name="insula",
    help="Serve and manage an application. Its own commands are listed here, too.",
)
