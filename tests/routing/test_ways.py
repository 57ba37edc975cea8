"""Ways build what Werkzeug's adapter builds: the same URLs, and the same errors."""

from __future__ import annotations

import enum
import gc
from dataclasses import dataclass
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.routing import (
    BaseConverter,
    BuildError,
    Map,
    MapAdapter,
    UnicodeConverter,
    ValidationError,
)
from werkzeug.routing import Rule as WerkzeugRule

from insula.routing import Rule, RuleMap, UrlAdapter, with_ways

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Outcome: TypeAlias = tuple[object, ...]


class Choosy(BaseConverter):
    """Refuses some values, and fails for others."""

    def to_url(self, value: Any) -> str:
        if value == "no":
            raise ValidationError
        if value == "never":
            raise LookupError(value)
        return f"chosen-{value}"


class Wordless(BaseConverter):
    """Gives what is no text."""

    def to_url(self, value: Any) -> str:
        return value  # type: ignore[no-any-return]  # the fault that is tested


class Letters(BaseConverter):
    """Has an expression of its own, and nothing else."""

    regex = "[a-z]+"


CONVERTERS = {"choosy": Choosy, "wordless": Wordless, "letters": Letters}


class Shade(str, enum.Enum):
    DARK = "dark"


def bound(rule_map: RuleMap, **options: Any) -> UrlAdapter:
    adapter = with_ways(rule_map.bind("example.org", **options))
    assert isinstance(adapter, UrlAdapter)
    return adapter


def outcome(adapter: MapAdapter, *args: Any, **kwargs: Any) -> Outcome:
    try:
        return ("url", adapter.build(*args, **kwargs))
    except BuildError as exc:
        suggested = exc.suggested and (exc.suggested.rule, exc.suggested.endpoint)
        return (BuildError, str(exc), suggested, exc.values, exc.method, exc.endpoint)
    except Exception as exc:
        return (type(exc), str(exc))


@dataclass(frozen=True)
class Asked:
    """A call of `build`, and what the map is bound to."""

    endpoint: str
    values: Any
    method: str | None
    external: bool
    append_unknown: bool
    scheme: str | None
    bound_to: tuple[tuple[str, Any], ...]

    def of(self, url_map: Map) -> Outcome:
        adapter = with_ways(url_map.bind("example.org", **dict(self.bound_to)))
        assert isinstance(adapter, UrlAdapter) == isinstance(url_map, RuleMap)
        return outcome(
            adapter,
            self.endpoint,
            self.values,
            self.method,
            self.external,
            self.append_unknown,
            url_scheme=self.scheme,
        )


NAMES = ("a", "b", "class", "c")
TEXTS = st.sampled_from(
    [
        "",
        "x",
        "/",
        "/x",
        "//y",
        "a b",
        "é",
        "\u0661",
        "²",
        "x-1_2.~",
        "50%",
        "a/b",
        "a?b#c",
        "no",
    ]
) | st.text(max_size=5)
VALUES = (
    TEXTS
    | st.sampled_from(
        [None, 0, 7, -3, 10**30, True, 1.5, Shade.DARK, "never", ["x", "y"], ["z"], []]
    )
    | st.sampled_from([("t",), {"s"}, b"by", UUID(int=5), "12"])
)
PARTS = st.sampled_from(["x", "é!", "a b", "'\"", "{v1}", "%", "|"]) | st.sampled_from(
    [
        f"{before}<{kind}{name}>{after}"
        for name in NAMES
        for kind in (
            "",
            "string(length=2):",
            "int:",
            "int(fixed_digits=3):",
            "float:",
            "path:",
            "uuid:",
            "any(x, y):",
            "choosy:",
            "wordless:",
            "letters:",
        )
        for before, after in (("", ""), ("p-", ""), ("", ".json"))
    ]
)


def _has_each_name_once(part: str) -> bool:
    return all(part.count(f":{name}>") + part.count(f"<{name}>") < 2 for name in NAMES)


