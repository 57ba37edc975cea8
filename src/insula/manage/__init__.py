"""Managing an application: commands as functions and as classes.

`classes` are commands in Django's convention, `script` is Flask-Script's interface.
Names are imported when they are first used (PEP 562).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from insula.manage.classes import (
        ALL_CHECKS,
        AppCommand,
        AppConfig,
        BaseCommand,
        CommandError,
        CommandParser,
        LabelCommand,
        OutputWrapper,
        Style,
        SystemCheckError,
        call_command,
        color_style,
        execute_from_command_line,
        find_commands,
        get_commands,
        load_command_class,
        no_style,
        supports_color,
    )
    from insula.manage.script.command import Command, Group, Option
    from insula.manage.script.errors import InvalidCommand
    from insula.manage.script.manager import Manager
    from insula.manage.script.prompts import (
        prompt,
        prompt_bool,
        prompt_choices,
        prompt_pass,
    )
    from insula.manage.script.server import Server
    from insula.manage.script.shell import Shell
    from insula.manage.script.tools import Clean, ShowUrls

__all__ = [
    "ALL_CHECKS",
    "AppCommand",
    "AppConfig",
    "BaseCommand",
    "Clean",
    "Command",
    "CommandError",
    "CommandParser",
    "Group",
    "InvalidCommand",
    "LabelCommand",
    "Manager",
    "Option",
    "OutputWrapper",
    "Server",
    "Shell",
    "ShowUrls",
    "Style",
    "SystemCheckError",
    "call_command",
    "color_style",
    "execute_from_command_line",
    "find_commands",
    "get_commands",
    "load_command_class",
    "no_style",
    "prompt",
    "prompt_bool",
    "prompt_choices",
    "prompt_pass",
    "supports_color",
]

# Where each name lives: name -> module.
_HOMES: dict[str, str] = {
    "ALL_CHECKS": "insula.manage.classes",
    "AppCommand": "insula.manage.classes",
    "AppConfig": "insula.manage.classes",
    "BaseCommand": "insula.manage.classes",
    "CommandError": "insula.manage.classes",
    "CommandParser": "insula.manage.classes",
    "LabelCommand": "insula.manage.classes",
    "OutputWrapper": "insula.manage.classes",
    "Style": "insula.manage.classes",
    "SystemCheckError": "insula.manage.classes",
    "call_command": "insula.manage.classes",
    "color_style": "insula.manage.classes",
    "execute_from_command_line": "insula.manage.classes",
    "find_commands": "insula.manage.classes",
    "get_commands": "insula.manage.classes",
    "load_command_class": "insula.manage.classes",
    "no_style": "insula.manage.classes",
    "supports_color": "insula.manage.classes",
    "Clean": "insula.manage.script.tools",
    "Command": "insula.manage.script.command",
    "Group": "insula.manage.script.command",
    "InvalidCommand": "insula.manage.script.errors",
    "Manager": "insula.manage.script.manager",
    "Option": "insula.manage.script.command",
    "Server": "insula.manage.script.server",
    "Shell": "insula.manage.script.shell",
    "ShowUrls": "insula.manage.script.tools",
    "prompt": "insula.manage.script.prompts",
    "prompt_bool": "insula.manage.script.prompts",
    "prompt_choices": "insula.manage.script.prompts",
    "prompt_pass": "insula.manage.script.prompts",
}


def __getattr__(name: str) -> Any:
    from insula._core.loading import load

    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'insula.manage' has no attribute {name!r}")
    value = load(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
