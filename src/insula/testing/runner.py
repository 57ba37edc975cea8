"""Run an application's commands in a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click.testing import CliRunner, Result

from insula._core.late import script_info

if TYPE_CHECKING:
    from insula.app import Insula

__all__ = ["InsulaCliRunner"]


class InsulaCliRunner(CliRunner):
    """Click's runner, with the application handed to the command.

    :param app: the application whose commands are run.
    """

    def __init__(self, app: Insula, **kwargs: Any) -> None:
        self.app = app
        super().__init__(**kwargs)

    def invoke(  # type: ignore[override]  # the command is optional here
        self, cli: Any = None, args: Any = None, **kwargs: Any
    ) -> Result:
        """Run a command, by default ``app.cli``; the rest is click's."""
        if cli is None:
            cli = self.app.cli
        if "obj" not in kwargs:
            kwargs["obj"] = script_info(create_app=lambda: self.app)
        return super().invoke(cli, args, **kwargs)
