"""Identity storage: who owns what, and what is left when an owner is gone."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from typing import Any

import greenlet
import pytest

from insula.local import IdentLocal, LocalStack, get_ident
from insula.local.ident import greenlet_ident, task_ident
from insula.local.storage import IdentStorage


class Value:
    """Something a weak reference can watch."""


def test_set_and_get_are_the_twins_of_attributes() -> None:
    local = IdentLocal()
    local.set("a", 1)
    assert local.a == 1
    local.b = 2
    assert local.get("b") == 2
    assert local.__storage__ == {threading.get_ident(): {"a": 1, "b": 2}}


def test_get_when_missing_gives_default_or_names_the_attribute() -> None:
    local = IdentLocal()
    assert local.get("a", None) is None
    with pytest.raises(AttributeError, match="'a'"):
        local.get("a")


@pytest.mark.parametrize("name", ["get", "set"])
def test_set_when_name_is_a_method_is_refused(name: str) -> None:
    local = IdentLocal()
    with pytest.raises(AttributeError, match=f"{name!r} is a method of IdentLocal"):
        local.set(name, 1)
    assert local.get("a", 5) == 5


def test_values_when_thread_has_ended_are_given_back() -> None:
    local = IdentLocal()
    watched: list[weakref.ref[Value]] = []
    local.mine = 1

    def work() -> None:
        local.value = Value()
        watched.append(weakref.ref(local.value))

    for _ in range(20):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert [ref() for ref in watched] == [None] * 20
    assert local.__storage__ == {threading.get_ident(): {"mine": 1}}


def test_thread_ident_when_reused_sees_nothing() -> None:
    local = IdentLocal()
    idents: set[int] = set()
    seen: list[Any] = []

    def work() -> None:
        idents.add(threading.get_ident())
        seen.extend(local)
        local.value = 1

    for _ in range(50):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert len(idents) < 50, "the interpreter must have reused an ident"
    assert seen == []


def test_values_when_greenlet_has_died_are_given_back() -> None:
    local = IdentLocal(greenlet.getcurrent)
    watched: list[weakref.ref[Value]] = []
    seen: list[Any] = []

    def work() -> None:
        seen.extend(local)
        local.value = Value()
        watched.append(weakref.ref(local.value))
        assert len(local.__storage__) == 1

    for _ in range(50):
        greenlet.greenlet(work).switch()
    assert seen == []
    assert [ref() for ref in watched] == [None] * 50
    assert local.__storage__ == {}


def test_values_when_task_is_done_are_given_back() -> None:
    local = IdentLocal(asyncio.current_task)
    watched: list[weakref.ref[Value]] = []
    seen: list[Any] = []

    async def work() -> None:
        seen.extend(local)
        local.value = Value()
        watched.append(weakref.ref(local.value))
        await asyncio.sleep(0)

    async def main() -> None:
        for _ in range(20):
            await asyncio.create_task(work())

    asyncio.run(main())
    gc.collect()
    assert seen == []
    assert [ref() for ref in watched] == [None] * 20
    assert local.__storage__ == {}


def test_number_when_handed_to_another_greenlet_sees_nothing() -> None:
    local = IdentLocal(lambda: 7)
    seen: list[Any] = []

    def work() -> None:
        seen.extend(local)
        local.value = 1
        seen.append(local.value)

    for _ in range(3):
        greenlet.greenlet(work).switch()
    assert seen == [1, 1, 1]
    assert local.__storage__ == {}


def test_number_when_handed_to_another_task_sees_nothing() -> None:
    local = IdentLocal(lambda: 7)
    seen: list[Any] = []

    async def work() -> None:
        seen.extend(local)
        local.value = 1
        seen.append(local.value)

    async def main() -> None:
        for _ in range(3):
            await asyncio.create_task(work())

    asyncio.run(main())
    assert seen == [1, 1, 1]


def test_name_made_up_by_the_user_keeps_its_values_until_released() -> None:
    local = IdentLocal(lambda: "tenant")
    thread = threading.Thread(target=local.set, args=("value", 1))
    thread.start()
    thread.join()
    assert local.value == 1
    assert local.__storage__ == {"tenant": {"value": 1}}
    type(local).__release_local__(local)
    assert local.__storage__ == {}


def test_owner_is_not_kept_alive_by_its_values() -> None:
    owner = greenlet.greenlet(lambda: None)
    watched = weakref.ref(owner)
    local = IdentLocal(watched)
    local.value = 1
    assert local.__storage__ == {owner: {"value": 1}}
    del owner
    assert watched() is None


def test_storage_when_dropped_leaves_no_cycle() -> None:
    gc.collect()
    gc.disable()
    try:
        storage: IdentStorage[int] = IdentStorage(greenlet.getcurrent, 0)
        storage.set(1)
        watched = weakref.ref(storage)
        del storage
        assert watched() is None
    finally:
        gc.enable()


def test_stack_on_identities_gives_back_what_dead_threads_pushed() -> None:
    stack: LocalStack[Value] = LocalStack()
    stack.__ident_func__ = threading.get_ident
    watched: list[weakref.ref[Value]] = []

    def work() -> None:
        value = Value()
        stack.push(value)
        watched.append(weakref.ref(value))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert watched[0]() is None
    assert stack.__storage__ == {}


def test_ident_functions_outside_of_greenlets_and_tasks_give_the_thread() -> None:
    ident = threading.get_ident()
    assert get_ident() == greenlet_ident() == task_ident() == ident


def test_ident_functions_inside_name_what_runs() -> None:
    child = greenlet.greenlet(lambda: (get_ident(), greenlet_ident()))
    assert child.switch() == (child, child)

    async def main() -> bool:
        return task_ident() is asyncio.current_task()

    assert asyncio.run(main())
