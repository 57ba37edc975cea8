from __future__ import annotations

import datetime as dt
import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from insula.json import tag as module
from insula.json.tag import JSONTag, PassDict, PassList, TaggedJSONSerializer

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = [" di", " t", " b", " m", " u", " d"]

moments = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2999, 1, 1),  # noqa: DTZ001 - likewise
    timezones=st.just(timezone.utc),
).map(lambda moment: moment.replace(microsecond=0))
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.text().map(Markup)
    | st.uuids()
    | moments
)
# Keys that are tags, that look like escaped tags, and any other.
keys = st.sampled_from([*KEYS, *(f"{key}__" for key in KEYS), ""]) | st.text()
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=12,
)


def typed(value: Any) -> Any:
    """Return a form in which types count, too: ``True == 1``, ``Markup("") == ""``."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [typed(item) for item in value]
    return type(value).__name__, value


@given(values)
def test_any_value_survives_with_its_types(value: Any) -> None:
    serializer = TaggedJSONSerializer()
    assert typed(serializer.loads(serializer.dumps(value))) == typed(value)


class TagNothing(JSONTag):
    """With it, no document counts as plain."""

    __slots__ = ()
    key = ""

    def check(self, value: Any) -> bool:
        return False


@given(values | values.map(lambda value: {"only": value}))
def test_plain_value_is_written_and_read_as_through_the_tags(value: Any) -> None:
    short, long = TaggedJSONSerializer(), TaggedJSONSerializer()
    long.register(TagNothing)
    text = short.dumps(value)
    assert text == long.dumps(value)
    assert typed(short.loads(text)) == typed(long._untag_scan(json.loads(text)))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(keys, inner, max_size=2),
    )
)
def test_any_document_is_read_as_by_the_scan(document: Any) -> None:
    serializer = TaggedJSONSerializer()

    def outcome(read: Callable[[], Any]) -> Any:
        try:
            return typed(read())
        except Exception as exc:
            return type(exc), str(exc)

    text = json.dumps(document)
    found = outcome(lambda: serializer.loads(text))
    assert found == outcome(lambda: serializer._untag_scan(document))


@pytest.mark.parametrize("kind", TaggedJSONSerializer.default_tags)
def test_default_tag_that_is_patched_is_asked_about_plain_values(
    monkeypatch: pytest.MonkeyPatch, kind: type[JSONTag]
) -> None:
    asked: list[Any] = []

    def check(_: Any, value: Any) -> bool:
        asked.append(value)
        return False

    serializer = TaggedJSONSerializer()
    assert serializer.dumps(1) == "1"
    monkeypatch.setattr(kind, "check", check)
    assert serializer.dumps(1) == "1"
    assert asked == [1]


@pytest.mark.parametrize(("kind", "value"), [(PassDict, {}), (PassList, [])])
def test_pass_through_that_is_patched_is_called(
    monkeypatch: pytest.MonkeyPatch, kind: type[JSONTag], value: Any
) -> None:
    monkeypatch.setattr(kind, "tag", lambda *_: "patched")
    assert TaggedJSONSerializer().dumps(value) == '"patched"'


def test_own_tag_for_plain_values_is_asked() -> None:
    class TagOne(TagFraction):
        __slots__ = ()
        key = " one"

        def check(self, value: Any) -> bool:
            return isinstance(value, int)

        def to_json(self, value: Any) -> Any:
            return value

        def to_python(self, value: Any) -> Any:
            return "one"

    serializer = TaggedJSONSerializer()
    serializer.register(TagOne)
    assert serializer.dumps({"a": [1, "x"]}) == '{"a":[{" one":1},"x"]}'
    assert serializer.loads('{"a":[{" one":1},2]}') == {"a": ["one", 2]}
    serializer.order.pop()  # the lists are public, and used
    assert serializer.dumps({"a": [1, "x"]}) == '{"a":[1,"x"]}'


def test_method_of_a_subclass_is_called_for_plain_values() -> None:
    class Tagging(TaggedJSONSerializer):
        def tag(self, value: Any) -> Any:
            return ["tagged", value]

    class Untagging(TaggedJSONSerializer):
        def untag(self, value: dict[str, Any]) -> Any:
            return ["untagged", value]

    class Scanning(TaggedJSONSerializer):
        def _untag_scan(self, value: Any) -> Any:
            return ["scanned", value]

    assert Tagging().dumps(1) == '["tagged",1]'
    assert Untagging().loads('{"a":1}') == ["untagged", {"a": 1}]
    assert Scanning().loads("1") == ["scanned", 1]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((1, "2"), '{" t":[1,"2"]}'),
        (b"\xff\x00", '{" b":"/wA="}'),
        (Markup("<b>"), '{" m":"<b>"}'),
        (UUID(int=10), '{" u":"0000000000000000000000000000000a"}'),
        (
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc),
            '{" d":"Fri, 02 Jan 2026 03:04:05 GMT"}',
        ),
        ({" t": 1}, '{" di":{" t__":1}}'),
        ({" di": {" t__": 1}}, '{" di":{" di__":{" t__":1}}}'),
        ({" t": 1, "a": (2,)}, '{" t":1,"a":{" t":[2]}}'),
        ([(), {}], '[{" t":[]},{}]'),
        ({"a": None}, '{"a":null}'),
    ],
)
def test_wire_format_is_the_one_of_flasks_cookies(value: Any, text: str) -> None:
    serializer = TaggedJSONSerializer()
    assert serializer.dumps(value) == text
    assert typed(serializer.loads(text)) == typed(value)


def test_object_with_html_comes_back_as_markup() -> None:
    class Html:
        def __html__(self) -> str:
            return "<i>"

    serializer = TaggedJSONSerializer()
    assert typed(serializer.loads(serializer.dumps(Html()))) == ("Markup", "<i>")


def test_datetime_without_a_zone_is_read_as_utc() -> None:
    serializer = TaggedJSONSerializer()
    moment = dt.datetime(2026, 1, 2, 3, 4, 5, 678)  # noqa: DTZ001 - that is the case
    expected = moment.replace(microsecond=0, tzinfo=timezone.utc)
    assert serializer.loads(serializer.dumps(moment)) == expected


def test_object_with_an_unknown_key_or_two_keys_is_left_alone() -> None:
    serializer = TaggedJSONSerializer()
    for value in ({" x": 1}, {" t": [1], " b": "x"}, {}):
        assert serializer.untag(value) is value


class Fraction:
    def __init__(self, *parts: int) -> None:
        self.parts = parts


class TagFraction(JSONTag):
    __slots__ = ()
    key = " f"

    def check(self, value: Any) -> bool:
        return isinstance(value, Fraction)

    def to_json(self, value: Any) -> Any:
        return self.serializer.tag(value.parts)

    def to_python(self, value: Any) -> Any:
        return Fraction(*value)


def test_own_tag_survives_nested() -> None:
    serializer = TaggedJSONSerializer()
    serializer.register(TagFraction)
    text = serializer.dumps({"a": [Fraction(1, 2)]})
    assert text == '{"a":[{" f":{" t":[1,2]}}]}'
    (found,) = serializer.loads(text)["a"]
    assert isinstance(found, Fraction)
    assert found.parts == (1, 2)


def test_object_that_looks_like_an_own_tag_is_escaped() -> None:
    serializer = TaggedJSONSerializer()
    serializer.register(TagFraction)
    assert serializer.loads(serializer.dumps({" f": 1})) == {" f": 1}


@pytest.mark.parametrize(("index", "place"), [(None, -1), (0, 0), (3, 3), (-1, -2)])
def test_tag_is_placed_where_the_index_says(index: int | None, place: int) -> None:
    serializer = TaggedJSONSerializer()
    serializer.register(TagFraction, index=index)
    assert isinstance(serializer.order[place], TagFraction)
    assert serializer.tags[" f"] is serializer.order[place]
    assert len(serializer.order) == len(TaggedJSONSerializer.default_tags) + 1


class TagRow(JSONTag):
    __slots__ = ()
    key = " row"

    def check(self, value: Any) -> bool:
        return isinstance(value, Row)

    def to_json(self, value: Any) -> Any:
        return [self.serializer.tag(item) for item in value]

    def to_python(self, value: Any) -> Any:
        return Row(value)


class Row(tuple[Any, ...]):
    __slots__ = ()


@pytest.mark.parametrize(("index", "kind"), [(None, "tuple"), (0, "Row")])
def test_first_tag_that_checks_wins(index: int | None, kind: str) -> None:
    serializer = TaggedJSONSerializer()
    serializer.register(TagRow, index=index)
    found = serializer.loads(serializer.dumps(Row((1,))))
    assert type(found).__name__ == kind


def test_second_tag_of_a_key_is_refused_unless_forced() -> None:
    class Other(TagFraction):
        __slots__ = ()

    serializer = TaggedJSONSerializer()
    serializer.register(TagFraction)
    with pytest.raises(KeyError, match="The key ' f' is that of TagFraction"):
        serializer.register(Other)
    assert type(serializer.tags[" f"]) is TagFraction
    serializer.register(Other, force=True, index=0)
    assert type(serializer.tags[" f"]) is Other
    assert type(serializer.order[0]) is Other


def test_tags_without_a_key_do_not_collide() -> None:
    class Pass(JSONTag):
        __slots__ = ()

        def check(self, value: Any) -> bool:
            return False

    serializer = TaggedJSONSerializer()
    serializer.register(Pass)
    serializer.register(Pass)
    assert "" not in serializer.tags


@pytest.mark.parametrize("method", ["check", "to_json", "to_python"])
def test_bare_tag_names_what_is_to_be_defined(method: str) -> None:
    class Bare(JSONTag):
        __slots__ = ()

    with pytest.raises(NotImplementedError, match=rf"Bare must define {method}\(\)"):
        getattr(Bare(TaggedJSONSerializer()), method)(1)


def test_serializers_do_not_share_tags() -> None:
    TaggedJSONSerializer().register(TagFraction)
    assert " f" not in TaggedJSONSerializer().tags
    assert list(TaggedJSONSerializer().tags) == KEYS
    assert all(hasattr(module, name) for name in module.__all__)
