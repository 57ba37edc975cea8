"""The pairs of a query or a form, ``a=1&b=2``.

Theory. Most such text has nothing in it to be decoded; then two splits and a dictionary
are all there is to do. What has a percent sign in it goes through
:func:`urllib.parse.unquote`. The pairs are those that Werkzeug makes of the text.

Sources: WHATWG URL, "application/x-www-form-urlencoded parsing".
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from werkzeug.datastructures import ImmutableMultiDict

__all__ = ["parse_pairs"]

# Werkzeug's name for: leave what is no UTF-8 as it was, percent signs and all.
_ERRORS = "werkzeug.url_quote"


def parse_pairs(text: str) -> ImmutableMultiDict[str, str]:
    """Return the pairs of ``text``: the values of each name in their order."""
    if "+" in text:
        text = text.replace("+", " ")
    quoted = "%" in text
    lists: dict[str, list[str]] = {}
    for pair in text.split("&"):
        if not pair:
            continue
        name, _, value = pair.partition("=")
        if quoted:
            if "%" in name:
                name = unquote(name, errors=_ERRORS)
            if "%" in value:
                value = unquote(value, errors=_ERRORS)
        if name in lists:
            lists[name].append(value)
        else:
            lists[name] = [value]
    # PERF: without a call for each pair: a MultiDict is a dictionary of lists.
    pairs: Any = ImmutableMultiDict.__new__(ImmutableMultiDict)
    dict.update(pairs, lists)
    return pairs  # type: ignore[no-any-return]  # it is one
