"""The names by which one program was for Python 2 and 3; a few programs import them."""

from __future__ import annotations

import builtins
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "PY2",
    "BytesIO",
    "StringIO",
    "input",
    "integer_types",
    "iteritems",
    "iterkeys",
    "itervalues",
    "izip",
    "range_type",
    "string_types",
    "text_type",
    "unichr",
]

PY2 = False
text_type = str
string_types = (str,)
integer_types = (int,)
input = builtins.input  # noqa: A001 - its name there
unichr = chr
range_type = range
izip = zip


def iteritems(mapping: Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
    """Iterate over the pairs of a mapping."""
    return iter(mapping.items())


def iterkeys(mapping: Mapping[Any, Any]) -> Iterator[Any]:
    """Iterate over the keys of a mapping."""
    return iter(mapping.keys())


def itervalues(mapping: Mapping[Any, Any]) -> Iterator[Any]:
    """Iterate over the values of a mapping."""
    return iter(mapping.values())
