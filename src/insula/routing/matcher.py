"""The matcher: what a path means, in time that does not grow with the number of rules.

Theory of operation
-------------------
Three stages, each for what the one before it leaves open:

1. *Table.* A path of a rule without variables is looked up in one dictionary. The map
   tries static segments first, so a hit here is what the map would have found.
2. *Straight walk.* The path is split and the trie walked, taking at each node the first
   way on that fits. As long as it never gets stuck, this is the first thing that the
   map would have tried to the end, so a rule at the end of it is the answer.
3. *Search* (:mod:`insula.routing.search`), with backtracking: for paths on which the
   walk gets stuck, and to tell 404 from 405.

What would end in a redirect is answered with ``FALLBACK``: the map knows how to make
the URL. So is an HTTP request for a path that only WebSocket rules have.

A matcher is a snapshot of its map and never changes. One with a successor
(``renew``) checks on each call that the map is still the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.routing import ValidationError
from werkzeug.routing.matcher import StateMachineMatcher

from insula.routing.answer import FALLBACK, NOT_FOUND, Answer, NotAllowed
from insula.routing.late import LateMatcher
from insula.routing.search import Search, refuse
from insula.routing.segments import INT, PATH, REGEX, STRING
from insula.routing.site import Site
from insula.routing.trie import Leaf, Node, grow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from insula.routing.rule_map import RuleMap


__all__ = ["Matcher", "compile_matcher"]

# More digits than these are left to the conversion that catches `int`'s refusal.
_DIGITS_MAX = 400

_NOWHERE = Node()


class Matcher:
    """Answer which rule a path means.

    Made by :func:`compile_matcher`.

    :ivar version: the version of the map that this is a snapshot of.
    :ivar root: the trie; None when the map is of a kind that cannot be compiled.
    """

    __slots__ = (
        "_domain",
        "_dynamic_domains",
        "_merge_slashes",
        "_nowhere",
        "_renew",
        "_site",
        "_sites",
        "_watched",
        "root",
        "version",
    )

    def __init__(
        self,
        rule_map: RuleMap,
        root: Node | None,
        renew: Callable[[], Matcher] | None,
    ) -> None:
        # A matcher without a successor watches itself: it never changes.
        self._watched = self if renew is None else rule_map
        self._renew = renew or self._itself
        self.version = rule_map.version
        self.root = root
        self._merge_slashes = rule_map.merge_slashes
        self._domain = (
            "" if rule_map.host_matching else rule_map.default_subdomain or ""
        )
        nowhere = Site(_NOWHERE)
        self._nowhere = nowhere
        self._sites: dict[str, Site] = {}
        for domain, node in (root.static if root is not None else {}).items():
            entry = node.static.get("")
            if entry is not None:
                self._sites[domain] = Site(entry)
        self._site = self._sites.get(self._domain, nowhere)
        self._dynamic_domains = root is None or len(root.edges) > 0

    # PERF: one function, for every request passes through it, and most go no further.
    def match(  # noqa: C901, PLR0911, PLR0912  # the reason is above
        self,
        path: str,
        method: str,
        domain: str | None = None,
        websocket: bool = False,
    ) -> Answer:
        """Match a request.

        :param path: the decoded ``PATH_INFO``.
        :param method: in capitals.
        :param domain: the subdomain, or the host when the map matches hosts; None is
            the subdomain of rules that name none.
        """
        if self._watched.version != self.version:
            return self._renew().match(path, method, domain, websocket)
        if domain is None or domain == self._domain:
            site = self._site
        else:
            site = self._sites.get(domain, self._nowhere)
        leaves = site.table.get(path)
        if leaves is None:
            head, slash, last = path.rpartition("/")
            ends = site.lasts.get(head)
            value = last
            if ends is None:
                before, slash, value = head.rpartition("/")
                found = site.middles.get((before, last))
                if found is not None and value not in found[0]:
                    ends = found[1]
            # A path that ends in a slash, or has none, is for the walk to judge.
            if ends is not None and value and last and slash:
                for number, leaf in ends:
                    if number and not value.isdecimal():
                        continue
                    rule = leaf.rule
                    methods = rule.methods
                    if (
                        methods is not None and method not in methods
                    ) or rule.websocket != websocket:
                        continue
                    if rule.defaults or len(value) > _DIGITS_MAX:
                        break
                    return rule, {leaf.name: int(value) if leaf.number else value}
                else:
                    if head in site.lone_heads:
                        refusal = self._refuse(method, ends, last)
                        if refusal is not None:
                            return refusal
            return self._walk(site.entry, path, method, domain, websocket)
        for leaf in leaves:
            rule = leaf.rule
            methods = rule.methods
            if (methods is None or method in methods) and (
                rule.websocket is websocket or rule.websocket == websocket
            ):
                if leaf.plain:
                    return rule, dict(rule.defaults) if rule.defaults else {}
                return self._arrive(leaf, [], path, method, domain, websocket)
        if path in site.lone:
            refusal = self._refuse(method, [(False, leaf) for leaf in leaves])
            if refusal is not None:
                return refusal
        return self._search(path, method, domain, websocket)

    # PERF: one function, for every request to a path with variables passes through it;
    # a call per segment would double its time.
    def _walk(  # noqa: C901, PLR0911, PLR0912  # the reason is above
        self,
        node: Node,
        path: str,
        method: str,
        domain: str | None,
        websocket: bool,
    ) -> Answer:
        """Take at each node the first way on that fits; search when there is none."""
        parts = path.split("/")
        size = len(parts)
        if parts[0] or size == 1 or (not parts[1] and path != "/"):
            # It does not begin with exactly one slash: the search mends that.
            return self._search(path, method, domain, websocket)
        index = 1
        # Whether no way on was left out that fits as well.
        sure = not self._dynamic_domains and "//" not in path
        values: list[str] = []
        while index < size:
            part = parts[index]
            index += 1
            child = node.static.get(part)
            if child is not None:
                sure = sure and not node.edges
                node = child
                continue
            for edge in node.edges:
                kind = edge.kind
                if kind == STRING:
                    if not part:
                        continue
                    values.append(part)
                elif kind == INT:
                    if not part.isdecimal():
                        continue
                    values.append(part)
                elif kind == REGEX:
                    found = edge.match(part)
                    if found is None:
                        continue
                    values += found[0]
                elif kind == PATH:
                    # See `matches_path`; a call costs as much as the rest of it.
                    rest = "/".join(parts[index - 1 :])
                    if not part or rest.find("\n", 1) >= 0:
                        continue
                    values.append(rest)
                    index = size
                else:
                    return self._search(path, method, domain, websocket)
                sure = sure and edge is node.edges[-1]
                node = edge.child
                break
            else:
                # Of its last slash, a path may have one too many.
                if sure and part:
                    return NOT_FOUND
                return self._search(path, method, domain, websocket)
        for leaf in node.finish:
            rule = leaf.rule
            methods = rule.methods
            if (methods is None or method in methods) and rule.websocket == websocket:
                if rule.defaults or not leaf.plain:
                    break
                name = leaf.name
                if name and len(values[0]) <= _DIGITS_MAX:
                    return rule, {name: int(values[0]) if leaf.number else values[0]}
                if leaf.converts:
                    break
                return rule, dict(zip(leaf.names, values))  # noqa: B905  # PERF: a third faster, and as many
        else:
            return self._search(path, method, domain, websocket)
        return self._arrive(leaf, values, path, method, domain, websocket)

    def _arrive(
        self,
        leaf: Leaf,
        values: list[str],
        path: str,
        method: str,
        domain: str | None,
        websocket: bool,
    ) -> Answer:
        """Answer with the rule of ``leaf``, if its conversions agree."""
        if not leaf.plain and not leaf.providers:
            return FALLBACK
        # Of values there are as many as names: both come from the rule's variables.
        args: dict[str, Any] = dict(zip(leaf.names, values))  # noqa: B905  # PERF: as above
        convert: Callable[[str], Any] | None = None
        try:
            for name, convert in leaf.converts:
                args[name] = convert(args[name])
        except ValueError as exc:
            # `int` alone: text of more digits than the interpreter converts.
            if not isinstance(exc, ValidationError) and convert is not int:
                raise
            # The map gives up at the first rule whose converter refuses.
            search = Search(self._split(path, domain), method, websocket=websocket)
            search.run(self.root or _NOWHERE)
            return search.refusal(passes=1)
        defaults = leaf.rule.defaults
        if defaults:
            args.update(defaults)
        for rule in leaf.providers:
            if rule.suitable_for(args, method):
                return FALLBACK
        return leaf.rule, args

    def _search(
        self, path: str, method: str, domain: str | None, websocket: bool
    ) -> Answer:
        if self.root is None:
            return FALLBACK
        parts = self._split(path, domain)
        search = Search(parts, method, websocket=websocket)
        found = search.run(self.root)
        if found is not None:
            leaf, values = found
            return self._arrive(leaf, values, path, method, domain, websocket)
        if not self._merge_slashes:
            return search.refusal(passes=1)
        # The map now searches again, with empty segments left out.
        return FALLBACK if "" in parts[2:-1] else search.refusal(passes=2)

    def _refuse(
        self, method: str, ends: Iterable[tuple[bool, Leaf]], last: str = ""
    ) -> NotAllowed | None:
        """Say which methods the rules want that alone match the path."""
        if self._dynamic_domains:
            return None
        wanted = []
        for number, leaf in ends:
            if number and not last.isdecimal():
                continue
            methods = leaf.rule.methods
            if methods is None or method in methods:
                # It is for WebSockets, or it is not.
                return None
            wanted.append(methods)
        return refuse(wanted, passes=2 if self._merge_slashes else 1)

    def _itself(self) -> Matcher:
        return self

    def _split(self, path: str, domain: str | None) -> list[str]:
        if path:
            path = "/" + path.lstrip("/")
        return [self._domain if domain is None else domain, *path.split("/")]


class HostMatcher(Matcher):
    """Answer for a map whose rules go by host: without one, only the map can."""

    __slots__ = ()

    def match(
        self,
        path: str,
        method: str,
        domain: str | None = None,
        websocket: bool = False,
    ) -> Answer:
        """Match a request; see :meth:`Matcher.match`."""
        if domain is None and self._watched.version == self.version:
            return FALLBACK
        return super().match(path, method, domain, websocket)


def compile_matcher(
    rule_map: RuleMap, renew: Callable[[], Matcher] | None = None
) -> Matcher:
    """Compile the rules that ``rule_map`` has now.

    :param renew: returns the matcher to ask once the map has changed; without it the
        matcher goes on answering from the rules it was compiled from.
    """
    with rule_map.lock:
        # A map with a matcher of its own kind has rules of its own.
        known = type(rule_map._matcher) in {StateMachineMatcher, LateMatcher}
        kind = HostMatcher if rule_map.host_matching else Matcher
        return kind(rule_map, grow(rule_map) if known else None, renew)
