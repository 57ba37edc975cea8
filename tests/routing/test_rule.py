"""A rule that makes its builders late builds what Werkzeug's rule builds."""

from __future__ import annotations

import gc
import sys
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.routing import BaseConverter, BuildError, Map
from werkzeug.routing import Rule as WerkzeugRule

from insula.routing import Rule, RuleMap, compile_matcher

if TYPE_CHECKING:
    from collections.abc import Iterator


def held(rule: Rule) -> dict[str, Any]:
    return rule._held or {}


def test_rule_when_added_has_made_no_builder_and_makes_it_at_the_first_url() -> None:
    rule = Rule("/user/<name>", endpoint="user")
    adapter = RuleMap([rule]).bind("example.org")
    assert held(rule) == {}
    assert adapter.build("user", {"name": "a b", "q": "1"}) == "/user/a%20b?q=1"
    made = held(rule)["_build_unknown"]
    assert adapter.build("user", {"name": "x"}) == "/user/x"
    assert rule._build_unknown is made
    assert adapter.build("user", {"name": "x"}, append_unknown=False) == "/user/x"


def test_rule_that_is_not_usual_makes_no_builder_when_added_either() -> None:
    rule = Rule("/user/<any(a, b):name>", endpoint="user")
    adapter = RuleMap([rule]).bind("example.org")
    waiting = rule._build_unknown
    assert adapter.build("user", {"name": "a"}) == "/user/a"
    assert rule._build_unknown is not waiting
    assert adapter.build("user", {"name": "b"}) == "/user/b"


