"""The proxies `request`, `session`, `g`, `current_app`: bound, unbound, ended."""

from __future__ import annotations

import asyncio
import threading
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import pytest

import insula
from insula import (
    Insula,
    Request,
    Websocket,
    current_app,
    g,
    has_app_context,
    has_request_context,
    websocket,
)
from insula import request as request_proxy
from insula import session as session_proxy
from insula.context.lifetime import GONE

if TYPE_CHECKING:
    from collections.abc import Callable

request: Any = request_proxy
session: Any = session_proxy


@pytest.mark.parametrize("proxy", [request, session], ids=["request", "session"])
def test_request_proxy_outside_says_what_why_and_how(proxy: Any) -> None:
    with pytest.raises(RuntimeError) as caught:
        _ = proxy.anything
    message = str(caught.value)
    assert message.startswith("Working outside of request context.")
    assert "test_request_context" in message
    assert "copy_current_request_context" in message
    assert "stream_with_context" in message


@pytest.mark.parametrize("proxy", [g, current_app], ids=["g", "current_app"])
def test_app_proxy_outside_says_what_why_and_how(proxy: Any) -> None:
    with pytest.raises(RuntimeError) as caught:
        _ = proxy.anything
    message = str(caught.value)
    assert message.startswith("Working outside of application context.")
    assert "with app.app_context():" in message


@pytest.mark.parametrize(
    "proxy",
    [request, session, g, current_app],
    ids=["request", "session", "g", "current_app"],
)
def test_unbound_proxy_is_false_and_has_a_repr(proxy: Any) -> None:
    assert not proxy
    assert repr(proxy) == "<LocalProxy unbound>"
    with pytest.raises(RuntimeError, match="outside of"):
        proxy.name = 1
    with pytest.raises(RuntimeError, match="outside of"):
        del proxy.name


def test_bound_proxies_stand_for_their_objects(app: Insula) -> None:
    with app.test_request_context("/a?b=c") as ctx:
        assert request._get_current_object() is ctx.request
        assert isinstance(request, insula.Request)
        assert request.path == "/a"
        assert request.args["b"] == "c"
        assert request == ctx.request
        assert current_app._get_current_object() is app  # type: ignore[attr-defined]  # a proxy's
        assert current_app == app
        assert isinstance(current_app, Insula)
        assert repr(current_app) == repr(app)
        session["key"] = 1
        assert session._get_current_object() == {"key": 1}
        assert "key" in session
        assert len(session) == 1
        assert list(session) == ["key"]
        g.value = 2
        assert "value" in g
        assert list(g) == ["value"]
        assert g.get("value") == 2
        assert g.pop("value") == 2
        assert g.pop("value", None) is None
        assert g.setdefault("other", 3) == 3
        assert repr(g) == "<insula.g of 'island'>"
        del g.other
        assert not list(g)
        with pytest.raises(KeyError):
            g.pop("nothing")


def test_request_proxy_sets_and_deletes_attributes(app: Insula) -> None:
    with app.test_request_context("/"):
        request.user = "me"
        assert request.user == "me"
        del request.user
        with pytest.raises(AttributeError, match="user"):
            _ = request.user


def test_has_context_tells_what_is_current(app: Insula) -> None:
    assert (has_request_context(), has_app_context()) == (False, False)
    with app.app_context():
        assert (has_request_context(), has_app_context()) == (False, True)
    with app.test_request_context():
        assert (has_request_context(), has_app_context()) == (True, True)
    assert (has_request_context(), has_app_context()) == (False, False)


def test_session_outside_of_its_context_is_not_opened(app: Insula) -> None:
    ctx = app.test_request_context()
    with pytest.raises(RuntimeError, match="has not yet been opened"):
        _ = ctx.session


def test_late_thread_that_inherited_a_request_is_told_that_it_has_ended(
    app: Insula,
) -> None:
    over = threading.Event()
    found: dict[str, Any] = {}

    def late() -> None:
        over.wait()
        found["has"] = (has_request_context(), has_app_context())
        for name, read in (
            ("request", lambda: request.path),
            ("session", lambda: session.get("x")),
            ("g", lambda: g.get("x")),
            ("current_app", lambda: current_app.name),
        ):
            try:
                found[name] = read()
            except RuntimeError as exc:
                found[name] = str(exc)

    with app.test_request_context("/"):
        g.x = 1
        thread = threading.Thread(target=copy_context().run, args=(late,))
        thread.start()
    over.set()
    thread.join()
    assert found.pop("has") == (False, False)
    assert found["request"].startswith("This request has ended.")
    assert found["session"].startswith("This request has ended.")
    assert found["g"].startswith("This application context has ended.")
    assert found["current_app"].startswith("This application context has ended.")
    assert "copy_current_request_context" in found["request"]


