"""What is to be looked at, a line each, with its place as editors and CI read it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from insula.deps import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from insula.cli.deps.files import Files
    from insula.deps import (
        Analysis,
        Comparison,
        Declared,
        Occurrence,
        Problem,
        Used,
    )

__all__ = ["check", "first", "leave_dev_out", "note", "shown", "to_look_at", "unused"]


def shown(path: Path) -> str:
    """Return a path as it is shortest for somebody who is here."""
    absolute, here = Path(os.path.abspath(path)), Path.cwd()  # noqa: PTH100 - links stay
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else path)


def _place(path: Path, line: int, cell: int = 0) -> str:
    within = f":cell {cell}" if cell else ""
    return f"{shown(path)}{within}:{line}" if line else f"{shown(path)}{within}"


def _where(one: Occurrence) -> str:
    return _place(one.path, one.found.line, one.cell)


def first(used: Used) -> str:
    """Return the place of the first import for which a distribution is needed."""
    return _where(used.decisive[0])


def _line(place: str, kind: str, text: str, color: str) -> str:
    return f"{place}: {click.style(kind, fg=color)}: {text}"


def leave_dev_out(analysis: Analysis) -> None:
    """Forget what is to be looked at in tests and their like."""
    analysis.unresolved = [u for u in analysis.unresolved if not u.occurrence.dev]
    analysis.problems = [one for one in analysis.problems if not one.dev]


def unused(declared: Sequence[Declared]) -> Iterator[str]:
    """Yield a line for each requirement that is imported nowhere."""
    for one in declared:
        yield _line(
            _place(one.path, one.line),
            "unused",
            f"{one.requirement.name} is imported nowhere",
            "yellow",
        )


def _unresolved(analysis: Analysis) -> Iterator[str]:
    for one in analysis.unresolved:
        module = one.occurrence.found.module
        if len(one.candidates) > 1:
            said = f"{module} may be of {', '.join(one.candidates)}; declare one"
        elif one.candidates:
            said = f"{module} is not in {one.candidates[0]}, and nothing else has it"
        else:
            said = f"nothing that is installed has {module}"
        yield _line(_where(one.occurrence), "unresolved", said, "red")


def _unread(problems: Sequence[Problem]) -> Iterator[str]:
    for one in problems:
        yield _line(_place(one.path, one.line, one.cell), "unread", one.message, "red")


def to_look_at(analysis: Analysis, comparison: Comparison) -> Iterator[str]:
    """Yield a line for each import, file or requirement that nothing is known of."""
    yield from _unresolved(analysis)
    yield from _unread(analysis.problems)
    for one in comparison.unclear:
        yield _line(
            _place(one.path, one.line),
            "unclear",
            f"{one.requirement.name} is not installed; what it has cannot be seen",
            "yellow",
        )


def note(lines: Iterator[str]) -> None:
    """Print lines on the error output."""
    for line in lines:
        click.echo(line, err=True)


def check(files: Files, analysis: Analysis, comparison: Comparison) -> int:
    """Print all findings, and return the exit code."""
    for used in comparison.missing:
        decisive = used.decisive
        top = decisive[0].found.top
        name = used.distribution.name
        module = f" (module {top})" if canonical(top) != canonical(name) else ""
        places = len(decisive) - 1
        more = f"; {_counted(places, 'import')} more" if places else ""
        said = f"{name}{module} is not in {shown(files.path)}{more}"
        click.echo(_line(first(used), "missing", said, "red"))
    for line in unused(comparison.unused):
        click.echo(line)
    for line in to_look_at(analysis, comparison):
        click.echo(line)
    counts = {
        "missing": len(comparison.missing),
        "unused": len(comparison.unused),
        "unresolved": len(analysis.unresolved),
        "unread": len(analysis.problems),
    }
    if any(counts.values()):
        found = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
        click.echo(f"{shown(files.path)}: {found}.")
        return 1
    click.echo(
        f"{shown(files.path)} declares what {_counted(analysis.files, 'file')}"
        f" import{'s' if analysis.files == 1 else ''}, and nothing else."
    )
    return 0


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
