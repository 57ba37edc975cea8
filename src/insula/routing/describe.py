"""Print the compiled rules, in the order in which they are tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insula.routing.segments import INT, PATH, STRING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insula.routing.matcher import Matcher
    from insula.routing.segments import Edge
    from insula.routing.trie import Leaf, Node

__all__ = ["describe"]

_KINDS = {STRING: "<string>", INT: "<int>", PATH: "<path>"}


def describe(matcher: Matcher) -> str:
    """Return the trie of ``matcher`` as text: a line per segment, indented by depth.

    A line has the segment, then the methods and endpoints of the rules that end there.
    Rules that are answered by the map (redirects, aliases) are marked ``(map)``.
    """
    if matcher.root is None:
        return "(the map is of a kind that is not compiled: it answers itself)"
    return "\n".join(_lines(matcher.root))


def _lines(root: Node) -> Iterator[str]:
    # Depth first by hand: a rule can have more segments than Python has stack.
    pending = [(depth_first, 0) for depth_first in reversed(_ways_on(root))]
    while pending:
        (label, node), depth = pending.pop()
        shown = (label or "(no domain)") if depth == 0 else f"/{label}"
        ends = ", ".join(map(_end, node.leaves))
        yield f"{'  ' * depth}{shown}{'  -> ' if ends else ''}{ends}"
        for way in reversed(_ways_on(node)):
            # The slash that every path begins with is not a level.
            if depth == 0 and way[0] == "":
                pending.extend((below, 1) for below in reversed(_ways_on(way[1])))
            else:
                pending.append((way, depth + 1))


def _ways_on(node: Node) -> list[tuple[str, Node]]:
    ways = list(node.static.items())
    ways += [(_segment(edge), edge.child) for edge in node.edges]
    return ways


def _segment(edge: Edge[Node]) -> str:
    return _KINDS.get(edge.kind) or f"<regex {edge.content}>"


def _end(leaf: Leaf) -> str:
    rule = leaf.rule
    methods = "*" if rule.methods is None else "|".join(sorted(rule.methods))
    asked = "" if leaf.plain else " (map)"
    kind = "WS " if rule.websocket else ""
    return f"{kind}{methods} {rule.endpoint}{asked}"
