"""Find the modules ``management/commands/NAME.py`` of an application.

Looked through are the packages of its blueprints, nested ones too, in the order they
were registered in, and then its own package; of two commands of one name the later one
counts. So the application has the last word, as it has about templates. The package of
``shop.views`` is ``shop``; of a module that is in no package the folder is looked
through, and its commands are imported as ``management.commands.NAME``.

Modules are listed without being imported. Those whose names begin with ``_`` are for
what commands share; packages are none, either.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, NamedTuple

from insula.manage.classes.base import BaseCommand
from insula.manage.classes.errors import CommandError
from insula.proxies import current_app

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["CommandModule", "find_commands", "get_commands", "load_command_class"]


class CommandModule(NamedTuple):
    """A module with a command, not imported yet."""

    #: What the command is called.
    name: str
    #: The name of the package that has ``management``; ``""`` for a plain folder.
    package: str
    #: The folder of the module.
    folder: str

    @property
    def module(self) -> str:
        """The name it is imported by."""
        prefix = f"{self.package}." if self.package else ""
        return f"{prefix}management.commands.{self.name}"

    def load(self) -> BaseCommand:
        """Import it and make its command.

        :raises CommandError: if there is no class ``Command`` in it.
        """
        module = self._import()
        kind = getattr(module, "Command", None)
        if not isinstance(kind, type):
            raise CommandError(
                f"{module.__file__} has no class 'Command', which is to be the command"
                f" {self.name!r}; define it, or begin the file's name with '_'."
            )
        if not issubclass(kind, BaseCommand):
            raise CommandError(
                f"'Command' in {module.__file__} does not derive from"
                " insula.manage.BaseCommand, so it cannot be run; derive it from that."
            )
        return kind()

    def _import(self) -> ModuleType:
        if self.package:
            return import_module(self.module)
        # NOTE: another folder on sys.path may have a `management`, too.
        file = Path(self.folder, f"{self.name}.py")
        try:
            spec = find_spec(self.module)
        except ImportError:
            spec = None
        if spec is not None and spec.origin and _same(spec.origin, file):
            return import_module(self.module)
        spec = spec_from_file_location(self.module, file)
        if spec is None or spec.loader is None:
            raise ImportError(f"{file} cannot be imported.", name=self.module)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


def find_commands(app: Any) -> dict[str, CommandModule]:
    """Return the commands of an application by name; nothing is imported."""
    found: dict[str, CommandModule] = {}
    # A place has its say where it is last named, as the application's own must.
    places = list(dict.fromkeys(_places(app)[::-1]))[::-1]
    for package, root in places:
        folder = str(Path(root, "management", "commands"))
        for _, name, is_package in iter_modules([folder]):
            if not is_package and not name.startswith("_"):
                found[name] = CommandModule(name, package, folder)
    return found


def get_commands() -> dict[str, str]:
    """Return the current application's commands: names, and the packages they are in.

    A package is the one that has ``management``, as :func:`load_command_class` takes
    it; for the folder of an application that is in no package it is ``""``.
    """
    commands = find_commands(current_app)
    return {name: command.package for name, command in commands.items()}


def load_command_class(app_name: str, name: str) -> BaseCommand:
    """Import ``management.commands.NAME`` of a package and return its command."""
    command = find_commands(current_app).get(name) if not app_name else None
    return (command or CommandModule(name, app_name, "")).load()


def _places(app: Any) -> list[tuple[str, str]]:
    """Return the packages and folders that have a say, in order."""
    parts = [*app.blueprints.values(), app]
    return [place for part in parts for place in _places_of(part)]


def _places_of(part: Any) -> list[tuple[str, str]]:
    module = sys.modules.get(part.import_name)
    package = getattr(module, "__package__", None)
    if package:
        # NOTE: of a namespace package there may be several folders.
        paths = getattr(sys.modules.get(package), "__path__", [part.root_path])
        return [(package, str(path)) for path in paths]
    return [("", str(part.root_path))]


def _same(path: str, other: Path) -> bool:
    return Path(path).resolve() == other.resolve()
