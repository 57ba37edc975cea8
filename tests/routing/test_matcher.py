"""What the compiled matcher answers; that it is the map's answer, see properties."""

from __future__ import annotations

import re
from typing import Any

import pytest
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import BaseConverter, RequestRedirect, Rule, ValidationError
from werkzeug.routing.matcher import StateMachineMatcher

from insula.routing import (
    FALLBACK,
    NOT_FOUND,
    Answer,
    Matcher,
    NotAllowed,
    RuleMap,
    compile_matcher,
)


def matcher(*rules: Rule, **options: Any) -> Matcher:
    return compile_matcher(RuleMap(rules, **options))


def hit(answer: Answer) -> tuple[Any, dict[str, Any]]:
    assert isinstance(answer, tuple)
    return answer[0].endpoint, answer[1]


def test_match_of_a_static_path_gives_each_request_arguments_of_its_own() -> None:
    compiled = matcher(
        Rule("/a", endpoint="a"), Rule("/b", endpoint="b", defaults={"n": 1})
    )
    first, second = compiled.match("/b", "GET"), compiled.match("/b", "GET")
    assert hit(first) == hit(second) == ("b", {"n": 1})
    assert isinstance(first, tuple)
    assert isinstance(second, tuple)
    assert first[1] is not second[1]
    first[1].clear()
    assert hit(compiled.match("/b", "GET")) == ("b", {"n": 1})
    assert hit(compiled.match("/a", "GET")) == ("a", {})


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/u/ada", ("string", {"v": "ada"})),
        ("/u/42", ("int", {"v": 42})),
        ("/u/٣", ("int", {"v": 3})),
        ("/u/1.5", ("float", {"v": 1.5})),
        ("/u/a/b", ("path", {"v": "a/b"})),
        ("/u/ada/edit", ("edit", {"v": "ada"})),
        ("/u/ada.json", ("json", {"v": "ada"})),
        ("/u/new", ("new", {})),
    ],
)
def test_match_of_rules_that_all_fit_takes_the_one_the_map_would_take(
    path: str, expected: tuple[str, dict[str, object]]
) -> None:
    compiled = matcher(
        Rule("/u/<path:v>", endpoint="path"),
        Rule("/u/<v>", endpoint="string"),
        Rule("/u/<v>.json", endpoint="json"),
        Rule("/u/<float:v>", endpoint="float"),
        Rule("/u/<int:v>", endpoint="int"),
        Rule("/u/<v>/edit", endpoint="edit"),
        Rule("/u/new", endpoint="new"),
    )
    assert hit(compiled.match(path, "GET")) == expected


def test_match_after_a_static_way_that_ends_nowhere_turns_back() -> None:
    compiled = matcher(
        Rule("/a/b/c", endpoint="static"), Rule("/<x>/b/<y>", endpoint="turned")
    )
    assert hit(compiled.match("/a/b/c", "GET")) == ("static", {})
    assert hit(compiled.match("/a/b/d", "GET")) == ("turned", {"x": "a", "y": "d"})
    assert compiled.match("/a/c/d", "GET") is NOT_FOUND


def test_match_by_method_takes_the_rule_of_the_method() -> None:
    compiled = matcher(
        Rule("/a", endpoint="read", methods=["GET"]),
        Rule("/a", endpoint="write", methods=["POST"]),
    )
    assert hit(compiled.match("/a", "HEAD")) == ("read", {})
    assert hit(compiled.match("/a", "POST")) == ("write", {})
    refused = compiled.match("/a", "PUT")
    assert isinstance(refused, NotAllowed)
    assert set(refused.valid_methods) == {"GET", "HEAD", "POST"}
    assert repr(NotAllowed(["GET"])) == "NotAllowed(['GET'])"


def test_match_after_a_rule_changed_its_methods_in_place_follows() -> None:
    rule = Rule("/a", endpoint="a", methods=["GET"])
    compiled = matcher(rule)
    assert isinstance(compiled.match("/a", "PUT"), NotAllowed)
    assert rule.methods is not None
    rule.methods.add("PUT")
    assert hit(compiled.match("/a", "PUT")) == ("a", {})