PATHS = [
    "/",
    "/a",
    "/a/",
    "//a///b",
    "/<x>",
    "/<string:x>/<int:y>/",
    "/<int:x>-<float:y>.json/<uuid:z>",
    "/a b/<x>é",
    "/a>b",
    "/<path:x>",
    "/f<path:x>.html",
    "/<path:x>/",
    "/<path:x>/edit",
    "/<any(x, y):a>/<string(length=2):b>",
    "/a|b/<x>",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("options", [{}, {"subdomain": "www"}, {"subdomain": "<d>"}])
@pytest.mark.parametrize("merge_slashes", [True, False])
def test_rule_gives_out_what_the_rule_of_werkzeug_keeps(
    path: str, options: dict[str, Any], merge_slashes: bool
) -> None:
    ours = Rule(path, endpoint="e", **options)
    theirs = WerkzeugRule(path, endpoint="e", **options)
    RuleMap([ours], merge_slashes=merge_slashes)
    Map([theirs], merge_slashes=merge_slashes)
    assert ours._parts == theirs._parts
    assert ours._trace == theirs._trace
    assert ours.arguments == theirs.arguments
    assert list(ours._converters) == list(theirs._converters)
    for name, converter in theirs._converters.items():
        assert type(ours._converters[name]) is type(converter)
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize(
    "path",
    [
        "/<a",
        "/x/<a>/<b",
        "/<nosuch:a>",
        "/<int(1, 2, 3, 4, 5, 6, 7):a>",
        "/<1a>",
        "/<>",
    ],
)
def test_rule_that_cannot_be_parsed_says_what_werkzeug_says(path: str) -> None:
    with pytest.raises((ValueError, LookupError, TypeError)) as theirs:
        Map([WerkzeugRule(path, endpoint="e")])
    with pytest.raises(theirs.type) as ours:
        RuleMap([Rule(path, endpoint="e")])
    assert str(ours.value) == str(theirs.value)


def test_rule_added_before_a_converter_was_replaced_keeps_the_old_one() -> None:
    class Letters(BaseConverter):
        regex = "[a-z]+"

    rule_map = RuleMap([Rule("/old/<int:a>", endpoint="old")])
    rule_map.converters["int"] = Letters
    rule_map.add(Rule("/new/<int:a>", endpoint="new"))
    for matches in (rule_map.bind("example.org").match, _routed(rule_map)):
        assert matches("/old/1") == ("old", {"a": 1})
        assert matches("/new/b") == ("new", {"a": "b"})


def _routed(rule_map: RuleMap) -> Any:
    def matches(path: str) -> object:
        answer = compile_matcher(rule_map).match(path, "GET")
        assert isinstance(answer, tuple)
        return answer[0].endpoint, answer[1]

    return matches


def test_converter_of_one_rule_that_is_changed_is_changed_for_that_rule_alone() -> None:
    rules = [Rule(f"/{n}/<int:a>", endpoint=n) for n in range(2)]
    rule_map = RuleMap(rules)
    vars(rules[0]._converters["a"])["to_python"] = lambda value: f"own {value}"
    for matches in (rule_map.bind("example.org").match, _routed(rule_map)):
        assert matches("/0/7") == (0, {"a": "own 7"})
        assert matches("/1/7") == (1, {"a": 7})


@pytest.mark.parametrize("name", ["compile", "_parse_rule", "get_converter"])
def test_rule_whose_class_parses_otherwise_is_asked(name: str) -> None:
    asked = []

    def note(self: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(name)
        return getattr(Rule, name)(self, *args, **kwargs)

    kind = type("Own", (Rule,), {name: note})
    RuleMap([Rule("/<int:a>", endpoint="e"), kind("/x/<int:a>", endpoint="e")])
    assert asked


def test_usual_rule_keeps_nothing_that_the_garbage_collector_has_to_visit() -> None:
    rule_map = RuleMap([Rule("/<int:a>/x", endpoint="first")])
    gc.collect()
    before = len(gc.get_objects())
    for number in range(100):
        rule_map.add(Rule(f"/{number}/<int:a>/x", endpoint=number, methods=["GET"]))
    gc.collect()
    # The rule, its methods, its arguments, and the list of its endpoint; on 3.10 and
    # 3.13 the rule's attributes are a dictionary beside it, too.
    most = 4 if sys.version_info[:2] in {(3, 11), (3, 12)} else 5
    assert len(gc.get_objects()) - before <= most * 100


@pytest.mark.parametrize(
    ("path", "defaults", "values"),
    [
        ("/", None, {}),
        ("/<int:a>/<path:b>/", None, {"a": 3, "b": "x/y"}),
        ("/<a>-<b>.json", None, {"a": "x", "b": "y"}),
        ("/page/", {"number": 1}, {"number": 1}),
        ("/<self>/<values>/<rule>", None, {"self": 1, "values": 2, "rule": 3}),
    ],
)
def test_rule_builds_what_the_rule_of_werkzeug_builds(
    path: str, defaults: dict[str, object] | None, values: dict[str, object]
) -> None:
    ours = RuleMap([Rule(path, endpoint="e", defaults=defaults)]).bind("example.org")
    theirs = Map([WerkzeugRule(path, endpoint="e", defaults=defaults)]).bind(
        "example.org"
    )
    for more in ({}, {"extra": "1"}):
        wanted = theirs.build("e", {**values, **more})
        assert ours.build("e", {**values, **more}) == wanted


def test_rule_without_a_value_that_it_needs_cannot_be_built() -> None:
    adapter = RuleMap([Rule("/<name>", endpoint="e")]).bind("example.org")
    with pytest.raises(BuildError, match="specify values"):
        adapter.build("e")


@pytest.mark.parametrize(
    ("path", "defaults", "error"),
    [
        ("/<a>/<a>", None, SyntaxError),
        ("/<None>", None, ValueError),
        ("/<any(x, y):a>", {"a": "z"}, ValueError),
    ],
)
def test_rule_that_cannot_be_compiled_says_so_when_it_is_added(
    path: str, defaults: dict[str, object] | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        Map([WerkzeugRule(path, endpoint="e", defaults=defaults)])
    with pytest.raises(error):
        RuleMap([Rule(path, endpoint="e", defaults=defaults)])


def test_rule_is_shown_and_compared_as_the_rule_of_werkzeug() -> None:
    ours, theirs = Rule("/<a>", endpoint="e"), WerkzeugRule("/<a>", endpoint="e")
    RuleMap([ours])
    Map([theirs])
    assert repr(ours) == repr(theirs)
    assert theirs == ours
    assert ours == theirs
    assert ours != Rule("/<a>", endpoint="e")  # not added to a map, so never parsed
    with pytest.raises(TypeError, match="unhashable"):
        hash(ours)


@pytest.fixture
def interrupted() -> Iterator[None]:
    """Let threads switch wherever a collection may begin, in the parser of C too."""
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()

    def some_bytecodes(phase: str, info: dict[str, int]) -> None:
        sum([*range(50)])

    sys.setswitchinterval(1e-6)
    gc.set_threshold(20)
    gc.callbacks.append(some_bytecodes)
    yield
    gc.callbacks.remove(some_bytecodes)
    gc.set_threshold(*threshold)
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("interrupted")
def test_rules_whose_first_urls_are_built_by_many_threads_build_for_all() -> None:
    count = 200
    rules = [Rule(f"/{n}/<int:a>/<b>", endpoint=str(n)) for n in range(count)]
    adapter = RuleMap(rules).bind("example.org")
    wrong: list[object] = []

    def build_all() -> None:
        for number in range(count):
            try:
                url: object = adapter.build(str(number), {"a": 1, "b": "x"})
            except SystemError as exc:  # the parser lost count of its depth
                url = exc
            if url != f"/{number}/1/x":
                wrong.append(url)

    threads = [Thread(target=build_all) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
