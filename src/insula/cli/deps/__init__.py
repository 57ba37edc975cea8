"""``insula deps``: what the project imports, as requirements.

`command` is its command line, `files` says which file is meant, `findings` and
`output` are what is printed.
"""

from __future__ import annotations

from insula.cli.deps.command import deps_command

__all__ = ["deps_command"]
