"""Header fields, with short ways for what nearly every access is.

Werkzeug's two kinds, in all but time: one field set to text, one field read by a name
that was asked for before. Anything else goes Werkzeug's way.

Sources: RFC 9110, section 5 (names are case-insensitive); PEP 3333 (the environ).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import EnvironHeaders as WerkzeugEnvironHeaders
from werkzeug.datastructures import Headers as WerkzeugHeaders

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AS_SENT",
    "FINISHED",
    "NOTHING",
    "TYPE_AND_LENGTH",
    "EnvironHeaders",
    "Headers",
]

# The fields, in lower case, that a response may send in another form than it has them.
FINISHED = frozenset({"content-length", "content-location", "location"})

# Of names that were asked for, the environ's keys, and of names that were set, those in
# lower case, but for those of `FINISHED`; bounded.
_keys: dict[str, str] = {}
_lowered: dict[str, str] = {}
_KEYS_MAX = 512
# In the environ under their own names.
_UNPREFIXED = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})


NOTHING, AS_SENT, TYPE_AND_LENGTH = range(3)
_TYPE = "content-type"


class Headers(WerkzeugHeaders):
    """The header fields of a response, in their order."""

    # What is known of them: nothing; or that they are sent as they stand, the length of
    # the body being among them and nothing that is finished having been touched since;
    # or that besides the first two are its type and length.
    # PERF: no default in the class, which CPython 3.11 reads slowly.
    _known: int

    def __init__(self, defaults: Any = None) -> None:
        self._known = NOTHING
        kind = type(defaults)
        if kind is list or kind is dict:
            fields = _checked(defaults if kind is list else defaults.items())
            if fields is not None:
                self._list = fields
                return
        super().__init__(defaults)

    def __setitem__(self, key: Any, value: Any) -> None:
        if (
            type(value) is str
            and type(key) is str
            and value.isprintable()  # and so without a line break
            and (lowered := _lowered.get(key) or _lower(key))
        ):
            fields = self._list
            count = len(fields)
            # PERF: what most do is to set one field or two beside those.
            if (
                self._known != TYPE_AND_LENGTH
                or lowered == _TYPE
                or (count != 2 and (count != 3 or fields[2][0].lower() == lowered))  # noqa: PLR2004 - see above
            ):
                for name, _ in fields:
                    if name.lower() == lowered:
                        return super().__setitem__(key, value)
            fields.append((key, value))
            return None
        self._known = NOTHING
        return super().__setitem__(key, value)

    def add(self, key: str, value: Any, /, **kwargs: Any) -> None:
        """Add a field; keyword arguments are its parameters."""
        if key.lower() in FINISHED:
            self._known = NOTHING
        if (
            not kwargs
            and type(value) is str
            and "\n" not in value
            and "\r" not in value
        ):
            self._list.append((key, value))
        else:
            super().add(key, value, **kwargs)

    def setdefault(self, key: str, default: Any) -> str:
        """Return the first value of a field, set to ``default`` where there is none."""
        lowered = key.lower()
        for name, value in self._list:
            if name.lower() == lowered:
                return value
        self[key] = default
        return self._get_key(key)

    def set(self, key: str, value: Any, /, **kwargs: Any) -> None:
        """Set a field in place of those of its name; keywords are its parameters."""
        if key.lower() in FINISHED:
            self._known = NOTHING
        super().set(key, value, **kwargs)

    def __delitem__(self, key: str | int | slice) -> None:
        self._known = NOTHING
        super().__delitem__(key)

    def remove(self, key: str) -> None:
        """Remove the fields of a name."""
        self._known = NOTHING
        super().remove(key)

    def pop(self, *args: Any) -> Any:
        """Remove and return a field: the last, one by its index or by its name."""
        self._known = NOTHING
        return super().pop(*args)

    def popitem(self) -> tuple[str, str]:
        """Remove the last field and return it."""
        self._known = NOTHING
        return super().popitem()

    def clear(self) -> None:
        """Remove all fields."""
        self._known = NOTHING
        super().clear()

    def __eq__(self, other: object) -> bool:
        # Werkzeug compares those of one class.
        if type(other) is WerkzeugHeaders:
            return WerkzeugHeaders(self._list) == other
        return super().__eq__(other)

    __hash__ = None  # they change, as Werkzeug's do


def _lower(name: str) -> str:
    """Return a name in lower case; an empty one for one of `FINISHED`."""
    lowered = name.lower()
    if lowered in FINISHED:
        return ""
    if len(_lowered) < _KEYS_MAX:
        _lowered[name] = lowered
    return lowered


def _checked(pairs: Iterable[Any]) -> list[tuple[str, str]] | None:
    """Return the pairs if they may stay as they are, being text without line breaks."""
    fields = []
    try:
        for pair in pairs:
            name, value = pair
            if (
                pair.__class__ is not tuple
                or name.__class__ is not str
                or value.__class__ is not str
                or not value.isprintable()
            ):
                return None
            fields.append(pair)
    except (TypeError, ValueError):
        return None  # what is wrong with them is for Werkzeug to say
    return fields


class EnvironHeaders(WerkzeugEnvironHeaders):
    """The header fields of a request: a read-only view of its environ."""

    _list: Any = ()  # they are in the environ

    def __init__(self, environ: dict[str, Any]) -> None:
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

    def getlist(self, key: str, type: Any = None) -> Any:
        """Return the values of a field; an environ has one or none."""
        if type is not None or key.__class__ is not str or "_" in key:
            return super().getlist(key, type)
        name = _keys.get(key) or _learn(key)
        value = self.environ.get(name)
        # These two may be there and empty in a request without them.
        if value is None or (not value and name in _UNPREFIXED):
            return []
        return [value]


def _learn(name: Any) -> str:
    if type(name) is not str:
        return ""
    key = name.upper().replace("-", "_")
    if key not in _UNPREFIXED:
        key = f"HTTP_{key}"
    if len(_keys) < _KEYS_MAX:
        _keys[name] = key
    return key
