"""Header fields, with short ways for what nearly every access is.

Werkzeug's two kinds, in all but time: one field set to text, one field read by a name
that was asked for before. Anything else goes Werkzeug's way.

Sources: RFC 9110, section 5 (names are case-insensitive); PEP 3333 (the environ).
"""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import EnvironHeaders as WerkzeugEnvironHeaders
from werkzeug.datastructures import Headers as WerkzeugHeaders

__all__ = ["FINISHED", "EnvironHeaders", "Headers"]

# The fields, in lower case, that a response may send in another form than it has them.
FINISHED = frozenset({"content-length", "content-location", "location"})

# Of names that were asked for, the environ's keys; bounded.
_keys: dict[str, str] = {}
_KEYS_MAX = 512
# In the environ under their own names.
_UNPREFIXED = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})


class Headers(WerkzeugHeaders):
    """The header fields of a response, in their order."""

    # Whether they are known to be sent as they stand: the first two are the type and
    # the length of the body, and nothing that is finished was touched since.
    # PERF: no default in the class, which CPython 3.11 reads slowly.
    _as_sent: bool

    def __init__(self, defaults: Any = None) -> None:
        self._as_sent = False
        super().__init__(defaults)

    def __setitem__(self, key: Any, value: Any) -> None:
        if (
            type(value) is str
            and type(key) is str
            and "\n" not in value
            and "\r" not in value
            and (lowered := key.lower()) not in FINISHED
        ):
            fields = self._list
            # PERF: the two that are there from the start need no look.
            if not (self._as_sent and len(fields) == 2 and lowered != "content-type"):  # noqa: PLR2004 - type and length
                for name, _ in fields:
                    if name.lower() == lowered:
                        return super().__setitem__(key, value)
            fields.append((key, value))
            return None
        self._as_sent = False
        return super().__setitem__(key, value)

    def add(self, key: str, value: Any, /, **kwargs: Any) -> None:
        """Add a field; keyword arguments are its parameters."""
        if key.lower() in FINISHED:
            self._as_sent = False
        super().add(key, value, **kwargs)

    def set(self, key: str, value: Any, /, **kwargs: Any) -> None:
        """Set a field in place of those of its name; keywords are its parameters."""
        if key.lower() in FINISHED:
            self._as_sent = False
        super().set(key, value, **kwargs)

    def __delitem__(self, key: str | int | slice) -> None:
        self._as_sent = False
        super().__delitem__(key)

    def remove(self, key: str) -> None:
        """Remove the fields of a name."""
        self._as_sent = False
        super().remove(key)

    def pop(self, *args: Any) -> Any:
        """Remove and return a field: the last, one by its index or by its name."""
        self._as_sent = False
        return super().pop(*args)

    def popitem(self) -> tuple[str, str]:
        """Remove the last field and return it."""
        self._as_sent = False
        return super().popitem()

    def clear(self) -> None:
        """Remove all fields."""
        self._as_sent = False
        super().clear()

    def __eq__(self, other: object) -> bool:
        # Werkzeug compares those of one class.
        if type(other) is WerkzeugHeaders:
            return WerkzeugHeaders(self._list) == other
        return super().__eq__(other)

    __hash__ = None  # they change, as Werkzeug's do


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