PATHS = (
    st.builds(
        lambda parts, slash, end: slash + slash.join(parts) + end,
        st.lists(PARTS, max_size=4),
        st.sampled_from(["/", "/", "/", "//"]),
        st.sampled_from(["", "/"]),
    )
    .filter(_has_each_name_once)
    .map(lambda path: path or "/")
)
PLAIN = st.fixed_dictionaries(
    {}, optional={"methods": st.sampled_from([["GET"], ["POST"], ["PUT", "POST"]])}
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "methods": st.sampled_from([["GET"], ["POST"], ["PUT", "POST"]]),
        "defaults": st.sampled_from([{"d": 1}, {"a": "x"}, {}]),
        "alias": st.booleans(),
        "build_only": st.booleans(),
        "subdomain": st.sampled_from(["", "www", "<d>", "é"]),
        "host": st.sampled_from(["example.org", "other.org", "<d>.org"]),
        "redirect_to": st.just("x"),
        "websocket": st.sampled_from([False, False, True]),
        "merge_slashes": st.booleans(),
    },
)
MAP_OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "host_matching": st.sampled_from([False, False, False, True]),
        "default_subdomain": st.sampled_from(["", "www"]),
        "sort_parameters": st.booleans(),
        "merge_slashes": st.booleans(),
    },
)
KEYWORDS = st.dictionaries(
    st.sampled_from([*NAMES, "d", "q", "ä&", "self", "values", ".self"]), VALUES
)
BOUND_TO = st.fixed_dictionaries(
    {},
    optional={
        "script_name": st.sampled_from(["/", "", "/shop", "/shop/", "//"]),
        "url_scheme": st.sampled_from(["http", "https", "ws", ""]),
        "default_method": st.sampled_from(["GET", "POST"]),
    },
).map(lambda options: tuple(options.items()))


@st.composite
def asked(draw: st.DrawFn, paths: dict[str, str]) -> Asked:
    """Draw a call, mostly one that a rule of `paths`, by endpoint, can answer."""
    endpoint = draw(st.sampled_from([*paths] * 5 + ["none", ".one"]))
    wanted = [name for name in NAMES if f"{name}>" in paths.get(endpoint, "")]
    values: Any = {name: draw(VALUES) for name in wanted}
    more = draw(st.integers(0, 9))
    if more == 0:
        values |= draw(KEYWORDS)
    elif more == 1:
        values = draw(KEYWORDS)
    elif more == 2:
        values = draw(st.sampled_from([None, {1: "x"}, MultiDict([*values.items()])]))
    return Asked(
        endpoint,
        values,
        method=draw(st.sampled_from([None] * 4 + ["GET", "POST", "DELETE", ""])),
        external=draw(st.sampled_from([False, False, True])),
        append_unknown=draw(st.sampled_from([True] * 5 + [False])),
        scheme=draw(st.sampled_from([None, None, "https", "wss", ""])),
        bound_to=draw(BOUND_TO),
    )


RULES = st.lists(
    st.tuples(PATHS, st.sampled_from(["one", "two"]), PLAIN | PLAIN | OPTIONS),
    min_size=1,
    max_size=4,
).map(lambda rules: [(path, {"endpoint": name, **more}) for path, name, more in rules])


def maps_of(
    rules: Iterable[tuple[str, Mapping[str, Any]]], options: Mapping[str, Any]
) -> tuple[RuleMap, Map] | None:
    """Return the map of ours and Werkzeug's, None if it refuses the rules."""
    given: dict[str, Any] = {"converters": CONVERTERS, **options}
    try:
        theirs = Map([WerkzeugRule(path, **more) for path, more in rules], **given)
    except (ValueError, LookupError, TypeError, SyntaxError):
        return None
    return RuleMap([Rule(path, **more) for path, more in rules], **given), theirs


