"""How one dynamic segment of a path is tested.

Werkzeug describes a dynamic segment by a regular expression. The expressions of the
everyday converters are known here, and tested without running one:

- ``STRING``: any text (``<name>``), ``INT``: decimal digits (``<int:id>``),
  ``PATH``: all that is left (``<path:rest>``);
- ``REGEX``: any other expression for one segment, ``REST``: for all that is left.

The expression decides, never the class of the converter, so a converter that changes
its ``regex`` is tested by what it says. Expressions are compiled when first needed:
100,000 of them would take half a minute at the first request. One that is malformed
raises ``re.error`` then, as it does in the Map.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.routing.rules import RulePart

__all__ = ["INT", "PATH", "REGEX", "REST", "STRING", "Edge", "matches_path"]

STRING: Final = 0
INT: Final = 1
REGEX: Final = 2
PATH: Final = 3
REST: Final = 4

N = TypeVar("N")

_GROUP = "__werkzeug_"

# The regular expression of a segment with one everyday converter, and how it is tested.
_KNOWN = {
    (rf"(?P<{_GROUP}0>[^/]{{1,}})\Z", False): STRING,
    (rf"(?P<{_GROUP}0>\d+)\Z", False): INT,
    (rf"(?P<{_GROUP}0>[^/].*?)\Z", True): PATH,
}


class Edge(Generic[N]):
    """One dynamic way on from a node of the trie.

    :ivar kind: one of the constants of this module.
    :ivar content: the regular expression, as Werkzeug wrote it.
    :ivar suffixed: the last group of the expression is an optional slash, which is a
        segment of its own.
    :ivar child: the node behind the segment.
    """

    __slots__ = ("_groups", "_match", "child", "content", "kind", "suffixed")

    def __init__(self, part: RulePart, child: N) -> None:
        self.content = part.content
        self.suffixed = part.suffixed
        self.child = child
        unknown = REST if part.final else REGEX
        self.kind = _KNOWN.get((part.content, part.final), unknown)
        self._match: Callable[[str], re.Match[str] | None] | None = None
        self._groups: tuple[int, ...] = ()

    def match(self, target: str) -> tuple[list[str], str | None] | None:
        """Run the regular expression on ``target``, whatever the kind.

        :return: the values of the converters and the last group (the slash, if
            :attr:`suffixed`), or None.
        """
        run = self._match
        if run is None:
            run = self._compile()
        found = run(target)
        if found is None:
            return None
        values = [found[number] for number in self._groups]
        return values, found[found.re.groups] if self.suffixed else None

    def _compile(self) -> Callable[[str], re.Match[str] | None]:
        pattern = re.compile(self.content)
        # A converter's expression may have named groups of its own.
        numbers = {
            int(name[len(_GROUP) :]): number
            for name, number in pattern.groupindex.items()
            if name.startswith(_GROUP)
        }
        # `_match` last: another thread that finds it set reads the groups.
        self._groups = tuple(numbers[order] for order in sorted(numbers))
        self._match = pattern.match
        return pattern.match


def matches_path(target: str) -> bool:
    """Tell whether ``<path:…>`` matches: no slash first, no newline but the first."""
    return target != "" and target[0] != "/" and target.find("\n", 1) < 0
