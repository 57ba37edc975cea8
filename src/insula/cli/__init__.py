"""The ``insula`` command.

`script_info` finds the application, `group` makes its commands run in its context,
`main` is the command itself, `run`, `routes` and `shell` are what it brings along.
"""

from insula.cli.main import main

__all__ = ["main"]
