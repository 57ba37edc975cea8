"""What an editor sees of the proxies, the shortcuts and the context-locals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

from typing_extensions import assert_type
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from insula import (
    Config,
    Insula,
    Local,
    LocalProxy,
    LocalStack,
    Request,
    Response,
    abort,
    current_app,
    flash,
    g,
    get_flashed_messages,
    has_request_context,
    jsonify,
    make_response,
    redirect,
    render_template,
    render_template_string,
    request,
    send_file,
    session,
    stream_template,
    stream_with_context,
    url_for,
)


def of_request() -> None:
    assert_type(request.method, str)
    assert_type(request.path, str)
    assert_type(request.endpoint, str | None)
    assert_type(request.blueprint, str | None)
    assert_type(request.blueprints, list[str])
    assert_type(request.view_args, dict[str, Any] | None)
    assert_type(request.args["a"], str)
    assert_type(request.args.get("n", type=int), int | None)
    assert_type(request.form.getlist("a"), list[str])
    assert_type(request.files["f"], FileStorage)
    assert_type(request.headers.get("X-A"), str | None)
    data: bytes = request.get_data()
    text: str = request.get_data(as_text=True)
    takes_texts(data, text)
    assert_type(request.get_json(), Any)
    assert_type(request.is_json, bool)
    assert_type(request.cookies.get("c"), str | None)
    assert_type(request.max_content_length, int | None)
    takes_request(request)
    takes_request(request.nothing)  # type: ignore[attr-defined]  # there is none


def takes_request(given: Request) -> str:
    return given.url


def takes_texts(data: bytes, text: str) -> None: ...


async def on_a_loop() -> None:
    takes_texts(await request.get_data(), await request.get_data(as_text=True))
    assert_type((await request.form)["a"], str)
    assert_type((await request.files)["f"], FileStorage)
    assert_type(await request.get_json(), Any)
    async for chunk in request.stream:
        assert_type(chunk, bytes)


def of_session() -> None:
    session["a"] = 1
    session.permanent = True
    assert_type(session.get("a"), Any | None)
    assert_type(session.modified, bool)
    assert_type(session.new, bool)


def of_g() -> None:
    g.count = 1
    assert_type(g.user, Any)
    assert_type(g.get("user"), Any)
    assert_type("user" in g, bool)
    assert_type(iter(g), Iterator[str])


def of_app() -> None:
    takes_app(current_app)
    assert_type(current_app.config, Config)
    assert_type(current_app.config["A"], Any)
    assert_type(current_app.name, str)
    assert_type(current_app.debug, bool)
    assert_type(current_app.url_for("a"), str)
    current_app.config.from_prefixed_env()
    current_app.config.from_mapping(A=1)
    assert_type(current_app.config.get_namespace("A_"), dict[str, Any])


def takes_app(given: Insula) -> str:
    return given.import_name


def of_shortcuts() -> None:
    assert_type(url_for("index", page=1, _external=True), str)
    assert_type(redirect("/"), BaseResponse)
    assert_type(make_response("x", 201), Response)
    assert_type(jsonify(a=1), Response)
    assert_type(render_template("a.html", a=1), str)
    assert_type(render_template(["a.html", "b.html"]), str)
    assert_type(render_template_string("{{ a }}", a=1), str)
    assert_type(stream_template("a.html"), Iterator[str])
    assert_type(send_file("a.txt", as_attachment=True), Response)
    assert_type(has_request_context(), bool)
    flash("saved", "info")
    assert_type(
        get_flashed_messages(with_categories=True), list[str] | list[tuple[str, str]]
    )
    url_for(1)  # type: ignore[arg-type]  # an endpoint is a string


def never_returns() -> NoReturn:
    abort(404)


def streamed() -> Iterator[str]:
    yield "x"


@stream_with_context
def decorated(count: int) -> Iterator[int]:
    yield count


assert_type(stream_with_context(streamed()), Iterator[str])
assert_type(decorated(2), Iterator[int])

local = Local()
local.count = 1
assert_type(local.user, Any)
stack: LocalStack[int] = LocalStack()
stack.push("1")  # type: ignore[arg-type]  # a stack of numbers
assert_type(stack.top, int | None)
assert_type(stack.pop(), int | None)
named: LocalProxy[str] = LocalProxy(lambda: "u")
assert_type(named._get_current_object(), str)
