"""Commands as classes, one a module, in the convention that Django set.

A module ``management/commands/NAME.py`` in the package of the application, or of one
of its blueprints, has a class ``Command``; that is ``insula NAME``.

`base` has the class that commands derive from, `labels` two for commands that are
given names; `parser` reads their arguments, `output` and `style` are what they write
with; `find` finds them, `call` runs them from code and from a ``manage.py``.
"""

from insula.manage.classes.base import ALL_CHECKS, BaseCommand
from insula.manage.classes.call import call_command, execute_from_command_line
from insula.manage.classes.errors import CommandError, SystemCheckError
from insula.manage.classes.find import find_commands, get_commands, load_command_class
from insula.manage.classes.labels import AppCommand, AppConfig, LabelCommand
from insula.manage.classes.output import OutputWrapper
from insula.manage.classes.parser import CommandParser
from insula.manage.classes.style import Style, color_style, no_style, supports_color

__all__ = [
    "ALL_CHECKS",
    "AppCommand",
    "AppConfig",
    "BaseCommand",
    "CommandError",
    "CommandParser",
    "LabelCommand",
    "OutputWrapper",
    "Style",
    "SystemCheckError",
    "call_command",
    "color_style",
    "execute_from_command_line",
    "find_commands",
    "get_commands",
    "load_command_class",
    "no_style",
    "supports_color",
]
