from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import insula
from insula.context import app_ctx, app_stack, request_ctx, request_stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula import Insula


def tops() -> tuple[Any, Any]:
    return request_stack.top, app_stack.top


def test_stacks_outside_of_contexts_are_empty() -> None:
    assert tops() == (None, None)


def test_stacks_are_known_at_the_root_by_their_old_names() -> None:
    assert insula._request_ctx_stack is request_stack
    assert insula._app_ctx_stack is app_stack


def test_stacks_during_a_request_hold_its_context(app: Insula) -> None:
    ctx = app.test_request_context("/")
    with ctx:
        assert tops() == (ctx, ctx)
        assert request_ctx._get_current_object() is ctx
        assert app_ctx.app is app
    assert tops() == (None, None)


def test_app_context_alone_pushes_no_request(app: Insula) -> None:
    with app.app_context() as ctx:
        assert tops() == (None, ctx)


def test_nested_contexts_are_current_in_turn(app: Insula) -> None:
    seen: list[str] = []
    with app.test_request_context("/outer"):
        seen.append(insula.request.path)
        with app.test_request_context("/inner"):
            seen.append(insula.request.path)
        seen.append(insula.request.path)
    assert seen == ["/outer", "/inner", "/outer"]


def test_nested_applications_are_each_current_in_their_block() -> None:
    one, two = insula.Insula("one"), insula.Insula("two")
    with one.app_context():
        insula.g.name = "one"
        with two.app_context():
            assert insula.current_app.name == "two"
            assert "name" not in insula.g
        assert insula.current_app.name == "one"
        assert insula.g.name == "one"


def test_stacks_in_a_new_thread_or_greenlet_are_empty(
    app: Insula, from_scratch: Callable[[Callable[[], Any]], Any]
) -> None:
    with app.test_request_context("/"):
        assert from_scratch(lambda: (request_stack.top, app_stack.top)) == (None, None)


def test_context_pushed_elsewhere_leaves_this_one_alone(
    app: Insula, elsewhere: Callable[[Callable[[], Any]], Any]
) -> None:
    def work() -> str:
        with app.test_request_context("/there"):
            return insula.request.path

    with app.test_request_context("/here"):
        assert elsewhere(work) == "/there"
        assert insula.request.path == "/here"


def test_context_left_pushed_elsewhere_is_not_seen_here(
    app: Insula, elsewhere: Callable[[Callable[[], Any]], Any]
) -> None:
    elsewhere(lambda: app.test_request_context("/there").push())
    assert not insula.has_request_context()
    with pytest.raises(RuntimeError, match="Working outside of request context"):
        _ = insula.request.path
