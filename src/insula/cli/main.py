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


class InsulaGroup(AppGroup):
    """The top of the command line: finds the application's commands beside its own."""

    def __init__(self, **extra: Any) -> None:
        params = [
            click.Option(
                ["-A", "--app", "app_path"],
                metavar="MODULE[:NAME]",
                help="The application: an import string or the path of a file.",
            ),
            click.Option(
                ["--debug/--no-debug"],
                default=None,
                help="Set debug mode: reloader, debugger, detailed errors.",
            ),
            click.Option(
                ["-e", "--env-file"],
                type=click.Path(exists=True, dir_okay=False),
                help="Read environment variables from this file, too.",
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
        """Apply ``--app``, ``--debug`` and ``--env-file``."""
        if not args and self.no_args_is_help:
            args = ["--help"]
        rest = super().parse_args(ctx, args)
        if get_load_dotenv():
            load_dotenv(ctx.params.get("env_file"))
        info = ctx.ensure_object(ScriptInfo)
        if ctx.params.get("app_path"):
            info.app_import_path = ctx.params["app_path"]
        debug = ctx.params.get("debug")
        if debug is not None:
            os.environ["FLASK_DEBUG"] = "1" if debug else "0"
        for name in ("app_path", "debug", "env_file"):
            ctx.params.pop(name, None)
        return rest

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
