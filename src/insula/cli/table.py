"""Print columns: how wide the terminal is, what fits, and where colours go.

Rules of the file: what is written to a file or a pipe has neither colours nor a width,
unless ``COLUMNS`` says one. Nothing is cut off that a row needs to be understood: a
caller says which columns may be left out, and which one may be shortened.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["is_terminal", "print_table", "shortened", "terminal_width", "width_of"]

GAP = 2


def is_terminal() -> bool:
    """Return whether somebody reads what is printed as it is printed."""
    try:
        return sys.stdout.isatty()
    except (AttributeError, ValueError):
        return False


def terminal_width() -> int | None:
    """Return how many columns a line has; ``None`` where it may have any."""
    if is_terminal() or os.environ.get("COLUMNS", "").isdecimal():
        return shutil.get_terminal_size().columns
    return None


def width_of(columns: Mapping[str, Sequence[str]]) -> int:
    """Return how wide the table of ``columns`` is."""
    widths = [max(map(len, [head, *cells])) for head, cells in columns.items()]
    return sum(widths) + GAP * (len(widths) - 1)


def shortened(text: str, width: int) -> str:
    """Return ``text`` in at most ``width`` columns, with an ellipsis where it ends."""
    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"


def print_table(
    columns: Mapping[str, Sequence[str]],
    *,
    styles: Mapping[str, Callable[[str], str]] | None = None,
) -> None:
    """Print the cells of each column below its head.

    :param styles: for a column, what puts colours into the text of a cell.
    """
    widths = [max(map(len, [head, *cells])) for head, cells in columns.items()]
    _print_row([*columns], widths, [lambda text: click.style(text, bold=True)])
    _print_row(["-" * width for width in widths], widths, [])
    paint = [(styles or {}).get(head, str) for head in columns]
    for row in zip(*columns.values(), strict=True):
        _print_row(row, widths, paint)


def _print_row(
    row: Sequence[str], widths: Sequence[int], paint: Sequence[Callable[[str], str]]
) -> None:
    last = max((n for n, text in enumerate(row) if text), default=0)
    cells = []
    for n, text in enumerate(row[: last + 1]):
        shown = paint[min(n, len(paint) - 1)](text) if paint else text
        # Spaces have no colour, and none are needed where the line ends.
        cells.append(shown + " " * (widths[n] - len(text) if n < last else 0))
    click.echo((" " * GAP).join(cells))
