"""The ``insula`` command, and what an application's own commands are made with.

`script_info` finds the application, `group` makes its commands run in its context,
`main` is the command itself, `run`, `routes` and `shell` are what it brings along.
"""

from insula.cli.errors import NoAppException
from insula.cli.group import AppGroup, with_appcontext
from insula.cli.main import InsulaGroup, main
from insula.cli.script_info import ScriptInfo, pass_script_info

__all__ = [
    "AppGroup",
    "InsulaGroup",
    "NoAppException",
    "ScriptInfo",
    "main",
    "pass_script_info",
    "with_appcontext",
]