@pytest.mark.parametrize("path", ["a", "//a", "///a"])
def test_match_of_a_path_not_in_shape_answers_as_for_the_path_in_shape(
    path: str,
) -> None:
    for pattern in ("/a", "/<x>"):
        rule = Rule(pattern, endpoint="e")
        assert hit(matcher(rule).match(path, "GET"))[0] == "e"
    both = matcher(Rule("/<x>", endpoint="variable"), Rule("/a", endpoint="static"))
    assert hit(both.match(path, "GET"))[0] == "static"


def test_match_of_the_empty_path_is_the_redirect_to_the_root() -> None:
    compiled = matcher(Rule("/", endpoint="index"))
    assert compiled.match("", "GET") is FALLBACK
    assert matcher(Rule("/a", endpoint="a")).match("", "GET") is NOT_FOUND


@pytest.mark.parametrize(
    "rule",
    [
        Rule("/a/", endpoint="slash is missing"),
        Rule("/<x>/", endpoint="slash is missing"),
        Rule("/a", endpoint="moved", redirect_to="b"),
        Rule("/a", endpoint="alias", alias=True),
        Rule("/a", endpoint="websocket", websocket=True),
    ],
)
def test_match_of_what_the_map_must_answer_is_a_fallback(rule: Rule) -> None:
    compiled = matcher(rule.empty() if rule.map else rule)
    assert compiled.match("/a", "GET") is FALLBACK


def test_match_with_a_double_slash_is_a_fallback_only_if_the_map_merges() -> None:
    rule = Rule("/a/b", endpoint="e")
    assert matcher(rule).match("/a//b", "GET") is FALLBACK
    kept = matcher(rule.empty(), merge_slashes=False)
    assert kept.match("/a//b", "GET") is NOT_FOUND


@pytest.mark.parametrize("path", ["/a", "/a/", "/b", "/b/", "/x/1", "/x/1/"])
def test_match_without_strict_slashes_takes_the_path_either_way(path: str) -> None:
    rules = [Rule(each, endpoint="e") for each in ("/a", "/b/", "/x/<int:n>")]
    assert hit(matcher(*rules, strict_slashes=False).match(path, "GET"))[0] == "e"


def test_match_of_values_that_are_the_defaults_of_another_rule_is_a_fallback() -> None:
    rules = [
        Rule("/all/", endpoint="all", defaults={"page": 1}),
        Rule("/all/page/<int:page>", endpoint="all"),
    ]
    compiled = matcher(*rules)
    assert hit(compiled.match("/all/", "GET")) == ("all", {"page": 1})
    assert compiled.match("/all/page/1", "GET") is FALLBACK
    assert hit(compiled.match("/all/page/2", "GET")) == ("all", {"page": 2})


class Counting(BaseConverter):
    """Counts how often it converts."""

    calls = 0

    def to_python(self, value: str) -> str:
        type(self).calls += 1
        if value == "no":
            raise ValidationError
        if value == "bad":
            raise ValueError(value)
        return value


@pytest.fixture
def counting() -> type[Counting]:
    return type("Counting", (Counting,), {})


def test_match_converts_once_and_a_refusal_is_not_found(
    counting: type[Counting],
) -> None:
    rules = [
        Rule("/<count:c>", endpoint="e", methods=["GET"]),
        Rule("/<c>", endpoint="other", methods=["GET"]),
    ]
    compiled = matcher(*rules, converters={"count": counting})
    assert hit(compiled.match("/x", "GET")) == ("e", {"c": "x"})
    assert compiled.match("/no", "GET") is NOT_FOUND
    assert counting.calls == 2
    with pytest.raises(ValueError, match="bad"):
        compiled.match("/bad", "GET")