@pytest.mark.parametrize(
    "use",
    [
        lambda: insula.url_for("static", filename="x"),
        lambda: insula.flash("x"),
        insula.get_flashed_messages,
        lambda: insula.after_this_request(lambda response: response),
        lambda: insula.copy_current_request_context(lambda: None),
        lambda: insula.stream_with_context(iter(())),
        lambda: insula.render_template_string("x"),
        lambda: insula.make_response("x"),
        lambda: insula.stream_template_string("x"),
    ],
)
def test_shortcut_outside_of_contexts_raises_runtime_error(
    use: Callable[[], Any],
) -> None:
    with pytest.raises(RuntimeError):
        use()


def test_task_that_outlives_its_context_is_told(app: Insula) -> None:
    import asyncio

    async def main() -> str:
        go = asyncio.Event()

        async def late() -> str:
            await go.wait()
            try:
                return str(request.path)
            except RuntimeError as exc:
                return str(exc)

        with app.test_request_context("/"):
            task = asyncio.create_task(late())
            await asyncio.sleep(0)
        go.set()
        return await task

    assert asyncio.run(main()).startswith("This request has ended.")


def test_unbound_proxy_equals_itself_alone() -> None:
    assert request == request  # noqa: PLR0124 - it is what is tested
    assert (request == None) is False  # noqa: E711 - likewise
    assert (request != "x") is True
    assert request in [1, request]


def test_g_of_a_context_that_is_pushed_again_is_read_at_once(app: Insula) -> None:
    contexts: list[Any] = [app.app_context(), app.test_request_context("/")]
    for ctx in contexts:
        with ctx:
            g.name = "Ada"
        with ctx:
            assert g.name == "Ada"
            assert ctx._live_g is ctx.g
        assert ctx._live_g is GONE


def test_object_that_has_any_attribute_does_not_answer_for_the_proxy() -> None:
    class Answering:
        def __getattr__(self, name: str) -> str:
            return name

    app = Insula("island")
    app.app_ctx_globals_class = Answering
    with app.app_context():
        assert g.whatever == "whatever"
        # A name that was put together is another object than the literal.
        for name in ("_get_current_object", "__get_current_object"[1:]):
            assert type(getattr(g, name)()) is Answering


# -- the WebSocket ---------------------------------------------------------------------


def test_websocket_outside_of_one_says_so() -> None:
    with pytest.raises(RuntimeError, match=r"outside of a WebSocket\."):
        _ = websocket.path
    assert not websocket
    assert repr(websocket) == "<LocalProxy unbound>"


def test_websocket_in_a_request_says_that_it_is_one() -> None:
    with (
        Insula("island").test_request_context("/page", method="POST"),
        pytest.raises(RuntimeError, match="is the HTTP request POST /page"),
    ):
        _ = websocket.path


def test_websocket_after_its_end_says_that_it_has_ended() -> None:
    app = Insula("island")
    late: list[asyncio.Task[str]] = []

    over = asyncio.Event()

    async def linger() -> str:
        await over.wait()
        return websocket.path

    @app.websocket("/ws")
    async def ws() -> None:
        await websocket.accept()
        late.append(asyncio.ensure_future(linger()))

    async def main() -> None:
        async with app.test_client().websocket("/ws"):
            pass
        over.set()
        with pytest.raises(RuntimeError, match="This request has ended"):
            await late[0]

    asyncio.run(main())


def test_websocket_is_a_proxy_in_full() -> None:
    app = Insula("island")
    seen: list[Any] = []

    @app.websocket("/ws")
    async def ws() -> None:
        await websocket.accept()
        seen.append(isinstance(websocket, Websocket))
        seen.append(isinstance(websocket, Request))
        seen.append(repr(websocket))

    with app.test_client().websocket("/ws"):
        pass
    assert seen == [True, True, "<Websocket 'ws://localhost/ws' [GET]>"]
