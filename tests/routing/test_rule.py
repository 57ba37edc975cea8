"""A rule that makes its builders late builds what Werkzeug's rule builds."""

from __future__ import annotations

import gc
import sys
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from werkzeug.routing import BuildError, Map
from werkzeug.routing import Rule as WerkzeugRule

from insula.routing import Rule, RuleMap

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_rule_when_added_has_made_no_builder_and_makes_it_at_the_first_url() -> None:
    rule = Rule("/user/<name>", endpoint="user")
    adapter = RuleMap([rule]).bind("example.org")
    waiting = rule._build_unknown
    assert adapter.build("user", {"name": "a b", "q": "1"}) == "/user/a%20b?q=1"
    assert rule._build_unknown is not waiting
    assert adapter.build("user", {"name": "x"}) == "/user/x"
    assert adapter.build("user", {"name": "x"}, append_unknown=False) == "/user/x"


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