def test_match_that_may_redirect_leaves_a_custom_conversion_to_the_map(
    counting: type[Counting],
) -> None:
    rules = [
        Rule("/all/", endpoint="all", defaults={"page": "x"}),
        Rule("/all/<count:page>", endpoint="all"),
    ]
    compiled = matcher(*rules, converters={"count": counting})
    assert compiled.match("/all/x", "GET") is FALLBACK
    assert counting.calls == 0


def test_match_of_more_digits_than_python_converts_is_not_found() -> None:
    compiled = matcher(Rule("/<int:n>", endpoint="e"))
    assert compiled.match("/" + "1" * 5000, "GET") is NOT_FOUND


def test_match_with_a_malformed_expression_raises_as_the_map_does() -> None:
    class Broken(BaseConverter):
        regex = "("

    rule_map = RuleMap([Rule("/<b:x>", endpoint="e")], converters={"b": Broken})
    with pytest.raises(re.error):
        rule_map.bind("example.org").match("/a")
    with pytest.raises(re.error):
        compile_matcher(rule_map).match("/a", "GET")


def test_match_by_subdomain_and_by_default_subdomain() -> None:
    compiled = matcher(
        Rule("/", endpoint="home"),
        Rule("/", endpoint="api", subdomain="api"),
        Rule("/", endpoint="user", subdomain="<name>"),
        default_subdomain="www",
    )
    assert hit(compiled.match("/", "GET")) == ("home", {})
    assert hit(compiled.match("/", "GET", "www")) == ("home", {})
    assert hit(compiled.match("/", "GET", "api")) == ("api", {})
    assert hit(compiled.match("/", "GET", "ada")) == ("user", {"name": "ada"})
    assert compiled.match("/", "GET", "") is NOT_FOUND
    assert compiled.match("/nowhere", "GET", "other") is NOT_FOUND


def test_match_by_host_and_websocket() -> None:
    compiled = matcher(
        Rule("/", endpoint="page", host="a.example"),
        Rule("/", endpoint="socket", host="a.example", websocket=True),
        Rule("/<n>", endpoint="any", host="<host>"),
        host_matching=True,
    )
    assert hit(compiled.match("/", "GET", "a.example")) == ("page", {})
    assert hit(compiled.match("/", "GET", "a.example", True)) == ("socket", {})
    expected = ("any", {"host": "a.example", "n": "x"})
    assert hit(compiled.match("/x", "GET", "a.example")) == expected
    assert compiled.match("/", "GET", "b.example") is NOT_FOUND


def test_match_of_a_map_with_a_matcher_of_its_own_is_always_a_fallback() -> None:
    class Own(StateMachineMatcher):
        pass

    rule_map = RuleMap()
    rule_map._matcher = Own(merge_slashes=True)
    rule_map.add(Rule("/", endpoint="index"))
    compiled = compile_matcher(rule_map)
    assert compiled.match("/", "GET") is FALLBACK
    assert compiled.match("/a/b", "GET") is FALLBACK


def test_match_of_a_matcher_without_successor_stays_as_it_was_compiled() -> None:
    rule_map = RuleMap([Rule("/a", endpoint="a")])
    compiled = compile_matcher(rule_map)
    rule_map.add(Rule("/b", endpoint="b"))
    assert compiled.match("/b", "GET") is NOT_FOUND
    assert hit(compile_matcher(rule_map).match("/b", "GET")) == ("b", {})


def test_match_asks_a_class_of_rules_what_provides_its_defaults() -> None:
    class Own(Rule):
        def provides_defaults_for(self, rule: Rule) -> bool:
            return bool(self.defaults) and self.endpoint == rule.endpoint

    rules = [
        Own("/a/<x>/", endpoint="e", defaults={"y": 1}),
        Own("/b/<x>/<int:y>/", endpoint="e"),
        Own("/c/<x>", endpoint="other"),
    ]
    compiled = matcher(*rules)
    assert compiled.match("/b/x/1/", "GET") is FALLBACK
    assert hit(compiled.match("/b/x/2/", "GET")) == ("e", {"x": "x", "y": 2})
    assert hit(compiled.match("/c/x", "GET")) == ("other", {"x": "x"})


