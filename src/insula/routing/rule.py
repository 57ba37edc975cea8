"""A rule that keeps little, and makes its URL builders when a URL is first built.

Werkzeug compiles two functions per rule when the rule is added, and keeps what it
parsed. Most rules never build a URL in a given process, and what they parse to is
mostly the same (:mod:`insula.routing.patterns`); so a usual rule keeps its text, and
gives out the rest when it is read.

Adding reports what is wrong with a rule, and must go on doing so. A rule that is not
usual is compiled at once, as Werkzeug does it; of those, too, the builders wait, but
where only compiling them can find what is wrong (a name used twice, a default that its
converter refuses).

Requests in many threads may be the first to build a URL. They compile one at a time:
``ast.parse`` of CPython 3.11 counts its depth for all threads in one place, and fails
when they come between each other (python/cpython#106905).
"""

from __future__ import annotations

import re
from _thread import RLock
from typing import TYPE_CHECKING, Any

from werkzeug.routing import Rule as WerkzeugRule

from insula.routing.patterns import Segment, static_part

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self
    from werkzeug.routing import BaseConverter, Map
    from werkzeug.routing.rules import RulePart

    from insula.routing.patterns import Patterns

__all__ = ["Rule"]

_CONSTANTS = frozenset({"None", "True", "False"})
_compiling = RLock()

_PARSING = {
    name: getattr(WerkzeugRule, name)
    for name in ("_parse_rule", "get_converter", "_get_func_code")
}


def _kept(name: str) -> Any:
    """Return a property that reads what a rule holds, or else what it would hold."""

    def read(self: Rule) -> Any:
        held = self._held
        if held is not None and name in held:
            return held[name]
        return _MAKE[name](self)

    def hold(self: Rule, value: Any) -> None:
        # An empty one is what a rule begins with.
        if self._held is not None:
            self._held[name] = value
        elif value:
            self._held = {name: value}

    return property(read, hold)


class Rule(WerkzeugRule):
    """Hold one URL pattern; ``werkzeug.routing.Rule`` in all but when it compiles."""

    # PERF: in slots, for CPython 3.11 gives an object a dictionary of its own when it
    # gets attributes long after it was made.
    __slots__ = ("_domain", "_held", "_path", "_patterns")

    # What was parsed and compiled, as far as it is held.
    _held: dict[str, Any] | None
    # What a usual rule was read with.
    _patterns: Patterns | None
    _domain: str
    _path: str

    _trace = _kept("_trace")
    _parts = _kept("_parts")
    _converters = _kept("_converters")
    _build = _kept("_build")
    _build_unknown = _kept("_build_unknown")

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:  # noqa: ARG004  # __init__'s
        """Make a rule that holds nothing."""
        self = super().__new__(cls)
        self._held = self._patterns = None
        return self

    def compile(self) -> None:
        """Parse the rule, for the map that it was bound to."""
        self._held = self._patterns = None
        if not self._read():
            self._held = {}
            super().compile()

    def _read(self) -> bool:
        """Note what a usual rule keeps; False if this is none."""
        url_map = self.map
        patterns: Patterns | None = getattr(url_map, "patterns", None)
        if patterns is None or self.defaults or not _parses_as_usual(type(self)):
            return False
        domain = (self.host if url_map.host_matching else self.subdomain) or ""
        if "<" in domain or "/" in domain or domain == "|":
            return False
        path = self.rule
        if self.merge_slashes and "//" in path:
            path = re.sub("/{2,}", "/", path)
        names = patterns.read(url_map, path)
        if names is None:
            return False
        if names:
            if len(set(names)) != len(names) or not _CONSTANTS.isdisjoint(names):
                return False
            self.arguments.update(names)
        self._domain = domain
        self._path = path
        self._patterns = patterns
        return True

    def _segments(self) -> list[str | Segment] | None:
        """Return the domain and the segments of the path; None if it is not usual."""
        if self._patterns is None:
            return None
        return [self._domain, *self._patterns.split(self._path)]

    def _compile_builder(
        self, append_unknown: bool = True
    ) -> Callable[..., tuple[str, str]]:
        if self._patterns is not None:
            with _compiling:
                return super()._compile_builder(append_unknown)
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


def _parses_as_usual(kind: type[Rule]) -> bool:
    return (
        kind.compile is Rule.compile
        and kind._compile_builder is Rule._compile_builder
        and all(getattr(kind, name) is usual for name, usual in _PARSING.items())
    )


def _make_trace(rule: Rule) -> list[tuple[bool, str]]:
    segments = rule._segments()
    if segments is None:
        return []
    trace = [(False, rule._domain)] if rule._domain else []
    trace.append((False, "|"))
    for number, segment in enumerate(segments[1:]):
        if number:
            trace.append((False, "/"))
        if isinstance(segment, Segment):
            trace += segment.trace
        elif segment:
            trace.append((False, segment))
    return trace


def _make_parts(rule: Rule) -> list[RulePart]:
    return [
        segment.part if isinstance(segment, Segment) else static_part(segment)
        for segment in rule._segments() or ()
    ]


def _make_converters(rule: Rule) -> dict[str, BaseConverter]:
    # Made anew and held: whoever asks may do to them what is for this rule alone.
    made = {
        name: type(shared)(rule.map)
        for segment in rule._segments() or ()
        if isinstance(segment, Segment)
        for name, shared in segment.converters.items()
    }
    if made:
        rule._converters = made
    return made


def _make_builder(append_unknown: bool) -> Callable[[Rule], Callable[..., Any]]:
    name = "_build_unknown" if append_unknown else "_build"

    def make(rule: Rule) -> Callable[..., Any]:
        if rule._patterns is None:
            raise AttributeError(name)
        made: Any = rule._compile_builder(append_unknown)
        bound: Callable[..., Any] = made.__get__(rule, None)
        setattr(rule, name, bound)
        return bound

    return make


_MAKE: dict[str, Callable[[Rule], Any]] = {
    "_trace": _make_trace,
    "_parts": _make_parts,
    "_converters": _make_converters,
    "_build": _make_builder(append_unknown=False),
    "_build_unknown": _make_builder(append_unknown=True),
}
