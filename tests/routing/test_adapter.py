"""The router answers by the rules that its map has at the time."""

from __future__ import annotations

from threading import Barrier, Thread

from werkzeug.routing import Rule

from insula.routing import NOT_FOUND, Router, RuleMap


def test_router_before_the_first_match_has_compiled_nothing() -> None:
    router = Router(RuleMap())
    assert router._matcher is None
    assert router.match("/", "GET") is NOT_FOUND
    assert router._matcher is not None


def test_router_after_a_rule_was_added_matches_it_and_keeps_the_matcher() -> None:
    rule_map = RuleMap([Rule("/a", endpoint="a")])
    router = Router(rule_map)
    assert router.match("/b", "GET") is NOT_FOUND
    first = router.matcher
    assert router.matcher is first
    rule_map.add(Rule("/b", endpoint="b"))
    answer = router.match("/b", "GET")
    assert isinstance(answer, tuple)
    assert answer[0].endpoint == "b"
    assert router.matcher is not first


def test_router_match_that_was_kept_from_before_a_change_follows_the_change() -> None:
    rule_map = RuleMap([Rule("/a", endpoint="a")])
    router = Router(rule_map)
    unused, _ = router.match, router.match("/a", "GET")
    kept = router.match
    rule_map.add(Rule("/b", endpoint="b"))
    assert isinstance(kept("/b", "GET"), tuple)
    assert isinstance(unused("/b", "GET"), tuple)


def test_router_after_the_map_became_lax_about_slashes_matches_new_rules_so() -> None:
    rule_map = RuleMap([Rule("/a", endpoint="a")])
    router = Router(rule_map)
    rule_map.strict_slashes = False
    rule_map.add(Rule("/b", endpoint="b"))
    assert router.match("/a/", "GET") is NOT_FOUND
    assert isinstance(router.match("/b/", "GET"), tuple)


def test_router_in_many_threads_while_rules_are_added_never_misses_one() -> None:
    rule_map = RuleMap([Rule("/r0/<int:n>", endpoint=0)])
    router = Router(rule_map)
    start = Barrier(5)
    added = [0]
    failures: list[object] = []

    def ask() -> None:
        start.wait()
        while added[0] < 100:
            latest = added[0]
            for number in (0, latest // 2, latest):
                answer = router.match(f"/r{number}/7", "GET")
                if not isinstance(answer, tuple) or answer[1] != {"n": 7}:
                    failures.append((number, answer))

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    start.wait()
    for number in range(1, 101):
        rule_map.add(Rule(f"/r{number}/<int:n>", endpoint=number))
        added[0] = number
    for thread in threads:
        thread.join()
    assert failures == []


def test_describe_shows_each_segment_with_the_rules_that_end_there() -> None:
    rules = [
        Rule("/", endpoint="index", methods=["GET"]),
        Rule("/user/<name>", endpoint="user", methods=["GET", "POST"]),
        Rule("/user/<int:id>/", endpoint="number"),
        Rule("/old", endpoint="old", redirect_to="new"),
        Rule("/live", endpoint="live", websocket=True),
        Rule("/f/<path:rest>", endpoint="file"),
        Rule("/v/<float:x>", endpoint="float"),
        Rule("/", endpoint="api", subdomain="api"),
    ]
    assert Router(RuleMap(rules)).describe().splitlines() == [
        "(no domain)",
        "  /  -> GET|HEAD index",
        "  /user",
        "    /<int>",
        "      /  -> * number",
        "    /<string>  -> GET|HEAD|POST user",
        "  /old  -> * old (map)",
        "  /live  -> WS * live",
        "  /f",
        "    /<path>  -> * file",
        "  /v",
        "    /" + r"<regex (?P<__werkzeug_0>\d+\.\d+)\Z>" + "  -> * float",
        "api",
        "  /  -> * api",
    ]


def test_describe_of_a_map_that_is_not_compiled_says_so() -> None:
    rule_map = RuleMap()
    own = type("Own", (type(rule_map._matcher),), {})
    rule_map._matcher = own(merge_slashes=True)
    assert "answers itself" in Router(rule_map).describe()
