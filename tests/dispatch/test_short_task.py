"""The short way of tasks answers as the steps do, on the loop and on a thread."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.dispatch.asgi_server import Answer, Client, ask, scope_for
from tests.dispatch.test_short import VIEWS, Failure, Stepwise, note_signal, torn
from werkzeug.routing import BaseConverter

import insula
from insula import Insula, Request, after_this_request, current_app, g, request, session
from insula.context.stacks import app_stack

if TYPE_CHECKING:
    from collections.abc import Callable


class OwnRequest(Request):
    pass


class OnLoop(Insula):
    """An application that takes the steps of the task way: its requests are its own."""

    request_class = OwnRequest


KINDS = (Insula, OnLoop, Stepwise)


def build(cls: type[Insula], view: Callable[[Insula], Any]) -> Insula:
    app = cls("short", static_folder=None)
    app.secret_key = "key"
    app.logger.disabled = True

    async def index() -> Any:
        return view(app)

    async def later() -> Any:
        await asyncio.sleep(0)
        return view(app)

    async def item(n: int) -> dict[str, Any]:
        return {"n": n, "args": request.args.to_dict(), "url": request.url}

    async def echo() -> Any:
        return {"got": await request.get_json(silent=True), "form": request.form}

    async def greeting() -> str:
        return request.path

    async def folder() -> str:
        return "folder"

    app.add_url_rule("/", "view", index)
    app.add_url_rule("/later", "later", later)
    app.add_url_rule("/item/<int:n>", "item", item)
    app.add_url_rule("/grüße", "greeting", greeting)
    app.add_url_rule("/echo", "echo", echo, methods=["POST"])
    app.add_url_rule("/folder/", "folder", folder)
    app.add_url_rule("/sync", "sync", lambda: f"sync {request.path}")

    @app.errorhandler(Failure)
    async def failed(error: Failure) -> tuple[str, int]:
        return f"handled {error}", 503

    return app


class Named(BaseConverter):
    """A converter that wants to know for whom it converts."""

    def to_python(self, value: str) -> str:
        if value == "fail":
            raise RuntimeError("not for me")
        return f"{current_app.name} {request.method} {value}"


@pytest.mark.parametrize("cls", KINDS)
def test_converter_sees_the_context_of_its_request(cls: type[Insula]) -> None:
    app = build(cls, lambda app: app.name)
    app.url_map.converters["named"] = Named

    async def named(it: str) -> str:
        return it

    app.add_url_rule("/named/<named:it>", "named", named)

    async def main() -> list[tuple[int, str]]:
        await warm(app)
        answers = [await ask(app, f"/named/{it}") for it in ("x", "y", "fail")]
        return [(answer.status, answer.text[:11]) for answer in answers]

    found = asyncio.run(main())
    assert found[:2] == [(200, "short GET x"), (200, "short GET y")]
    assert found[2][0] == 500


class BrokenClient(Client):
    """A server that fails while it receives the body."""

    async def receive(self) -> dict[str, Any]:
        raise ConnectionError("no more")


def test_body_that_cannot_be_received_is_an_error_in_the_context_of_its_request() -> (
    None
):
    app = build(Insula, lambda app: app.name)

    @app.errorhandler(ConnectionError)
    async def failed(error: ConnectionError) -> tuple[str, int]:
        return f"{current_app.name} {request.path} {error}", 502

    async def main() -> Answer:
        await warm(app)
        fields = [("content-length", "4"), ("content-type", "application/json")]
        return await BrokenClient(app, scope_for("/echo", "POST", fields)).run()

    answer = asyncio.run(main())
    assert (answer.status, answer.text) == (502, "short /echo no more")


def test_context_that_a_failing_view_pops_is_missed() -> None:
    def view(_: Insula) -> str:
        ctx: Any = app_stack.top
        ctx.pop()
        raise Failure("late")

    app = build(Insula, view)

    async def main() -> None:
        await warm(app)
        with pytest.raises(LookupError, match="is not pushed"):
            await ask(app, "/")

    asyncio.run(main())


async def warm(app: Insula) -> None:
    for _ in range(2):
        await ask(app, "/item/1")


def comparable(fields: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the fields in order, without the moment at which a cookie was signed."""
    return sorted((name, re.sub(rb"\.[\w.-]+;", b";", value)) for name, value in fields)


def outcome(app: Insula, **request_: Any) -> tuple[Any, ...]:
    """Return all that a client, and whoever runs next, can see."""

    async def main() -> tuple[Any, ...]:
        await warm(app)
        torn.clear()
        try:
            answer: Any = await ask(app, **request_)
        except BaseException as exc:
            answer = exc
        if isinstance(answer, Answer):
            messages = [
                {**message, "headers": comparable(message.get("headers", []))}
                for message in answer.messages
            ]
            return messages, bool(request), bool(g), [*torn]
        return type(answer).__name__, [*torn]

    try:
        return asyncio.run(main())
    finally:
        insula.request_finished.disconnect(note_signal)


def compare(view: Callable[[Insula], Any], **request_: Any) -> tuple[Any, ...]:
    results = [outcome(build(cls, view), **request_) for cls in KINDS]
    assert results[0] == results[1]
    assert results[0] == results[2]
    return results[0]


