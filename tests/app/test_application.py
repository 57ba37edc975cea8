"""The application object: its arguments, its steps, what may be replaced when."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.exceptions import Aborter
from werkzeug.routing import Map

from insula import Blueprint, Insula, Response, g, request
from insula.routing import RuleMap
from insula.sessions import SecureCookieSessionInterface

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_name_is_the_import_name_or_the_script(monkeypatch: Any) -> None:
    assert Insula("shop").name == "shop"
    monkeypatch.setattr(
        sys.modules["__main__"], "__file__", "/there/serve.py", raising=False
    )
    assert Insula("__main__", root_path="/").name == "serve"


def test_arguments_that_do_not_fit_are_refused_with_the_value(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'instance'"):
        Insula("shop", instance_path="instance")
    with pytest.raises(AssertionError, match="static_host"):
        Insula("shop", host_matching=True)
    with pytest.raises(AssertionError, match="static_host"):
        Insula("shop", static_host="example.com")
    assert Insula("shop", instance_path=str(tmp_path)).instance_path == str(tmp_path)


def test_configuration_may_start_in_the_instance_folder(tmp_path: Path) -> None:
    (tmp_path / "app.cfg").write_text("TITLE = 'here'\n")
    app = Insula("shop", instance_path=str(tmp_path), instance_relative_config=True)
    app.config.from_pyfile("app.cfg")
    assert app.config["TITLE"] == "here"
    with app.open_instance_resource("app.cfg", "r") as file:
        assert "TITLE" in file.read()


def test_two_views_for_one_endpoint_are_refused(app: Insula) -> None:
    app.add_url_rule("/a", "page", lambda: "a")
    with pytest.raises(AssertionError, match="page"):
        app.add_url_rule("/b", "page", lambda: "b")


@pytest.mark.parametrize(
    "setup",
    [
        lambda app: app.route("/x")(lambda: "x"),
        lambda app: app.before_request(lambda: None),
        lambda app: app.errorhandler(404)(lambda e: "x"),
        lambda app: app.register_blueprint(Blueprint("b", "b")),
        lambda app: app.template_filter()(str.upper),
        lambda app: app.teardown_appcontext(lambda exc: None),
    ],
)
def test_setup_after_the_first_request_is_refused(
    app: Insula, setup: Callable[[Insula], Any]
) -> None:
    setup(app)
    app.test_client().get("/")
    assert app.got_first_request
    with pytest.raises(AssertionError, match="first request"):
        setup(app)


def test_attributes_beyond_thirty_are_kept_and_the_application_answers(
    app: Insula,
) -> None:
    app.add_url_rule("/", view_func=lambda: str(app.extra_39))  # type: ignore[attr-defined]  # set below
    for number in range(40):
        setattr(app, f"extra_{number}", number)
    assert app.test_client().get("/").text == "39"
    assert len([name for name in vars(app) if name.startswith("extra_")]) == 40


STEPS = [
    ("preprocess_request", lambda: None),
    ("dispatch_request", lambda: "replaced"),
    ("make_response", lambda rv: Response(f"made of {rv}")),
    ("process_response", lambda response: response),
    ("finalize_request", lambda rv, from_error_handler=False: Response("finished")),
    ("full_dispatch_request", lambda: Response("all of it")),
    ("do_teardown_request", lambda exc=None: None),
    ("do_teardown_appcontext", lambda exc=None: None),
    ("ensure_sync", lambda function: function),
]


@pytest.mark.parametrize(("name", "step"), STEPS, ids=[name for name, _ in STEPS])
@pytest.mark.parametrize("before", [True, False])
def test_step_replaced_on_the_object_is_called_from_then_on(
    app: Insula, name: str, step: Callable[..., Any], *, before: bool
) -> None:
    app.add_url_rule("/", view_func=lambda: "view", endpoint="index")
    # `ensure_sync` is asked for a hook at every request, for a view when it is new.
    app.before_request(lambda: None)
    client = app.test_client()
    calls: list[str] = []

    def replaced(*args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        return step(*args, **kwargs)

    if not before:
        assert client.get("/").text == "view"
    setattr(app, name, replaced)
    client.get("/")
    first = len(calls)
    assert first >= 1
    client.get("/")
    assert len(calls) == 2 * first
    delattr(app, name)
    assert client.get("/").text == "view"
    assert len(calls) == 2 * first


@pytest.mark.parametrize(("name", "step"), STEPS, ids=[name for name, _ in STEPS])
def test_step_overridden_in_a_subclass_is_called(
    name: str, step: Callable[..., Any]
) -> None:
    calls: list[str] = []

    def overridden(self: Insula, *args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        return step(*args, **kwargs)

    kind = type("Own", (Insula,), {name: overridden})
    app = kind("own", static_folder=None)
    app.add_url_rule("/", view_func=lambda: "view", endpoint="index")
    app.before_request(lambda: None)
    for number in (1, 2):
        app.test_client().get("/")
        assert len(calls) >= number


def test_view_replaced_in_its_table_answers_from_then_on(app: Insula) -> None:
    app.add_url_rule("/", "index", lambda: "old")
    client = app.test_client()
    assert client.get("/").text == "old"
    app.view_functions["index"] = lambda: "new"
    assert client.get("/").text == "new"

    async def later() -> str:
        return "async"

    app.view_functions["index"] = later
    assert client.get("/").text == "async"


def test_hook_put_into_its_table_runs_from_then_on(app: Insula) -> None:
    app.add_url_rule("/", "index", lambda: getattr(g, "who", "nobody"))
    client = app.test_client()
    assert client.get("/").text == "nobody"
    app.before_request_funcs.setdefault(None, []).append(
        lambda: setattr(g, "who", "me")
    )
    assert client.get("/").text == "me"
    app.before_request_funcs[None].clear()
    assert client.get("/").text == "nobody"


def test_map_interface_and_adapter_replaced_late_are_used(app: Insula) -> None:
    app.add_url_rule("/", "index", lambda: "index")
    client = app.test_client()
    assert client.get("/").status_code == 200
    new = RuleMap([app.url_rule_class("/new", endpoint="index")])
    app.url_map = new
    assert (client.get("/").status_code, client.get("/new").status_code) == (404, 200)
    app.url_map = Map([app.url_rule_class("/plain", endpoint="index")])
    assert client.get("/plain").status_code == 200
    own = app.create_url_adapter

    def adapter(request: Any) -> Any:
        return app.url_map.bind("localhost", path_info="/plain") if request else None

    app.create_url_adapter = adapter  # type: ignore[method-assign]  # as users do
    assert client.get("/anything").status_code == 200
    app.create_url_adapter = own  # type: ignore[method-assign]  # as users do


def test_host_matching_switched_on_late_is_obeyed(app: Insula) -> None:
    app.add_url_rule("/", "index", lambda: "index", host="good.example")
    assert app.test_client().get("/").status_code == 200
    app.url_map.host_matching = True
    client = app.test_client()
    assert client.get("/", base_url="http://bad.example").status_code == 404


def test_trusted_hosts_are_looked_at_by_every_request(app: Insula) -> None:
    app.add_url_rule("/", "index", lambda: request.host)
    client = app.test_client()
    assert client.get("/", base_url="http://evil.example").text == "evil.example"
    app.config["TRUSTED_HOSTS"] = ["good.example"]
    assert client.get("/", base_url="http://evil.example").status_code == 400
    assert client.get("/", base_url="http://good.example").text == "good.example"


def test_session_interface_replaced_late_is_used(app: Insula) -> None:
    opened: list[bool] = []

    class Eager(SecureCookieSessionInterface):
        opens_lazily = False

        def open_session(self, app: Any, request: Any) -> Any:
            opened.append(True)
            return super().open_session(app, request)

    app.add_url_rule("/", "index", lambda: "x")
    app.test_client().get("/")
    app.session_interface = Eager()
    app.test_client().get("/")
    assert opened == [True]


def test_metaclass_of_a_users_own_does_not_collide() -> None:
    import abc

    class Own(Insula, abc.ABC):
        pass

    assert Own("own").name == "own"


@pytest.mark.parametrize(("given", "status"), [(None, 200), (True, 200), (False, 405)])
def test_options_are_answered_where_they_are_asked_for(
    app: Insula, given: bool | None, status: int
) -> None:
    app.add_url_rule(
        "/",
        view_func=lambda: "x",
        endpoint="index",
        methods=["POST"],
        provide_automatic_options=given,
    )
    assert app.test_client().options("/").status_code == status


def test_aborter_is_made_when_it_is_first_needed_and_stays_the_same() -> None:
    app = Insula("shop")
    assert "aborter" not in vars(app)
    aborter = app.aborter
    assert type(aborter) is Aborter
    assert app.aborter is aborter
    assert "aborter" in vars(app)


def test_aborter_of_the_applications_own_is_asked_for_when_it_is_made() -> None:
    class Own(Aborter):
        pass

    class OfItsClass(Insula):
        aborter_class = Own

    class OfItsMethod(Insula):
        def make_aborter(self) -> Aborter:
            made.append(self)
            return Own()

    made: list[Insula] = []
    assert type(vars(OfItsClass("shop"))["aborter"]) is Own
    app = OfItsMethod("shop")
    assert made == [app]
    assert type(app.aborter) is Own
    late = Insula("shop")
    late.aborter_class = Own
    assert type(late.aborter) is Aborter  # as in Flask, it has had its aborter
    late.aborter = own = Own()
    assert late.aborter is own
