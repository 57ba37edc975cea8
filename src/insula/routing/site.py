"""What the everyday paths of one domain mean: tables that spare walking the trie.

They are filled when the matcher is compiled, and say what the walk and the search
(:mod:`insula.routing.matcher`) would find out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from insula.routing.segments import INT, STRING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from insula.routing.segments import Edge
    from insula.routing.trie import Leaf, Node

    Table: TypeAlias = dict[str, tuple[Leaf, ...]]
    Lasts: TypeAlias = dict[str, tuple[tuple[bool, Leaf], ...]]

__all__ = ["Site"]


class Site:
    """The rules of one domain.

    :ivar entry: the node behind the slash that every path begins with.
    :ivar table: what each path without a variable ends in.
    :ivar lasts: for a path whose only variable is its last segment, under what comes
        before it: the rules in the order in which they are tried, each with whether
        the segment must be decimal digits. The list ends before the first rule that
        there is more to say about.
    :ivar lone: the paths of ``table`` that no other rules match: if these want another
        method, it is known which.
    :ivar lone_heads: those of ``lasts`` likewise.
    """

    __slots__ = ("entry", "lasts", "lone", "lone_heads", "table")

    def __init__(self, entry: Node) -> None:
        self.entry = entry
        self.table: Table = {}
        self.lasts: Lasts = {}
        self.lone: set[str] = set()
        self.lone_heads: set[str] = set()
        _tabulate(entry, self)


def _tabulate(entry: Node, site: Site) -> None:
    """Fill in what each path without a variable, and with one at its end, means."""
    # NOTE: The map matches a path without the slashes that it begins with beyond the
    # first, so nothing below the node "/" is ever reached.
    table, lasts, lone = site.table, site.lasts, site.lone
    pending = [("", entry, entry.finish, True)]
    while pending:
        path, node, finish, alone = pending.pop()
        if finish:
            table[path] = finish
            if alone and finish == node.leaves:
                lone.add(path)
        # Of a path with an empty segment, the map has more to say.
        alone = alone and not path.endswith("/")
        # Last for a path with a slash too many, if nothing dynamic comes before it.
        lax = () if node.edges else _lax(node.leaves)
        for segment, child in node.static.items():
            if path == "/" and segment != "":
                continue
            below = f"{path}/{segment}"
            if below != "//":
                more = lax if segment == "" else ()
                without = alone and not node.edges
                pending.append((below, child, child.finish + more, without))
        if lax and "" not in node.static and path != "/":
            table[f"{path}/"] = lax
        ends = tuple(_last_segments(node.edges))
        if ends and path != "/":
            lasts[path] = ends
            count = sum(len(edge.child.leaves) for edge in node.edges)
            if (
                alone
                and count == len(ends)
                and not any(edge.child.slashed for edge in node.edges)
            ):
                site.lone_heads.add(path)


def _last_segments(edges: tuple[Edge[Node], ...]) -> Iterator[tuple[bool, Leaf]]:
    for edge in edges:
        if edge.kind not in {STRING, INT}:
            return
        for leaf in edge.child.finish:
            if not leaf.name:
                return
            yield edge.kind == INT, leaf


def _lax(leaves: tuple[Leaf, ...]) -> tuple[Leaf, ...]:
    return tuple([leaf for leaf in leaves if not leaf.rule.strict_slashes])