class Both(BaseConverter):
    """Has an instance that converts in a way of its own."""

    def __init__(self, rule_map: Any) -> None:
        super().__init__(rule_map)
        self.to_python = str.upper  # type: ignore[assignment, method-assign]  # as some apps do


@pytest.mark.parametrize(
    ("pattern", "path", "args"),
    [
        ("/<int:n>/x", "/7/x", {"n": 7}),
        ("/<n>/x", "/a/x", {"n": "a"}),
        ("/<a>/<b>", "/a/b", {"a": "a", "b": "b"}),
        ("/<int:a>/<b>", "/1/b", {"a": 1, "b": "b"}),
        ("/<float:a>/<b>", "/1.5/b", {"a": 1.5, "b": "b"}),
        ("/<int(min=1):a>", "/1", {"a": 1}),
        ("/<int(max=9):a>", "/1", {"a": 1}),
        ("/<int(fixed_digits=3):a>", "/001", {"a": 1}),
        ("/<float(max=9):a>", "/1.5", {"a": 1.5}),
        ("/<int(signed=True):a>", "/-1", {"a": -1}),
        ("/<a>-<b>.<int:c>", "/x-y.3", {"a": "x", "b": "y", "c": 3}),
        ("/f/<path:a>", "/f/x//y", {"a": "x//y"}),
        ("/f/<path:a>", "/f/\nx", {"a": "\nx"}),
        ("/f/<path:a>/edit", "/f/x/y/edit", {"a": "x/y"}),
        ("/f/<path:a>/", "/f/x/y/", {"a": "x/y"}),
        ("/<string(length=2):a>", "/ab", {"a": "ab"}),
        ("/<both:a>", "/ab", {"a": "AB"}),
        ("/<a>", "/" + "x" * 500, {"a": "x" * 500}),
        ("/<int:a>", "/" + "1" * 500, {"a": int("1" * 500)}),
    ],
)
def test_match_of_a_path_with_variables_converts_each(
    pattern: str, path: str, args: dict[str, object]
) -> None:
    for defaults in (None, {"z": 1}):
        rule = Rule(pattern, endpoint="e", defaults=defaults)
        compiled = matcher(rule, converters={"both": Both})
        expected = ("e", {**args, **(defaults or {})})
        assert hit(compiled.match(path, "GET")) == expected


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/<int:n>/x", "/a/x"),
        ("/<n>/x", "//x"),
        ("/<float:a>/<b>", "/1/b"),
        ("/<int(min=5):a>", "/1"),
        ("/f/<path:a>", "/f/"),
        ("/f/<path:a>", "/f/x\ny"),
        ("/<path:a>/edit", "/x/y/edited"),
        ("/<uuid:a>", "/12345678"),
        ("/<string(length=2):a>", "/abc"),
        ("/<int:a>", "/²"),
    ],
)
def test_match_of_a_path_that_a_variable_does_not_fit_is_not_found(
    pattern: str, path: str
) -> None:
    rules = [Rule(pattern, endpoint="e"), Rule("/other/<int:n>", endpoint="other")]
    assert matcher(*rules).match(path, "GET") is NOT_FOUND


def test_match_of_a_last_variable_by_method_tries_all_rules_in_order() -> None:
    compiled = matcher(
        Rule("/i/<int:n>", endpoint="read", methods=["GET"]),
        Rule("/i/<int:n>", endpoint="drop", methods=["DELETE"]),
        Rule("/i/<name>", endpoint="name", methods=["PUT"]),
    )
    assert hit(compiled.match("/i/1", "GET")) == ("read", {"n": 1})
    assert hit(compiled.match("/i/1", "DELETE")) == ("drop", {"n": 1})
    assert hit(compiled.match("/i/1", "PUT")) == ("name", {"name": "1"})
    refused = compiled.match("/i/1", "POST")
    assert isinstance(refused, NotAllowed)
    assert set(refused.valid_methods) == {"GET", "HEAD", "DELETE", "PUT"}


