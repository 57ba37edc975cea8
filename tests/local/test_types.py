"""What a type checker knows of the core: mypy checks this file, pytest runs it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from insula.local import Local, LocalProxy, LocalStack

if TYPE_CHECKING:
    from typing_extensions import assert_type
else:

    def assert_type(value: Any, _kind: Any) -> Any:
        return value


class User:
    name = "a"


def test_types_follow_what_a_stack_or_proxy_stands_for() -> None:
    stack: LocalStack[User] = LocalStack()
    stack.push(User())
    var: ContextVar[User] = ContextVar("user")
    var.set(User())
    local = Local()
    local.user = User()

    assert_type(stack.top, "User | None")
    assert_type(stack(), "LocalProxy[User]")
    assert_type(stack("name"), "LocalProxy[Any]")
    assert_type(local("user"), "LocalProxy[Any]")
    assert_type(LocalProxy(stack), "LocalProxy[User]")
    assert_type(LocalProxy(var), "LocalProxy[User]")
    assert_type(LocalProxy(User), "LocalProxy[User]")
    assert_type(LocalProxy(var, "name"), "LocalProxy[Any]")
    user = assert_type(LocalProxy(var)._get_current_object(), "User")
    assert assert_type(user.name, "str") == "a"
    assert LocalProxy(var).name == "a"
    assert [item.name for item in stack] == ["a"]
