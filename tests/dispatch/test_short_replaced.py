"""What is replaced, by a view or in a class, is not gone past by the short way."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import create_environ

from insula import (
    Insula,
    Response,
    after_this_request,
    has_request_context,
    request,
)
from insula.context.stacks import request_stack
from insula.json.provider import DefaultJSONProvider

if TYPE_CHECKING:
    from collections.abc import Callable

    Change = Callable[[Insula], None]


class Stepwise(Insula):
    """An application that never goes the short way: a step is its own."""

    def dispatch_request(self) -> Any:
        return super().dispatch_request()


class Shouting(Response):
    """Makes large letters of what it is given as text."""

    def __init__(self, response: Any = None, *args: Any, **kwargs: Any) -> None:
        if isinstance(response, str):
            response = response.upper()
        super().__init__(response, *args, **kwargs)


class Refusing(Response):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("mimetype") == "application/json":
            raise ValueError("no documents")
        super().__init__(*args, **kwargs)


others: list[Insula] = []


def take_provider_of_another(app: Insula) -> None:
    other = Insula("other")
    other.debug = True
    other.response_class = Shouting
    others.append(other)
    app.json = DefaultJSONProvider(other)


def take_own_provider(app: Insula) -> None:
    class Own(DefaultJSONProvider):
        def dumps(self, obj: Any, **kwargs: Any) -> str:
            return f"own {super().dumps(obj, **kwargs)}"

    app.json = Own(app)


def set_response_class(cls: type[Response]) -> Change:
    def change(app: Insula) -> None:
        app.response_class = cls

    return change


def set_option(name: str, value: Any) -> Change:
    return lambda app: setattr(app.json, name, value)


def count_made(app: Insula) -> None:
    make = app.make_response
    made: list[str] = []

    def make_response(rv: Any) -> Any:
        made.append(type(rv).__name__)
        response = make(rv)
        response.headers["X-Made"] = " ".join(made)
        return response

    app.make_response = make_response  # type: ignore[method-assign]  # a user's


CHANGES: dict[str, Change] = {
    "provider of another": take_provider_of_another,
    "own provider": take_own_provider,
    "response class": set_response_class(Shouting),
    "response class that refuses": set_response_class(Refusing),
    "make_response": count_made,
    "line break": set_option("mimetype", "a\nb"),
    "number": set_option("mimetype", 5),
    "no type": set_option("mimetype", None),
    "own type": set_option("mimetype", "application/own"),
    "order": set_option("sort_keys", False),
    "spaces": set_option("compact", False),
    "dumps": set_option("dumps", lambda _obj, **_: "dumped"),
    "response": set_option("response", lambda *_: Response("made")),
}
RETURNED = {"document": {"b": "größe", "a": 1}, "list": [1], "text": "a", "bytes": b"a"}


def mark(response: Response) -> Response:
    response.headers["X-Marked"] = "1"
    return response


def outcome(
    cls: type[Insula], change: Change, returned: Any, method: str, later: bool
) -> list[Any]:
    app = cls("island")

    @app.get("/")
    def view() -> Any:
        change(app)
        if later:
            after_this_request(mark)
        return returned

    @app.get("/warm")
    def warm() -> str:
        return ""

    answers: list[Any] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        answers.append((status, list(headers)))

    for path in ("/warm", "/warm", "/", "/"):
        environ = create_environ(path, method=method)
        answers.append(b"".join(app(environ, start_response)))
        answers.append(environ["werkzeug.request"])
    assert not has_request_context()
    return answers


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("returned", RETURNED)
@pytest.mark.parametrize("change", CHANGES)
def test_what_a_view_replaces_counts_as_for_the_steps(
    change: str, returned: str, method: str, later: bool
) -> None:
    case = CHANGES[change], RETURNED[returned], method, later
    assert outcome(Insula, *case) == outcome(Stepwise, *case)


PATCHES: dict[str, Any] = {
    "get_wsgi_headers": lambda _self, _environ: Headers([("X-Patched", "1")]),
    "get_app_iter": lambda _self, _environ: [b"patched"],
    "get_wsgi_response": lambda _self, _environ: ([b"patched"], "299 Own", []),
    "iter_encoded": lambda _self: iter([b"patched"]),
    "set_data": lambda self, _value: setattr(self, "response", [b"patched"]),
}


@pytest.mark.parametrize("path", ["/text", "/document", "/response", "/absent"])
@pytest.mark.parametrize("name", PATCHES)
def test_method_put_in_the_response_class_is_called_for_a_test_client(
    monkeypatch: pytest.MonkeyPatch, name: str, path: str
) -> None:
    app = Insula("island")
    app.add_url_rule("/text", "text", lambda: "text")
    app.add_url_rule("/document", "document", lambda: {"a": 1})
    app.add_url_rule("/response", "response", lambda: Response("response"))
    client = app.test_client()

    def answer() -> tuple[Any, ...]:
        response = client.get(path)
        return response.status, [*response.headers], response.get_data()

    before = answer()
    with monkeypatch.context() as patch:
        patch.setattr(Response, name, PATCHES[name])
        assert "atched" in repr(answer())
    assert answer() == before


def test_responses_made_are_those_of_the_views(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Insula("island")
    app.add_url_rule("/", "view", lambda: "text")
    client = app.test_client()
    client.get("/")
    made = []
    construct = Response.__init__

    def note(self: Response, *args: Any, **kwargs: Any) -> None:
        if isinstance(args[0], str):  # else it is the client's
            made.append(args[0])
        construct(self, *args, **kwargs)

    monkeypatch.setattr(Response, "__init__", note)
    for _ in range(2):
        client.get("/")
    assert made == ["text", "text"]


@pytest.mark.parametrize("cls", [Insula, Stepwise])
def test_file_that_start_response_reads_is_closed_with_the_request(
    cls: type[Insula],
) -> None:
    app = cls("island")
    app.add_url_rule("/", "view", lambda: "text", methods=["POST"])
    files: list[Any] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        files.append(request.files["file"])
        assert not files[-1].closed

    for _ in range(3):
        data = {"file": (io.BytesIO(b"text"), "name")}
        environ = create_environ("/", method="POST", data=data)
        assert b"".join(app(environ, start_response)) == b"text"
    assert [file.closed for file in files] == [True] * 3


@pytest.mark.parametrize("cls", [Insula, Stepwise])
def test_context_that_start_response_pops_is_missed(cls: type[Insula]) -> None:
    app = cls("island")
    app.add_url_rule("/", "view", lambda: "text")

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        ctx: Any = request_stack.top
        ctx.pop()

    for _ in range(3):
        with pytest.raises(LookupError, match="is not pushed"):
            app(create_environ("/"), start_response)
