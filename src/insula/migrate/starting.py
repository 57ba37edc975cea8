"""How a project is started: variables and commands in files that are no Python.

Rules: a line is reported by its number and the name that was looked for; nothing else
of the file is shown, for ``.env`` files have secrets in them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from insula.migrate.old import table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["is_about_starting", "starts"]

_NAMES = re.compile(
    r"\.env(\..+)?|\.flaskenv|procfile(\..+)?|(.+\.)?dockerfile(\..+)?|makefile"
    r"|(docker-)?compose(\..+)?\.ya?ml|tox\.ini|.+\.(sh|service|bat|ps1)|app\.json"
)
# What a list in JSON or YAML has around its words.
_QUOTES = re.compile(r"[\s\[\]\"',]+")
# Where a command stands: first in the line, or behind what is followed by one.
_COMMAND = re.compile(
    r"(?:^|[;&|(`:=]|\bexec|\bCMD|\bENTRYPOINT|\bRUN)[\s-]*(?:\w+=\S*\s+)*"
    r"(?:python[\d.]*\s+-m\s+)?flask\s+(?:--?[\w-]+(?:[= ]\S+)?\s+)*([a-z][\w-]*)"
)
_COMMENT = re.compile(r"\s*(#|//|::|rem\b)", re.IGNORECASE)


def is_about_starting(path: Path) -> bool:
    """Return whether a file may say how a program is started."""
    return _NAMES.fullmatch(path.name.lower()) is not None


def starts(text: str) -> Iterator[tuple[str, int, str, str]]:
    """Yield the kind, the line, the name and what is to be done."""
    old = table().variables
    for number, line in enumerate(text.splitlines(), 1):
        if _COMMENT.match(line):
            continue
        for name, row in old.items():
            if re.search(rf"\b{name}\b", line):
                yield "old", number, name, row.message
        found = _COMMAND.search(_QUOTES.sub(" ", line))
        if found is not None:
            command = f"flask {found[1]}"
            said = f"write 'insula {found[1]}', or 'insula as-flask {command}'"
            yield "start", number, command, said
