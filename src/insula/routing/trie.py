"""The trie of segments that a matcher walks: a copy of the map's, made to be read.

Theory of operation
-------------------
Werkzeug's map keeps its rules in a trie of segments, the domain first, and its order of
trying is what decides among rules; so the trie is taken from there. Where the map has
not made it yet (:mod:`insula.routing.late`), it is made of the rules' segments, in the
same order. What the copy changes is what there is to do per request:

- the dynamic ways on are sorted by weight, once;
- each node knows what ends a path there: its own rules, then those that want one more
  slash. A rule of the latter that is strict about it is a redirect, hence one the
  map is asked about;
- each rule has a :class:`Leaf` with its conversions chosen beforehand.

A copy is never changed after it was made, so threads read it without a lock.

NOTE: The methods, the websocket flag and the defaults of a rule are read from the rule
when it is matched, for code in the wild changes ``rule.methods`` in place. All
else is as it was when the matcher was compiled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from werkzeug.routing import (
    BaseConverter,
    FloatConverter,
    IntegerConverter,
    UUIDConverter,
)
from werkzeug.routing import Rule as WerkzeugRule
from werkzeug.routing.converters import NumberConverter

from insula.routing.late import LateMatcher
from insula.routing.patterns import Segment
from insula.routing.rule import Rule
from insula.routing.segments import Edge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from werkzeug.routing import Map
    from werkzeug.routing.matcher import State
    from werkzeug.routing.rules import RulePart

    Convert: TypeAlias = Callable[[str], Any]

__all__ = ["Leaf", "Node", "grow"]


class Leaf:
    """What ends a path: a rule, and what is known about it beforehand.

    :ivar names: the variables, in the order of the path.
    :ivar converts: name and conversion of those whose value is not simply the text.
    :ivar name: the only variable of a plain rule, if its value is the text or (then
        :attr:`number` is true) the number that the text is; else empty.
    :ivar plain: a match is an answer; nothing can redirect it.
    :ivar providers: rules that the map may redirect to, when their defaults are what
        the path says. Empty where any match is a question for the map.
    """

    __slots__ = ("converts", "name", "names", "number", "plain", "providers", "rule")

    def __init__(
        self,
        rule: WerkzeugRule,
        names: tuple[str, ...],
        converts: tuple[tuple[str, Convert], ...],
        *,
        plain: bool,
        providers: tuple[WerkzeugRule, ...] = (),
    ) -> None:
        self.rule = rule
        self.names = names
        self.converts = converts
        self.number = converts == ((names[0], int),) if names else False
        lone = plain and len(names) == 1 and (self.number or not converts)
        self.name = names[0] if lone else ""
        self.plain = plain
        self.providers = providers


# PERF: of most nodes; it is read only.
_NO_WAYS: dict[str, Any] = {}


class Node:
    """A place in the trie: what ends here, and the ways on.

    :ivar static: the ways on through a segment that is always the same.
    :ivar edges: the other ways on, in the order in which they are tried.
    :ivar leaves: the rules that end here, in the order in which they are tried.
    :ivar slashed: the rules that end here but for a slash; those that insist on the
        slash are not plain.
    :ivar finish: both of them.
    """

    __slots__ = ("edges", "finish", "leaves", "slashed", "static")

    def __init__(self) -> None:
        self.static: dict[str, Node] = _NO_WAYS
        self.edges: tuple[Edge[Node], ...] = ()
        self.leaves: tuple[Leaf, ...] = ()
        self.slashed: tuple[Leaf, ...] = ()
        self.finish: tuple[Leaf, ...] = ()


def grow(url_map: Map) -> Node:
    """Copy the trie of ``url_map``. The caller sees to it that no rule is added."""
    make_leaf = _LeafMaker(url_map)
    matcher = url_map._matcher
    waiting = matcher.waiting if isinstance(matcher, LateMatcher) else None
    if waiting is None:
        order = _copy(matcher._root, make_leaf)
    else:
        order = _sprout(waiting, make_leaf)
    for node in order:
        branch = node.static.get("")
        if branch is not None and branch.leaves:
            node.slashed = tuple(map(_without_slash, branch.leaves))
            node.finish = node.leaves + node.slashed
        else:
            node.finish = node.leaves
    return order[0]


def _copy(state: State, make_leaf: _LeafMaker) -> list[Node]:
    """Return the nodes that are a copy of the states below ``state``, it first."""
    root = Node()
    pending: list[tuple[State, Node]] = [(state, root)]
    order = []
    while pending:
        state, node = pending.pop()
        order.append(node)
        if state.rules:
            node.leaves = tuple(map(make_leaf, state.rules))
        for segment, below in state.static.items():
            if not node.static:
                node.static = {}
            child = node.static[segment] = Node()
            pending.append((below, child))
        if state.dynamic:
            edges = []
            for part, below in sorted(state.dynamic, key=_weight):
                child = Node()
                edges.append(Edge(part, child))
                pending.append((below, child))
            node.edges = tuple(edges)
    return order


def _sprout(rules: Iterable[WerkzeugRule], make_leaf: _LeafMaker) -> list[Node]:
    """Return the nodes that ``rules`` make, the root first."""
    root = Node()
    order = [root]
    ways: dict[Node, list[tuple[RulePart, Node]]] = {}
    for rule in rules:
        node = root
        for step in _steps(rule):
            child = None
            if isinstance(step, str):
                child = node.static.get(step)
                if child is None:
                    if not node.static:
                        node.static = {}
                    child = node.static[step] = Node()
                    order.append(child)
            else:
                known = ways.get(node)
                if known is None:
                    known = ways[node] = []
                for part, below in known:
                    if part is step or part == step:
                        child = below
                        break
                else:
                    child = Node()
                    order.append(child)
                    known.append((step, child))
            node = child
        node.leaves += (make_leaf(rule),)
    for node, known in ways.items():
        known.sort(key=_weight)
        node.edges = tuple([Edge(part, child) for part, child in known])
    return order


def _weight(way: tuple[RulePart, Any]) -> Any:
    return way[0].weight


def _steps(rule: WerkzeugRule) -> Iterable[str | RulePart]:
    segments = rule._segments() if isinstance(rule, Rule) else None
    if segments is not None:
        return [each if isinstance(each, str) else each.part for each in segments]
    return [part.content if part.static else part for part in rule._parts]


def _without_slash(leaf: Leaf) -> Leaf:
    if leaf.rule.strict_slashes:
        return Leaf(leaf.rule, leaf.names, leaf.converts, plain=False)
    return leaf


class _LeafMaker:
    """Make the leaf of a rule, knowing the other rules of its endpoint."""

    def __init__(self, url_map: Map) -> None:
        self._shared: dict[tuple[int, ...], Any] = {}
        self._redirect_defaults = url_map.redirect_defaults
        self._providers: dict[int, tuple[WerkzeugRule, ...]] = {}
        if self._redirect_defaults:
            for rules in url_map._rules_by_endpoint.values():
                self._collect_providers(rules)

    def _collect_providers(self, rules: Iterable[WerkzeugRule]) -> None:
        # Grouped by their arguments, for only rules with the same ones provide for
        # each other: an endpoint with thousands of rules is not compared all with all.
        groups: dict[frozenset[str], list[WerkzeugRule]] = {}
        ordered = sorted(rules, key=lambda rule: rule.build_compare_key())
        foreign = _has_foreign(ordered)
        if not foreign and not any(rule.defaults for rule in ordered):
            return
        for rule in ordered:
            group = frozenset() if foreign else frozenset(rule.arguments)
            earlier = groups.setdefault(group, [])
            found = tuple(
                other for other in earlier if other.provides_defaults_for(rule)
            )
            if found:
                self._providers[id(rule)] = found
            if rule.defaults or foreign:
                earlier.append(rule)

    def __call__(self, rule: WerkzeugRule) -> Leaf:
        names, converts = self._variables(rule)
        if rule.redirect_to is not None or (rule.alias and self._redirect_defaults):
            return Leaf(rule, names, converts, plain=False)
        providers = self._providers.get(id(rule), ())
        if not providers:
            return Leaf(rule, names, converts, plain=True)
        if not all(_is_pure(convert) for _, convert in converts):
            # The map would convert once more, and a converter may ask a database.
            providers = ()
        return Leaf(rule, names, converts, plain=False, providers=providers)

    def _variables(
        self, rule: WerkzeugRule
    ) -> tuple[tuple[str, ...], tuple[tuple[str, Convert], ...]]:
        """Return the names of the variables, and their conversions where there are."""
        segments = None
        if isinstance(rule, Rule) and rule._held is None:
            segments = rule._segments()
        if segments is None:
            return _read_variables(rule._converters)
        found = [each for each in segments if isinstance(each, Segment)]
        if not found:
            return (), ()
        # Shared by the rules that have the same segments.
        key = tuple(map(id, found))
        variables = self._shared.get(key)
        if variables is None:
            converters = {
                name: converter
                for segment in found
                for name, converter in segment.converters.items()
            }
            variables = self._shared[key] = _read_variables(converters)
        return variables


def _read_variables(
    converters: dict[str, BaseConverter],
) -> tuple[tuple[str, ...], tuple[tuple[str, Convert], ...]]:
    chosen = [(name, _choose_convert(each)) for name, each in converters.items()]
    return tuple(map(str, converters)), tuple(
        [(name, convert) for name, convert in chosen if convert is not None]
    )


def _has_foreign(rules: list[WerkzeugRule]) -> bool:
    # A class of rules that has its own idea of what provides defaults is asked.
    ours = WerkzeugRule.provides_defaults_for
    return any(type(rule).provides_defaults_for is not ours for rule in rules)


def _is_pure(convert: Convert) -> bool:
    """Tell whether nobody can tell that a conversion happened twice."""
    return any(convert is pure for pure in (int, float, UUID))


def _choose_convert(converter: BaseConverter) -> Convert | None:
    """Choose what turns the text of a segment into its value; None: it is the value."""
    kind = type(converter)
    if "to_python" in converter.__dict__:
        return converter.to_python
    if isinstance(converter, NumberConverter):
        bounds = (converter.min, converter.max)
        if not converter.fixed_digits and bounds == (None, None):
            if kind is IntegerConverter:
                return int
            if kind is FloatConverter:
                return float
    elif kind is UUIDConverter:
        return UUID
    elif kind.to_python is BaseConverter.to_python:
        return None
    return converter.to_python
