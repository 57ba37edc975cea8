"""The compiled matcher and the map agree on everything, for random maps and paths."""

from __future__ import annotations

from itertools import product
from typing import Any, TypeAlias
from uuid import UUID

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import (
    BaseConverter,
    Map,
    RequestRedirect,
    Rule,
    ValidationError,
)

from insula.routing import FALLBACK, NOT_FOUND, NotAllowed, Router, RuleMap
from insula.routing import Rule as LazyRule

Outcome: TypeAlias = tuple[Any, ...]


class Even(BaseConverter):
    """Refuses odd numbers when converting."""

    regex = r"\d+"
    weight = 40

    def to_python(self, value: str) -> int:
        number = int(value)
        if number % 2:
            raise ValidationError
        return number


class Dotted(BaseConverter):
    """Matches several segments."""

    regex = r"\w+(?:/\w+)*"
    weight = 150


class Anything(BaseConverter):
    """Matches the empty segment too."""

    regex = r"[^/]*"
    weight = 300


class Grouped(BaseConverter):
    """Has groups of its own."""

    regex = r"(?P<letter>[ab])(c|d)?"


class Greedy(BaseConverter):
    """Matches whatever is left, slashes at its ends too."""

    regex = r".+"
    part_isolating = False
    weight = 250


class Upper(BaseConverter):
    """Changes the text."""

    def to_python(self, value: str) -> str:
        return value.upper()


CONVERTERS = {
    "even": Even,
    "dotted": Dotted,
    "anything": Anything,
    "grouped": Grouped,
    "greedy": Greedy,
    "upper": Upper,
}

VARIABLES = [
    "<{}>",
    "<string:{}>",
    "<string(length=2):{}>",
    "<string(minlength=2, maxlength=3):{}>",
    "<string(minlength=0):{}>",
    "<int:{}>",
    "<int(min=2, max=20):{}>",
    "<int(signed=True):{}>",
    "<int(fixed_digits=2):{}>",
    "<float:{}>",
    "<float(signed=True, max=3):{}>",
    "<any(a, ab, 'x/y'):{}>",
    "<path:{}>",
    "<uuid:{}>",
    *(f"<{name}:{{}}>" for name in CONVERTERS),
]
UUID_TEXT = "12345678-1234-1234-1234-1234567890AB"
TEXTS = [
    *(
        "a",
        "b",
        "ab",
        "aa",
        "c",
        "ac",
        "é",
        "%",
        "%2F",
        "a b",
        "A",
        "\n",
        "x\ny",
        "a\n",
    ),
    *("0", "1", "2", "07", "12", "-3", "42", "1.5", "-2.0", "٣", "²", "1" * 5000),
    *("", ".", "..", "x", "y", UUID_TEXT, "a|b", "_", "a.json"),
]
METHODS = ["GET", "POST", "HEAD", "PUT", "OPTIONS"]
NAMES = ["u", "v", "w"]


@st.composite
def segments(draw: st.DrawFn, names: list[str]) -> str:
    """Return one segment of a rule; a variable takes its name from ``names``."""
    shape = draw(st.integers(0, 9))
    static = draw(st.sampled_from(["a", "b", "ab", "c", "1", "é", "x y", ".json"]))
    if shape <= 3 or not names:
        return static
    variable = draw(st.sampled_from(VARIABLES)).format(names.pop(0))
    if shape == 8:
        return static + variable
    if shape == 9:
        return variable + static
    return variable


@st.composite
def rules(draw: st.DrawFn, kind: type[Rule], names: list[str], path: str) -> Rule:
    """Return a rule for ``path``."""
    websocket = draw(st.sampled_from([False, False, False, False, True]))
    allowed = ["GET", "HEAD", "OPTIONS"] if websocket else METHODS
    defaults = {
        name: draw(st.sampled_from([1, "a", 2]))
        for name in NAMES
        if name in names and draw(st.integers(0, 3)) == 0
    }
    maybe = st.sampled_from([None, None, None, True, False])
    return kind(
        path,
        endpoint=draw(st.sampled_from(["one", "two", "three"])),
        methods=draw(st.none() | st.lists(st.sampled_from(allowed), max_size=2)),
        websocket=websocket,
        defaults=defaults or None,
        strict_slashes=draw(maybe),
        merge_slashes=draw(maybe),
        alias=draw(st.integers(0, 9)) == 0,
        redirect_to=draw(st.sampled_from([None] * 9 + ["elsewhere"])),
        build_only=draw(st.integers(0, 19)) == 0,
        subdomain=draw(st.sampled_from([None] * 6 + ["s", "<sub>", "t<int:sub>"])),
        host=draw(st.sampled_from([None, "h.example", "<host>.example"])),
    )


