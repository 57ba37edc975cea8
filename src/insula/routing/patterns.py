"""The segments of rules, read once: what most rules are made of, and need not keep.

Theory of operation
-------------------
Of a rule, Werkzeug keeps some forty lists, tuples and functions. Python's garbage
collector visits each of them time and again while rules are added, so that most of the
time that 100,000 rules take is the collector's. Yet rules resemble each other:
``<int:id>`` is the same in all of them. So a map keeps what a segment means
(:class:`Segment`, made by Werkzeug's own parser), and a rule that consists of such
segments keeps its text.

Only segments with converters of Werkzeug's, without arguments, are read here: these
keep nothing of the rule that they belong to. A rule with another one, and any rule
whose class parses in a manner of its own, is Werkzeug's to compile.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from werkzeug.routing import (
    FloatConverter,
    IntegerConverter,
    PathConverter,
    UnicodeConverter,
    UUIDConverter,
)
from werkzeug.routing import Rule as WerkzeugRule
from werkzeug.routing.rules import RulePart, Weighting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.routing import BaseConverter, Map

    Trace: TypeAlias = list[tuple[bool, str]]

__all__ = ["Patterns", "Segment", "static_part"]

_VARIABLE = r"<(?:([a-zA-Z_][a-zA-Z0-9_]*):)?[a-zA-Z_][a-zA-Z0-9_]*>"
_is_readable = re.compile(rf"(?:[^<]|{_VARIABLE})*").fullmatch
_find_kinds = re.compile(_VARIABLE).findall
_SHARED: frozenset[Any] = frozenset(
    {
        FloatConverter,
        IntegerConverter,
        PathConverter,
        UnicodeConverter,
        UUIDConverter,
    }
)


class Segment:
    """A segment with variables.

    :ivar part: as Werkzeug's parser makes it.
    :ivar trace: likewise.
    :ivar converters: by the variable's name, in the order of the segment.
    :ivar kinds: the classes of the converters, by the name that the segment uses.
    """

    __slots__ = ("converters", "kinds", "part", "trace")

    def __init__(
        self,
        part: RulePart,
        trace: Trace,
        converters: dict[str, BaseConverter],
        kinds: dict[str, type[BaseConverter]],
    ) -> None:
        self.part = part
        self.trace = trace
        self.converters = converters
        self.kinds = kinds


class Patterns:
    """The segments with variables that the rules of a map have."""

    __slots__ = ("_segments",)

    def __init__(self) -> None:
        self._segments: dict[str, Segment] = {}

    def read(self, url_map: Map, text: str) -> list[str] | None:
        """Return the names of the variables in the path ``text``.

        None for what is not read here; then :meth:`split` cannot be asked for it.
        """
        if "<" not in text:
            return []
        if "(" in text:
            return None
        names: list[str] = []
        last = None
        for segment in text.split("/"):
            if last is not None and last.part.final:
                # It takes what comes after it into its own expression.
                return None
            if "<" in segment:
                last = self._segments.get(segment) or self._make(url_map, segment)
                if last is None:
                    return None
                for name, kind in last.kinds.items():
                    if url_map.converters.get(name) is not kind:
                        return None
                names += last.converters
            else:
                last = None
        return names

    def split(self, text: str) -> Iterator[str | Segment]:
        """Return the segments of ``text``; of a static one, the text."""
        known = self._segments
        return (known.get(segment, segment) for segment in text.split("/"))

    def _make(self, url_map: Map, segment: str) -> Segment | None:
        if _is_readable(segment) is None:
            return None
        kinds: dict[str, Any] = {}
        for name in _find_kinds(segment):
            kind = url_map.converters.get(name or "default")
            if kind not in _SHARED:
                return None
            kinds[name or "default"] = kind
        parser = WerkzeugRule("/")
        parser.map = url_map
        (part,) = parser._parse_rule(segment)
        converters = parser._converters
        if len(converters) < sum(is_dynamic for is_dynamic, _ in parser._trace):
            # A name used twice; Werkzeug says so.
            return None
        made = Segment(part, parser._trace, converters, kinds)
        self._segments[segment] = made
        return made


def static_part(text: str) -> RulePart:
    """Return the part that Werkzeug's parser makes of a segment without variables."""
    weights = [(0, -len(text))] if text else []
    weight = Weighting(-len(weights), weights, 0, [])
    return RulePart(
        content=text, final=False, static=True, suffixed=False, weight=weight
    )
