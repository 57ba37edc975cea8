"""What a comment silences: ``# insula: ignore[id, other-id]``.

It stands in the line of the finding, or alone in the line above. In a template it is a
comment of Jinja's: ``{# insula: ignore[id] #}``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from insula.cli.check.findings import Finding

__all__ = ["not_silenced"]

_COMMENT = re.compile(r"insula:\s*ignore\[([^\]]*)\]")
_ALONE = re.compile(r"^\s*(#|\{#)")


def not_silenced(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Leave out what comments silence."""
    texts: dict[str, list[str]] = {}
    for finding in findings:
        place = finding.place
        if place is None or place.line is None:
            yield finding
            continue
        if place.file not in texts:
            texts[place.file] = _lines(place.file)
        if finding.id not in _silenced(texts[place.file], place.line):
            yield finding


def _lines(file: str) -> list[str]:
    try:
        return Path(file).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def _silenced(lines: list[str], number: int) -> set[str]:
    here = lines[number - 1 : number]
    above = lines[number - 2 : number - 1] if number > 1 else []
    texts = here + [line for line in above if _ALONE.match(line)]
    return {
        word.strip()
        for text in texts
        for found in _COMMENT.findall(text)
        for word in found.split(",")
    }
