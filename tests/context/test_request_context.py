from __future__ import annotations

from typing import Any

import pytest

import insula
from insula import Insula, g, request, session
from insula.context import app_stack, request_stack


def test_pop_of_a_context_that_is_not_pushed_raises(app: Insula) -> None:
    with pytest.raises(LookupError, match=r"is not pushed"):
        app.test_request_context("/").pop()
    with pytest.raises(LookupError, match=r"is not pushed"):
        app.app_context().pop()


def test_pop_below_another_context_reports_the_mistake(app: Insula) -> None:
    one, two = app.test_request_context("/one"), app.test_request_context("/two")
    one.push()
    two.push()
    with pytest.raises(AssertionError, match=r"Popped wrong context: .*/two.*/one"):
        one.pop()
    two.pop()
    # What has ended does not come to light again.
    assert (request_stack.top, app_stack.top) == (None, None)


def test_app_context_popped_below_another_reports_the_mistake(app: Insula) -> None:
    one, two = app.app_context(), app.app_context()
    one.push()
    two.push()
    with pytest.raises(AssertionError, match="Popped wrong context"):
        one.pop()
    two.pop()
    assert app_stack.top is None


def test_context_below_one_popped_out_of_order_is_current_again(app: Insula) -> None:
    outer = app.test_request_context("/outer")
    one, two = app.test_request_context("/one"), app.test_request_context("/two")
    with outer:
        one.push()
        two.push()
        with pytest.raises(AssertionError, match="Popped wrong context"):
            one.pop()
        two.pop()
        assert request.path == "/outer"
    assert not request


def test_foreign_object_on_the_stack_stays_there(app: Insula) -> None:
    thing = object()
    request_stack.push(thing)
    with app.test_request_context("/"):
        assert request.path == "/"
    assert request_stack.pop() is thing


def test_context_pushed_twice_ends_with_its_last_pop(app: Insula) -> None:
    ends: list[str] = []
    app.teardown_request(lambda exc: ends.append("request"))
    app.teardown_appcontext(lambda exc: ends.append("app"))
    ctx = app.test_request_context("/")
    with ctx:
        g.x = 1
        with ctx:
            assert g.x == 1
        assert not ends
        assert request.path == "/"
        assert g.x == 1
    assert ends == ["request", "app"]


def test_context_pushed_again_after_its_end_works_again(app: Insula) -> None:
    ends: list[Any] = []
    app.teardown_request(ends.append)
    ctx = app.test_request_context("/again")
    for _ in range(2):
        with ctx:
            assert request.path == "/again"
    assert ends == [None, None]


def test_request_context_shares_an_app_context_of_its_app(app: Insula) -> None:
    ends: list[str] = []
    app.teardown_appcontext(lambda exc: ends.append("app"))
    with app.app_context():
        g.x = 1
        with app.test_request_context("/"):
            assert g.x == 1
        assert not ends
    assert ends == ["app"]


def test_request_context_of_another_app_brings_its_own(app: Insula) -> None:
    other = Insula("other")
    with other.app_context():
        g.x = 1
        with app.test_request_context("/"):
            assert insula.current_app.name == "island"
            assert "x" not in g
        assert insula.current_app.name == "other"


def test_exit_hands_the_exception_to_the_teardown_functions(app: Insula) -> None:
    seen: list[Any] = []
    app.teardown_request(seen.append)
    app.teardown_appcontext(seen.append)
    error = ValueError("x")
    with pytest.raises(ValueError, match="x"), app.test_request_context("/"):
        raise error
    assert seen == [error, error]


def test_pop_without_argument_hands_over_what_is_being_handled(app: Insula) -> None:
    seen: list[Any] = []
    app.teardown_request(seen.append)
    ctx = app.test_request_context("/")
    ctx.push()
    error = ValueError("x")
    try:
        raise error
    except ValueError:
        ctx.pop()
    ctx.push()
    ctx.pop()
    assert seen == [error, None]


