"""Old ``werkzeug.routing``: a rule's text in parts.

Sources: Werkzeug's documentation, "Rule Format".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from werkzeug.routing import Map

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DEFAULT_CONVERTERS", "parse_rule"]

DEFAULT_CONVERTERS = Map.default_converters

_VARIABLE = re.compile(
    r"<(?:(?P<converter>[A-Za-z_]\w*)(?:\((?P<arguments>.*?)\))?:)?"
    r"(?P<variable>[A-Za-z_]\w*)>"
)


def parse_rule(rule: str) -> Iterator[tuple[str | None, str | None, str]]:
    """Yield ``(converter, arguments, variable)``; ``(None, None, text)`` between."""
    start = 0
    seen: set[str] = set()
    for match in _VARIABLE.finditer(rule):
        text = rule[start : match.start()]
        _refuse_brackets(text, rule)
        if text:
            yield None, None, text
        variable = match["variable"]
        if variable in seen:
            raise ValueError(
                f"The variable {variable!r} is in the rule {rule!r} twice; rename one."
            )
        seen.add(variable)
        yield match["converter"] or "default", match["arguments"] or None, variable
        start = match.end()
    _refuse_brackets(rule[start:], rule)
    if start < len(rule):
        yield None, None, rule[start:]


def _refuse_brackets(text: str, rule: str) -> None:
    if "<" in text or ">" in text:
        raise ValueError(
            f"The rule {rule!r} has a bracket that is no variable's: {text!r}; a"
            " variable is <name> or <converter:name>."
        )
