"""The order of hooks, and which requests they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import insula
from insula import Blueprint, Insula, g, request

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula import Response


def noting(seen: list[str], text: str = "view") -> Callable[[], str]:
    """Return a view that notes that it was called."""

    def view() -> str:
        seen.append(text)
        return text

    return view


def record_hooks(target: Any, name: str, seen: list[str]) -> None:
    """Register two of each kind of hook."""

    def after(number: int) -> Callable[[Response], Response]:
        def hook(response: Response) -> Response:
            seen.append(f"after {name} {number}")
            return response

        return hook

    for number in (1, 2):
        target.url_value_preprocessor(
            lambda endpoint, values, n=number: seen.append(f"values {name} {n}")
        )
        target.before_request(lambda n=number: seen.append(f"before {name} {n}"))
        target.after_request(after(number))
        target.teardown_request(
            lambda exc, n=number: seen.append(f"teardown {name} {n}")
        )


@pytest.fixture
def seen(app: Insula) -> list[str]:
    """Record what is called for an application with nested blueprints."""
    seen: list[str] = []
    outer, inner, other = (
        Blueprint(name, "island") for name in ("outer", "inner", "other")
    )
    record_hooks(app, "app", seen)
    for blueprint in (outer, inner, other):
        record_hooks(blueprint, blueprint.name, seen)
        blueprint.add_url_rule(f"/{blueprint.name}", "view", noting(seen))
    app.add_url_rule("/", "view", noting(seen))
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    app.register_blueprint(other)
    app.teardown_appcontext(lambda exc: seen.append("teardown appcontext 1"))
    app.teardown_appcontext(lambda exc: seen.append("teardown appcontext 2"))
    return seen


def expected(*scopes: str) -> list[str]:
    inward, outward = scopes, scopes[::-1]
    return [
        *(f"values {scope} {n}" for scope in inward for n in (1, 2)),
        *(f"before {scope} {n}" for scope in inward for n in (1, 2)),
        "view",
        *(f"after {scope} {n}" for scope in outward for n in (2, 1)),
        *(f"teardown {scope} {n}" for scope in outward for n in (2, 1)),
        "teardown appcontext 2",
        "teardown appcontext 1",
    ]


@pytest.mark.parametrize(
    ("path", "scopes"),
    [
        ("/", ["app"]),
        ("/outer", ["app", "outer"]),
        ("/inner", ["app", "outer", "inner"]),
        ("/other", ["app", "other"]),
    ],
)
def test_hooks_run_inward_before_and_outward_after(
    app: Insula, seen: list[str], path: str, scopes: list[str]
) -> None:
    assert app.test_client().get(path).status_code == 200
    assert seen == expected(*scopes)


def test_hooks_for_an_unknown_url_are_the_application_s(
    app: Insula, seen: list[str]
) -> None:
    assert app.test_client().get("/nothing").status_code == 404
    steps = expected("app")
    steps.remove("view")
    assert seen == steps


def test_before_request_that_returns_something_answers(app: Insula) -> None:
    seen: list[str] = []
    app.before_request(lambda: ("stopped", 403))
    app.before_request(lambda: seen.append("second before"))
    app.add_url_rule("/", "index", noting(seen))

    @app.after_request
    def after(response: Response) -> Response:
        seen.append("after")
        return response

    response = app.test_client().get("/")
    assert (response.status_code, response.text, seen) == (403, "stopped", ["after"])


@pytest.mark.parametrize("nothing", ["", 0, b"", {}, []])
def test_before_request_that_returns_a_false_value_answers(
    app: Insula, nothing: Any
) -> None:
    app.testing = True
    app.before_request(lambda: nothing)
    app.add_url_rule("/", "index", lambda: "view")
    if nothing == 0 and isinstance(nothing, int):
        with pytest.raises(TypeError, match="it was a int"):
            app.test_client().get("/")
    else:
        assert app.test_client().get("/").text != "view"


def test_after_request_may_replace_the_response(app: Insula) -> None:
    app.add_url_rule("/", "index", lambda: "old")

    @app.after_request
    def replace(response: Response) -> Response:
        return insula.make_response("new", 201)

    response = app.test_client().get("/")
    assert (response.status_code, response.text) == (201, "new")


def test_after_this_request_runs_before_after_request(app: Insula) -> None:
    seen: list[str] = []

    def note(name: str) -> Callable[[Response], Response]:
        def hook(response: Response) -> Response:
            seen.append(name)
            return response

        return hook

    @app.route("/")
    def index() -> str:
        insula.after_this_request(note("this 1"))
        insula.after_this_request(note("this 2"))
        return "x"

    app.after_request(note("every"))
    app.test_client().get("/")
    assert seen == ["this 1", "this 2", "every"]


def test_url_value_preprocessor_may_change_the_view_s_arguments(app: Insula) -> None:
    @app.url_value_preprocessor
    def take(endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values is not None:
            g.lang = values.pop("lang", None)

    @app.url_defaults
    def put(endpoint: str, values: dict[str, Any]) -> None:
        values.setdefault("lang", g.lang)

    @app.route("/<lang>/page")
    def page() -> str:
        return insula.url_for("page")

    assert app.test_client().get("/de/page").text == "/de/page"


def test_hooks_written_to_the_tables_directly_are_called(app: Insula) -> None:
    seen: list[str] = []
    app.add_url_rule("/", "index", lambda: "x")
    client = app.test_client()
    client.get("/")
    app.before_request_funcs.setdefault(None, []).append(lambda: seen.append("b"))
    app.teardown_request_funcs[None] = [lambda exc: seen.append("t")]
    app.view_functions["index"] = lambda: "y"
    assert client.get("/").text == "y"
    assert seen == ["b", "t"]


@pytest.mark.parametrize(
    "name",
    [
        "full_dispatch_request",
        "preprocess_request",
        "dispatch_request",
        "finalize_request",
        "process_response",
        "make_response",
        "do_teardown_request",
        "do_teardown_appcontext",
        "request_context",
    ],
)
def test_step_replaced_on_the_instance_is_called(app: Insula, name: str) -> None:
    calls: list[str] = []
    original = getattr(app, name)

    def replacement(*args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        return original(*args, **kwargs)

    app.add_url_rule("/", "index", lambda: "x")
    app.before_request(lambda: None)
    client = app.test_client()
    client.get("/")
    setattr(app, name, replacement)
    assert client.get("/").text == "x"
    assert calls == [name]


def test_setup_after_the_first_request_is_refused(app: Insula) -> None:
    app.add_url_rule("/", "index", lambda: "x")
    app.test_client().get("/")
    with pytest.raises(AssertionError, match="'before_request' can no longer be"):
        app.before_request(lambda: None)


def test_async_hooks_and_views_share_the_request(app: Insula) -> None:
    @app.before_request
    async def before() -> None:
        g.path = request.path

    @app.route("/async")
    async def view() -> str:
        return f"{g.path} {request.endpoint}"

    @app.after_request
    async def after(response: Response) -> Response:
        response.headers["X-Path"] = g.path
        return response

    seen: list[Any] = []

    @app.teardown_request
    async def teardown(exc: BaseException | None) -> None:
        seen.append(request.path)

    response = app.test_client().get("/async")
    assert (response.text, response.headers["X-Path"]) == ("/async view", "/async")
    assert seen == ["/async"]


def test_request_signals_are_sent_in_order(app: Insula) -> None:
    seen: list[str] = []
    names = [
        "appcontext_pushed",
        "request_started",
        "request_finished",
        "request_tearing_down",
        "appcontext_tearing_down",
        "appcontext_popped",
    ]
    receivers = []
    for name in names:

        def receiver(sender: Insula, name: str = name, **extra: Any) -> None:
            assert sender is app
            seen.append(name)

        receivers.append(receiver)
        getattr(insula, name).connect(receiver, app)
    app.add_url_rule("/", "index", lambda: "x")
    app.test_client().get("/")
    for name, receiver in zip(names, receivers, strict=True):
        getattr(insula, name).disconnect(receiver, app)
    assert seen == names