def test_match_of_a_path_with_variables_by_websocket_takes_the_rule_for_it() -> None:
    compiled = matcher(
        Rule("/<n>", endpoint="page"), Rule("/<n>", endpoint="live", websocket=True)
    )
    assert hit(compiled.match("/x", "GET")) == ("page", {"n": "x"})
    assert hit(compiled.match("/x", "GET", None, True)) == ("live", {"n": "x"})
    only = matcher(Rule("/<n>", endpoint="live", websocket=True))
    assert only.match("/x", "GET") is FALLBACK


def test_match_that_turned_back_still_minds_the_slash_at_the_end() -> None:
    rules = [Rule("/a/b/c", endpoint="static"), Rule("/<x>/b/", endpoint="turned")]
    assert matcher(*rules).match("/a/b", "GET") is FALLBACK
    lax = [rule.empty() for rule in rules]
    for rule in lax:
        rule.strict_slashes = False
    compiled = matcher(*lax)
    assert hit(compiled.match("/a/b", "GET")) == ("turned", {"x": "a"})
    assert hit(compiled.match("/a/b/", "GET")) == ("turned", {"x": "a"})


def test_match_with_rules_of_empty_segments_never_finds_those_at_the_beginning() -> (
    None
):
    rules = [
        Rule("//a", endpoint="out of reach"),
        Rule("//", endpoint="out of reach"),
        Rule("//<n>", endpoint="out of reach"),
        Rule("/b//c", endpoint="inside"),
        Rule("/b//<n>", endpoint="variable"),
    ]
    compiled = matcher(*rules, merge_slashes=False)
    assert compiled.match("//a", "GET") is NOT_FOUND
    assert compiled.match("//x", "GET") is NOT_FOUND
    assert compiled.match("//", "GET") is FALLBACK
    assert hit(compiled.match("/b//c", "GET")) == ("inside", {})
    assert hit(compiled.match("/b//d", "GET")) == ("variable", {"n": "d"})
    assert compiled.match("/b/c", "GET") is NOT_FOUND


def test_match_of_a_last_segment_with_variables_of_many_kinds_keeps_their_order() -> (
    None
):
    compiled = matcher(
        Rule("/<int:n>", endpoint="int"),
        Rule("/<float:n>", endpoint="float"),
        Rule("/<any(on, off):n>", endpoint="any"),
        Rule("/<n>", endpoint="string"),
        Rule("/<n>/more", endpoint="more"),
        Rule("/x/<int:n>", endpoint="special", redirect_to="elsewhere"),
    )
    answers = {"/1": "int", "/1.5": "float", "/on": "any", "/up": "string"}
    for path, endpoint in answers.items():
        assert hit(compiled.match(path, "GET"))[0] == endpoint
    assert compiled.match("/x/1", "GET") is FALLBACK


