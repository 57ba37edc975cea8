"""The pairs of a query or a form, ``a=1&b=2``.

Theory. Most such text has nothing in it to be decoded; then two splits and a dictionary
are all there is to do. What has a percent sign in it goes through
:func:`urllib.parse.unquote`. The pairs are those that Werkzeug makes of the text.

Sources: WHATWG URL, "application/x-www-form-urlencoded parsing".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from werkzeug.datastructures import ImmutableMultiDict as WerkzeugImmutableMultiDict

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["ImmutableMultiDict", "parse_pairs"]

_new = dict.__new__
_update = dict.update
_get = dict.get

# Werkzeug's name for: leave what is no UTF-8 as it was, percent signs and all.
_ERRORS = "werkzeug.url_quote"


V = TypeVar("V")


class ImmutableMultiDict(WerkzeugImmutableMultiDict[str, V]):
    """Werkzeug's, read with a call less and, where there is nothing, no error made.

    It can be awaited, as ``request.form`` is on an event loop, and gives itself.
    """

    def __await__(self) -> Generator[None, None, ImmutableMultiDict[V]]:
        yield from ()
        return self

    def __getitem__(self, key: str) -> V:
        values: Any = _get(self, key)
        if values:
            value: V = values[0]
            return value
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None, type: Any = None) -> Any:  # type: ignore[override]  # without its overloads
        """Return the first value of a name, or ``default`` where there is none.

        :param type: called with the value; where it raises :exc:`ValueError` or
            :exc:`TypeError` the value counts as missing.
        """
        values: Any = _get(self, key)
        if not values:
            return default
        if type is None:
            return values[0]
        try:
            return type(values[0])
        except (ValueError, TypeError):
            return default


def parse_pairs(text: str) -> ImmutableMultiDict[str]:
    """Return the pairs of ``text``: the values of each name in their order."""
    if "+" in text:
        text = text.replace("+", " ")
    parts = text.split("&")
    if "%" in text:
        lists = _collect(parts, _unquote)
    else:
        lists = {}
        for part in parts:
            name, _, value = part.partition("=")
            lists[name] = [value]
        # Of a name that comes twice, or of none, there is more to say.
        if len(lists) < len(parts) or "" in lists:
            lists = _collect(parts, _keep)
    # PERF: without a call for each pair: a MultiDict is a dictionary of lists.
    pairs: Any = _new(ImmutableMultiDict)
    _update(pairs, lists)
    return pairs  # type: ignore[no-any-return]  # it is one


def _collect(parts: list[str], decode: Callable[[str], str]) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for part in parts:
        if not part:
            continue
        name, _, value = part.partition("=")
        name = decode(name)
        if name in lists:
            lists[name].append(decode(value))
        else:
            lists[name] = [decode(value)]
    return lists


def _unquote(text: str) -> str:
    return unquote(text, errors=_ERRORS) if "%" in text else text


def _keep(text: str) -> str:
    return text
