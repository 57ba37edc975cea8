"""Threads that inherit a context: a plain one starts empty all the same.

`Inheriting` starts its code in a copy of its creator's context and keeps it in
`_context`, as `threading.Thread` does from Python 3.14 on where
`sys.flags.thread_inherit_context` is set. `guard` is what is used there.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any

import pytest

from insula.local import Local, LocalStack
from insula.local.inherit import guard
from insula.local.stack import EMPTY

if TYPE_CHECKING:
    from collections.abc import Callable


class Inheriting(threading.Thread):
    def __init__(self, function: Callable[[], Any]) -> None:
        super().__init__()
        self._context = copy_context()
        self._function = function
        self.result: Any = None

    def run(self) -> None:
        self._context.run(self._work)

    def _work(self) -> None:
        self.result = self._function()

    @classmethod
    def call(cls, function: Callable[[], Any]) -> Any:
        thread = cls(function)
        thread.start()
        thread.join()
        return thread.result


@pytest.fixture
def stack() -> LocalStack[Any]:
    guarded: LocalStack[Any] = LocalStack()
    guarded._get, guarded._set = guard(guarded._var, EMPTY)
    return guarded


@pytest.mark.parametrize("kind", [Local, LocalStack])
def test_plain_new_thread_starts_empty_on_this_interpreter(kind: Any) -> None:
    local = kind()
    if kind is Local:
        local.name = 1
    else:
        local.push(1)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(list, local).result() == []


def test_inheriting_thread_starts_empty(stack: LocalStack[Any]) -> None:
    stack.push("creator")
    assert Inheriting.call(lambda: (list(stack), stack.top, stack.pop())) == (
        [],
        None,
        None,
    )
    assert list(stack) == ["creator"]


def test_inheriting_thread_keeps_what_it_pushes(stack: LocalStack[Any]) -> None:
    stack.push("creator")

    def work() -> list[Any]:
        stack.push("a")
        stack.push("b")
        seen = [list(stack), stack.pop(), list(stack)]
        return [*seen, Inheriting.call(lambda: list(stack))]

    assert Inheriting.call(work) == [["a", "b"], "b", ["a"], []]


def test_inheriting_thread_keeps_what_it_sets_before_it_looks() -> None:
    var: ContextVar[Any] = ContextVar("var", default=EMPTY)
    get, set_ = guard(var, EMPTY)
    node = ("creator", EMPTY)
    set_(node)

    def work() -> Any:
        set_(node)
        return get()

    assert Inheriting.call(work) is node


def test_context_carried_by_hand_keeps_its_values(stack: LocalStack[Any]) -> None:
    stack.push("carried")
    context = copy_context()

    def work() -> list[Any]:
        first = context.run(list, stack)
        return [first, list(stack), context.run(list, stack)]

    assert Inheriting.call(work) == [["carried"], [], ["carried"]]
    assert threading.current_thread() is threading.main_thread()
    assert context.run(list, stack) == ["carried"]


def test_context_carried_from_elsewhere_into_a_used_thread(
    stack: LocalStack[Any],
) -> None:
    stack.push("first")

    def elsewhere() -> Any:
        stack.push("second")
        return copy_context()

    second = Inheriting.call(elsewhere)
    assert Inheriting.call(lambda: (list(stack), second.run(list, stack))) == (
        [],
        ["second"],
    )


def test_thread_without_a_context_is_left_alone(stack: LocalStack[Any]) -> None:
    stack.push("main")
    found: list[Any] = []
    context = copy_context()
    thread = threading.Thread(target=lambda: found.extend(context.run(list, stack)))
    thread.start()
    thread.join()
    assert found == ["main"]


def test_probe_leaves_nothing_in_the_context(stack: LocalStack[Any]) -> None:
    stack.push("creator")

    def work() -> list[str]:
        list(stack)
        return [var.name for var in copy_context()]

    assert "insula.local.probe" not in Inheriting.call(work)
