"""Commands that do the same for each of the names they are given."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from insula.manage.classes.base import BaseCommand
from insula.manage.classes.errors import CommandError
from insula.proxies import current_app

if TYPE_CHECKING:
    from types import ModuleType

    from insula.manage.classes.parser import CommandParser

__all__ = ["AppCommand", "AppConfig", "LabelCommand"]


class LabelCommand(BaseCommand):
    """A command that is given one or more names; :meth:`handle_label` has one each."""

    #: What a name stands for, to be read in messages: ``file`` for one.
    label = "label"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if type(self).missing_args_message is None:
            self.missing_args_message = f"Give at least one {self.label}."
        super().__init__(*args, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the names."""
        parser.add_argument("args", metavar=self.label, nargs="+")

    def handle(self, *labels: str, **options: Any) -> Any:
        """Call :meth:`handle_label` for each name.

        :return: the texts that it returned, a line each.
        """
        return _lines(
            [self.call(self.handle_label, label, **options) for label in labels]
        )

    def handle_label(self, label: str, **options: Any) -> Any:
        """Do the work for one name; may be ``async def``."""
        raise NotImplementedError(
            f"{type(self).__module__}.{type(self).__name__} has no 'handle_label(self,"
            " label, **options)'; define it."
        )


@dataclass(frozen=True)
class AppConfig:
    """A part of the application, as :class:`AppCommand` is handed it."""

    #: Its name: a blueprint's, with dots if nested, or the application's.
    label: str
    #: The name its module is imported by.
    name: str
    #: The folder of that module.
    path: str
    #: That module, if it has been imported.
    module: ModuleType | None
    #: The blueprint, or the application.
    part: Any


class AppCommand(BaseCommand):
    """A command that is given names of blueprints, or of the application."""

    missing_args_message = "Give the name of a blueprint, or of the application."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the names."""
        parser.add_argument(
            "args", metavar="app_label", nargs="+", help="A blueprint's name."
        )

    def handle(self, *app_labels: str, **options: Any) -> Any:
        """Call :meth:`handle_app_config` for each part.

        :return: the texts that it returned, a line each.
        """
        # All of them first: what is misspelt is found before anything is done.
        configs = [_config(label) for label in app_labels]
        return _lines(
            [self.call(self.handle_app_config, config, **options) for config in configs]
        )

    def handle_app_config(self, app_config: AppConfig, **options: Any) -> Any:
        """Do the work for one part; may be ``async def``."""
        raise NotImplementedError(
            f"{type(self).__module__}.{type(self).__name__} has no 'handle_app_config("
            "self, app_config, **options)'; define it."
        )


def _config(label: str) -> AppConfig:
    parts: dict[str, Any] = {current_app.name: current_app, **current_app.blueprints}
    part = parts.get(label)
    if part is None:
        raise CommandError(
            f"There is no part {label!r} in the application; its parts are"
            f" {', '.join(parts)}.",
            returncode=2,
        )
    if part is current_app:
        part = current_app._get_current_object()
    return AppConfig(
        label,
        part.import_name,
        str(part.root_path),
        sys.modules.get(part.import_name),
        part,
    )


def _lines(outputs: list[Any]) -> str:
    return "\n".join(str(output) for output in outputs if output)
