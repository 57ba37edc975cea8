"""``flask.exthook``: what made ``flask.ext.NAME`` importable."""

from __future__ import annotations

from typing import Any

__all__ = ["ExtDeprecationWarning", "ExtensionImporter"]


class ExtDeprecationWarning(DeprecationWarning):
    """What told of ``flask.ext``; programs name it in their filters."""


class ExtensionImporter:
    """Look for a package's parts under other names.

    The stand-in finds ``flask.ext.NAME`` by itself: this one has nothing to do, and is
    there for programs that make one of their own.

    :param module_choices: the other names, with ``%s`` for the part.
    :param wrapper_module: the package.
    """

    def __init__(self, module_choices: Any, wrapper_module: str) -> None:
        self.module_choices = module_choices
        self.wrapper_module = wrapper_module
        self.prefix = f"{wrapper_module}."

    def install(self) -> None:
        """Do nothing."""
