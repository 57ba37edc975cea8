"""How far a rule goes along with a path, and in words why it goes no further.

Theory. A rule is a row of segments, the domain first, as Werkzeug's matcher takes it;
each is a fixed text or a regular expression, and the last may take the rest of the
path. The matcher tries at each segment fixed text first, then expressions by their
weight, then by their order of registration: rules that fit both are ordered by the
first segment in which they differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["Asked", "Look", "look_at", "order_of", "why_after"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for.

    :ivar domain: the subdomain, or the host where those are matched; ``None`` where
        the request has none that is accepted.
    """

    domain: str | None
    path: str
    method: str
    websocket: bool

    def with_merged_slashes(self) -> Asked:
        """Return the same with one slash for each row of them."""
        return replace(self, path=re.sub("/{2,}", "/", self.path))


@dataclass(slots=True)
class Look:
    """One rule, held against a path.

    :ivar depth: how many segments of the path fit, the leading slash not counted.
    :ivar stop: why it goes no further; empty if it fits, or but for a slash.
    :ivar wrong_domain: whether it would fit on another domain.
    """

    rule: Any
    depth: int = 0
    stop: str = ""
    wrong_domain: bool = False
    lacks_slash: bool = False
    extra_slash: bool = False
    values: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether it is a rule of this very path."""
        return not self.stop and not self.is_one_slash_off

    @property
    def is_one_slash_off(self) -> bool:
        """Whether it would fit with a slash at the end, or without."""
        return not self.stop and (self.lacks_slash or self.extra_slash)

    def why_not(self, asked: Asked, *, slash_may_lack: bool = False) -> str:
        """Return why the rule does not answer; empty if it would."""
        rule = self.rule
        strict = rule.strict_slashes
        if self.stop:
            return self.stop
        if rule.build_only:
            return "URLs are built with it, and none are matched (build_only)"
        if self.extra_slash and strict:
            return "it does not end in a slash, as the path does (strict_slashes)"
        if rule.methods is not None and asked.method not in rule.methods:
            own = sorted(rule.methods - {"HEAD", "OPTIONS"} or rule.methods)
            return f"it takes {', '.join(own)}, not {asked.method}"
        if rule.websocket != asked.websocket:
            kind = "WebSockets" if rule.websocket else "requests, not for WebSockets"
            return f"it is for {kind}"
        lacks = self.lacks_slash and strict and not slash_may_lack
        return "it ends in a slash, and would redirect there" if lacks else ""

    def refusal(self) -> str:
        """Return which converter refuses its value, and how; empty if none does."""
        names = list(self.rule._converters)
        for name, value in zip(names, self.values, strict=False):
            converter = self.rule._converters[name]
            try:
                converter.to_python(value)
            except ValueError as exc:
                said = f": {exc}" if str(exc) else ""
                return f"{type(converter).__name__} refuses {name}={value!r}{said}"
        return ""


def look_at(rule: Any, asked: Asked) -> Look:
    """Hold a rule against what is asked for."""
    look = Look(rule)
    segments = [asked.domain or "", *asked.path.split("/")]
    values: list[str] = []
    of_domain = ""
    at = 0
    for number, part in enumerate(rule._parts):
        if at >= len(segments):
            # The slash at the end of a rule is an empty segment.
            look.lacks_slash = _is_last_slash(rule, number)
            if not look.lacks_slash:
                shown = _text_of(rule, number, is_last=part.final)
                look.stop = f"the path ends before {shown!r}"
            break
        target = "/".join(segments[at:]) if part.final else segments[at]
        found = _values_of(part, target)
        if found is None:
            why = _differs(rule, asked, number, target)
            if number:
                look.stop = why
                break
            # What it would be on its own domain is looked at all the same.
            of_domain = why
        values += found or ()
        at = len(segments) if part.final else at + 1
        if part.final and part.suffixed and target.endswith("/"):
            segments.append("")
    else:
        rest = segments[at:]
        look.extra_slash = rest == [""]
        if rest and not look.extra_slash:
            look.stop = f"it ends before {'/'.join(rest)!r} of the path"
    # Neither the domain nor what stands before the first slash counts.
    look.depth = 0 if of_domain else max(at - 2, 0)
    look.wrong_domain = bool(of_domain) and not look.stop
    look.stop = of_domain or look.stop
    look.values = tuple(values)
    return look


def _is_last_slash(rule: Any, number: int) -> bool:
    part = rule._parts[number]
    return part.static and not part.content and number == len(rule._parts) - 1


def order_of(look: Look) -> tuple[Any, ...]:
    """Return a key by which rules are sorted as the matcher tries them."""
    keys: list[Any] = [
        (0, ()) if part.static else (1, part.weight) for part in look.rule._parts
    ]
    # Where its last segment is reached a rule goes first, or last if a slash is over.
    keys.append((2, ()) if look.extra_slash else (-1, ()))
    return tuple(keys)


def why_after(winner: Look, loser: Look) -> str:
    """Return why of two rules that fit one is tried after the other."""
    ours, theirs = winner.rule._parts, loser.rule._parts
    for number, (first, second) in enumerate(zip(ours, theirs, strict=False)):
        if first == second:
            continue
        before = _text_of(winner.rule, number, is_last=first.final)
        after = _text_of(loser.rule, number, is_last=second.final)
        if first.static and not second.static:
            return f"it fits, too, but fixed text ({before!r}) goes before {after}"
        if first.weight < second.weight:
            return f"it fits, too, but {before} goes before {after} (by weight)"
        return f"it fits, too, but {before} was registered before {after}"
    if len(ours) == len(theirs):
        return "it is the same pattern, registered later: for this it is never reached"
    return ""


def _values_of(part: Any, target: str) -> list[str] | None:
    """Return the values in a segment; ``None`` if it is not what the rule has there."""
    if part.static:
        return [] if target == part.content else None
    found = re.compile(part.content).match(target)
    if found is None:
        return None
    groups = {
        int(name.rpartition("_")[2]): value
        for name, value in found.groupdict().items()
        if name.startswith("__werkzeug_")
    }
    return [groups[number] for number in sorted(groups)]


def _differs(rule: Any, asked: Asked, number: int, found: str) -> str:
    shown = _text_of(rule, number, is_last=rule._parts[number].final)
    if number == 0:
        kind = "host" if rule.map.host_matching else "subdomain"
        if asked.domain == "<invalid>":
            return f"the host is not one of SERVER_NAME; it wants {kind} {shown!r}"
        return f"it is for {kind} {shown!r}, not {found!r}"
    if not found:
        return f"the path ends before {shown!r}"
    if "<" in shown:
        return f"{found!r} is no {shown}"
    if not shown:
        return f"it ends before {found!r} of the path"
    return f"{found!r} is not {shown!r}"


def _text_of(rule: Any, number: int, *, is_last: bool) -> str:
    """Return how the rule writes a segment; that of the domain is its own text."""
    if number == 0:
        return str((rule.host if rule.map.host_matching else rule.subdomain) or "")
    pieces = _segments_of(rule.rule)
    if is_last:
        return "/".join(pieces[number - 1 :])
    return pieces[number - 1] if number <= len(pieces) else ""


def _segments_of(rule: str) -> list[str]:
    # Arguments of a converter, a regular expression for one, may have slashes.
    pieces = [""]
    depth = 0
    for letter in rule:
        depth += {"<": 1, ">": -1}.get(letter, 0)
        if letter == "/" and depth <= 0:
            pieces.append("")
        else:
            pieces[-1] += letter
    return pieces
