"""Print findings: for a person in a terminal, for tools a line each, or as JSON.

Rules of the file: colours only in a terminal, and never with ``NO_COLOR``.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from insula.cli.check.findings import ERROR, KINDS, WARNING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insula.cli.check.findings import Finding, Place

__all__ = ["brief", "print_findings", "print_json", "print_kinds", "shown"]

_COLOURS = {ERROR: "red", WARNING: "yellow"}


def brief(path: str) -> str:
    """Return a path as it is seen from the current folder."""
    try:
        return str(Path(path).resolve().relative_to(Path.cwd().resolve()))
    except ValueError:
        return path


def shown(place: Place) -> str:
    """Return ``file:line``."""
    line = "" if place.line is None else f":{place.line}"
    return brief(place.file) + line


def print_findings(findings: Sequence[Finding], looked_at: str) -> None:
    """Print what was found, and how much.

    :param looked_at: what was looked at, where nothing was found.
    """
    wide = _is_terminal()
    for finding in findings:
        where = "application" if finding.place is None else shown(finding.place)
        if wide:
            level = _painted(finding.level, fg=_COLOURS[finding.level], bold=True)
            click.echo(f"{_painted(where, bold=True)} {level} [{finding.id}]")
            width = max(shutil.get_terminal_size().columns - 1, 20)
            lines = textwrap.wrap(finding.sentence, width - 2, break_long_words=False)
            click.echo("".join(f"  {line}\n" for line in lines))
        else:
            click.echo(f"{where}: {finding.level}: {finding.sentence} [{finding.id}]")
    errors = sum(finding.level == ERROR for finding in findings)
    warnings = len(findings) - errors
    if not findings:
        click.echo(_painted(f"No mistakes found in {looked_at}.", fg="green"))
    else:
        counts = [_count(errors, "error"), _count(warnings, "warning")]
        said = ", ".join(count for count in counts if count)
        click.echo(_painted(f"{said}.", fg="red" if errors else "yellow"))


def print_json(findings: Sequence[Finding]) -> None:
    """Print the findings as a list of objects."""
    rows = [
        {
            "id": finding.id,
            "level": finding.level,
            "file": None if finding.place is None else brief(finding.place.file),
            "line": None if finding.place is None else finding.place.line,
            "what": finding.what,
            "mend": finding.mend,
        }
        for finding in findings
    ]
    click.echo(json.dumps(rows, indent=2, ensure_ascii=False))


def print_kinds() -> None:
    """Print all ids, with what they mean."""
    width = max(map(len, KINDS))
    for name, (level, meaning) in KINDS.items():
        click.echo(f"{name:{width}}  {level:7}  {meaning}")


def _count(number: int, noun: str) -> str:
    return "" if not number else f"{number} {noun}{'' if number == 1 else 's'}"


def _painted(text: str, *, fg: str | None = None, bold: bool | None = None) -> str:
    if os.environ.get("NO_COLOR") or not _is_terminal():
        return text
    return click.style(text, fg=fg, bold=bold)


def _is_terminal() -> bool:
    try:
        return sys.stdout.isatty()
    except (AttributeError, ValueError):
        return False
