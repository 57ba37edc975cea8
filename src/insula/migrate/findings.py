"""What is found in a project."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from insula.migrate.known import Known

__all__ = ["KINDS", "TO_DO", "Change", "Extension", "Finding", "Report"]

#: Each kind by its name, with what it means.
KINDS: dict[str, str] = {
    "import": "imports of flask",
    "old": "what Flask, Werkzeug, Jinja or ItsDangerous have removed",
    "differs": "what behaves otherwise on Insula",
    "string": "flask in a string, which is left",
    "extension": "imports flask itself",
    "pin": "a requirement that excludes Insula's",
    "start": "how it is started",
    "unread": "what could not be read",
    "unwritten": "what could not be written",
}

#: The kinds that have to be looked at before the program runs on Insula alone.
TO_DO = frozenset({"import", "old", "pin", "unread", "unwritten"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing, where it stands.

    :param kind: one of `KINDS`.
    :param name: what it is about.
    :param message: what it means, and what to do; without a full stop.
    :param line: 0 where it is the whole file.
    :param cell: of a notebook; 0 for other files.
    :param rewritten: ``--write`` does it.
    """

    kind: str
    path: Path
    line: int
    name: str
    message: str
    cell: int = 0
    rewritten: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """The new bytes of a file."""

    path: Path
    old: bytes
    new: bytes


@dataclass(slots=True)
class Extension:
    """A distribution that imports flask itself.

    :param places: where it is imported or declared, the first first.
    :param known: what the run of its tests has shown; None, if there was none.
    :param excluding: the versions that are wanted, where the release of that run and
        all later ones are none of them.
    """

    name: str
    places: list[tuple[Path, int]] = field(default_factory=list)
    declared: str = ""
    known: Known | None = None
    excluding: str = ""


@dataclass(slots=True)
class Report:
    """All that was found.

    :param files: how many were read.
    :param installs: a place that calls ``insula.flask.install()``.
    :param makes_app: where the application is made.
    """

    files: int = 0
    findings: list[Finding] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    extensions: dict[str, Extension] = field(default_factory=dict)
    installs: tuple[Path, int] | None = None
    makes_app: tuple[Path, int] | None = None

    @property
    def to_do(self) -> list[Finding]:
        """What has to be done."""
        return [one for one in self.findings if one.kind in TO_DO]
