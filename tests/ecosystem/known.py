"""Keep the table of the documentation where `insula migrate` reads it.

``make ecosystem`` does so at its end; ``python -m tests.ecosystem.known`` by itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.ecosystem.table import BEGIN, END, PAGE

from insula.migrate.known import KNOWN_FILE

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["keep_known", "known_of"]


def known_of(page: Path = PAGE) -> str:
    """Return the lines of a page's table as that file has them."""
    text = page.read_text(encoding="utf-8")
    rows = text.partition(BEGIN)[2].partition(END)[0].splitlines()[2:]
    cells = [re.split(r" *\| *", row)[1:6] for row in rows]
    return "".join(f"{' '.join(each)}\n" for each in cells)


def keep_known(page: Path = PAGE, file: Path = KNOWN_FILE) -> None:
    """Write the file."""
    file.write_text(known_of(page), encoding="utf-8")


if __name__ == "__main__":
    keep_known()
