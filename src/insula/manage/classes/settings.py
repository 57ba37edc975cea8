"""What ``--settings`` and ``--pythonpath`` say, before the application is made.

A command's options are read by its own parser, which is found by way of the
application. So the words of the command line are looked at first, and these two taken
from them where a module ``management/commands/NAME.py`` is in the project: a command of
click may have options of these names that mean something else.
"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from werkzeug.utils import import_string

from insula.manage.classes.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["early_options", "has_command", "load_settings", "values_of"]

_WRONG_USE = 2
_DEPTH = 6
_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages"})


def load_settings(name: str) -> Any:
    """Import the object that has the settings.

    :param name: ``MODULE``, or ``MODULE:NAME``.
    :raises CommandError: it cannot be imported.
    """
    try:
        return import_string(name)
    except ImportError as exc:
        # Werkzeug's error is a long one about the one that it met.
        said = getattr(exc, "exception", exc)
        raise CommandError(
            f"--settings {name} could not be imported: {said}. Name a module, or a"
            " class in one as MODULE:NAME.",
            returncode=_WRONG_USE,
        ) from exc


def values_of(settings: Any) -> dict[str, Any]:
    """Return the settings that an object has."""
    return {key: getattr(settings, key) for key in dir(settings) if key.isupper()}


def early_options(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return what words say of settings, and of folders to look for modules in."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--settings", nargs="?")
    parser.add_argument("--pythonpath", action="append", nargs="?", default=[])
    known, _ = parser.parse_known_args(words)
    return known.settings, [folder for folder in known.pythonpath if folder]


def has_command(name: str, folders: Iterable[str]) -> bool:
    """Return whether a command of this name is somewhere in a project's folders."""
    file = os.path.join("management", "commands", f"{name}.py")  # noqa: PTH118 - many of them
    for top in dict.fromkeys(folders):
        for folder, inner, files in os.walk(top):
            if "pyvenv.cfg" in files:
                inner.clear()
                continue
            if "management" in inner and os.path.isfile(os.path.join(folder, file)):  # noqa: PTH113, PTH118
                return True
            depth = os.path.relpath(folder, top).count(os.sep)
            inner[:] = [
                each
                for each in inner
                if depth < _DEPTH and each not in _SKIPPED and not each.startswith(".")
            ]
    return False
