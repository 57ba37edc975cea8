"""Encoders that are made once and not for every document.

Theory. ``json.dumps`` with options makes a :class:`json.JSONEncoder` each time, and
that one a C encoder for the one document: two thirds of the time of a small one. Here
the C encoder is kept.

A kept encoder cannot look for circular references, since what it notes of a document
would be in the way of the next thread's. One without an end runs into the limit of
recursion instead; then :func:`json.dumps` is left to say what is wrong.
"""

from __future__ import annotations

import json.encoder
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Encode = Callable[[Any, int], tuple[str, ...]]

__all__ = ["Encoders"]

_SPACED = (", ", ": ")
_MOST = 32

# None where the interpreter has no C encoder.
_make: Any = getattr(json.encoder, "c_make_encoder", None)


class Encoders:
    """The encoders of one provider: for each pair of separators the last one used."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[Any, tuple[Any, bool, bool, Encode]] = {}

    def encode(
        self,
        obj: Any,
        default: Callable[[Any], Any],
        ensure_ascii: bool,
        sort_keys: bool,
        separators: tuple[str, str] | None,
    ) -> str | None:
        """Return ``obj`` as JSON, or ``None`` where :func:`json.dumps` is to do it."""
        if separators is not None and type(separators) is not tuple:
            return None
        kept = self._kept.get(separators)
        if (
            kept is not None
            and kept[0] is default
            and kept[1] is ensure_ascii
            and kept[2] is sort_keys
        ):
            encode: Any = kept[3]
        else:
            encode = self._keep(default, ensure_ascii, sort_keys, separators)
            if encode is None:
                return None
        try:
            return "".join(encode(obj, 0))
        except RecursionError:
            return None

    def _keep(
        self,
        default: Callable[[Any], Any],
        ensure_ascii: bool,
        sort_keys: bool,
        separators: tuple[str, str] | None,
    ) -> Encode | None:
        # NOTE: a method is not kept, for it refers back to the provider.
        if _make is None or type(default) is not FunctionType:
            return None
        item, member = separators or _SPACED
        escape = (
            json.encoder.encode_basestring_ascii
            if ensure_ascii
            else json.encoder.encode_basestring
        )
        encode: Encode = _make(
            None, default, escape, None, member, item, sort_keys, False, True
        )
        if len(self._kept) < _MOST:
            self._kept[separators] = (default, ensure_ascii, sort_keys, encode)
        return encode
