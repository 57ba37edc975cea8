"""Werkzeug's matcher of a map, made when it is first asked.

What nearly all requests mean is known to the compiled matcher, which reads the rules;
Werkzeug's own trie of them is for the rest, and for code that looks into it. It is made
when ``_root`` is first read. Before that, a map that fills keeps a list of its rules.
"""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

from werkzeug.routing.matcher import State, StateMachineMatcher

from insula.routing.rule import Rule

if TYPE_CHECKING:
    from werkzeug.routing import Rule as WerkzeugRule

    from insula.routing.patterns import Segment

__all__ = ["LateMatcher", "late", "sort_states"]


class LateMatcher(StateMachineMatcher):
    """Match as ``StateMachineMatcher`` does.

    :ivar waiting: the rules, in the order in which they were added; None from when the
        trie has been made.
    """

    waiting: list[WerkzeugRule] | None

    def __init__(self, merge_slashes: bool, lock: Any = None) -> None:
        self.waiting = []
        self._lock = RLock() if lock is None else lock
        self._made: Any = None
        super().__init__(merge_slashes)

    @property
    def _root(self) -> State:
        if self._made is None:
            with self._lock:
                self._make()
        return self._made  # type: ignore[no-any-return]  # a state by now

    @_root.setter
    def _root(self, root: State) -> None:
        # Of the class above, when it is made; then there is nothing in it.
        if root != State():
            self._made = root
            self.waiting = None

    def _make(self) -> None:
        if self.waiting is not None:
            made = StateMachineMatcher(self.merge_slashes)
            for rule in self.waiting:
                segments = rule._segments() if isinstance(rule, Rule) else None
                if segments is None:
                    made.add(rule)
                else:
                    _add(made._root, segments, rule)
            sort_states(made._root)
            self._made = made._root
            self.waiting = None

    def add(self, rule: WerkzeugRule) -> None:
        """Add a rule."""
        if self.waiting is None:
            super().add(rule)
        else:
            self.waiting.append(rule)


def _add(state: State, segments: list[str | Segment], rule: WerkzeugRule) -> None:
    """Add a usual rule, as the matcher would by its parts.

    PERF: a fifth of the time for 1,000 rules, for most parts are texts to look up.
    """
    for segment in segments:
        if isinstance(segment, str):
            below = state.static.get(segment)
            if below is None:
                below = state.static[segment] = State()
        else:
            part = segment.part
            for known, below in state.dynamic:  # noqa: B007  # what it ends with
                if known is part or known == part:
                    break
            else:
                below = State()
                state.dynamic.append((part, below))
        state = below
    state.rules.append(rule)


def late(matcher: Any, lock: Any) -> Any:
    """Return a late matcher in the place of an empty one of Werkzeug's."""
    if type(matcher) is not StateMachineMatcher or matcher._root != State():
        return matcher
    return LateMatcher(matcher.merge_slashes, lock)


def sort_states(root: State) -> None:
    """Bring the ways on from each state into the order in which they are tried.

    Lists are replaced: others may be iterating them.
    """
    pending = [root]
    while pending:
        state = pending.pop()
        if len(state.dynamic) > 1:
            state.dynamic = sorted(state.dynamic, key=lambda e: e[0].weight)
        pending.extend(state.static.values())
        pending.extend(below for _, below in state.dynamic)
