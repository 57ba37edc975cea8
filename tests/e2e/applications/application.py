"""What is run: an application, the ways to start it, and how it is driven.

Rules: a driver gives *facts*, each a question and what was answered, in a form that two
servers of the same application give alike: no ports, no dates, nothing of chance. It
raises :exc:`AssertionError` where what it does has no sense any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Application", "Facts", "Stage", "Way"]

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """A started application, for whoever drives it."""

    base: str
    """Its address, without a slash at the end."""
    python: Path
    """The interpreter of its environment."""
    folder: Path
    """A folder of its own."""
    one_server: bool
    """Whether the other side is served by the same server."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to start an application: as its users type it, on both sides."""

    command: str
    """With ``{port}``, ``{programs}`` and ``{folder}`` where these stand."""
    done: str
    """What is done then, in a few words."""
    drive: Callable[[Stage], Facts]
    one_server: bool = False
    """Whether the same server serves on both sides."""
    ready: str = "/"
    """A path that is answered as soon as the application is there."""
    on_flask: str = ""
    """The command there, if it is another one."""
    variables: tuple[tuple[str, str], ...] = ()
    """For the environment."""


@dataclass(frozen=True, slots=True)
class Application:
    """An application, and how it is run."""

    name: str
    """As on the registry."""
    packages: tuple[str, ...]
    """What is installed, as for pip."""
    ways: tuple[Way, ...]
    forced: tuple[str, ...] = ()
    """What is installed after that, whatever the others ask for."""
    tests: str = ""
    """The folder of its own tests in its source distribution, if they are run."""
