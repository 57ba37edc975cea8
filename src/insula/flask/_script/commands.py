"""Commands, and what they are made of."""

from __future__ import annotations

from insula.flask._script.cli import prompt, prompt_bool, prompt_choices, prompt_pass
from insula.manage.script.command import Command, Group, Option
from insula.manage.script.errors import InvalidCommand
from insula.manage.script.server import Server
from insula.manage.script.shell import Shell
from insula.manage.script.tools import Clean, ShowUrls

__all__ = [
    "Clean",
    "Command",
    "Group",
    "InvalidCommand",
    "Option",
    "Server",
    "Shell",
    "ShowUrls",
    "prompt",
    "prompt_bool",
    "prompt_choices",
    "prompt_pass",
]
