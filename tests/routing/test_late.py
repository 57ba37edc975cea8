"""Werkzeug's matcher that waits: it is made when asked, and is the same."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from werkzeug.routing import Map, Rule
from werkzeug.routing.matcher import State, StateMachineMatcher

from insula.routing import Router, RuleMap
from insula.routing import Rule as UsualRule
from insula.routing.late import LateMatcher

PATHS = ["/a/", "/<x>", "/<int:x>", "/<path:x>", "/a/<x>.json", "/<int:y>/<any(b):x>"]


def rules(kind: type[Rule] = Rule) -> list[Rule]:
    return [kind(path, endpoint=number) for number, path in enumerate(PATHS)]


def late_matcher(rule_map: RuleMap) -> LateMatcher:
    matcher: object = rule_map._matcher
    assert isinstance(matcher, LateMatcher)
    return matcher


def shape(state: State) -> object:
    return (
        [rule.endpoint for rule in state.rules],
        {text: shape(below) for text, below in state.static.items()},
        [(part, shape(below)) for part, below in state.dynamic],
    )


def test_requests_that_the_router_answers_do_not_make_the_matcher() -> None:
    rule_map = RuleMap(rules())
    assert isinstance(Router(rule_map).match("/1", "GET"), tuple)
    assert late_matcher(rule_map).waiting is not None
    assert rule_map.bind("example.org").match("/1") == (2, {"x": 1})
    assert late_matcher(rule_map).waiting is None


@pytest.mark.parametrize("kind", [Rule, UsualRule])
def test_matcher_when_made_is_the_one_that_werkzeug_makes(kind: type[Rule]) -> None:
    plain = Map(rules())
    plain.update()
    rule_map = RuleMap(rules(kind))
    assert shape(rule_map._matcher._root) == shape(plain._matcher._root)
    for each in (plain, rule_map):
        each.add(Rule("/<float:x>", endpoint="late"))
        each.update()
    assert shape(rule_map._matcher._root) == shape(plain._matcher._root)


def test_router_after_the_matcher_was_made_answers_by_what_is_in_it() -> None:
    rule_map = RuleMap(rules())
    router = Router(rule_map)
    assert isinstance(router.match("/a/", "GET"), tuple)
    del rule_map._matcher._root.static[""].static[""].static["a"].static[""]
    rule_map._remap = True
    answer = router.match("/b", "GET")
    assert isinstance(answer, tuple)
    lines = router.describe().splitlines()
    assert "/a" in [line.strip() for line in lines]
    assert "-> * 0" not in router.describe()


def test_matcher_that_was_put_in_with_rules_of_its_own_stays() -> None:
    own = StateMachineMatcher(merge_slashes=True)
    plain = Map(rules())
    own._root = plain._matcher._root
    rule_map = RuleMap()
    rule_map._matcher = own
    assert rule_map._matcher is own


def test_matcher_made_by_many_threads_at_once_is_whole_for_all() -> None:
    rule_map = RuleMap(
        [Rule(f"/{number}/<x>", endpoint=number) for number in range(300)]
    )
    start = Barrier(6)
    found: list[object] = []

    def ask() -> None:
        adapter = rule_map.bind("example.org")
        start.wait()
        found.append(adapter.match("/299/a"))

    threads = [Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(299, {"x": "a"})] * 6