def test_all_teardowns_run_and_contexts_go_when_one_raises(app: Insula) -> None:
    seen: list[str] = []

    @app.teardown_appcontext
    def of_app(exc: BaseException | None) -> None:
        seen.append("app")

    @app.teardown_request
    def first(exc: BaseException | None) -> None:
        seen.append("first")

    @app.teardown_request
    def second(exc: BaseException | None) -> None:
        seen.append("second")
        raise ValueError("from teardown")

    ctx = app.test_request_context("/")
    ctx.push()
    with pytest.raises(ValueError, match="from teardown"):
        ctx.pop()
    assert seen == ["second", "first", "app"]
    assert request_stack.top is None
    assert app_stack.top is None


def test_copy_has_a_life_of_its_own(app: Insula) -> None:
    with app.test_request_context("/copied") as ctx:
        session["a"] = 1
        copy = ctx.copy()
    with copy:
        assert request._get_current_object() is ctx.request  # type: ignore[attr-defined]  # a proxy's
        assert session["a"] == 1


def test_g_is_fresh_in_each_request(app: Insula) -> None:
    with app.test_request_context("/"):
        g.x = 1
    with app.test_request_context("/"):
        assert "x" not in g


def test_match_request_sets_rule_and_values(app: Insula) -> None:
    app.add_url_rule("/item/<int:number>", "item", str)
    with app.test_request_context("/item/7"):
        assert request.endpoint == "item"
        assert request.view_args == {"number": 7}


def test_match_request_of_an_unknown_url_keeps_the_error(app: Insula) -> None:
    with app.test_request_context("/nothing"):
        assert (request.endpoint, request.url_rule) == (None, None)
        assert request.routing_exception is not None


def test_signals_of_contexts_are_sent_once_each(app: Insula) -> None:
    seen: list[str] = []

    def pushed(sender: Any, **extra: Any) -> None:
        seen.append("pushed")

    def popped(sender: Any, **extra: Any) -> None:
        seen.append("popped")

    with (
        insula.appcontext_pushed.connected_to(pushed, app),
        insula.appcontext_popped.connected_to(popped, app),
    ):
        with app.test_request_context("/"):
            assert seen == ["pushed"]
        assert seen == ["pushed", "popped"]
        with app.app_context():
            pass
    assert seen == ["pushed", "popped"] * 2


def test_repr_of_contexts_names_request_and_app(app: Insula) -> None:
    ctx = app.test_request_context("/x")
    assert repr(ctx) == "<RequestContext 'http://localhost/x' [GET] of island>"


def test_context_of_an_answered_request_when_pushed_again_leaves_the_stacks(
    app: Insula,
) -> None:
    kept: list[Any] = []

    @app.route("/again")
    def again() -> str:
        kept.append(request_stack.top)
        return "x"

    app.test_client().get("/again")
    with kept[0]:
        assert request_stack.top is kept[0]
    assert request_stack.top is None
    assert app_stack.top is None


@pytest.mark.parametrize("keep", [False, True])
def test_auto_pop_leaves_unless_the_environ_asks_to_keep_it(
    app: Insula, *, keep: bool
) -> None:
    environ = {"flask._preserve_context": keep}
    ctx = app.test_request_context("/", environ_overrides=environ)
    ctx.push()
    ctx.auto_pop(None)
    assert ctx.preserved is keep
    assert (request_stack.top is ctx) is keep
    if keep:
        ctx.pop()


def test_context_that_shared_another_when_pushed_alone_leaves_the_stacks(
    app: Insula,
) -> None:
    kept = []

    @app.route("/shared")
    def shared() -> str:
        kept.append(request_stack.top)
        return "x"

    with app.app_context():
        app.test_client().get("/shared")
    ctx: Any = kept[0]
    with ctx:
        assert request_stack.top is ctx
    assert request_stack.top is None
    assert app_stack.top is None
