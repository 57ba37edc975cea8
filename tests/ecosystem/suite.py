"""What is to be known of a project to run its own tests."""

from __future__ import annotations

import pkgutil
import re
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from tests.ecosystem import rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Suite", "all_suites", "chosen", "normal"]


@dataclass(frozen=True, slots=True)
class Suite:
    """A project whose tests are run.

    :param name: the project's name, as its authors write it.
    :param release: which release, as for pip (``==6.*``); the newest if not said.
    :param packages: what its tests need besides, as for pip.
    :param tests: what pytest is handed: files and folders of the archive.
    :param options: further options of pytest.
    :param folder: the folder of the archive where pytest is started.
    :param variables: of the environment.
    :param services: the names of what must be running (see ``services.py``).
    :param forced: packages that are installed without what they say they need, where
        a release says that it does not go with today's Flask; the project's own name
        for the release that is tested.
    :param tests_of: the archive that the tests are taken from, as for pip, where that
        of the release has none.
    :param left_out: tests that are run on neither, and why each is not.
    :param seconds: when the run is given up.
    """

    name: str
    release: str = ""
    packages: tuple[str, ...] = ()
    tests: tuple[str, ...] = ("tests",)
    options: tuple[str, ...] = ()
    folder: str = "."
    variables: Mapping[str, str] = field(default_factory=dict)
    services: tuple[str, ...] = ()
    forced: tuple[str, ...] = ()
    tests_of: str = ""
    left_out: Mapping[str, str] = field(default_factory=dict)
    seconds: int = 600

    @property
    def key(self) -> str:
        """The name as registries compare it."""
        return normal(self.name)


def normal(name: str) -> str:
    """Return a project's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def all_suites() -> list[Suite]:
    """List the suites of every module in ``rows``, by name."""
    found: list[Suite] = []
    for module in pkgutil.iter_modules(rows.__path__, f"{rows.__name__}."):
        found += import_module(module.name).SUITES
    return sorted(found, key=lambda suite: suite.key)


def chosen(names: Iterable[str], suites: Iterable[Suite]) -> list[Suite]:
    """Return the suites of these names; all if there are none.

    :raises LookupError: for a name that no suite has.
    """
    by_key = {suite.key: suite for suite in suites}
    wanted = list(dict.fromkeys(map(normal, names))) or list(by_key)
    unknown = [name for name in wanted if name not in by_key]
    if unknown:
        raise LookupError(
            f"There is no suite of {', '.join(unknown)}; there are"
            f" {', '.join(by_key)}. Add a row in tests/ecosystem/rows."
        )
    return [by_key[name] for name in wanted]
