"""The router: the matcher of a map, and its successor when the map has changed.

``Router.match`` is the bound method of the current matcher, which checks the version of
the map itself: the hot path is one call. When the map has changed, the first caller
compiles the next matcher under the lock of the map and puts it in place; one that still
holds the old ``match`` is handed on by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from insula.routing.describe import describe
from insula.routing.matcher import compile_matcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula.routing.answer import Answer
    from insula.routing.matcher import Matcher
    from insula.routing.rule_map import RuleMap

__all__ = ["Router"]


class Router:
    """Answer which rule a path means, by the rules that the map has at the time.

    :ivar match: ``match(path, method, domain=None, websocket=False)``, see
        :meth:`insula.routing.matcher.Matcher.match`. Nothing is compiled before the
        first call.
    """

    __slots__ = ("_matcher", "map", "match")

    match: Callable[..., Answer]

    def __init__(self, rule_map: RuleMap) -> None:
        self.map = rule_map
        self._matcher: Matcher | None = None
        self.match = self._match_first

    @property
    def matcher(self) -> Matcher:
        """The matcher of the map as it is; compiled when it is not there yet."""
        matcher = self._matcher
        if matcher is not None and matcher.version == self.map.version:
            return matcher
        # The map's own lock, for two could be taken in either order: a rule factory
        # may ask the router while its rules are being added.
        with self.map.lock:
            matcher = self._matcher
            if matcher is None or matcher.version != self.map.version:
                matcher = compile_matcher(self.map, self._renew)
                self._matcher = matcher
                self.match = matcher.match
            return matcher

    def describe(self) -> str:
        """Return the compiled rules as text, in the order in which they are tried."""
        return describe(self.matcher)

    def _match_first(
        self,
        path: str,
        method: str,
        domain: str | None = None,
        websocket: bool = False,
    ) -> Answer:
        return self.matcher.match(path, method, domain, websocket)

    def _renew(self) -> Matcher:
        return self.matcher
