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
    Ends: TypeAlias = tuple[tuple[bool, Leaf], ...]
    Lasts: TypeAlias = dict[str, Ends]
    Middles: TypeAlias = dict[tuple[str, str], tuple[dict[str, Node], Ends]]

__all__ = ["Site"]


class Site:
    """The rules of one domain.

    :ivar entry: the node behind the slash that every path begins with.
    :ivar table: what each path without a variable ends in.
    :ivar lasts: for a path whose only variable is its last segment, under what comes
        before it: the rules in the order in which they are tried, each with whether
        the segment must be decimal digits. The list ends before the first rule that
        there is more to say about.
    :ivar middles: for a path whose only variable is its last segment but one, under
        what comes before and behind it: the segments that are no value there, and the
        rules as in ``lasts``.
    :ivar lone: the paths of ``table`` that no other rules match: if these want another
        method, it is known which.
    :ivar lone_heads: those of ``lasts`` likewise.
    """

    __slots__ = ("entry", "lasts", "lone", "lone_heads", "middles", "table")

    def __init__(self, entry: Node) -> None:
        self.entry = entry
        self.table: Table = {}
        self.lasts: Lasts = {}
        self.middles: Middles = {}
        self.lone: set[str] = set()
        self.lone_heads: set[str] = set()
        _tabulate(entry, self)


def _tabulate(entry: Node, site: Site) -> None:
    """Fill in what each path without a variable, and with one at its end, means."""
    # NOTE: The map matches a path without the slashes that it begins with beyond the
    # first, so nothing below the node "/" is ever reached.
    table, lone = site.table, site.lone
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
        if path != "/":
            _add_ends(path, node, site, alone=alone)


def _add_ends(path: str, node: Node, site: Site, *, alone: bool) -> None:
    edges = node.edges
    for last in {last for edge in edges for last in edge.child.static}:
        ends = tuple(_last_but_one(edges, last))
        if ends and last:
            site.middles[path, last] = (node.static, ends)
    ends = tuple(_last_segments(edges))
    if ends:
        site.lasts[path] = ends
        count = sum(len(edge.child.leaves) for edge in edges)
        slashed = any(edge.child.slashed for edge in edges)
        if alone and count == len(ends) and not slashed:
            site.lone_heads.add(path)


def _last_segments(edges: tuple[Edge[Node], ...]) -> Iterator[tuple[bool, Leaf]]:
    for edge in edges:
        if edge.kind not in {STRING, INT}:
            return
        for leaf in edge.child.finish:
            if not leaf.name:
                return
            yield edge.kind == INT, leaf


def _last_but_one(
    edges: tuple[Edge[Node], ...], last: str
) -> Iterator[tuple[bool, Leaf]]:
    for edge in edges:
        if edge.kind not in {STRING, INT}:
            return
        below = edge.child.static.get(last)
        if below is not None:
            for leaf in below.finish:
                if not leaf.name:
                    return
                yield edge.kind == INT, leaf
        if edge.child.edges:
            return


def _lax(leaves: tuple[Leaf, ...]) -> tuple[Leaf, ...]:
    return tuple([leaf for leaf in leaves if not leaf.rule.strict_slashes])
