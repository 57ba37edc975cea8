"""The extensions of a project, and what its requirements say.

An extension is what imports ``flask`` itself: a distribution of which that is known, or
whose metadata say that it needs Flask, or one that is called ``flask_…``.

Sources: `insula.deps` for requirements, imports and what is installed.
"""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import PackageNotFoundError, requires
from typing import TYPE_CHECKING

from insula.deps import (
    Declared,
    FileError,
    PyprojectFile,
    RequirementsFile,
    canonical,
)
from insula.deps.declared import Text
from insula.deps.requirement import parse
from insula.migrate.findings import Extension, Finding
from insula.migrate.known import known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from insula.deps import Environment
    from insula.migrate.findings import Report

__all__ = ["Extensions", "declared_in", "is_requirements"]

_REQUIREMENTS = re.compile(
    r"(.*[-_.])?(requirements|constraints)([-_.].*)?\.(txt|in|pip)"
)
_LIMIT = re.compile(r"(===?|<=?|~=)\s*([0-9]+(?:\.[0-9]+)*)(\.\*)?")
_RELEASE = re.compile(r"[0-9]+(\.[0-9]+)*")
_LOWEST = re.compile(r">=?\s*([0-9][0-9.]*)")
_SECTION = re.compile(r"\[([^\]]+)\]")
_SETTING = re.compile(r"([A-Za-z_][\w-]*)\s*=(?!=)\s*(.*)")
_OURS = frozenset({"flask", "insula"})


def is_requirements(path: Path) -> bool:
    """Return whether a file says what a project requires."""
    name = path.name.lower()
    return name in {"pyproject.toml", "setup.py", "setup.cfg"} or (
        _REQUIREMENTS.fullmatch(name) is not None
        or (path.parent.name.lower() == "requirements" and path.suffix == ".txt")
    )


def declared_in(path: Path) -> list[Declared]:
    """Return the requirements in a file.

    :raises FileError: it cannot be read.
    """
    if path.name == "pyproject.toml":
        return PyprojectFile(path).declared
    if path.name == "setup.py":
        return list(_in_setup(path))
    if path.name == "setup.cfg":
        return list(_in_setup_cfg(path))
    return [one for one in RequirementsFile(path).declared if one.in_target]


def _in_setup(path: Path) -> Iterator[Declared]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return  # it is reported as a source
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and (node.arg or "").endswith("requires"):
            for one in ast.walk(node.value):
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    requirement = parse(one.value)
                    if requirement is not None:
                        yield Declared(requirement, path, one.lineno)


def _in_setup_cfg(path: Path) -> Iterator[Declared]:
    section = key = ""
    for number, line in enumerate(Text.read(path).text.splitlines(), 1):
        head, name = _SECTION.match(line), _SETTING.match(line)
        if head is not None:
            section, key = head[1], ""
            continue
        if name is not None:
            key, line = name[1], name[2]  # noqa: PLW2901 - what is left of it
        wanted = key == "install_requires" and section == "options"
        if wanted or section == "options.extras_require":
            requirement = parse(line.strip()) if line.strip()[:1] != "#" else None
            if requirement is not None and requirement.name:
                yield Declared(requirement, path, number)


class Extensions:
    """What is gathered of extensions, in the order in which files are read."""

    def __init__(self, report: Report, environment: Environment) -> None:
        self._report = report
        self._environment = environment
        self._floors = dict(_floors())
        self._names: dict[str, str] = {}

    def declare(self, path: Path) -> None:
        """Read a file of requirements."""
        try:
            found = declared_in(path)
        except FileError as exc:
            self._report.findings.append(
                Finding("unread", path, 0, path.name, str(exc).rstrip("."))
            )
            return
        for one in found:
            key, versions = one.key, one.requirement.versions
            floor = self._floors.get(key)
            if floor is not None and _excludes(versions, floor):
                needed = ".".join(map(str, floor))
                name = f"{one.requirement.name}{versions}"
                said = (
                    f"{name} leaves out what Insula needs,"
                    f" {one.requirement.name}>={needed}; raise it, or leave it out"
                )
                self._report.findings.append(
                    Finding("pin", one.path, one.line, name, said)
                )
            if one.requirement.name and self._is_extension(key):
                extension = self._add(key, one.requirement.name)
                extension.places.append((one.path, one.line))
                extension.declared = extension.declared or versions
                tested = extension.known and _RELEASE.match(extension.known.release)
                if tested and _excludes(versions, _numbers(tested[0])):
                    extension.excluding = extension.excluding or versions

    def use(self, module: str, path: Path, line: int) -> None:
        """Note that a module, dotted, is imported."""
        top = module.partition(".")[0]
        if top not in self._names:
            self._names[top] = self._distribution_of(top)
        name = self._names[top]
        if name:
            places = self._add(canonical(name), name).places
            places.append((path, line))

    def _distribution_of(self, top: str) -> str:
        if top in sys.stdlib_module_names or canonical(top) in _OURS:
            return ""
        found = self._environment.providing(top)
        names = [one.name for one in found if self._is_extension(one.key)]
        if names or found:
            return names[0] if names else ""
        return self._guess(top)

    def _guess(self, top: str) -> str:
        one = known().get(canonical(top))
        if one is not None:
            return one.name
        return top if top.startswith("flask_") else ""

    def _is_extension(self, key: str) -> bool:
        if key in _OURS:
            return False
        if key in known() or key.startswith("flask-"):
            return True
        distribution = self._environment.get(key)
        return distribution is not None and any(
            one.key == "flask" and "extra" not in one.marker
            for one in distribution.requires
        )

    def _add(self, key: str, name: str) -> Extension:
        extensions = self._report.extensions
        if key not in extensions:
            one = known().get(key)
            extensions[key] = Extension(one.name if one else name, known=one)
        return extensions[key]


def _floors() -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the lowest releases that Insula goes with."""
    try:
        texts: Iterable[str] = requires("insula") or ()
    except PackageNotFoundError:
        return
    for text in texts:
        requirement = parse(text)
        if requirement is not None and "extra" not in requirement.marker:
            lowest = _LOWEST.search(requirement.versions)
            if lowest is not None:
                yield requirement.key, _numbers(lowest[1])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part)


def _excludes(versions: str, floor: tuple[int, ...]) -> bool:
    """Return whether versions leave out a release and all later ones."""
    for operator, version, star in _LIMIT.findall(versions):
        highest = _numbers(version)
        if operator == "<":
            excluded = _padded(highest, floor) <= _padded(floor, highest)
        elif star or operator == "~=":
            kept = highest if star else highest[:-1]
            excluded = kept < floor[: len(kept)]
        else:
            excluded = _padded(highest, floor) < _padded(floor, highest)
        if excluded:
            return True
    return False


def _padded(numbers: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return numbers + (0,) * (len(other) - len(numbers))
