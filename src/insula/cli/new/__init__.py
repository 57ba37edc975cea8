"""``insula new``: make a project that runs.

`command` is the command line, `names` says what a project may be called, `scaffold`
writes the files; what they hold is in the folder ``files``, as templates.
"""

from insula.cli.new.command import new_command

__all__ = ["new_command"]