SOME_VALUES: list[dict[str, Any]] = [
    {},
    {"a": "x"},
    {"a": "/x"},
    {"a": None, "q": 1},
    {"q": []},
]


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@example(
    rules=[("/<a>/x", {"endpoint": "one"}), ("/", {"endpoint": "one"})],
    options={},
    data=[Asked("one", values, None, False, True, None, ()) for values in SOME_VALUES],
)
@given(rules=RULES, options=MAP_OPTIONS, data=st.data())
def test_build_of_anything_is_what_the_adapter_of_werkzeug_builds(
    rules: list[tuple[str, dict[str, Any]]],
    options: dict[str, Any],
    data: st.DataObject | list[Asked],
) -> None:
    maps = maps_of(rules, options)
    if maps is None:
        return
    ours, theirs = maps
    if not isinstance(data, list):
        paths = {more["endpoint"]: path for path, more in rules}
        data = data.draw(st.lists(asked(paths), min_size=1, max_size=8))
    for call in data:
        assert call.of(ours) == call.of(theirs)


def test_build_of_a_rule_that_was_added_late_follows_the_order_of_the_map() -> None:
    rule_map = RuleMap([Rule("/", endpoint="e"), Rule("/other", endpoint="other")])
    adapter = bound(rule_map)
    assert adapter.build("e", {"a": 1}) == "/?a=1"
    rule_map.add(Rule("/late/<a>", endpoint="e"))
    assert adapter.build("e", {"a": 1}) == "/late/1"
    assert adapter.build("e", {}) == "/"


def test_build_of_a_rule_that_was_changed_and_refreshed_is_of_the_new_rule() -> None:
    rule = Rule("/old/<a>", endpoint="e")
    adapter = bound(RuleMap([rule]))
    assert adapter.build("e", {"a": "x"}) == "/old/x"
    rule.rule = "/new/<a>"
    rule.refresh()
    assert adapter.build("e", {"a": "x"}) == "/new/x"


def test_build_after_the_methods_of_a_rule_were_changed_in_place_goes_by_them() -> None:
    posted = Rule("/post/<a>", endpoint="e", methods=["POST"])
    adapter = bound(RuleMap([posted, Rule("/get/<a>", endpoint="e", methods=["GET"])]))
    assert adapter.build("e", {"a": "x"}) == "/get/x"
    assert posted.methods is not None
    posted.methods.add("GET")
    assert adapter.build("e", {"a": "x"}) == "/post/x"


def test_build_of_names_that_are_no_endpoints_keeps_nothing() -> None:
    rule_map = RuleMap([Rule("/", endpoint="e"), Rule("/dot", endpoint=".dot")])
    adapter = bound(rule_map)
    assert adapter.build("e", {}) == "/"
    for number in range(10):
        with pytest.raises(BuildError):
            adapter.build(f"none{number}", {})
    assert adapter.build(".dot", {}) == "/dot"
    assert list(rule_map.ways) == ["e"]


@pytest.mark.parametrize("value", ["x", "x-y", "é", 7, None, "/"])
def test_build_with_a_converter_of_the_users_own_asks_it(value: object) -> None:
    seen = []

    class Own(UnicodeConverter):
        def to_url(self, value: Any) -> str:
            seen.append(value)
            return "own"

    adapter = bound(RuleMap([Rule("/<own:a>", endpoint="e")], converters={"own": Own}))
    if value is None:
        with pytest.raises(BuildError):
            adapter.build("e", {"a": value})
        assert seen == []
    else:
        assert adapter.build("e", {"a": value}) == "/own"
        assert seen == [value]


def test_build_with_a_converter_that_was_given_a_method_of_its_own_asks_it() -> None:
    rule = Rule("/<a>/<int:n>", endpoint="e")
    adapter = bound(RuleMap([rule]))
    for name in "an":
        vars(rule._converters[name])["to_url"] = lambda value: f"own-{value}"
    assert adapter.build("e", {"a": "x", "n": 1}) == "/own-x/own-1"


