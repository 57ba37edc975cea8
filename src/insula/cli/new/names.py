"""What a project is called: its folder, its package, its variables.

Rules of the file: a name that would make a project which does not run is refused,
with the reason. A package of the name of another one would be imported in its place,
or never.
"""

from __future__ import annotations

import keyword
import re
import sys
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

__all__ = ["NameRefusedError", "ProjectName"]

_LONGEST = 30
_FORM = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[_-][A-Za-z0-9]+)*")
# What the project has beside its package.
_OWN = frozenset({"conftest", "instance", "test", "tests", "wsgi"})


class NameRefusedError(ValueError):
    """A project cannot be called that."""


@dataclass(frozen=True, slots=True)
class ProjectName:
    """The name of a project, and what follows from it."""

    given: str
    """The name of the folder and of the distribution."""

    @classmethod
    def checked(cls, name: str) -> ProjectName:
        """Return the name; raise `NameRefusedError` if a project cannot have it."""
        if not _FORM.fullmatch(name) or len(name) > _LONGEST:
            raise NameRefusedError(
                f"{name!r} cannot be the name of a project: use up to {_LONGEST}"
                " letters and digits, words joined by '-' or '_', a letter first, for"
                " example 'my-shop'."
            )
        made = cls(name)
        package = made.package
        if keyword.iskeyword(package) or keyword.issoftkeyword(package):
            reason = f"{package!r} is a word of Python's"
        elif package in sys.stdlib_module_names:
            reason = f"{package!r} is a module of Python's"
        elif package in _OWN:
            reason = f"the project has a {package!r} already"
        elif _is_installed(package):
            reason = f"a module {package!r} is installed here"
        else:
            return made
        raise NameRefusedError(
            f"{name!r} cannot be the name of a project: {reason}, and the"
            " package would clash with it. Choose another."
        )

    @property
    def package(self) -> str:
        """The name of the package: what is imported."""
        return self.given.lower().replace("-", "_")

    @property
    def prefix(self) -> str:
        """What the variables of the environment begin with."""
        return self.package.upper()


def _is_installed(package: str) -> bool:
    # Not what lies in the current folder, which is where the project is to be.
    here = str(Path.cwd())
    places = [place for place in sys.path if place not in {"", ".", here}]
    return PathFinder.find_spec(package, places) is not None
