"""Local and IdentLocal: one suite for both kinds of storage."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any

import greenlet
import pytest

from insula.local import IdentLocal, Local, get_ident, release_local
from insula.local.ident import task_ident

if TYPE_CHECKING:
    from collections.abc import Callable


def ident_storage() -> Local:
    local = Local()
    local.__ident_func__ = threading.get_ident
    return local


KINDS: dict[str, Callable[[], Local]] = {
    "contexts": Local,
    "own ContextVar": lambda: Local(ContextVar("mine")),
    "ident function": ident_storage,
    "thread": IdentLocal,
    "greenlet": lambda: IdentLocal(greenlet.getcurrent),
    "task": lambda: IdentLocal(asyncio.current_task),
    "task_ident": lambda: IdentLocal(task_ident),
    "get_ident": lambda: IdentLocal(get_ident),
}


@pytest.fixture(params=list(KINDS))
def local(request: pytest.FixtureRequest) -> Local:
    return KINDS[request.param]()


def in_thread(function: Callable[[], Any]) -> Any:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def test_attribute_when_set_is_read(local: Local) -> None:
    local.name = 1
    assert local.name == 1
    local.name = 2
    assert local.name == 2


def test_attribute_when_missing_names_itself(local: Local) -> None:
    with pytest.raises(AttributeError, match="no attribute 'user' in this") as e:
        _ = local.user
    assert e.value.name == "user"
    assert not hasattr(local, "user")
    assert getattr(local, "user", 3) == 3


def test_attribute_when_deleted_is_gone(local: Local) -> None:
    local.name = 1
    local.other = 2
    del local.name
    assert not hasattr(local, "name")
    assert local.other == 2
    with pytest.raises(AttributeError, match="'name'"):
        del local.name


def test_iter_yields_names_and_values(local: Local) -> None:
    assert list(local) == []
    local.a = 1
    local.b = 2
    assert dict(local) == {"a": 1, "b": 2}


def test_iter_when_changed_meanwhile_keeps_what_it_saw(local: Local) -> None:
    local.a = 1
    items = iter(local)
    local.b = 2
    assert list(items) == [("a", 1)]


def test_release_local_forgets_all(local: Local) -> None:
    local.a = 1
    release_local(local)
    assert list(local) == []
    assert local.__storage__ == {}


def test_call_gives_a_proxy_to_the_name(local: Local) -> None:
    user = local("user")
    assert not user
    assert repr(user) == "<LocalProxy unbound>"
    local.user = [1]
    user.append(2)
    assert user == [1, 2]
    assert local.user == [1, 2]


def test_proxy_when_unbound_says_which_name(local: Local) -> None:
    with pytest.raises(RuntimeError, match="no object bound to 'user'"):
        len(local("user"))
    with pytest.raises(RuntimeError, match=r"^log in first$"):
        len(local("user", unbound_message="log in first"))


def test_new_thread_starts_empty_and_leaves_the_old_one_alone(local: Local) -> None:
    local.name = "old"

    def other() -> list[Any]:
        before = list(local)
        local.name = "new"
        return before

    assert in_thread(other) == []
    assert local.name == "old"


def test_two_locals_never_mix(local: Local) -> None:
    other = type(local)()
    local.name = 1
    other.name = 2
    assert (local.name, other.name) == (1, 2)
    release_local(other)
    assert local.name == 1


def test_value_wins_over_class_attribute() -> None:
    class Settings(Local):
        limit = 10

    settings = Settings()
    assert settings.limit == 10
    settings.limit = 20
    assert settings.limit == 20
    del settings.limit
    assert settings.limit == 10


def test_repr_shows_the_values(local: Local) -> None:
    local.a = 1
    assert repr(local) == f"<{type(local).__name__} {{'a': 1}}>"


def test_storage_shows_values_by_ident(local: Local) -> None:
    local.a = 1
    assert list(local.__storage__.values()) == [{"a": 1}]


def test_storage_knows_the_thread_by_its_ident() -> None:
    for local in (Local(), ident_storage(), IdentLocal()):
        local.a = 1
        assert local.__storage__ == {threading.get_ident(): {"a": 1}}


def test_ident_func_when_set_turns_to_identity_storage() -> None:
    ident = 0
    local = Local()
    local.kept = 1
    local.__ident_func__ = lambda: ident
    assert list(local) == []
    local.name = 42
    ident = 1
    local.name = 23
    assert local.__storage__ == {0: {"name": 42}, 1: {"name": 23}}
    ident = 0
    assert local.name == 42
    release_local(local)
    ident = 1
    assert local.name == 23


def test_ident_func_when_set_to_none_turns_back_to_contexts() -> None:
    local = Local()
    assert local.__ident_func__ is get_ident
    local.__ident_func__ = threading.get_ident
    assert local.__ident_func__ is threading.get_ident
    local.name = 1
    local.__ident_func__ = None
    assert list(local) == []
    local.name = 2
    assert copy_context().run(lambda: local.name) == 2


def test_ident_func_when_not_callable_is_refused() -> None:
    with pytest.raises(TypeError, match=r"ident function was expected, not 3"):
        Local().__ident_func__ = 3  # type: ignore[assignment]  # the mistake itself


def test_copied_context_sees_values_and_cannot_change_them() -> None:
    local = Local()
    local.name = "parent"

    def child() -> str:
        seen: str = local.name
        local.name = "child"
        local.more = 1
        return seen

    assert copy_context().run(child) == "parent"
    assert dict(local) == {"name": "parent"}


def test_context_var_when_given_holds_the_values() -> None:
    var: ContextVar[Any] = ContextVar("mine")
    local = Local(var)
    local.name = 1
    assert var.get() == {"name": 1}


def test_operator_that_holds_the_attributes_is_nobody_elses() -> None:
    with pytest.raises(TypeError, match="gives `~` a meaning of its own"):

        class Own(Local):
            def __invert__(self) -> Any:
                return "own"

    with pytest.raises(TypeError):
        (~Local())["user"] = "everybody"
    assert not list(Local())
