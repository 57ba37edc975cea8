"""Run an application's commands in a test."""

from __future__ import annotations

from typing import Any

from click.testing import CliRunner, Result

from insula._core.late import commands_of, script_info

__all__ = ["InsulaCliRunner"]


class InsulaCliRunner(CliRunner):
    """Click's runner, with the application handed to the command.

    :param app: the application whose commands are run.
    """

    def __init__(self, app: Any, **kwargs: Any) -> None:
        self.app = app
        super().__init__(**kwargs)

    def invoke(  # type: ignore[override]  # the command is optional here
        self, cli: Any = None, args: Any = None, **kwargs: Any
    ) -> Result:
        """Run a command, by default one of the application's; the rest is click's."""
        if cli is None:
            cli = commands_of(self.app)
        if "obj" not in kwargs:
            kwargs["obj"] = script_info(create_app=lambda: self.app)
        return super().invoke(cli, args, **kwargs)
