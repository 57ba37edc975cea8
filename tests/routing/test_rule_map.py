"""A map that counts its changes, and may be changed while others read it."""

from __future__ import annotations

import sys
from threading import Barrier, Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.routing import BaseConverter, Map, Rule, Submount
from werkzeug.test import create_environ

from insula import Insula
from insula.routing import RuleMap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.routing import RuleFactory


def test_rule_map_is_a_map_in_full() -> None:
    rule_map = RuleMap([Rule("/", endpoint="index")], host_matching=True)
    assert isinstance(rule_map, Map)
    assert rule_map.host_matching
    assert [rule.rule for rule in rule_map.iter_rules()] == ["/"]
    assert [rule.rule for rule in rule_map.iter_rules("index")] == ["/"]
    assert list(rule_map._rules_by_endpoint) == ["index"]
    assert repr(rule_map) == "RuleMap([<Rule '/' -> index>])"


def test_version_after_adding_a_rule_has_grown() -> None:
    rule_map = RuleMap()
    before = rule_map.version
    rule_map.add(Rule("/", endpoint="index"))
    assert rule_map.version > before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("strict_slashes", False),
        ("merge_slashes", False),
        ("redirect_defaults", False),
        ("default_subdomain", "www"),
        ("host_matching", True),
        ("converters", {}),
        ("_remap", True),
    ],
)
def test_version_after_setting_an_attribute_has_grown(name: str, value: object) -> None:
    rule_map = RuleMap()
    before = rule_map.version
    setattr(rule_map, name, value)
    assert rule_map.version > before


def test_attribute_set_before_init_by_a_subclass_is_kept() -> None:
    class Named(RuleMap):
        def __init__(self, name: str) -> None:
            self.name = name
            super().__init__([Rule("/", endpoint="index")])

    assert Named("main").name == "main"
    assert Named("main").lock is not Named("main").lock


def test_version_after_reading_the_rules_is_the_same() -> None:
    rule_map = RuleMap([Rule("/", endpoint="index")])
    before = rule_map.version
    list(rule_map.iter_rules())
    rule_map.update()
    rule_map.bind("example.org").match("/")
    assert rule_map.version == before


def test_add_of_a_factory_that_fails_half_way_counts_what_was_added() -> None:
    rule_map = RuleMap([Rule("/first", endpoint="first")])
    rule_map.update()
    before = rule_map.version
    unknown = [Rule("/a", endpoint="a"), Rule("/<nosuch:b>", endpoint="b")]
    with pytest.raises(LookupError, match="nosuch"):
        rule_map.add(Submount("/sub", unknown))
    assert rule_map.version > before
    assert rule_map.bind("example.org").match("/sub/a") == ("a", {})


def test_add_from_a_factory_that_adds_rules_itself_does_not_block() -> None:
    rule_map = RuleMap()

    class Adding(Submount):
        def get_rules(self, map: Map) -> Iterator[Rule]:
            map.add(Rule("/inner", endpoint="inner"))
            yield from super().get_rules(map)

    factory: RuleFactory = Adding("/sub", [Rule("/outer", endpoint="outer")])
    rule_map.add(factory)
    assert {rule.rule for rule in rule_map.iter_rules()} == {"/inner", "/sub/outer"}


def test_update_orders_rules_by_weight_and_defaults() -> None:
    class Light(BaseConverter):
        weight = 1

    rule_map = RuleMap(converters={"light": Light})
    rule_map.add(Rule("/<name>", endpoint="heavy"))
    rule_map.add(Rule("/<light:name>", endpoint="light"))
    rule_map.add(Rule("/page/<int:number>", endpoint="page"))
    rule_map.add(Rule("/page/", endpoint="page", defaults={"number": 1}))
    assert rule_map.bind("example.org").match("/x") == ("light", {"name": "x"})
    assert rule_map.bind("example.org").build("page", {"number": 1}) == "/page/"


def test_update_replaces_the_lists_that_others_may_be_reading() -> None:
    rule_map = RuleMap([Rule(f"/<int:{name}>", endpoint="e") for name in "ab"])
    held = rule_map._rules_by_endpoint["e"]
    rule_map.update()
    assert rule_map._rules_by_endpoint["e"] is not held


def test_rules_while_another_thread_adds_can_be_iterated_and_built() -> None:
    rule_map = RuleMap([Rule("/<int:a>/<b>", endpoint="steady")])
    start, done = Barrier(2), Event()
    failures: list[BaseException] = []

    def read() -> None:
        start.wait()
        try:
            while not done.is_set():
                assert list(rule_map.iter_rules())
                adapter = rule_map.bind("example.org")
                assert adapter.build("steady", {"a": 1, "b": "x"}) == "/1/x"
                assert adapter.match("/1/x") == ("steady", {"a": 1, "b": "x"})
        except BaseException as exc:
            failures.append(exc)

    reader = Thread(target=read)
    reader.start()
    start.wait()
    for number in range(200):
        rule_map.add(Rule(f"/x{number}/<float:a>", endpoint=f"late{number}"))
        rule_map.add(Rule(f"/<any(x{number}):a>/y", endpoint="steady"))
    done.set()
    reader.join()
    assert failures == []
    assert len(list(rule_map.iter_rules())) == 401


def answer(app: Insula, path: str, method: str = "GET") -> bytes:
    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        """Note nothing."""

    return b"".join(app(create_environ(path, method=method), start_response))


def test_rule_that_requests_have_met_yields_to_one_that_is_added() -> None:
    app = Insula("island")
    app.add_url_rule("/<path:any>", "any", lambda any: "any")  # noqa: A006 - a name
    app.add_url_rule("/one", "one", lambda: "one")
    for _ in range(3):
        assert answer(app, "/one") == b"one"
    app.view_functions["first"] = lambda: "first"
    app.url_map.add(Rule("/one", endpoint="first", methods={"POST"}))
    assert answer(app, "/one", "POST") == b"first"
    assert answer(app, "/one") == b"one"
    app.view_functions["two"] = lambda: "two"
    assert answer(app, "/two") == b"any"
    app.url_map.add(Rule("/two", endpoint="two"))
    assert answer(app, "/two") == b"two"


def test_rules_added_by_a_thread_answer_requests_of_others_at_once() -> None:
    app = Insula("island")
    app.add_url_rule("/<path:any>", "any", lambda any: "any")  # noqa: A006 - a name
    answer(app, "/0")
    added = 0
    wrong: list[Any] = []

    def ask() -> None:
        while added < 150:
            newest = added
            for number in range(max(0, newest - 2), newest + 2):
                body = answer(app, f"/{number}")
                if number < newest and body != f"rule {number}".encode():
                    wrong.append((number, newest, body))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for number in range(150):
            name = f"rule {number}"
            app.view_functions[name] = lambda name=name: name
            app.url_map.add(Rule(f"/{number}", endpoint=name, methods={"GET"}))
            added = number + 1
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []


def test_methods_of_clients_are_not_kept_for_a_rule_for_all_of_them() -> None:
    app = Insula("island")
    app.url_map.add(Rule("/", endpoint="all"))
    app.view_functions["all"] = lambda: "all"
    for number in range(20):
        assert answer(app, "/", f"METHOD{number}") == b"all"
    assert app.url_map.straight.get("/", {}) == {}
