"""The table of a run, and the page of the documentation that carries it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.suites.environments import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.suites.outcomes import Outcome

__all__ = ["PAGE", "Row", "differences", "table", "update"]

PAGE = ROOT / "docs" / "ecosystem.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"
HEAD = ("Suite", "Release", "Tests", "On Flask", "On Insula", "Difference")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    suite: str
    release: str
    tests: int
    on_flask: int
    on_insula: int
    difference: int

    @property
    def cells(self) -> tuple[str, ...]:
        """The columns of the line."""
        return (
            self.suite,
            self.release,
            str(self.tests),
            str(self.on_flask),
            str(self.on_insula),
            str(self.difference) if self.difference else "none",
        )


def differences(real: Outcome, ours: Outcome) -> list[str]:
    """Name each test that passes on the real Flask and not on the stand-in."""
    if not real.passed:
        return ["no test passes on the real Flask: nothing is measured"]
    return [
        f"{'fails' if test in ours.failed else 'is skipped'}: {test}"
        if test in ours.all
        else f"is not there: {test}"
        for test in sorted(real.passed - ours.passed)
    ]


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """Lay out the lines, as a table of Markdown."""
    lines = [HEAD, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    # Names are read from the left, numbers from the right.
    names = 2

    def laid_out(cells: tuple[str, ...]) -> str:
        padded = [
            cell.ljust(width) if i < names else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |\n"

    rule = [
        "-" * width if i < names else "-" * (width - 1) + ":"
        for i, width in enumerate(widths)
    ]
    return "".join(map(laid_out, [HEAD, tuple(rule), *lines[1:]]))


def update(page: Path, rows: Mapping[str, Row], known: Iterable[str]) -> None:
    """Write lines into a page's table, in the place of older ones of their suites.

    :param rows: the new lines, by suite.
    :param known: the suites that there are; the lines of others go.
    """
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not end:
        raise ValueError(
            f"{page} has no place for the table: put the lines {BEGIN.strip()} and"
            f" {END.strip()} where it is to be."
        )
    cells = {
        line[0]: tuple(line)
        for line in (re.split(r" *\| *", each)[1:-1] for each in old.splitlines())
        if len(line) == len(HEAD)
    }
    cells |= {suite: row.cells for suite, row in rows.items()}
    lines = [cells[suite] for suite in known if suite in cells]
    page.write_text(before + begin + table(lines) + end + after, encoding="utf-8")
