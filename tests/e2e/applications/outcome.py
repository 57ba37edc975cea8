"""What differs between two sets of facts, and the table of all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.suites.environments import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tests.e2e.applications.application import Facts

__all__ = ["HEAD", "PAGE", "Line", "compared", "table", "write"]

PAGE = ROOT / "docs" / "applications.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"

HEAD = ("Application", "Started by", "What was done", "On Flask", "On Insula")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table."""

    cells: tuple[str, ...]
    complaints: list[str] = field(default_factory=list)


def compared(flask: Facts, insula: Facts) -> list[str]:
    """Say what is not the same on both."""
    if not flask:
        return ["there is nothing to compare with on Flask"]
    return [
        f"{asked}\n    Flask:  {flask.get(asked, '-')}\n    Insula:"
        f" {insula.get(asked, '-')}"
        for asked in {**flask, **insula}
        if flask.get(asked) != insula.get(asked)
        or (asked in flask) != (asked in insula)
    ]


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Lay out lines, as a table of Markdown."""
    all_lines = [head, *lines]
    widths = [max(len(line[i]) for line in all_lines) for i in range(len(head))]
    all_lines.insert(1, ["-" * width for width in widths])
    return "".join(
        "| "
        + " | ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        )
        + " |\n"
        for line in all_lines
    )


def write(page: Path, text: str) -> None:
    """Put a text in the place of what stands between the marks of a page."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(
            f"{page} has no place for the table: put the lines {BEGIN.strip()} and"
            f" {END.strip()} where it is to be."
        )
    page.write_text(f"{before}{begin}{text}{end}{after}", encoding="utf-8")
