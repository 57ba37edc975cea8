"""Find what a path means where walking straight on does not: with backtracking.

The order of trying is the map's: the static way on first, then the dynamic ones by
weight, at each node; and, when all that is left of the path is its last slash, the
rules of the node that are not strict about it. On the way the search notes
which methods the rules would have wanted, for the answer 405.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from insula.routing.answer import FALLBACK, NOT_FOUND, NotAllowed, Outcome
from insula.routing.segments import INT, PATH, REST, STRING, matches_path

if TYPE_CHECKING:
    from insula.routing.segments import Edge
    from insula.routing.trie import Leaf, Node

    Found: TypeAlias = tuple[Leaf, list[str]]

__all__ = ["Search", "refuse"]


def refuse(wanted: list[set[str]], *, passes: int) -> NotAllowed | None:
    """Return the answer 405 if rules would have ``wanted`` other methods.

    :param passes: how often the map would have searched. The methods are listed in
        the order of a set, and that depends on all that was ever put into it.
    """
    allowed: set[str] = set()
    for methods in wanted * passes:
        allowed.update(methods)
    return NotAllowed(list(allowed)) if allowed else None


class Search:
    """One search for one request.

    :param parts: the domain, then the segments of the path.
    """

    __slots__ = ("_method", "_mismatch", "_parts", "_wanted", "_websocket")

    def __init__(self, parts: list[str], method: str, *, websocket: bool) -> None:
        self._parts = parts
        self._method = method
        self._websocket = websocket
        self._wanted: list[set[str]] = []
        self._mismatch = False

    def run(self, root: Node) -> Found | None:
        """Return the first leaf that matches, and the texts of its variables."""
        return self._visit(root, 0, [])

    def refusal(self, *, passes: int) -> NotAllowed | Outcome:
        """Say why nothing matched, as far as :meth:`run` came.

        :param passes: see :func:`refuse`.
        """
        answer = refuse(self._wanted, passes=passes)
        if answer is not None:
            return answer
        # The map says in its own words that HTTP met a WebSocket's rule.
        return FALLBACK if self._mismatch else NOT_FOUND

    def _visit(self, node: Node, index: int, values: list[str]) -> Found | None:
        if index == len(self._parts):
            return self._finish(node, values)
        part = self._parts[index]
        child = node.static.get(part)
        if child is not None:
            found = self._visit(child, index + 1, values)
            if found is not None:
                return found
        for edge in node.edges:
            step = self._cross(edge, index, values)
            if step is not None:
                found = self._visit(edge.child, *step)
                if found is not None:
                    return found
        if part == "" and index + 1 == len(self._parts):
            for leaf in node.leaves:
                if not leaf.rule.strict_slashes and self._accepts(leaf):
                    return leaf, values
        return None

    def _finish(self, node: Node, values: list[str]) -> Found | None:
        for leaf in node.leaves:
            if self._accepts(leaf):
                return leaf, values
        for leaf in node.slashed:
            rule = leaf.rule
            if rule.websocket == self._websocket and (
                rule.methods is None or self._method in rule.methods
            ):
                return leaf, values
        return None

    def _accepts(self, leaf: Leaf) -> bool:
        rule = leaf.rule
        if rule.methods is not None and self._method not in rule.methods:
            self._wanted.append(rule.methods)
            return False
        if rule.websocket != self._websocket:
            self._mismatch = True
            return False
        return True

    def _cross(
        self, edge: Edge[Node], index: int, values: list[str]
    ) -> tuple[int, list[str]] | None:
        """Return the index of the segment behind ``edge``, and the values by then."""
        kind = edge.kind
        part = self._parts[index]
        if kind == STRING:
            # Also a domain can be dynamic, and only there may a slash be in a part.
            if part and "/" not in part:
                return index + 1, [*values, part]
            return None
        if kind == INT:
            return (index + 1, [*values, part]) if part.isdecimal() else None
        end = index + 1
        if kind in {PATH, REST}:
            part = "/".join(self._parts[index:])
            end = len(self._parts)
        if kind == PATH:
            return (end, [*values, part]) if matches_path(part) else None
        match = edge.match(part)
        if match is None:
            return None
        texts, slash = match
        # The slash at the end of the path is a segment of its own: an empty one.
        return end - 1 if slash == "/" else end, values + texts
