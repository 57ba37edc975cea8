"""An application that makes application contexts in its own way is asked for them."""

from __future__ import annotations

from threading import Thread
from traceback import format_exception
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import create_environ

from insula import (
    Insula,
    copy_current_request_context,
    current_app,
    g,
    request,
    stream_with_context,
    websocket,
)
from insula.context import AppContext
from insula.context.stacks import EMPTY, app_stack, get_app_node, request_stack

if TYPE_CHECKING:
    from collections.abc import Iterator


class Noted(AppContext):
    """Writes down its life."""

    log: list[str]

    def push(self) -> None:
        self.log.append("push")
        super().push()

    def pop(self, *args: Any) -> None:
        self.log.append("pop")
        super().pop(*args)


class Own(Insula):
    """Makes contexts that are noted, and have something in ``g`` from the start."""

    log: list[str]

    def app_context(self) -> AppContext:
        ctx = Noted(self)
        ctx.log = self.log
        ctx.g.value = "from the start"
        return ctx


def _app(cls: type[Any] = Own) -> Any:
    app = cls("own", static_folder=None)
    app.log = []
    app.add_url_rule("/", view_func=lambda: str(g.get("value")), endpoint="index")
    app.teardown_request(lambda _exc: app.log.append("request"))
    app.teardown_appcontext(lambda _exc: app.log.append(f"app {current_app.name}"))
    return app


def _get(app: Any, path: str = "/") -> bytes:
    return b"".join(app(create_environ(path), lambda *_: None))


def test_each_request_pushes_the_context_that_the_application_makes() -> None:
    app = _app()
    for _ in range(3):
        assert _get(app) == b"from the start"
    assert app.log == ["push", "request", "pop", "app own"] * 3
    assert get_app_node() is EMPTY


def test_it_is_pushed_where_nobody_has_anything_to_add() -> None:
    app = Own("own", static_folder=None)
    app.log = []
    app.add_url_rule("/", view_func=lambda: str(g.value), endpoint="index")
    for _ in range(3):
        assert _get(app) == b"from the start"
    assert app.log == ["push", "pop"] * 3


def test_one_set_on_the_application_after_some_requests_is_asked() -> None:
    app = _app(Insula)
    for _ in range(3):
        assert _get(app) == b"None"
    app.app_context = Own.app_context.__get__(app)
    assert _get(app) == b"from the start"
    del app.log[:]
    assert _get(app) == b"from the start"
    assert app.log == ["push", "request", "pop", "app own"]


def test_class_assigned_after_some_requests_counts_at_once() -> None:
    app = Insula("own", static_folder=None)
    app.add_url_rule("/", view_func=lambda: str(g.get("value")), endpoint="index")
    for _ in range(3):
        assert _get(app) == b"None"
    app.log = []
    app.__class__ = Own
    assert _get(app) == b"from the start"


def test_dispatch_of_a_class_assigned_after_some_requests_counts_at_once() -> None:
    class Shouting(Insula):
        def full_dispatch_request(self) -> Any:
            response = super().full_dispatch_request()
            response.data = response.data.upper()
            return response

    app = Insula("own", static_folder=None)
    app.add_url_rule("/", view_func=lambda: "quiet", endpoint="index")
    for _ in range(3):
        assert _get(app) == b"quiet"
    app.__class__ = Shouting
    assert _get(app) == b"QUIET"


def test_one_that_is_current_is_shared() -> None:
    app = _app()
    with app.app_context(), app.test_request_context("/"):
        assert g.value == "from the start"
        assert app.log == ["push"]
    assert app.log == ["push", "request", "pop", "app own"]


def test_nested_pushes_are_popped_in_order() -> None:
    app = _app()
    ctx = app.test_request_context("/")
    with ctx:
        with ctx:
            assert request.path == "/"
            assert app.log == ["push"]
        assert app.log == ["push"]
    assert app.log == ["push", "request", "pop", "app own"]
    assert app_stack.top is None
    assert request_stack.top is None


def test_copied_context_brings_one_of_its_own() -> None:
    app = _app()
    seen: list[Any] = []
    with app.test_request_context("/"):
        g.value = "changed"

        @copy_current_request_context
        def work() -> None:
            seen.append((request.path, current_app.name, g.value))

        thread = Thread(target=work)
        thread.start()
        thread.join()
    assert seen == [("/", "own", "from the start")]
    assert app.log.count("push") == app.log.count("pop") == 2
    assert app.log.count("app own") == 2


def test_streamed_body_keeps_it_until_its_end() -> None:
    app = _app()

    def body() -> Iterator[str]:
        yield current_app.name
        yield g.value
        app.log.append("streamed")

    app.add_url_rule("/stream", view_func=lambda: stream_with_context(body()))
    assert _get(app, "/stream") == b"ownfrom the start"
    order = [each for each in app.log if each in {"streamed", "request", "app own"}]
    assert order == ["streamed", "request", "app own"]
    assert get_app_node() is EMPTY


def test_error_while_it_is_made_is_told_and_leaves_nothing_behind() -> None:
    class Failing(Insula):
        def app_context(self) -> Any:
            raise ValueError("no context")

    app = Failing("own", static_folder=None)
    with pytest.raises(LookupError, match="is not pushed") as raised:
        _get(app)
    # As on Flask, what comes after the error fails for want of a context.
    told = "".join(format_exception(raised.value))
    assert "ValueError: no context" in told
    assert get_app_node() is EMPTY
    assert request_stack.top is None


def test_websocket_pushes_it_and_pops_it() -> None:
    app = _app()

    async def talk() -> None:
        await websocket.send(f"{current_app.name} {g.value}")

    app.websocket("/ws")(talk)
    with app.test_client().websocket("/ws") as ws:
        assert ws.receive() == "own from the start"
    assert app.log.count("push") == app.log.count("pop") == 1
    assert app.log.count("app own") == 1
