"""The stand-in for ``flask_script``: Insula's manager under that package's names.

COMPAT: Flask-Script 2.0.6, whose last release needs a Flask older than 2.
"""

from __future__ import annotations

from insula.flask._script.cli import prompt, prompt_bool, prompt_choices, prompt_pass
from insula.flask._script.commands import Command, Group, Option, Server, Shell
from insula.manage.script.manager import Manager
from insula.manage.script.parsing import add_help

__all__ = [
    "Command",
    "Group",
    "Manager",
    "Option",
    "Server",
    "Shell",
    "add_help",
    "prompt",
    "prompt_bool",
    "prompt_choices",
    "prompt_pass",
]
