"""What a matcher answers: a rule with its arguments, or why there is none.

A hit is the plain tuple ``(rule, view_args)``, so that a caller tells it from the rest
with one ``type(answer) is tuple``. No exception is made for a path that is not found:
raising and catching one costs more than the whole lookup.
"""

from __future__ import annotations

import enum
from typing import Any, Final, TypeAlias

from werkzeug.routing import Rule

__all__ = ["FALLBACK", "NOT_FOUND", "Answer", "NotAllowed", "Outcome"]


class Outcome(enum.Enum):
    """An answer that carries nothing but itself."""

    NOT_FOUND = "not found"
    FALLBACK = "ask the map"


NOT_FOUND: Final = Outcome.NOT_FOUND
FALLBACK: Final = Outcome.FALLBACK


class NotAllowed:
    """Rules match the path, none of them the method; RFC 9110 §15.5.6.

    :param valid_methods: the methods of the rules that match the path, in the order in
        which Werkzeug's ``MethodNotAllowed`` lists them.
    """

    __slots__ = ("valid_methods",)

    def __init__(self, valid_methods: list[str]) -> None:
        self.valid_methods = valid_methods

    def __repr__(self) -> str:
        return f"NotAllowed({self.valid_methods!r})"


Answer: TypeAlias = tuple[Rule, dict[str, Any]] | NotAllowed | Outcome