@st.composite
def rule_paths(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Return the path of a rule, and the names that it does not use."""
    names = draw(st.permutations(NAMES))
    parts = draw(st.lists(segments(names), max_size=4))
    path = "/" + "/".join(parts)
    if draw(st.booleans()) and parts:
        path += "/"
    if draw(st.integers(0, 11)) == 0:
        path = path.replace("/", "//", draw(st.integers(1, 3)))
    return path, names


@st.composite
def maps(draw: st.DrawFn) -> tuple[RuleMap, Map, list[str]]:
    """Return the same map twice, and the paths of its rules."""
    kind = draw(st.sampled_from([Rule, LazyRule]))
    options: dict[str, Any] = {
        "strict_slashes": draw(st.sampled_from([True, True, False])),
        "merge_slashes": draw(st.sampled_from([True, True, False])),
        "redirect_defaults": draw(st.sampled_from([True, True, False])),
        "host_matching": draw(st.sampled_from([False, False, False, True])),
        "default_subdomain": draw(st.sampled_from(["", "", "", "s"])),
        "converters": CONVERTERS,
    }
    compiled, plain = RuleMap(**options), Map(**options)
    paths = []
    for path, names in draw(st.lists(rule_paths(), min_size=1, max_size=7)):
        rule = draw(rules(kind, names, path))
        copy = Rule(
            path,
            **rule.get_empty_kwargs(),
            websocket=rule.websocket,
            merge_slashes=rule.merge_slashes,
        )
        # The very same set: the order of a 405's methods is the order of a set.
        copy.methods = rule.methods
        try:
            plain.add(copy)
        except ValueError:
            continue  # a default that its converter refuses
        compiled.add(rule)
        paths.append(path)
    return compiled, plain, paths or ["/"]


@st.composite
def requests(draw: st.DrawFn, paths: list[str]) -> str:
    """Return the path of a request: that of a rule, filled in and perhaps spoilt."""
    path = draw(st.sampled_from(paths))
    out = ""
    while "<" in path:
        before, _, rest = path.partition("<")
        _, _, path = rest.partition(">")
        out += before + draw(st.sampled_from(TEXTS))
    out += path
    for _ in range(draw(st.integers(0, 2))):
        change = draw(st.integers(0, 8))
        at = draw(st.integers(0, len(out)))
        if change == 0:
            out += "/"
        elif change == 1:
            out = out.removesuffix("/")
        elif change == 2:
            out = out[:at] + "/" + out[at:]
        elif change == 3:
            out = out[:at] + draw(st.sampled_from(TEXTS)) + out[at:]
        elif change == 4:
            out = out[:at] + out[at + 1 :]
        elif change == 5:
            out = out.removeprefix("/")
        elif change == 6:
            out = "/" + out
    return out


def ask_map(
    url_map: Map, path: str, method: str, domain: str, scheme: str
) -> tuple[Outcome, Rule | None]:
    """Return what the map answers, in comparable form, and the rule it names."""
    if url_map.host_matching:
        adapter = url_map.bind(domain, url_scheme=scheme)
    else:
        adapter = url_map.bind("example.org", subdomain=domain, url_scheme=scheme)
    try:
        rule, args = adapter.match(path, method, return_rule=True)
    except RequestRedirect as exc:
        return ("redirect", exc.new_url), None
    except MethodNotAllowed as exc:
        return ("not allowed", list(exc.valid_methods or ())), None
    except HTTPException as exc:
        return (type(exc).__name__,), None
    except Exception as exc:
        # What a map says to rules that contradict each other (an alias of nothing).
        return ("error", type(exc)), None
    return ("hit", args, list(map(type, args.values()))), rule


def ask_both(
    router: Router, path: str, method: str, domain: str, scheme: str
) -> tuple[Outcome, Rule | None]:
    """Return what the router answers, asking its map where it says so."""
    try:
        answer = router.match(path, method, domain, scheme == "ws")
    except Exception as exc:
        return ("error", type(exc)), None
    if answer is FALLBACK:
        return ask_map(router.map, path, method, domain, scheme)
    if answer is NOT_FOUND:
        return (NotFound.__name__,), None
    if isinstance(answer, NotAllowed):
        return ("not allowed", answer.valid_methods), None
    assert isinstance(answer, tuple)
    rule, args = answer
    return ("hit", args, list(map(type, args.values()))), rule


def position(url_map: Map, rule: Rule | None) -> int | None:
    """Return which rule of its map ``rule`` is."""
    if rule is None:
        return None
    return [each is rule for each in url_map.iter_rules()].index(True)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.data())
def test_router_for_random_maps_answers_what_the_map_answers(
    data: st.DataObject,
) -> None:
    compiled, plain, paths = data.draw(maps())
    router = Router(compiled)
    domains = ["h.example", "x.example", ""] if plain.host_matching else ["", "s", "t5"]
    for _ in range(data.draw(st.integers(1, 6))):
        request = (
            data.draw(requests(paths)),
            data.draw(st.sampled_from(METHODS)),
            data.draw(st.sampled_from(domains)),
            data.draw(st.sampled_from(["http", "http", "http", "ws"])),
        )
        wanted, wanted_rule = ask_map(plain, *request)
        given_, given_rule = ask_both(router, *request)
        assert given_ == wanted, request
        place = position(compiled, given_rule)
        assert place == position(plain, wanted_rule), request


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_router_for_rules_added_between_requests_answers_as_the_map_does(
    data: st.DataObject,
) -> None:
    compiled, plain = RuleMap(), Map()
    router = Router(compiled)
    paths = ["/"]
    for number in range(data.draw(st.integers(1, 5))):
        names = list(NAMES)
        parts = data.draw(st.lists(segments(names), min_size=1, max_size=3))
        path = "/" + "/".join(parts)
        if any(name in path for name in CONVERTERS):
            continue
        paths.append(path)
        compiled.add(LazyRule(path, endpoint=number))
        plain.add(Rule(path, endpoint=number))
        request = (data.draw(requests(paths)), "GET", "", "http")
        wanted, wanted_rule = ask_map(plain, *request)
        given_, given_rule = ask_both(router, *request)
        assert given_ == wanted, request
        assert position(compiled, given_rule) == position(plain, wanted_rule)


DENSE = ["a", "<{}>", "<int:{}>", "<path:{}>", "", "a<{}>", "<greedy:{}>"]
DENSE_PATHS = [
    "".join(letters) for size in range(6) for letters in product("a1/", repeat=size)
]


@st.composite
def dense_rules(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Return a rule of few and short segments, such that rules often overlap."""
    shapes = draw(st.lists(st.sampled_from(DENSE), min_size=1, max_size=3))
    parts = [shape.format(name) for shape, name in zip(shapes, NAMES, strict=False)]
    options = {
        "methods": draw(st.sampled_from([None, None, ["GET"], ["POST"]])),
        "strict_slashes": draw(st.sampled_from([None, None, False])),
    }
    return "/" + "/".join(parts), options


@settings(max_examples=150, deadline=None)
@given(
    st.lists(dense_rules(), min_size=2, max_size=6),
    st.booleans(),
    st.sampled_from(["GET", "POST", "PUT"]),
)
def test_router_for_rules_that_overlap_answers_every_short_path_as_the_map_does(
    rules: list[tuple[str, dict[str, Any]]], merge_slashes: bool, method: str
) -> None:
    options: dict[str, Any] = {
        "merge_slashes": merge_slashes,
        "converters": {"greedy": Greedy},
    }
    compiled, plain = RuleMap(**options), Map(**options)
    for number, (path, more) in enumerate(rules):
        rule = Rule(path, endpoint=number, **more)
        copy = Rule(path, endpoint=number, **more)
        copy.methods = rule.methods
        compiled.add(rule)
        plain.add(copy)
    router = Router(compiled)
    for path in DENSE_PATHS:
        wanted, wanted_rule = ask_map(plain, path, method, "", "http")
        given_, given_rule = ask_both(router, path, method, "", "http")
        assert given_ == wanted, path
        assert getattr(given_rule, "endpoint", None) == getattr(
            wanted_rule, "endpoint", None
        ), path


WORDS = st.text("abcxyz-_é ", min_size=1, max_size=6)


@settings(max_examples=100, deadline=None)
@given(WORDS, st.integers(0, 10**9), st.uuids(), st.lists(WORDS, min_size=1))
@example("a", 0, UUID(int=0), ["a", "b"])
def test_router_for_usual_rules_never_asks_the_map(
    word: str, number: int, uuid: UUID, rest: list[str]
) -> None:
    shapes = {
        "/about": "/about",
        "/section/": "/section/",
        "/user/<name>": f"/user/{word}",
        "/user/<name>/posts/": f"/user/{word}/posts/",
        "/item/<int:id>": f"/item/{number}",
        "/object/<uuid:id>": f"/object/{uuid}",
        "/file/<path:rest>": f"/file/{'/'.join(rest)}",
    }
    router = Router(RuleMap([Rule(s, endpoint=s, methods=["GET"]) for s in shapes]))
    for shape, path in shapes.items():
        hit = router.match(path, "GET")
        assert isinstance(hit, tuple)
        assert hit[0].rule == shape
        refused = router.match(path, "DELETE")
        assert isinstance(refused, NotAllowed)
        assert set(refused.valid_methods) == {"GET", "HEAD"}
    for path in (f"/{number}", f"/item/{word}", "/nowhere/at/all", "/user", "/item/"):
        assert router.match(path, "GET") is NOT_FOUND
