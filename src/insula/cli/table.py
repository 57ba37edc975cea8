"""Print columns: how wide the terminal is, what fits, and where colours go.

Rules of the file: what is written to a file or a pipe has neither colours nor a width,
unless ``COLUMNS`` says one. Nothing is cut off that a row needs to be understood: a
caller says which columns may be left out, and which one may be shortened.
"""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "is_terminal",
    "print_table",
    "shortened",
    "styled",
    "terminal_width",
    "text_width",
    "width_of",
]

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


def text_width(text: str) -> int:
    """Return how many columns a text takes: letters of East Asia take two.

    Source: Unicode Standard Annex 11.
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 1 + (_width_class(char) in "WF")
        for char in text
    )


_width_class = unicodedata.east_asian_width


def styled(text: str, **styles: Any) -> str:
    """Return ``text`` with colours; as it is if there are none."""
    given = {name: value for name, value in styles.items() if value}
    return click.style(text, **given) if given else text


def width_of(columns: Mapping[str, Sequence[str]]) -> int:
    """Return how wide the table of ``columns`` is."""
    widths = [max(map(text_width, [head, *cells])) for head, cells in columns.items()]
    return sum(widths) + GAP * (len(widths) - 1)


def shortened(text: str, width: int) -> str:
    """Return ``text`` in at most ``width`` columns, with an ellipsis where it ends."""
    if text_width(text) <= width:
        return text
    while text and text_width(text) >= width:
        text = text[: min(width - 1, len(text) - 1)]
    return f"{text}…"


def print_table(
    columns: Mapping[str, Sequence[str]],
    *,
    styles: Mapping[str, Callable[[str], str]] | None = None,
) -> None:
    """Print the cells of each column below its head.

    :param styles: for a column, what puts colours into the text of a cell.
    """
    widths = [max(map(text_width, [head, *cells])) for head, cells in columns.items()]
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
        cells.append(shown + " " * (widths[n] - text_width(text) if n < last else 0))
    click.echo((" " * GAP).join(cells))
