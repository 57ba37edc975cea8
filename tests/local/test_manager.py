"""LocalManager and release_local."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from insula.local import Local, LocalManager, LocalStack, get_ident, release_local

if TYPE_CHECKING:
    from collections.abc import Iterator


def start_response(*_args: Any) -> None:
    """Take the status and headers and forget them."""


def test_cleanup_releases_every_local() -> None:
    local, stack = Local(), LocalStack[int]()
    manager = LocalManager([local])
    manager.locals.append(stack)
    local.name = 1
    stack.push(1)
    manager.cleanup()
    assert list(local) == []
    assert stack.top is None
    assert repr(manager) == "<LocalManager of 2 locals>"


def test_cleanup_leaves_other_threads_alone() -> None:
    local = Local()
    manager = LocalManager(local)
    local.name = 1
    thread = threading.Thread(target=manager.cleanup)
    thread.start()
    thread.join()
    assert local.name == 1


def test_manager_takes_one_many_or_none() -> None:
    local, stack = Local(), LocalStack[int]()
    stack.push(1)
    assert LocalManager().locals == []
    assert LocalManager(local).locals == [local]
    assert LocalManager(stack).locals == [stack]
    both: list[Any] = [local, stack]
    assert LocalManager(iter(both)).locals == [local, stack]


def test_ident_func_when_given_is_set_on_every_local() -> None:
    ident = 0
    local, stack = Local(), LocalStack[int]()
    manager = LocalManager([local, stack], ident_func=lambda: ident)
    assert manager.get_ident() == 0
    local.name = 42
    stack.push(42)
    ident = 1
    local.name = 23
    stack.push(23)
    assert manager.get_ident() == 1
    ident = 0
    assert (local.name, stack.top) == (42, 42)
    manager.cleanup()
    assert (list(local), stack.top) == ([], None)
    ident = 1
    assert (local.name, stack.top) == (23, 23)


def test_ident_func_when_not_given_leaves_locals_in_contexts() -> None:
    local = Local()
    manager = LocalManager(local)
    assert manager.ident_func is get_ident
    assert manager.get_ident() == threading.get_ident()
    assert local.__ident_func__ is get_ident


def test_middleware_releases_when_closed_and_not_before() -> None:
    local = Local()
    manager = LocalManager(local)
    closed: list[bool] = []

    class Body:
        def __iter__(self) -> Iterator[bytes]:
            yield local.name
            yield local.name

        def close(self) -> None:
            closed.append(hasattr(local, "name"))

    @manager.middleware
    def application(environ: Any, start_response: Any) -> Body:
        """Answer with what the local holds."""
        local.name = b"x"
        return Body()

    assert application.__name__ == "application"
    assert application.__doc__ == "Answer with what the local holds."
    response = application({}, start_response)
    assert local.name == b"x"
    assert b"".join(response) == b"xx"
    assert local.name == b"x"
    response.close()
    assert closed == [True], "the body is closed first, with its locals"
    assert list(local) == []


def test_middleware_when_closed_twice_releases_once() -> None:
    local = Local()
    application = LocalManager(local).make_middleware(lambda _e, _s: [b"x"])
    response = application({}, start_response)
    response.close()
    local.name = "of the next request"
    response.close()
    assert local.name == "of the next request"


def test_middleware_when_the_body_fails_to_close_releases_all_the_same() -> None:
    local = Local()

    class Body(list[bytes]):
        def close(self) -> None:
            raise KeyError("body")

    application = LocalManager(local).make_middleware(lambda _e, _s: Body())
    local.name = 1
    with pytest.raises(KeyError, match="body"):
        application({}, start_response).close()
    assert list(local) == []


def test_middleware_when_the_application_raises_releases() -> None:
    local = Local()

    def application(environ: Any, start_response: Any) -> Any:
        local.name = 1
        raise KeyError("view")

    with pytest.raises(KeyError, match="view"):
        LocalManager(local).make_middleware(application)({}, start_response)
    assert list(local) == []


def test_release_local_asks_any_object_that_can_release() -> None:
    class Own:
        released = False

        def __release_local__(self) -> None:
            self.released = True

    own = Own()
    release_local(own)
    assert own.released
