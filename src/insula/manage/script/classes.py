"""Commands of ``management/commands`` on the command line of a manager.

They come after the manager's own commands. Which there are is known once there is an
application, so one is made when a line names a command that the manager does not have.
"""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING, Any, NoReturn

from insula.manage.script.command import add_options

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["list_classes", "run_class"]

_WORDS = "the words"


class _UnreadError(Exception):
    """The options of the manager could not be read."""


class _Options(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _UnreadError(message)


def run_class(manager: Any, prog: str, args: Sequence[str]) -> bool:
    """Run the class that a line names, if any; tell whether there was one.

    :param manager: the one at the top.
    :param prog: the name of the script.
    :param args: the words after it.
    """
    parser = _Options(prog=prog, add_help=False)
    add_options(parser, manager.get_options())
    parser.add_argument(_WORDS, nargs=argparse.REMAINDER)
    try:
        options = vars(parser.parse_args(list(args)))
    except _UnreadError:
        return False  # what is wrong is for the manager's parser to say
    words = options.pop(_WORDS)
    if not words or words[0].startswith("-") or _has(manager, words[0]):
        return False
    from insula.manage.classes.find import find_commands

    app = manager(**options)
    if not hasattr(app, "blueprints"):
        return False
    found = find_commands(app).get(words[0])
    if found is None:
        return False
    with app.app_context():
        found.load().run_from_argv([prog, *words])
    return True


def list_classes(manager: Any) -> str | None:
    """Return what help says of classes, where there is an application already."""
    if not hasattr(manager.app, "blueprints"):
        return None
    from insula.manage.classes.find import find_commands

    names = [name for name in find_commands(manager.app) if not _has(manager, name)]
    if not names:
        return None
    return textwrap.fill(f"In management/commands: {', '.join(sorted(names))}", 78)


def _has(manager: Any, name: str) -> bool:
    plain = name.replace("-", "_")
    return any(known.replace("-", "_") == plain for known in manager._commands)
