"""Header fields, with short ways for what nearly every access is.

Werkzeug's two kinds, in all but time: one field set to text, one field read by a name
that was asked for before. Anything else goes Werkzeug's way.

Sources: RFC 9110, section 5 (names are case-insensitive); PEP 3333 (the environ).
"""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import EnvironHeaders as WerkzeugEnvironHeaders
from werkzeug.datastructures import Headers as WerkzeugHeaders

__all__ = ["EnvironHeaders", "Headers", "headers_of"]

_new = object.__new__

# Of names that were asked for, the environ's keys; bounded.
_keys: dict[str, str] = {}
_KEYS_MAX = 512
# In the environ under their own names.
_UNPREFIXED = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})


class Headers(WerkzeugHeaders):
    """The header fields of a response, in their order."""

    def __setitem__(self, key: Any, value: Any) -> None:
        if (
            type(value) is str
            and type(key) is str
            and "\n" not in value
            and "\r" not in value
        ):
            fields = self._list
            lowered = key.lower()
            for name, _ in fields:
                if name.lower() == lowered:
                    break
            else:
                fields.append((key, value))
                return
        super().__setitem__(key, value)

    def __eq__(self, other: object) -> bool:
        # Werkzeug compares those of one class.
        if type(other) is WerkzeugHeaders:
            return WerkzeugHeaders(self._list) == other
        return super().__eq__(other)

    __hash__ = None  # they change, as Werkzeug's do


def headers_of(fields: list[tuple[str, str]]) -> Headers:
    """Return header fields that keep the list ``fields`` itself, unchecked."""
    # PERF: without a call for each field.
    headers: Headers = _new(Headers)
    headers._list = fields
    return headers


class EnvironHeaders(WerkzeugEnvironHeaders):
    """The header fields of a request: a read-only view of its environ."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self._list = []
        self.environ = environ

    def __getitem__(self, key: Any) -> str:  # type: ignore[override]  # as Werkzeug's
        try:
            value: str = self.environ[_keys[key]]
        except (KeyError, TypeError):
            pass
        else:
            return value
        _learn(key)
        # Where there is none, the error is Werkzeug's.
        return self._get_key(key)

    def get(  # type: ignore[override]  # without its overloads
        self, key: str, default: Any = None, type: Any = None
    ) -> Any:
        """Return the value of a field, or ``default`` where there is none.

        :param type: called with the value; where it raises :exc:`ValueError` the
            field counts as missing.
        """
        if type is None and key.__class__ is str and key in _keys:
            return self.environ.get(_keys[key], default)
        _learn(key)
        return super().get(key, default, type)


def _learn(name: Any) -> None:
    if type(name) is str and len(_keys) < _KEYS_MAX:
        key = name.upper().replace("-", "_")
        _keys[name] = key if key in _UNPREFIXED else f"HTTP_{key}"
