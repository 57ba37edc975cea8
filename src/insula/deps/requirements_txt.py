"""Files of requirements: read with all that they include, and changed line by line.

A line is changed only where its requirement is: its comment, its order and all other
lines (``-r``, ``-c``, options, URLs, hashes) stay.

Source: "Requirements File Format" of pip.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from insula.deps.declared import Declared, FileError, Text, place_for, says_keep
from insula.deps.requirement import Requirement, parse

if TYPE_CHECKING:
    from pathlib import Path

    from insula.deps.declared import Changes

__all__ = ["RequirementsFile"]

_OPTION = re.compile(r"\s+--?[A-Za-z][\w-]*(?:[= ].*)?$", re.DOTALL)
_COMMENT = re.compile(r"(?:^|\s+)#.*$")
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s+|=)")
_INCLUDE = re.compile(r"(?:-r|--requirement)(?:\s+|=)?(\S.*)")


@dataclass(frozen=True, slots=True)
class _Line:
    """Lines that belong together, by a backslash at their ends.

    :param written: with line ends.
    :param number: of the first, from 1.
    :param declared: the requirement in them, if there is one.
    """

    written: str
    number: int
    declared: Declared | None = None


class RequirementsFile:
    """A ``requirements.txt``, which need not be there yet.

    :raises FileError: it, or one that it includes, cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.source = Text.read(path)
        self._lines: list[_Line] = []
        self.declared: list[Declared] = []
        self._read(self.source, {path.resolve()})

    def _read(self, source: Text, seen: set[Path]) -> None:
        in_target = source is self.source
        for written, number in _logical_lines(source.text):
            body = _body_of(written)
            include = _INCLUDE.fullmatch(body)
            if include is not None:
                path = source.path.parent / include[1].strip("'\"")
                if "://" not in include[1] and path.resolve() not in seen:
                    seen.add(path.resolve())
                    if not path.is_file():
                        raise FileError(
                            f"{source.path}:{number} includes {include[1]!r}, which is"
                            " no file; mend the path or remove the line."
                        )
                    self._read(Text.read(path), seen)
            declared = _declared(body, written, source.path, number, in_target)
            if declared is not None:
                self.declared.append(declared)
            if in_target:
                self._lines.append(_Line(written, number, declared))

    def changed(self, changes: Changes) -> str:
        """Return the text with changes."""
        newline = self.source.newline
        lines: list[tuple[str, str | None]] = []
        for line in self._lines:
            key = line.declared.key if line.declared is not None else None
            if key in changes.remove:
                continue
            written = line.written
            if line.declared is not None and key in changes.update:
                written = _replaced(written, changes.update[key])
            lines.append((written, key))
        for requirement in [*changes.add, *changes.add_dev]:
            known = [(n, key) for n, (_, key) in enumerate(lines) if key]
            place = place_for(requirement.key, [key for _, key in known])
            if place < len(known):
                at = known[place][0]
            else:
                at = known[-1][0] + 1 if known else len(lines)
            if at == len(lines) and lines and not lines[-1][0].endswith("\n"):
                lines[-1] = (lines[-1][0] + newline, lines[-1][1])
            lines.insert(at, (requirement.text() + newline, requirement.key))
        return "".join(written for written, _ in lines)


def _logical_lines(text: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    pending, first = "", 1
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if not pending:
            first = number
        pending += line
        # A comment ends what goes on; pip says so, too.
        bare = line.rstrip("\r\n")
        if bare.endswith("\\") and not bare.lstrip().startswith("#"):
            continue
        found.append((pending, first))
        pending = ""
    if pending:
        found.append((pending, first))
    return found


def _body_of(written: str) -> str:
    lines = [
        _COMMENT.sub("", line.rstrip("\\"))
        for line in re.sub(r"\\\r?\n", "\\\\\n", written).splitlines()
    ]
    return " ".join(line.strip() for line in lines).strip()


def _declared(
    body: str, written: str, path: Path, number: int, in_target: bool
) -> Declared | None:
    editable = _EDITABLE.match(body)
    if editable is not None:
        body = body[editable.end() :].strip("'\"")
    elif body.startswith("-"):
        return None
    options = _OPTION.search(body)
    requirement = parse(body[: options.start()] if options else body)
    if requirement is None:
        return None
    return Declared(
        requirement,
        path,
        number,
        keep=says_keep(written),
        frozen=bool(editable or options),
        in_target=in_target,
    )


def _replaced(written: str, requirement: Requirement) -> str:
    """Return a line with another requirement, its comment as far away as it was."""
    ends = re.search(r"(?:[ \t]+#.*)?\r?\n?$", written)
    end = ends[0] if ends else ""
    indent = written[: len(written) - len(written.lstrip())]
    return f"{indent}{requirement.text()}{end}"