# What a view leaves in its Context is not the same one on a worker thread.
ASYNC_VIEWS = {name: view for name, view in VIEWS.items() if name != "leave-context"}


@pytest.mark.parametrize("view", ASYNC_VIEWS)
@pytest.mark.parametrize("path", ["/", "/later"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_short_task_answers_as_the_steps_do(view: str, path: str, method: str) -> None:
    assert compare(ASYNC_VIEWS[view], path=path, method=method)


REQUESTS: dict[str, dict[str, Any]] = {
    "variable": {"path": "/item/7?a=1&b=%20"},
    "query beyond ASCII": {"path": "/item/7?a=%C3%A4"},
    "not found": {"path": "/nowhere"},
    "variable of another kind": {"path": "/item/seven"},
    "slash missing": {"path": "/folder"},
    "folder": {"path": "/folder/"},
    "sync view": {"path": "/sync"},
    "letters beyond ASCII": {"path": "/grüße", "raw_path": "/grüße".encode()},
    "mounted": {"path": "/shop/item/1", "root_path": "/shop"},
    "HTTP/2": {"path": "/item/1", "http_version": "2"},
    "bad host": {"path": "/item/1", "headers": [("host", "a b")]},
    "cookie": {"path": "/item/1", "headers": [("cookie", "a=b")]},
    "bad session cookie": {"path": "/item/1", "headers": [("cookie", "session=x")]},
    "JSON": {
        "path": "/echo",
        "method": "POST",
        "headers": [("content-type", "application/json")],
        "body": b'{"a": 1}',
    },
    "bad JSON": {
        "path": "/echo",
        "method": "POST",
        "headers": [("content-type", "application/json")],
        "body": b"{",
    },
    "form": {
        "path": "/echo",
        "method": "POST",
        "headers": [("content-type", "application/x-www-form-urlencoded")],
        "body": b"a=1&b=2",
    },
    "method not allowed": {"path": "/echo"},
    "long body": {
        "path": "/item/1",
        "method": "POST",
        "body": b"x" * 20000,
    },
    "empty body": {"path": "/", "method": "POST", "body": b""},
}


@pytest.mark.parametrize("kind", REQUESTS)
def test_short_task_answers_any_request_as_the_steps_do(kind: str) -> None:
    assert compare(VIEWS["text"], **REQUESTS[kind])


@pytest.mark.parametrize("path", ["/", "/later"])
def test_short_task_of_an_error_leaves_what_the_steps_leave(path: str) -> None:
    def view(app: Insula) -> str:
        session["n"] = 1
        after_this_request(lambda response: response)
        raise Failure("late")

    assert compare(view, path=path)


def test_short_task_of_a_view_that_adds_a_hook_goes_on_in_the_steps() -> None:
    def view(app: Insula) -> str:
        app.after_request_funcs[None].append(mark)
        return "view"

    async def mark(response: Any) -> Any:
        response.headers["X-Marked"] = current_app.name
        return response

    messages = compare(view, path="/")[0]
    assert (b"x-marked", b"short") in messages[0]["headers"]


# -- that it is taken at all -----------------------------------------------------------


def functions_of(app: Insula, path: str = "/", **changes: Any) -> set[str]:
    """Return our functions that one warm request enters."""
    called: set[str] = set()

    def note(frame: Any, event: str, arg: object) -> None:
        if event == "call" and "insula" in frame.f_code.co_filename:
            called.add(frame.f_code.co_name)

    async def main() -> None:
        await warm(app)
        await ask(app, path, **changes)
        client = Client(app, scope_for(path, **changes))
        client.put(b"")
        sys.setprofile(note)
        try:
            await app(client._scope, client.receive, client.send)
        finally:
            sys.setprofile(None)

    asyncio.run(main())
    return called


STEP = "dispatch_on_loop"


@pytest.mark.parametrize("view", ["text", "dict", "response"])
def test_simple_answer_takes_none_of_the_steps(view: str) -> None:
    assert STEP not in functions_of(build(Insula, VIEWS[view]))
    assert STEP in functions_of(build(OnLoop, VIEWS[view]))


def test_answer_that_needs_no_environ_makes_none() -> None:
    assert "environ_of" not in functions_of(build(Insula, VIEWS["text"]))


@pytest.mark.parametrize(
    "table",
    ["before_request_funcs", "after_request_funcs", "teardown_request_funcs"],
)
def test_hook_written_into_a_table_counts_from_the_next_request(table: str) -> None:
    app = build(Insula, VIEWS["text"])
    called: list[str] = []

    async def hook(*args: Any) -> Any:
        called.append(table)
        return args[0] if table == "after_request_funcs" else None

    async def main() -> None:
        await warm(app)
        getattr(app, table)[None].append(hook)
        await ask(app, "/")

    asyncio.run(main())
    assert called == [table]


def test_view_that_is_replaced_is_called_from_the_next_request() -> None:
    app = build(Insula, VIEWS["text"])

    async def other() -> str:
        return "other"

    async def main() -> list[str]:
        texts = [(await ask(app, "/")).text]
        app.view_functions["view"] = other
        texts.append((await ask(app, "/")).text)
        app.view_functions["view"] = lambda: "sync"
        texts.append((await ask(app, "/")).text)
        return texts

    assert asyncio.run(main()) == ["text", "other", "sync"]
