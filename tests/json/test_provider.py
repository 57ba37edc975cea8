from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from markupsafe import Markup

from insula import Insula, Response, json, jsonify, request
from insula.json.provider import DefaultJSONProvider, JSONProvider

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Point:
    x: int
    when: date = date(2026, 1, 2)
    tags: list[str] = field(default_factory=list)


class Html:
    def __html__(self) -> str:
        return "<b>"

    def __repr__(self) -> str:
        return "Html()"


EAST = timezone(timedelta(hours=2))

VALUES = [
    (datetime(2026, 1, 2, 3, 4, 5), '"Fri, 02 Jan 2026 03:04:05 GMT"'),  # noqa: DTZ001 - naive
    (datetime(2026, 1, 2, 3, tzinfo=EAST), '"Fri, 02 Jan 2026 01:00:00 GMT"'),
    (date(2026, 1, 2), '"Fri, 02 Jan 2026 00:00:00 GMT"'),
    (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
    (Decimal("1.10"), '"1.10"'),
    (Html(), '"<b>"'),
    (Markup("<i>"), '"<i>"'),
    ((1, 2), "[1, 2]"),
    ("ä", '"\\u00e4"'),
    (None, "null"),
]
POINT = '{"tags": ["a"], "when": "Fri, 02 Jan 2026 00:00:00 GMT", "x": 1}'


@pytest.mark.parametrize(("value", "text"), VALUES, ids=repr)
def test_dumps_is_the_same_in_and_out_of_a_context(
    app: Insula, value: Any, text: str
) -> None:
    assert app.json.dumps(value) == json.dumps(value) == text
    with app.app_context():
        assert json.dumps(value) == text


def test_dumps_of_a_dataclass_goes_on_inside_it(app: Insula) -> None:
    assert app.json.dumps(Point(1, tags=["a"])) == POINT
    assert app.json.dumps([{"p": Point(1, tags=["a"])}]) == f'[{{"p": {POINT}}}]'


@pytest.mark.parametrize(
    "value", [{1}, b"x", Point, object()], ids=["set", "bytes", "class", "object"]
)
def test_dumps_of_an_unknown_type_names_it(app: Insula, value: Any) -> None:
    name = type(value).__name__
    with pytest.raises(TypeError, match=f"Object of type {name} is not JSON") as caught:
        app.json.dumps({"a": [value]})
    assert "json.default" in str(caught.value)
    with pytest.raises(TypeError, match=f"Object of type {name} is not JSON"):
        json.dumps(value)


def test_dumps_of_what_is_to_be_awaited_says_so(app: Insula) -> None:
    class Pending:
        def __await__(self) -> Any:
            yield

    with pytest.raises(TypeError, match=r"Pending is not JSON.*`await` it first"):
        app.json.dumps({"a": Pending()})


@pytest.mark.parametrize(
    ("settings", "options", "text"),
    [
        ({}, {}, '{"a": "\\u00e4", "b": 1}'),
        ({"sort_keys": False}, {}, '{"b": 1, "a": "\\u00e4"}'),
        ({}, {"sort_keys": False}, '{"b": 1, "a": "\\u00e4"}'),
        ({"ensure_ascii": False}, {}, '{"a": "ä", "b": 1}'),
        ({}, {"ensure_ascii": False}, '{"a": "ä", "b": 1}'),
        ({}, {"indent": 1}, '{\n "a": "\\u00e4",\n "b": 1\n}'),
        ({}, {"separators": (",", ":")}, '{"a":"\\u00e4","b":1}'),
    ],
)
def test_dumps_follows_the_provider_and_then_the_call(
    app: Insula, settings: dict[str, Any], options: dict[str, Any], text: str
) -> None:
    for name, value in settings.items():
        setattr(app.json, name, value)
    assert app.json.dumps({"b": 1, "a": "ä"}, **options) == text


def test_default_is_replaced_per_provider_and_per_call(app: Insula) -> None:
    class Sets(DefaultJSONProvider):
        @staticmethod
        def default(o: Any) -> Any:
            return sorted(o) if isinstance(o, set) else DefaultJSONProvider.default(o)

    provider = Sets(app)
    assert provider.dumps([{2, 1}, Decimal(3)]) == '[[1, 2], "3"]'
    assert provider.dumps({1}, default=lambda o: "call") == '"call"'


def test_dump_and_load_go_through_files(app: Insula) -> None:
    for context in (False, True):
        out = io.StringIO()
        if context:
            with app.app_context():
                json.dump({"a": Decimal(1)}, out)
                assert json.load(io.StringIO(out.getvalue())) == {"a": "1"}
        else:
            json.dump({"a": Decimal(1)}, out)
            assert json.load(io.BytesIO(out.getvalue().encode())) == {"a": "1"}
        assert out.getvalue() == '{"a": "1"}'


@pytest.mark.parametrize("text", ['{"a": 1.5}', b'{"a": 1.5}'])
def test_loads_takes_text_bytes_and_options(app: Insula, text: str | bytes) -> None:
    assert json.loads(text, parse_float=Decimal) == {"a": Decimal("1.5")}
    with app.app_context():
        assert json.loads(text, parse_float=Decimal) == {"a": Decimal("1.5")}


@pytest.mark.parametrize(
    ("args", "kwargs", "text"),
    [
        ((), {}, "null\n"),
        ((None,), {}, "null\n"),
        ((1,), {}, "1\n"),
        (([1, 2],), {}, "[1,2]\n"),
        ((1, 2), {}, "[1,2]\n"),
        (({"b": 1, "a": 2},), {}, '{"a":2,"b":1}\n'),
        ((), {"b": 1, "a": 2}, '{"a":2,"b":1}\n'),
    ],
)
def test_jsonify_form_gives_document(
    app: Insula, args: tuple[Any, ...], kwargs: dict[str, Any], text: str
) -> None:
    with app.app_context():
        response = jsonify(*args, **kwargs)
    assert response.get_data(as_text=True) == text
    assert response.mimetype == "application/json"
    assert response.status_code == 200
    assert type(response) is Response


def test_jsonify_of_both_kinds_of_arguments_is_refused(app: Insula) -> None:
    with app.app_context(), pytest.raises(TypeError, match="here are both"):
        jsonify(1, a=2)


def test_jsonify_without_a_context_says_so() -> None:
    with pytest.raises(RuntimeError, match=r"with app\.app_context\(\)"):
        jsonify(1)


@pytest.mark.parametrize(
    ("debug", "compact", "text"),
    [
        (False, None, '{"a":[1]}\n'),
        (True, None, '{\n  "a": [\n    1\n  ]\n}\n'),
        (True, True, '{"a":[1]}\n'),
        (False, False, '{\n  "a": [\n    1\n  ]\n}\n'),
    ],
)
def test_response_is_compact_unless_debug_or_told(
    app: Insula, debug: bool, compact: bool | None, text: str
) -> None:
    app.debug = debug
    assert isinstance(app.json, DefaultJSONProvider)
    app.json.compact = compact
    assert app.json.response(a=[1]).get_data(as_text=True) == text


def test_mimetype_is_the_providers_and_class_the_applications(app: Insula) -> None:
    class Mine(Response):
        pass

    app.response_class = Mine
    assert isinstance(app.json, DefaultJSONProvider)
    app.json.mimetype = "application/vnd.api+json"
    response = app.json.response([])
    assert type(response) is Mine
    assert response.mimetype == "application/vnd.api+json"


class Shouting(JSONProvider):
    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return f"!{obj}"

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return (s if isinstance(s, str) else s.decode()).removeprefix("!")


class Island(Insula):
    json_provider_class = Shouting


def test_own_provider_serves_functions_views_requests_and_the_client() -> None:
    app = Island("island")
    assert type(app.json) is Shouting

    @app.post("/")
    def echo() -> Any:
        return {"got": request.json}

    with app.app_context():
        assert json.dumps(1) == "!1"
        assert json.loads("!1") == "1"
        assert jsonify(1).get_data() == b"!1"
    response = app.test_client().post("/", json="hello")
    assert response.get_data(as_text=True) == "!{'got': 'hello'}"
    assert response.json == "{'got': 'hello'}"
    assert '!"' not in app.test_client().post("/", json=[1]).text


@pytest.mark.parametrize("method", ["dumps", "loads"])
def test_bare_provider_names_what_is_to_be_defined(app: Insula, method: str) -> None:
    class Bare(JSONProvider):
        pass

    with pytest.raises(NotImplementedError, match=rf"Bare must define {method}\(\)"):
        getattr(Bare(app), method)("1")


@pytest.mark.parametrize("value", [{"a": [1, None, "ä"]}, [], [1, {"b": True}], {}])
def test_value_survives_request_and_response(app: Insula, value: Any) -> None:
    @app.post("/")
    def echo() -> Any:
        assert request.is_json
        return request.get_json()

    response = app.test_client().post("/", json=value)
    assert response.mimetype == "application/json"
    assert response.json == response.get_json() == value


def status_of(app: Insula, read: Callable[[], Any], data: str, kind: str) -> Any:
    app.add_url_rule("/", view_func=lambda: {"got": read()}, methods=["POST"])
    response = app.test_client().post("/", data=data, content_type=kind)
    answer: Any = response.json
    return answer["got"] if response.is_json else response.status_code


@pytest.mark.parametrize(
    ("options", "data", "kind", "answer"),
    [
        ({}, "[1]", "application/json", [1]),
        ({}, "[1]", "application/vnd.api+json", [1]),
        ({}, "[1]", "text/plain", 415),
        ({}, "[1", "application/json", 400),
        ({}, "", "application/json", 400),
        ({"force": True}, "[1]", "text/plain", [1]),
        ({"silent": True}, "[1]", "text/plain", None),
        ({"silent": True}, "[1", "application/json", None),
        ({"force": True, "silent": True}, "[1", "text/plain", None),
    ],
)
def test_get_json_answers_by_type_and_content(
    app: Insula, options: dict[str, bool], data: str, kind: str, answer: Any
) -> None:
    assert status_of(app, lambda: request.get_json(**options), data, kind) == answer


@pytest.mark.parametrize(("debug", "shown"), [(True, True), (False, False)])
def test_cause_of_bad_json_is_told_in_debug_mode_only(
    app: Insula, debug: bool, shown: bool
) -> None:
    app.debug = debug
    app.add_url_rule("/", view_func=lambda: request.json, methods=["POST"])
    answer = app.test_client().post("/", data="{", content_type="application/json")
    assert answer.status_code == 400
    assert ("Failed to decode JSON" in answer.text) is shown


def test_templates_escape_json_of_the_applications_provider(app: Insula) -> None:
    from insula import render_template_string

    with app.test_request_context():
        text = render_template_string(
            "{{ v|tojson }}", v={"b": "</s>", "a": Decimal(1)}
        )
    assert text == '{"a": "1", "b": "\\u003c/s\\u003e"}'