@pytest.mark.parametrize("merge_slashes", [True, False])
@pytest.mark.parametrize(
    ("paths", "path"),
    [
        (["/a"], "/a"),
        (["/a/"], "/a/"),
        (["/a/", "/a"], "/a"),
        (["/a/", "/a/<x>"], "/a/"),
        (["/a/", "/a/<x>/"], "/a/x"),
        (["/a/<x>", "/a/<int:y>"], "/a/1"),
        (["/a/<x>", "/a/<int:y>"], "/a/b"),
        (["/a/<int:y>"], "/a/b"),
        (["/a/<x>", "/a/<path:y>"], "/a/b"),
        (["/a/<x>", "/<y>/b"], "/a/b"),
        (["/a/<x>", "/a/b"], "/a/b"),
        (["/a/<x>", "/a/b/c"], "/a/b"),
        (["/a", "/<x>"], "/a"),
        (["/<x>", "/<int:y>"], "/1"),
        (["/a//<x>", "/a/<y>"], "/a//b"),
        (["/a//b", "/a/b"], "/a//b"),
        (["/"], "/"),
    ],
)
def test_match_for_another_method_says_which_the_map_would_say(
    paths: list[str], path: str, merge_slashes: bool
) -> None:
    methods = [{"PUT", "PATCH"}, {"GET", "POST", "TRACE"}]
    rules = [
        Rule(rule, endpoint=number, merge_slashes=False, methods=methods[number])
        for number, rule in enumerate(paths)
    ]
    rule_map = RuleMap(rules, merge_slashes=merge_slashes)
    adapter = rule_map.bind("example.org")
    answer = compile_matcher(rule_map).match(path, "DELETE")
    if answer is FALLBACK:
        return
    with pytest.raises((MethodNotAllowed, NotFound)) as refused:
        adapter.match(path, "DELETE")
    if isinstance(refused.value, MethodNotAllowed):
        assert isinstance(answer, NotAllowed)
        assert answer.valid_methods == list(refused.value.valid_methods or ())
    else:
        assert answer is NOT_FOUND


def test_match_for_another_method_on_a_websocket_rule_is_no_matter_of_methods() -> None:
    compiled = matcher(
        Rule("/a", endpoint="a", websocket=True),
        Rule("/a", endpoint="b", methods=["POST"]),
        Rule("/b/<x>", endpoint="c", websocket=True),
    )
    assert isinstance(compiled.match("/a", "GET"), NotAllowed)
    assert compiled.match("/b/x", "GET") is FALLBACK


def test_match_for_another_method_where_a_domain_varies_asks_all_rules() -> None:
    compiled = matcher(
        Rule("/a/<x>", endpoint="a", methods=["PUT"]),
        Rule("/a/<x>", endpoint="b", methods=["POST"], subdomain="<s>"),
        default_subdomain="www",
    )
    answer = compiled.match("/a/x", "DELETE")
    assert isinstance(answer, NotAllowed)
    assert set(answer.valid_methods) == {"PUT", "POST"}


MIDDLES = [
    Rule("/u/<int:n>/posts", endpoint="number"),
    Rule("/u/<name>/posts", endpoint="text"),
    Rule("/u/<name>/posts", endpoint="posted", methods=["PUT"]),
    Rule("/u/me/likes", endpoint="mine"),
    Rule("/u/<name>/likes", endpoint="likes", methods=["GET"]),
    Rule("/u/<int:n>/files/", endpoint="files"),
    Rule("/u/<name>/files", endpoint="file"),
    Rule("/<lang>/index", endpoint="index"),
    Rule("/d/<int:n>/<word>", endpoint="word"),
    Rule("/d/<text>/x", endpoint="x"),
]


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize(
    "path",
    [
        "/u/1/posts",
        "/u/a/posts",
        "/u//posts",
        "/u/1/posts/",
        "/u/me/likes",
        "/u/me/posts",
        "/u/1/files",
        "/u/a/files",
        "/u/a/nothing",
        "/de/index",
        "de/index",
        "//de/index",
        "//index",
        "/d/1/x",
        "/d/a/x",
        "/d/a/y",
        f"/u/{'9' * 5000}/posts",
    ],
)
def test_match_of_a_variable_before_the_last_segment_is_the_one_of_the_map(
    path: str, method: str
) -> None:
    rule_map = RuleMap([rule.empty() for rule in MIDDLES])
    answer = compile_matcher(rule_map).match(path, method)
    try:
        expected: Any = rule_map.bind("h").match(path, method)
    except (NotFound, MethodNotAllowed) as exc:
        wanted = NotAllowed if isinstance(exc, MethodNotAllowed) else type(NOT_FOUND)
        assert isinstance(answer, wanted)
    except RequestRedirect:
        assert answer is FALLBACK
    else:
        assert answer is FALLBACK or hit(answer) == expected
