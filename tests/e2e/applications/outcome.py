"""What differs between two sets of facts, and the table of all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.e2e.applications.application import Facts

__all__ = ["Line", "compared", "table"]

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
