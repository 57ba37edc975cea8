"""Werkzeug's matcher of a map, made when it is first asked.

What nearly all requests mean is known to the compiled matcher, which reads the rules;
Werkzeug's own trie of them is for the rest, and for code that looks into it. It is made
when ``_root`` is first read. Before that, a map that fills keeps a list of its rules.
"""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any

from werkzeug.routing.matcher import State, StateMachineMatcher

if TYPE_CHECKING:
    from werkzeug.routing import Rule

__all__ = ["LateMatcher", "late", "sort_states"]


class LateMatcher(StateMachineMatcher):
    """Match as ``StateMachineMatcher`` does.

    :ivar waiting: the rules, in the order in which they were added; None from when the
        trie has been made.
    """

    waiting: list[Rule] | None

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
                made.add(rule)
            sort_states(made._root)
            self._made = made._root
            self.waiting = None

    def add(self, rule: Rule) -> None:
        """Add a rule."""
        if self.waiting is None:
            super().add(rule)
        else:
            self.waiting.append(rule)


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
