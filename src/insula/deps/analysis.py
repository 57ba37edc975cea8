"""Which distributions the imports of a project need.

Theory. Every import is looked up: the project's own, the standard library's, that of
distributions, or nobody's. Then the choices (`try` one, else another) are decided, for
only together can their branches be judged; and what is left is gathered by
distribution. A name that nobody has is reported, never guessed: what is called
``yaml`` in a program is called otherwise where it is published.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from insula.deps.conditions import PYTHONS, marker_of, when_standard
from insula.deps.imports import Import, Need
from insula.deps.own import OwnModules
from insula.deps.requirement import canonical
from insula.deps.sources import find_files, read_source
from insula.deps.standard import is_standard, standard_since

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from insula.deps.installed import Distribution, Environment
    from insula.deps.sources import Problem, Source

__all__ = ["Analysis", "Occurrence", "Unresolved", "Used", "analyse"]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An import where it stands.

    :param cell: of a notebook; 0 for other files.
    """

    path: Path
    cell: int
    dev: bool
    found: Import


@dataclass(slots=True)
class Used:
    """A distribution that is imported."""

    distribution: Distribution
    occurrences: list[Occurrence] = field(default_factory=list)
    marker: str = ""

    def _have(self, need: Need, *, dev: bool) -> bool:
        return any(o.found.need is need and o.dev is dev for o in self.occurrences)

    @property
    def need(self) -> Need:
        """How surely it is needed, by what is no test if by anything.

        What a function imports is optional if the same file catches another import of
        it: it can do without, and the function is not called then.
        """
        found = [o for o in self.occurrences if o.dev == self.dev]
        kinds = {o.found.need for o in found}
        caught = {o.path for o in found if o.found.need is Need.OPTIONAL}
        sure = [o for o in found if o.found.need is Need.REQUIRED]
        if sure and all(o.found.in_function and o.path in caught for o in sure):
            return Need.OPTIONAL
        return next(need for need in Need if need in kinds)

    @property
    def dev(self) -> bool:
        """Whether only tests and their like need it."""
        if self._have(Need.REQUIRED, dev=False):
            return False
        if self._have(Need.REQUIRED, dev=True):
            return True
        return all(o.dev for o in self.occurrences)

    @property
    def decisive(self) -> list[Occurrence]:
        """The imports for which it is needed, one of each statement."""
        need, dev = self.need, self.dev
        by_place = {
            (o.path, o.cell, o.found.line, o.found.condition): o
            for o in reversed(self.occurrences)
            if o.found.need is need and o.dev is dev
        }
        return list(reversed(by_place.values()))


@dataclass(frozen=True, slots=True)
class Unresolved:
    """An import that nothing installed has.

    :param candidates: distributions that share the name, or have it alike.
    :param here: it is reached with this Python on this system.
    """

    occurrence: Occurrence
    candidates: tuple[str, ...] = ()
    here: bool = True


@dataclass(slots=True)
class Analysis:
    """What was found in a project.

    :param used: by the key of the distribution.
    :param declared: keys of requirements that are declared and not installed, and
        imported by that very name.
    """

    files: int = 0
    used: dict[str, Used] = field(default_factory=dict)
    unresolved: list[Unresolved] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    declared: set[str] = field(default_factory=set)
    # What is not there, and need not be: optional, or for other Pythons.
    absent: list[Occurrence] = field(default_factory=list)


