"""Tagged JSON: what the session cookie is made of.

Types that JSON lacks are written as an object with one key, the *tag*:
``(1, 2)`` is ``{" t": [1, 2]}``. A plain dictionary that happens to have a tag as its
only key is escaped with a trailing ``__``. Tags are tried in the order in which they
are registered; the wire format is the one that Flask's cookies have, so that a session
survives the move in either direction.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime
from typing import Any
from uuid import UUID

from markupsafe import Markup
from werkzeug.http import http_date, parse_date

from insula.json import dumps, loads

__all__ = [
    "JSONTag",
    "PassDict",
    "PassList",
    "TagBytes",
    "TagDateTime",
    "TagDict",
    "TagMarkup",
    "TagTuple",
    "TagUUID",
    "TaggedJSONSerializer",
]


class JSONTag:
    """One type's way to JSON and back.

    :param serializer: the serializer that nested values go through.
    """

    __slots__ = ("serializer",)

    #: The key that marks the type; an empty one only passes values through.
    key: str = ""

    def __init__(self, serializer: TaggedJSONSerializer) -> None:
        self.serializer = serializer

    def check(self, value: Any) -> bool:
        """Tell whether this tag is for ``value``."""
        raise NotImplementedError(f"{type(self).__name__} must define check().")

    def to_json(self, value: Any) -> Any:
        """Return what JSON can hold, without the tag."""
        raise NotImplementedError(f"{type(self).__name__} must define to_json().")

    def to_python(self, value: Any) -> Any:
        """Return the value that ``to_json`` was given."""
        raise NotImplementedError(f"{type(self).__name__} must define to_python().")

    def tag(self, value: Any) -> dict[str, Any]:
        """Return the tagged form of ``value``."""
        return {self.key: self.to_json(value)}


class TagDict(JSONTag):
    """A dictionary that could be taken for a tagged value."""

    __slots__ = ()
    key = " di"

    def check(self, value: Any) -> bool:
        """See :meth:`JSONTag.check`."""
        if not isinstance(value, dict) or len(value) != 1:
            return False
        [key] = value
        return key in self.serializer.tags

    def to_json(self, value: Any) -> Any:
        """See :meth:`JSONTag.to_json`."""
        [(key, inner)] = value.items()
        return {key + "__": self.serializer.tag(inner)}

    def to_python(self, value: Any) -> Any:
        """See :meth:`JSONTag.to_python`."""
        [(key, inner)] = value.items()
        return {key.removesuffix("__"): inner}


class PassDict(JSONTag):
    """A plain dictionary: its values are tagged, it is not."""

    __slots__ = ()

    def check(self, value: Any) -> bool:
        """See :meth:`JSONTag.check`."""
        return isinstance(value, dict)

    def to_json(self, value: Any) -> Any:
        """See :meth:`JSONTag.to_json`."""
        tag = self.serializer.tag
        return {key: tag(item) for key, item in value.items()}

    tag = to_json


class TagTuple(JSONTag):
    """A tuple."""

    __slots__ = ()
    key = " t"

    def check(self, value: Any) -> bool:
        """See :meth:`JSONTag.check`."""
        return isinstance(value, tuple)

    def to_json(self, value: Any) -> Any:
        """See :meth:`JSONTag.to_json`."""
        return [self.serializer.tag(item) for item in value]

    def to_python(self, value: Any) -> Any:
        """See :meth:`JSONTag.to_python`."""
        return tuple(value)


class PassList(JSONTag):
    """A list: its items are tagged, it is not."""

    __slots__ = ()

    def check(self, value: Any) -> bool:
        """See :meth:`JSONTag.check`."""
        return isinstance(value, list)

    def to_json(self, value: Any) -> Any:
        """See :meth:`JSONTag.to_json`."""
        return [self.serializer.tag(item) for item in value]

    tag = to_json


class TagBytes(JSONTag):
    """Bytes, as base64."""

    __slots__ = ()
    key = " b"

    def check(self, value: Any) -> bool:
        """See :meth:`JSONTag.check`."""
        return isinstance(value, bytes)

    def to_json(self, value: Any) -> Any:
        """See :meth:`JSONTag.to_json`."""
        return b64encode(value).decode("ascii")

    def to_python(self, value: Any) -> Any:
        """See :meth:`JSONTag.to_python`."""
        return b64decode(value)


class TagMarkup(JSONTag):
    """Anything with an ``__html__`` method; it comes back as ``Markup``."""

    __slots__ = ()
    key = " m"

    def check(self, value: Any) -> bool:
        """See :meth:`JSONTag.check`."""
        return callable(getattr(value, "__html__", None))

    def to_json(self, value: Any) -> Any:
        """See :meth:`JSONTag.to_json`."""
        return str(value.__html__())

    def to_python(self, value: Any) -> Any:
        """See :meth:`JSONTag.to_python`."""
        return Markup(value)  # noqa: S704 - it was markup when it was signed


class TagUUID(JSONTag):
    """A UUID, as its hexadecimal digits."""

    __slots__ = ()
    key = " u"

    def check(self, value: Any) -> bool:
        """See :meth:`JSONTag.check`."""
        return isinstance(value, UUID)

    def to_json(self, value: Any) -> Any:
        """See :meth:`JSONTag.to_json`."""
        return value.hex

    def to_python(self, value: Any) -> Any:
        """See :meth:`JSONTag.to_python`."""
        return UUID(value)


class TagDateTime(JSONTag):
    """A date and time, to the second, as an HTTP date."""

    __slots__ = ()
    key = " d"

    def check(self, value: Any) -> bool:
        """See :meth:`JSONTag.check`."""
        return isinstance(value, datetime)

    def to_json(self, value: Any) -> Any:
        """See :meth:`JSONTag.to_json`."""
        return http_date(value)

    def to_python(self, value: Any) -> Any:
        """See :meth:`JSONTag.to_python`."""
        return parse_date(value)


class TaggedJSONSerializer:
    """Serialize values through an ordered list of tags, compactly."""

    __slots__ = ("order", "tags")

    default_tags: list[type[JSONTag]] = [  # noqa: RUF012 - a list in Flask, too
        TagDict,
        PassDict,
        TagTuple,
        PassList,
        TagBytes,
        TagMarkup,
        TagUUID,
        TagDateTime,
    ]

    def __init__(self) -> None:
        self.tags: dict[str, JSONTag] = {}
        self.order: list[JSONTag] = []
        for tag_class in self.default_tags:
            self.register(tag_class)

    def register(
        self, tag_class: type[JSONTag], force: bool = False, index: int | None = None
    ) -> None:
        """Add a tag.

        :param force: replace a tag that has the same key.
        :param index: where in the order; at the end by default.
        :raises KeyError: if the key is taken and ``force`` is false.
        """
        tag = tag_class(self)
        taken = self.tags.get(tag.key)
        if taken is not None and not force:
            raise KeyError(
                f"The key {tag.key!r} is that of {type(taken).__name__} already; give"
                f" {tag_class.__name__} another, or pass force=True to replace it."
            )
        if tag.key:
            self.tags[tag.key] = tag
        self.order.insert(len(self.order) if index is None else index, tag)

    def tag(self, value: Any) -> Any:
        """Return ``value`` in the form that JSON can hold."""
        chosen = next((tag for tag in self.order if tag.check(value)), None)
        return value if chosen is None else chosen.tag(value)

    def untag(self, value: dict[str, Any]) -> Any:
        """Return the value behind one object that may be tagged."""
        if len(value) == 1:
            [(key, inner)] = value.items()
            if key in self.tags:
                return self.tags[key].to_python(inner)
        return value

    def _untag_scan(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self.untag({k: self._untag_scan(v) for k, v in value.items()})
        if isinstance(value, list):
            return [self._untag_scan(item) for item in value]
        return value

    def dumps(self, value: Any) -> str:
        """Serialize ``value``."""
        return dumps(self.tag(value), separators=(",", ":"))

    def loads(self, value: str) -> Any:
        """Return the value that was serialized."""
        return self._untag_scan(loads(value))
