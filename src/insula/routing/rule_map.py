"""The rules of an application: a ``werkzeug.routing.Map`` that knows when it changed.

Extensions add rules and converters to ``app.url_map``, iterate it and read its private
``_rules_by_endpoint``, so it is a Map in full. What is added here:

- ``version`` grows with each rule added and each attribute set; who keeps something
  derived from the map compares it with the version it was derived from.
- ``ways`` keeps how URLs are put together (:mod:`insula.routing.ways`) until then, and
  ``straight`` by path and method the rules without variables that requests have met.
- One lock orders all changes. A list that others may be iterating is replaced, never
  sorted in place (CPython shows a list as empty while it is being sorted): a rule
  registered late disturbs no thread that is matching or building a URL.
"""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any, Literal

from werkzeug.routing import Map

from insula.routing.late import LateMatcher, late, sort_states
from insula.routing.patterns import Patterns
from insula.routing.ways import make_way

if TYPE_CHECKING:
    from typing_extensions import Self
    from werkzeug.routing import Rule, RuleFactory

    from insula.routing.ways import Way

__all__ = ["RuleMap"]


class RuleMap(Map):
    """Hold the rules of an application, and count its changes.

    It takes the arguments of ``werkzeug.routing.Map``.
    """

    # PERF: read at every request, and for every URL.
    __slots__ = ("lock", "patterns", "straight", "version", "ways")

    straight: dict[str, dict[str, Rule]]
    ways: dict[Any, Way | Literal[False]]
    version: int
    lock: RLock
    patterns: Patterns

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:  # noqa: ARG004  # __init__'s
        """Make the lock: a subclass may set attributes before it calls ``__init__``."""
        self = super().__new__(cls)
        # Re-entrant, for a rule factory may itself add rules to the map.
        object.__setattr__(self, "lock", RLock())
        object.__setattr__(self, "patterns", Patterns())
        object.__setattr__(self, "version", 0)
        object.__setattr__(self, "ways", {})
        object.__setattr__(self, "straight", {})
        return self

    def __setattr__(self, name: str, value: object) -> None:
        with self.lock:
            if name == "_matcher":
                value = late(value, self.lock)
            super().__setattr__(name, value)
            # `_remap = True` is how Werkzeug, and code that edits the rules behind
            # the map's back, says that they have changed.
            if name != "_remap" or value:
                object.__setattr__(self, "version", self.version + 1)
                # NOTE: always, for a request may be about to write to it.
                object.__setattr__(self, "straight", {})
                if self.ways:
                    # Replaced, for who is about to read it may hold it.
                    object.__setattr__(self, "ways", {})

    def add(self, rulefactory: RuleFactory) -> None:
        """Add a rule, or the rules of a factory; from any thread, at any time.

        :raises RuntimeError: for a rule that is bound to a map already.
        """
        with self.lock:
            try:
                super().add(rulefactory)
            except BaseException:
                # Of a factory that failed half-way, the first rules are in.
                self._remap = True
                raise

    def update(self) -> None:
        """Bring the rules into the order in which they are matched and built."""
        if not self._remap:
            return
        with self.lock:
            self._sort()

    def find_way(self, endpoint: Any) -> Way | Literal[False]:
        """Return how URLs of ``endpoint`` are put together, and keep it in ``ways``.

        False where there is no such way: then the map's own adapter is asked.
        """
        with self.lock:
            self.update()
            rules = self._rules_by_endpoint.get(endpoint)
            if not rules:
                # Not kept: names that are no endpoint are without number.
                return False
            way = False if self.host_matching else make_way(rules)
            # NOTE: `url_for` takes a name that is found in `ways` for a whole endpoint,
            # and one that begins with a dot for one of the request's blueprint.
            if not (isinstance(endpoint, str) and endpoint.startswith(".")):
                self.ways[endpoint] = way
            return way

    def _sort(self) -> None:
        if self._remap:
            matcher: Any = self._matcher
            if not isinstance(matcher, LateMatcher) or matcher.waiting is None:
                sort_states(matcher._root)
            for endpoint, rules in self._rules_by_endpoint.items():
                if len(rules) > 1:
                    self._rules_by_endpoint[endpoint] = sorted(
                        rules, key=lambda rule: rule.build_compare_key()
                    )
            self._remap = False

    @property
    def _rules(self) -> list[Rule]:
        with self.lock:
            return [
                rule for rules in self._rules_by_endpoint.values() for rule in rules
            ]