def analyse(
    root: Path,
    environment: Environment,
    *,
    ignore: Sequence[str] = (),
    encoding: str | None = None,
    follow_links: bool = True,
    pythons: frozenset[int] = PYTHONS,
    declared: Iterable[str] = (),
) -> Analysis:
    """Return what the sources below a folder import.

    :param root: the project's folder, or one file.
    :param ignore: names, paths or patterns of what is left out.
    :param encoding: of files that do not say theirs.
    :param pythons: minor versions that the project is for.
    :param declared: names that it declares; of distributions that have a module alike,
        one of these is taken.
    """
    files = list(find_files(root, ignore, follow_links=follow_links))
    sources = [read_source(path, root, encoding) for path in files]
    reader = _Analyser(root, environment, files, pythons)
    reader.declared = {canonical(name) for name in declared}
    return reader.run(sources)


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a module comes from; not from here at all, if nothing is set."""

    standard: bool = False
    distributions: tuple[Distribution, ...] = ()

    @property
    def is_free(self) -> bool:
        return self.standard and not self.distributions


class _Analyser:
    def __init__(
        self,
        root: Path,
        environment: Environment,
        files: Sequence[Path],
        pythons: frozenset[int],
    ) -> None:
        self._root = root.resolve()
        self._environment = environment
        self._own = OwnModules(root.resolve(), [path.resolve() for path in files])
        self._pythons = pythons
        self._origins: dict[tuple[Path, str], _Origin] = {}
        self.declared: set[str] = set()
        self.result = Analysis(files=len(files))

    def run(self, sources: Sequence[Source]) -> Analysis:
        choices: dict[int, list[Occurrence]] = {}
        plain: list[Occurrence] = []
        for source in sources:
            self.result.problems += source.problems
            for cell, found in source.imports:
                if not found.condition.pythons & self._pythons:
                    continue
                occurrence = Occurrence(source.path, cell, source.dev, found)
                if found.choice is None:
                    plain.append(occurrence)
                else:
                    choices.setdefault(id(found.choice), []).append(occurrence)
        decided = [one for group in choices.values() for one in self._decide(group)]
        order = {source.path: number for number, source in enumerate(sources)}
        for one in sorted(
            plain + decided, key=lambda o: (order[o.path], o.cell, o.found.line)
        ):
            self._count(one)
        for used in self.result.used.values():
            conditions = [o.found.condition for o in used.decisive]
            used.marker = marker_of(conditions, self._pythons) or ""
        return self.result

    def _origin(self, one: Occurrence) -> _Origin:
        name, path = one.found.name, one.path.resolve()
        key = (path.parent, name)
        if key not in self._origins:
            self._origins[key] = self._look_up(name, path)
        return self._origins[key]

    def _look_up(self, name: str, path: Path) -> _Origin:
        top = name.partition(".")[0]
        if self._own.has(name, path) or top in sys.stdlib_module_names:
            return _Origin(standard=True)
        found = self._environment.providing(name)
        if len(found) > 1:
            found = [one for one in found if one.key in self.declared] or found
        if found:
            if any(self._is_own(one) for one in found):
                return _Origin(standard=True)
            return _Origin(distributions=tuple(found))
        if is_standard(top) or self._own.may_have(name, path):
            return _Origin(standard=True)
        return _Origin()

    def _is_own(self, distribution: Distribution) -> bool:
        folder = distribution.editable_folder
        return folder is not None and folder.resolve().is_relative_to(self._root)

    def _decide(self, group: list[Occurrence]) -> list[Occurrence]:
        """Return the imports of a choice, each as sure as it is."""
        choice = group[0].found.choice
        branches: dict[int, list[Occurrence]] = {}
        for one in group:
            branches.setdefault(one.found.branch, []).append(one)
        free = [b for b in branches.values() if all(self._is_free(o) for o in b)]
        if choice is None or choice.has_default or len(branches) < choice.branches:
            return group
        if free:
            since = min(self._standard_since(branch) for branch in free)
            return [
                o if self._is_free(o) else _required_before(o, since) for o in group
            ]
        there = [b for b in branches.values() if all(self._is_there(o) for o in b)]
        taken = there[0] if there else branches[max(branches)]
        return [
            replace(o, found=replace(o.found, need=Need.REQUIRED)) if o in taken else o
            for o in group
        ]

    def _is_free(self, one: Occurrence) -> bool:
        return self._origin(one).is_free

    def _is_there(self, one: Occurrence) -> bool:
        origin = self._origin(one)
        return origin.standard or bool(origin.distributions)

    def _standard_since(self, branch: list[Occurrence]) -> int:
        return standard_since([o.found.name for o in branch])

    def _count(self, one: Occurrence) -> None:
        found = one.found
        origin = self._origin(one)
        if origin.is_free or not found.condition.pythons & self._pythons:
            return
        if len(origin.distributions) == 1:
            distribution = origin.distributions[0]
            used = self.result.used.setdefault(distribution.key, Used(distribution))
            used.occurrences.append(one)
            return
        names = {canonical(found.top), canonical(found.module)} & self.declared
        if names and not origin.distributions:
            self.result.declared |= names
            return
        here = found.condition.holds(sys.version_info.minor)
        if found.need is not Need.REQUIRED or not here:
            self.result.absent.append(one)
        else:
            places = (
                (u.occurrence, u.occurrence.found) for u in self.result.unresolved
            )
            at = (one.path, one.cell, found.line, found.module)
            if any((o.path, o.cell, f.line, f.module) == at for o, f in places):
                return  # another name of the same statement
            shared = origin.distributions or self._environment.sharing(found.top)
            candidates = tuple(sorted({d.name for d in shared}, key=str.lower))
            self.result.unresolved.append(Unresolved(one, candidates))


def _required_before(one: Occurrence, since: int) -> Occurrence:
    """Return an import that stands for what is standard from a Python on."""
    condition = when_standard(one.found.condition, since)
    if since == 0 or not condition.pythons:
        return one
    found = replace(one.found, need=Need.REQUIRED, condition=condition)
    return replace(one, found=found)
