"""What suites need running beside them, started for a run and stopped after it.

A service is a context manager that is entered for the run of one suite; it gives the
variables of the environment that say where it is.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tests.suites.sources import SuiteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

__all__ = ["SERVICES", "running"]

SERVICES: dict[str, Callable[[], AbstractContextManager[dict[str, str]]]] = {}


@contextmanager
def running(names: Iterable[str]) -> Iterator[dict[str, str]]:
    """Run services; give the variables of all of them.

    :raises SuiteError: for a service that is not known.
    """
    variables: dict[str, str] = {}
    with ExitStack() as stack:
        for name in names:
            if name not in SERVICES:
                known = ", ".join(SERVICES) or "none"
                raise SuiteError(f"No service {name!r} is known; there are: {known}.")
            variables |= stack.enter_context(SERVICES[name]())
        yield variables
