"""How the URL of an endpoint is put together: made once for each endpoint, then filled.

Theory of operation
-------------------
Werkzeug's adapter looks at the rules of an endpoint anew for every URL: which of them
has what it needs, and is it for this method; then a function made for the rule converts
and joins the values. A :class:`Way` is one rule seen from that side. The ways of an
endpoint are tried in the order of its rules.

A way is made when a URL of the endpoint is first built, and kept by the map until its
version changes. Where there is none (see :func:`make_way`), or none fits, the map's own
adapter builds the URL, or says why it cannot.

Nearly all values are such that their converters leave them as they are: text of which
nothing is quoted, and whole numbers. These go straight into the path, by a function
that is compiled for the rule (:func:`_make_join`). For any other value there is
:meth:`Way.fill`, which asks the converters. Whose converters those are is decided by
their class when the way is made.

NOTE: The methods of a rule are read when a URL is built, for code in the wild changes
``rule.methods`` in place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from werkzeug.routing import BaseConverter, IntegerConverter, ValidationError
from werkzeug.routing import Rule as WerkzeugRule

from insula.routing.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Join = Callable[[dict[str, Any]], str | None]

__all__ = ["Way", "make_way"]

# Those of a path's segment, https://url.spec.whatwg.org/#url-path-segment-string.
_SAFE = "!$&'()*+,/:;=@"

# Text that quoting leaves as it is; and such text that begins with no slash.
_is_plain = re.compile(rf"[\w.~\-{_SAFE}]*", re.ASCII).fullmatch
_begins_path = re.compile(rf"(?!/)[\w.~\-{_SAFE}]+", re.ASCII).fullmatch

# What a rule does to build a URL; one that does it otherwise is asked.
_BUILDING = {
    "build": (WerkzeugRule.build,),
    "suitable_for": (WerkzeugRule.suitable_for,),
    "_compile_builder": (WerkzeugRule._compile_builder, Rule._compile_builder),
}
_TO_URL_OF_TEXT = BaseConverter.to_url
_TO_URL_OF_NUMBER = IntegerConverter.to_url


class Way:
    """What one rule makes of values.

    :ivar domain: the subdomain that the rule is for.
    :ivar size: the number of variables.
    :ivar path: of a rule without variables.
    :ivar join: ``join(values)`` is the path, for values that are the rule's variables
        and nothing else; None if one of them is for its converter.
    :ivar others: for the next rule of the endpoint; False where that rule must be
        asked, or there is none. None for a lone rule: its method does not matter.
    """

    __slots__ = (
        "_converters",
        "_pieces",
        "domain",
        "join",
        "others",
        "path",
        "rule",
        "size",
    )

    def __init__(
        self,
        rule: WerkzeugRule,
        domain: str,
        pieces: list[tuple[bool, str]],
        others: Way | Literal[False] | None,
    ) -> None:
        self.rule = rule
        self.domain = domain
        self.others = others
        self._pieces = pieces
        self._converters = {
            name: rule._converters[name] for is_dynamic, name in pieces if is_dynamic
        }
        self.size = len(self._converters)
        # However many slashes a path begins with, a URL has one.
        self.path = "/" + pieces[0][1].lstrip("/")
        self.join = _make_join(pieces, self._converters)

    def fill(self, values: dict[str, Any]) -> str | None:
        """Return the path and query of any ``values``; None if the rule refuses them.

        What the rule would do, in its order.
        """
        converters = self._converters
        for name in converters:
            if values.get(name) is None:
                return None
        rest = {
            name: value
            for name, value in values.items()
            if value is not None and name not in converters
        }
        if not all(isinstance(name, str) and name != ".self" for name in rest):
            # Werkzeug has its own words for names that are none.
            return None
        query = self.rule._encode_query_vars(rest) if rest else ""
        if query:
            query = f"?{query}"
        try:
            texts = [
                converters[text].to_url(values[text]) if is_dynamic else text
                for is_dynamic, text in self._pieces
            ]
        except ValidationError:
            return None
        return "/" + "".join([*texts, query]).lstrip("/")


def make_way(rules: Sequence[WerkzeugRule]) -> Way | Literal[False]:
    """Return the way of the first of ``rules``; False if the map must be asked.

    It must for a rule that has defaults or is for WebSockets, whose domain has
    variables, or that builds URLs in a manner of its own; and for what comes after it.
    """
    ways = []
    for rule in rules:
        traced = _trace(rule) if _is_ordinary(rule) else None
        if traced is None:
            break
        ways.append((rule, *traced))
    if len(rules) == len(ways) == 1:
        return Way(*ways[0], None)
    way: Way | Literal[False] = False
    for each in reversed(ways):
        way = Way(*each, way)
    return way


def _is_ordinary(rule: WerkzeugRule) -> bool:
    if rule.defaults or rule.websocket or not _BUILDING.keys().isdisjoint(vars(rule)):
        return False
    kind = type(rule)
    return all(getattr(kind, name) in known for name, known in _BUILDING.items())


def _trace(rule: WerkzeugRule) -> tuple[str, list[tuple[bool, str]]] | None:
    """Return the domain of ``rule`` and the pieces of its path, constants quoted."""
    domain = ""
    pieces: list[tuple[bool, str]] = []
    trace = iter(rule._trace)
    for is_dynamic, text in trace:
        if is_dynamic:
            return None
        if text == "|":
            break
        domain += quote(text, safe=_SAFE)
    for is_dynamic, text in trace:
        if is_dynamic:
            pieces.append((True, text))
        elif pieces and not pieces[-1][0]:
            pieces[-1] = (False, pieces[-1][1] + quote(text, safe=_SAFE))
        else:
            pieces.append((False, quote(text, safe=_SAFE)))
    # A path that begins otherwise is none of Werkzeug's making.
    return (domain, pieces) if pieces and pieces[0][1][:1] == "/" else None


def _make_join(
    pieces: list[tuple[bool, str]], converters: dict[str, BaseConverter]
) -> Join:
    """Compile the function that joins plain values.

    PERF: written out, three values take 0.25 µs and in a loop 0.5.
    """
    conditions = ["True"]
    text = ""
    for number, (is_dynamic, piece) in enumerate(pieces):
        if not is_dynamic:
            # Quoted text has none of the characters that mean something in an f-string.
            text += piece
            continue
        value = f"v{number}"
        kind = _kind_passed(converters[piece])
        conditions.append(f"type({value} := values[{piece!r}]) is {kind}")
        if kind == "str":
            text_only = "_begins_path" if text.strip("/") == "" else "_is_plain"
            conditions.append(
                f"({value}.isalnum() and {value}.isascii() or {text_only}({value}))"
            )
        text += f"{{{value}}}"
    source = (
        "def join(values):\n"
        "    try:\n"
        f"        if {' and '.join(conditions[1:] or conditions)}:\n"
        f'            return f"/{text.lstrip("/")}"\n'
        "    except KeyError:\n"
        "        pass\n"
        "    return None\n"
    )
    names = {"_begins_path": _begins_path, "_is_plain": _is_plain}
    # Apart, so that the function and its globals make no circle.
    made: dict[str, Join] = {}
    exec(source, names, made)  # noqa: S102 - quoted text, and names written as literals
    return made["join"]


def _kind_passed(converter: BaseConverter) -> str:
    """Return the type of the values that ``converter`` only turns into their text."""
    kind: Any = type(converter)
    own = vars(converter)
    if "to_url" in own:
        return "None"
    if kind.to_url is _TO_URL_OF_TEXT:
        return "str"
    if (
        kind.to_url is _TO_URL_OF_NUMBER
        and kind.num_convert is int
        and "num_convert" not in own
        and not own.get("fixed_digits", True)
    ):
        return "int"
    return "None"
