"""Tagged JSON: what the session cookie is made of.

Types that JSON lacks are written as an object with one key, the *tag*:
``(1, 2)`` is ``{" t": [1, 2]}``. A plain dictionary that happens to have a tag as its
only key is escaped with a trailing ``__``. Tags are tried in the order in which they
are registered; the wire format is the one that Flask's cookies have, so that a session
survives the move in either direction.

Theory. Most sessions hold nothing that JSON lacks. The tags would give a *plain* value,
of exact built-in types with no dictionary that looks like a tag, back as a copy, and so
would reading it. Where only the default tags are asked, each as it was defined, it goes
to JSON as it is, and comes from there as it is.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from markupsafe import Markup
from werkzeug.http import http_date, parse_date

from insula.json import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

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
        if not (self._tags_as_default() and _is_plain(value, self.tags)):
            value = self.tag(value)
        return dumps(value, separators=_COMPACT)

    def loads(self, value: str) -> Any:
        """Return the value that was serialized."""
        document = loads(value)
        if self._untags_as_default() and _is_plain(document, self.tags):
            return document
        return self._untag_scan(document)

    def _tags_as_default(self) -> bool:
        return (
            getattr(self.tag, "__func__", None) is _tag
            and list(map(type, self.order)) == _DEFAULT_TAGS
            # What they would be asked about a plain value.
            and TagDict.check is _dict_is_like_a_tag
            and PassDict.check is _is_dict
            and PassDict.tag is _tag_values
            and TagTuple.check is _is_tuple
            and PassList.check is _is_list
            and PassList.tag is _tag_items
            and TagBytes.check is _is_bytes
            and TagMarkup.check is _has_html
            and TagUUID.check is _is_uuid
            and TagDateTime.check is _is_datetime
        )

    def _untags_as_default(self) -> bool:
        return (
            getattr(self.untag, "__func__", None) is _untag
            and getattr(self._untag_scan, "__func__", None) is _untag_scan
        )


def _is_plain(value: Any, tags: Container[Any]) -> bool:
    """Tell whether JSON holds all of a value as it is and nothing looks like a tag."""
    kind = type(value)
    if kind is dict:
        if len(value) == 1:
            for key in value:
                if key in tags:
                    return False
        items: Iterable[Any] = value.values()
    elif kind is list:
        items = value
    else:
        return kind in _SCALARS
    for item in items:
        if type(item) not in _SCALARS and not _is_plain(item, tags):
            return False
    return True


_SCALARS = frozenset({str, int, float, bool, type(None)})
_COMPACT = (",", ":")

_tag = TaggedJSONSerializer.tag
_untag = TaggedJSONSerializer.untag
_untag_scan = TaggedJSONSerializer._untag_scan
_DEFAULT_TAGS = list(TaggedJSONSerializer.default_tags)
_dict_is_like_a_tag = TagDict.check
_is_dict = PassDict.check
_tag_values = PassDict.tag
_is_tuple = TagTuple.check
_is_list = PassList.check
_tag_items = PassList.tag
_is_bytes = TagBytes.check
_has_html = TagMarkup.check
_is_uuid = TagUUID.check
_is_datetime = TagDateTime.check