@pytest.mark.parametrize("name", ["build", "suitable_for", "_compile_builder"])
def test_build_of_a_rule_whose_class_builds_otherwise_asks_it(name: str) -> None:
    asked = []

    def note(self: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(name)
        return getattr(Rule, name)(self, *args, **kwargs)

    kind = type("Own", (Rule,), {name: note})
    adapter = bound(RuleMap([kind("/<a>", endpoint="e")]))
    assert adapter.build("e", {"a": "x"}) == "/x"
    assert asked


def test_build_of_a_rule_that_was_given_a_method_of_its_own_asks_it() -> None:
    rule = Rule("/<a>", endpoint="e")
    vars(rule)["build"] = lambda values, append_unknown: ("", f"/own/{values['a']}")
    assert bound(RuleMap([rule])).build("e", {"a": "x"}) == "/own/x"


def test_build_of_a_rule_that_encodes_queries_otherwise_asks_it() -> None:
    class Own(Rule):
        def _encode_query_vars(self, query_vars: Mapping[str, Any]) -> str:
            return "own"

    assert bound(RuleMap([Own("/", endpoint="e")])).build("e", {"a": 1}) == "/?own"


def test_adapter_that_builds_otherwise_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Own(MapAdapter):
        pass

    rule_map = RuleMap([Rule("/", endpoint="e")])
    own = Own(rule_map, "example.org", "/", "", "http", "/", "GET")
    assert with_ways(own) is own
    assert type(own) is Own
    replaced = bound(rule_map)
    replaced.build = lambda *args, **kwargs: "/own"  # type: ignore[method-assign]  # as users do
    assert type(replaced) is MapAdapter
    assert replaced.build("e", {}) == "/own"
    moved = bound(rule_map)
    moved.map = Map([WerkzeugRule("/elsewhere", endpoint="e")])  # type: ignore[assignment]  # as users do
    assert moved.build("e", {}) == "/elsewhere"
    of_werkzeug = Map([WerkzeugRule("/", endpoint="e")]).bind("example.org")
    assert type(with_ways(of_werkzeug)) is MapAdapter
    monkeypatch.setattr(MapAdapter, "build", lambda *args, **kwargs: "/patched")
    assert with_ways(rule_map.bind("example.org")).build("e", {}) == "/patched"


def test_adapter_that_was_told_otherwise_builds_what_it_was_told() -> None:
    adapter = bound(RuleMap([Rule("/<a>", endpoint="e")]))
    adapter.script_name = "/shop/"
    assert adapter.build("e", {"a": "x"}) == "/shop/x"
    adapter.subdomain = "www"
    assert adapter.build("e", {"a": "x"}) == "http://example.org/shop/x"
    adapter.url_scheme = "https"
    assert adapter.build("e", {"a": "x"}) == "https://example.org/shop/x"


def test_ways_made_by_many_threads_at_once_build_for_all() -> None:
    count = 50
    rule_map = RuleMap(
        [Rule(f"/{n}/<int:a>/<b>", endpoint=str(n)) for n in range(count)]
    )
    start = Barrier(8)
    built: list[list[str]] = []

    def build_all() -> None:
        adapter = bound(rule_map)
        start.wait()
        urls = [adapter.build(str(n), {"a": 1, "b": "x"}) for n in range(count)]
        built.append(urls)

    threads = [Thread(target=build_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert built == [[f"/{n}/1/x" for n in range(count)]] * 8


def test_way_that_is_dropped_leaves_nothing_for_the_collector() -> None:
    rule_map = RuleMap([Rule(f"/{n}/<a>", endpoint=str(n)) for n in range(5)])
    adapter = bound(rule_map)
    for number in range(5):
        adapter.build(str(number), {"a": "x"})
    gc.collect()
    rule_map.add(Rule("/late", endpoint="late"))
    assert rule_map.ways == {}
    assert gc.collect() == 0
