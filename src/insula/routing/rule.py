"""A rule that makes its URL builders when a URL is first built.

Werkzeug compiles two functions per rule when the rule is added, which is two thirds
of the time that adding takes. Most rules never build a URL in a given process.

Adding reports what is wrong with a rule, and must go on doing so. What only compiling
the builders can find (a name used twice, a default that its converter refuses) makes
them at once, as before.

Requests in many threads may be the first to build a URL. They compile one at a time:
``ast.parse`` of CPython 3.11 counts its depth for all threads in one place, and fails
when they come between each other (python/cpython#106905).
"""

from __future__ import annotations

from _thread import RLock
from typing import TYPE_CHECKING

from werkzeug.routing import Rule as WerkzeugRule

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.routing import Map

__all__ = ["Rule"]

_CONSTANTS = frozenset({"None", "True", "False"})
_compiling = RLock()


class Rule(WerkzeugRule):
    """Hold one URL pattern; ``werkzeug.routing.Rule`` in all but when it compiles."""

    def _compile_builder(
        self, append_unknown: bool = True
    ) -> Callable[..., tuple[str, str]]:
        names = [data for is_dynamic, data in self._trace if is_dynamic]
        if (
            self.defaults
            or len(set(names)) != len(names)
            or not _CONSTANTS.isdisjoint(names)
        ):
            return super()._compile_builder(append_unknown)
        compile_now = super()._compile_builder
        attribute = "_build_unknown" if append_unknown else "_build"

        def build(rule: Rule, /, **values: object) -> tuple[str, str]:
            with _compiling:
                made = getattr(rule, attribute)
                if made.__func__ is build:
                    made = compile_now(append_unknown).__get__(rule, None)
                    setattr(rule, attribute, made)
            result: tuple[str, str] = made(**values)
            return result

        return build

    def bind(self, map: Map, rebind: bool = False) -> None:
        """Take the place in ``map``; once more, with ``rebind``, after changes."""
        super().bind(map, rebind)
        if rebind:
            # What was derived from the rule as it was falls with this.
            map._remap = True

    def __eq__(self, other: object) -> bool:
        # Werkzeug compares a rule with rules of its own class or below: ours are alike.
        return isinstance(other, WerkzeugRule) and self._trace == other._trace

    __hash__ = None  # rules compare by what they match
