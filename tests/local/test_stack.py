"""LocalStack: one suite for both kinds of storage, and a model."""

from __future__ import annotations

import gc
import threading
import weakref
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any

import greenlet
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from insula.local import LocalStack, get_ident, release_local
from insula.local.stack import EMPTY

if TYPE_CHECKING:
    from collections.abc import Callable


def by_ident(ident_func: Callable[[], Any]) -> LocalStack[Any]:
    stack: LocalStack[Any] = LocalStack()
    stack.__ident_func__ = ident_func
    return stack


KINDS: dict[str, Callable[[], LocalStack[Any]]] = {
    "contexts": LocalStack,
    "own ContextVar": lambda: LocalStack(ContextVar("mine")),
    "thread": lambda: by_ident(threading.get_ident),
    "greenlet": lambda: by_ident(greenlet.getcurrent),
    "get_ident": lambda: by_ident(get_ident),
}


@pytest.fixture(params=list(KINDS))
def stack(request: pytest.FixtureRequest) -> LocalStack[Any]:
    return KINDS[request.param]()


def test_stack_when_new_is_empty(stack: LocalStack[Any]) -> None:
    assert stack.top is None
    assert stack.pop() is None
    assert list(stack) == []
    assert len(stack) == 0
    assert stack
    assert stack._get() is EMPTY


def test_push_and_pop_are_last_in_first_out(stack: LocalStack[Any]) -> None:
    assert stack.push(42) == [42]
    assert stack.push(23) == [42, 23]
    assert (stack.top, len(stack), list(stack)) == (23, 2, [42, 23])
    assert stack.pop() == 23
    assert stack.top == 42
    assert stack.pop() == 42
    assert stack.pop() is None


def test_push_returns_the_items_as_they_were(stack: LocalStack[Any]) -> None:
    items = stack.push("a")
    later = stack.push("b")
    assert list(items) == ["a"]
    assert (later[0], later[-1], later[:], len(later)) == ("a", "b", ["a", "b"], 2)
    assert later != items
    assert "b" in later
    assert repr(later) == "['a', 'b']"
    with pytest.raises(TypeError, match="unhashable"):
        hash(items)


def test_none_when_pushed_is_an_item(stack: LocalStack[Any]) -> None:
    stack.push(None)
    assert len(stack) == 1
    assert stack.pop() is None
    assert len(stack) == 0


def test_pop_of_the_last_item_releases_the_stack(stack: LocalStack[Any]) -> None:
    ident = stack.__ident_func__()
    assert ident not in stack.__storage__
    stack.push(1)
    assert stack.__storage__ == {ident: {"stack": [1]}}
    stack.pop()
    assert stack.__storage__ == {}


def test_release_local_empties_the_stack(stack: LocalStack[Any]) -> None:
    stack.push(1)
    stack.push(2)
    release_local(stack)
    assert list(stack) == []
    assert stack.__storage__ == {}


def test_popped_item_is_not_kept(stack: LocalStack[Any]) -> None:
    class Item:
        pass

    gc.disable()
    try:
        item = Item()
        watched = weakref.ref(item)
        stack.push(item)
        stack.pop()
        del item
        assert watched() is None
    finally:
        gc.enable()


def test_call_gives_a_proxy_to_the_top(stack: LocalStack[Any]) -> None:
    proxy: Any = stack()
    assert repr(proxy) == "<LocalProxy unbound>"
    with pytest.raises(RuntimeError, match=r"^object unbound: the stack"):
        len(proxy)
    stack.push([1, 2])
    assert proxy == [1, 2]
    stack.push((1, 2))
    assert proxy == (1, 2)
    tuple_type: Any = tuple
    assert isinstance(proxy, tuple_type)
    stack.pop()
    proxy.append(3)
    assert stack.top == [1, 2, 3]


def test_call_with_name_gives_a_proxy_to_the_attribute(stack: LocalStack[Any]) -> None:
    imaginary = stack("imag")
    stack.push(3 + 4j)
    assert imaginary == 4
    stack.pop()
    with pytest.raises(RuntimeError, match="object unbound"):
        int(imaginary)


def test_call_with_message_says_it_when_unbound(stack: LocalStack[Any]) -> None:
    for proxy in (
        stack(unbound_message="nobody"),
        stack("x", unbound_message="nobody"),
    ):
        with pytest.raises(RuntimeError, match=r"^nobody$"):
            _ = proxy.attribute


def test_new_thread_starts_empty_and_leaves_the_old_one_alone(
    stack: LocalStack[Any],
) -> None:
    stack.push("old")
    seen: list[Any] = []

    def other() -> None:
        seen.append(stack.pop())
        stack.push("new")

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert seen == [None]
    assert list(stack) == ["old"]


def test_copied_context_sees_the_stack_and_cannot_change_it() -> None:
    stack: LocalStack[int] = LocalStack()
    stack.push(1)

    def child() -> list[Any]:
        seen = [stack.pop(), stack.pop()]
        stack.push(9)
        return seen

    assert copy_context().run(child) == [1, None]
    assert list(stack) == [1]


def test_ident_func_when_set_also_moves_the_proxies_made_before() -> None:
    stack: LocalStack[Any] = LocalStack()
    proxy, named = stack(), stack("real")
    stack.push(1)
    ident = "a"
    stack.__ident_func__ = lambda: ident
    assert not proxy
    stack.push(2)
    ident = "b"
    stack.push(3)
    assert (proxy + 0, named + 0, proxy.real) == (3, 3, 3)
    ident = "a"
    assert (proxy + 0, named + 0, proxy.real) == (2, 2, 2)
    stack.__ident_func__ = None
    assert repr(proxy) == "<LocalProxy unbound>"


def test_proxies_of_one_stack_share_a_class() -> None:
    stack: LocalStack[Any] = LocalStack()
    assert type(stack()) is type(stack())


def test_repr_shows_the_items(stack: LocalStack[Any]) -> None:
    stack.push(1)
    assert repr(stack) == "<LocalStack [1]>"


class StackAgainstList(RuleBasedStateMachine):
    """A LocalStack does what a plain list does, in contexts that branch off."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: LocalStack[Any] = LocalStack()
        self.proxy = self.stack()
        self.branches: list[tuple[Any, list[Any]]] = [(copy_context(), [])]
        self.at = 0

    def run(self, function: Callable[..., Any], *args: Any) -> Any:
        return self.branches[self.at][0].run(function, *args)

    @property
    def model(self) -> list[Any]:
        return self.branches[self.at][1]

    @rule(item=st.none() | st.integers() | st.text(max_size=2))
    def push(self, item: Any) -> None:
        self.model.append(item)
        assert self.run(self.stack.push, item) == self.model

    @rule()
    def pop(self) -> None:
        expected = self.model.pop() if self.model else None
        assert self.run(self.stack.pop) == expected

    @rule()
    def release(self) -> None:
        self.model.clear()
        self.run(release_local, self.stack)

    @rule()
    def branch(self) -> None:
        self.branches.append((self.run(copy_context), list(self.model)))

    @rule(data=st.data())
    def switch(self, data: st.DataObject) -> None:
        self.at = data.draw(st.integers(0, len(self.branches) - 1))

    @invariant()
    def every_branch_is_as_its_model(self) -> None:
        for context, model in self.branches:
            assert context.run(list, self.stack) == model
            assert context.run(len, self.stack) == len(model)
            top = model[-1] if model else None
            assert context.run(lambda: self.stack.top) == top
            assert context.run(bool, self.proxy) == bool(top)


TestStackAgainstList = StackAgainstList.TestCase
TestStackAgainstList.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None
)
