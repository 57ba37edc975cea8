"""The short way answers as the steps do, whatever a view does to the application."""

from __future__ import annotations

import gc
import io
import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.routing import BaseConverter
from werkzeug.test import create_environ

import insula
from insula import (
    Insula,
    Response,
    abort,
    after_this_request,
    copy_current_request_context,
    g,
    request,
    session,
    stream_with_context,
)
from insula.context.lifetime import GONE
from insula.context.stacks import request_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Outcome = tuple[Any, ...]

STEPS = frozenset(
    {
        "dispatch_request",
        "do_teardown_appcontext",
        "do_teardown_request",
        "finalize_request",
        "full_dispatch_request",
        "make_response",
        "preprocess_request",
        "process_response",
        "request_context",
    }
)


class Stepwise(Insula):
    """An application that never goes the short way: a step is its own."""

    def dispatch_request(self) -> Any:
        return super().dispatch_request()


class Failure(Exception):
    pass


def leave_hook(app: Insula) -> str:
    app.after_request_funcs[None].append(mark)
    return "hook left"


def mark(response: Response) -> Response:
    response.headers["X-Marked"] = "yes"
    return response


def leave_teardown(app: Insula) -> str:
    app.teardown_request_funcs[None].append(note_teardown)
    app.teardown_appcontext_funcs.append(note_teardown)
    return "teardown left"


torn: list[str] = []


def note_teardown(exc: BaseException | None) -> None:
    torn.append(f"{type(exc).__name__} at {request.path}")


def leave_receiver(app: Insula) -> str:
    insula.request_finished.connect(note_signal, app)
    return "receiver left"


def note_signal(sender: Any, response: Response, **_: Any) -> None:
    torn.append(f"signal {response.status_code}")


def leave_context(app: Insula) -> str:
    app.app_context().push()
    return "context left"


def fail(app: Insula) -> str:
    raise Failure("in the view")


def leave(kind: type[BaseException]) -> Callable[[Insula], str]:
    def view(app: Insula) -> str:
        raise kind

    return view


def write_session(app: Insula) -> str:
    session["n"] = session.get("n", 0) + 1
    return str(session["n"])


def use_g(app: Insula) -> str:
    assert "name" not in g
    g.name = request.path
    return str(g.name)


def answer_later(app: Insula) -> str:
    after_this_request(mark)
    return "marked"


def stream(app: Insula) -> Iterator[str]:
    @stream_with_context
    def chunks() -> Iterator[str]:
        yield request.path
        yield " streamed"

    return chunks()


def hold(app: Insula) -> str:
    g.held = stream_with_context(iter(["a"]))
    return "held"


def copy(app: Insula) -> str:
    return str(copy_current_request_context(lambda: request.path)())


def read_file(app: Insula) -> str:
    upload = request.files["file"]
    torn.append(upload)  # type: ignore[arg-type]  # looked at when all is over
    return str(upload.read(), "ascii")


def same_request(app: Insula) -> str:
    assert request.environ["werkzeug.request"] is request._get_current_object()  # type: ignore[attr-defined]  # a proxy
    return f"{request.endpoint} {request.view_args} {request.url_rule}"


VIEWS: dict[str, Callable[[Insula], Any]] = {
    "text": lambda _: "text",
    "empty": lambda _: "",
    "unicode": lambda _: "Grüße",
    "surrogate": lambda _: "\ud800",
    "bytes": lambda _: b"bytes",
    "dict": lambda _: {"a": 1},
    "tuple": lambda _: ("made", 201, {"X-A": "1"}),
    "none": lambda _: None,
    "response": lambda _: Response("own", 418),
    "abort": lambda _: abort(403),
    "fail": fail,
    "exit": leave(SystemExit),
    "interrupt": leave(KeyboardInterrupt),
    "session": write_session,
    "g": use_g,
    "after": answer_later,
    "stream": stream,
    "hold": hold,
    "copy": copy,
    "same": same_request,
    "leave-hook": leave_hook,
    "leave-teardown": leave_teardown,
    "leave-receiver": leave_receiver,
    "leave-context": leave_context,
}


def build(cls: type[Insula], view: Callable[[Insula], Any]) -> Insula:
    app = cls("short", static_folder=None)
    app.secret_key = "key"
    app.add_url_rule("/", "view", lambda: view(app))
    app.add_url_rule("/item/<int:n>", "item", lambda n: f"item {n}")
    app.add_url_rule("/grüße", "greeting", lambda: request.path)
    app.add_url_rule("/file", "file", lambda: read_file(app), methods=["POST"])
    app.add_url_rule("/folder/", "folder", lambda: "folder")

    @app.errorhandler(Failure)
    def failed(error: Failure) -> tuple[str, int]:
        return f"handled {error}", 503

    warm(app)
    torn.clear()
    return app


def warm(app: Insula) -> None:
    """Answer what no short way is known for yet: the first request of all."""
    with suppress(BaseException):
        outcome(app, create_environ("/item/1"))


def outcome(app: Insula, environ: dict[str, Any]) -> Outcome:
    """Return all that a client, and whoever runs next on the thread, can see."""
    # What a held stream keeps is for the collector to end: not in the midst of this.
    gc.disable()
    try:
        return _outcome(app, environ)
    finally:
        gc.enable()


def _outcome(app: Insula, environ: dict[str, Any]) -> Outcome:
    torn.clear()
    heads: list[Any] = []
    found: list[Any] = []
    environ["wsgi.errors"] = io.StringIO()

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        heads.append((status, sorted(headers)))

    try:
        body = app(environ, start_response)
        found.append(type(body).__name__)
        found.append(b"".join(body))
        if hasattr(body, "close"):
            body.close()
    except BaseException as exc:
        # Of an address in the text no two runs agree.
        found.append(re.sub(r" at 0x\w+", "", repr(exc)))
    closed = [note if isinstance(note, str) else note.stream.closed for note in torn]
    left = (bool(request), bool(g), environ["werkzeug.request"] is None)
    return heads, found, closed, left


def compare(view: str, **options: Any) -> Outcome:
    results = []
    for cls in (Insula, Stepwise):
        app = build(cls, VIEWS[view])
        app.config.update(options.get("config", {}))
        try:
            results.append(outcome(app, environ_of(options)))
        finally:
            insula.request_finished.disconnect(note_signal)
    short, stepwise = results
    assert short == stepwise
    return short


def environ_of(options: dict[str, Any]) -> dict[str, Any]:
    environ = create_environ(options.get("path", "/"), **options.get("environ", {}))
    environ.update(options.get("keys", {}))
    for key in options.get("without", ()):
        del environ[key]
    return environ


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_short_way_answers_as_the_steps_do(view: str, method: str) -> None:
    heads, found, _, left = compare(view, environ={"method": method})
    assert heads or len(found) == 1
    assert left[:2] == (False, False)


REQUESTS: dict[str, dict[str, Any]] = {
    "variable": {"path": "/item/7"},
    "not found": {"path": "/nowhere"},
    "variable of another kind": {"path": "/item/seven"},
    "slash missing": {"path": "/folder"},
    "folder": {"path": "/folder/"},
    "letters beyond ASCII": {"path": "/grüße"},
    "no path": {"without": ["PATH_INFO"]},
    "no path, another method": {
        "without": ["PATH_INFO"],
        "environ": {"method": "DELETE"},
    },
    "no host": {"without": ["HTTP_HOST"]},
    "method in small letters": {"keys": {"REQUEST_METHOD": "get"}},
    "bad host": {"keys": {"HTTP_HOST": "a b"}},
    "upgrade": {"keys": {"HTTP_UPGRADE": "websocket", "HTTP_CONNECTION": "upgrade"}},
    "trusted host": {"config": {"TRUSTED_HOSTS": ["localhost"]}},
    "host not trusted": {"config": {"TRUSTED_HOSTS": ["example.org"]}},
    "cookie": {"keys": {"HTTP_COOKIE": "a=b"}},
    "bad session cookie": {"keys": {"HTTP_COOKIE": "session=x"}},
    "file": {
        "path": "/file",
        "environ": {"method": "POST", "data": {"file": (io.BytesIO(b"abc"), "a")}},
    },
}


@pytest.mark.parametrize("kind", REQUESTS)
def test_short_way_answers_any_request_as_the_steps_do(kind: str) -> None:
    options = REQUESTS[kind]
    if kind == "file":
        options["environ"]["data"] = {"file": (io.BytesIO(b"abc"), "a")}
        parts = []
        for cls in (Insula, Stepwise):
            options["environ"]["data"] = {"file": (io.BytesIO(b"abc"), "a")}
            parts.append(outcome(build(cls, VIEWS["text"]), environ_of(options)))
        assert parts[0] == parts[1]
        assert parts[0][2] == [True]
    else:
        compare("text", **options)


def ignore(status: str, headers: Any, exc_info: Any = None) -> Any:
    return None


def steps_of(app: Insula, environ: dict[str, Any] | None = None) -> set[str]:
    """Return the steps that one request was answered by."""
    called: set[str] = set()

    def note(frame: Any, event: str, arg: object) -> None:
        if event == "call" and "insula" in frame.f_code.co_filename:
            called.add(frame.f_code.co_name)

    environ = create_environ("/") if environ is None else environ
    sys.setprofile(note)
    try:
        app(environ, ignore)
    finally:
        sys.setprofile(None)
    return called & STEPS


def test_text_is_answered_without_the_steps() -> None:
    app = build(Insula, VIEWS["text"])
    assert steps_of(app) == set()
    assert steps_of(build(Stepwise, VIEWS["text"])) == STEPS


@pytest.mark.parametrize(
    "table",
    [
        "before_request_funcs",
        "after_request_funcs",
        "teardown_request_funcs",
        "url_value_preprocessors",
    ],
)
def test_hook_written_into_a_table_counts_from_the_next_request(table: str) -> None:
    app = build(Insula, VIEWS["text"])
    called: list[str] = []

    def hook(*args: Any) -> Any:
        called.append(table)
        return args[0] if table == "after_request_funcs" else None

    assert steps_of(app) == set()
    getattr(app, table)[None].append(hook)
    assert steps_of(app) == STEPS
    assert called == [table]


@pytest.mark.parametrize(
    "signal",
    [
        insula.request_started,
        insula.request_finished,
        insula.request_tearing_down,
        insula.appcontext_pushed,
        insula.appcontext_popped,
        insula.appcontext_tearing_down,
    ],
    ids=lambda signal: signal.name,
)
def test_receiver_counts_from_the_next_request(signal: Any) -> None:
    app = build(Insula, VIEWS["text"])
    called: list[Any] = []

    def receiver(sender: Any, **_: Any) -> None:
        called.append(sender)

    assert steps_of(app) == set()
    with signal.connected_to(receiver, app):
        assert steps_of(app) == STEPS
    assert called == [app]


@pytest.mark.parametrize("name", sorted(STEPS))
def test_step_replaced_on_the_application_is_called(name: str) -> None:
    app = build(Insula, VIEWS["text"])
    assert steps_of(app) == set()
    called: list[str] = []
    own = getattr(app, name)

    def step(*args: Any, **kwargs: Any) -> Any:
        called.append(name)
        return own(*args, **kwargs)

    setattr(app, name, step)
    steps_of(app)
    assert called == [name]


@pytest.mark.parametrize("name", sorted(STEPS))
def test_step_patched_on_the_class_is_called_by_a_test_client(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = build(Insula, VIEWS["text"])
    app.test_client().get("/")
    called: list[str] = []
    own = getattr(Insula, name)

    def step(*args: Any, **kwargs: Any) -> Any:
        called.append(name)
        return own(*args, **kwargs)

    monkeypatch.setattr(Insula, name, step)
    assert app.test_client().get("/").data == b"text"
    assert called == [name]


def test_classes_of_an_application_are_used() -> None:
    class OwnRequest(insula.Request):
        pass

    class OwnResponse(Response):
        default_mimetype = "text/plain"

    app = build(Insula, lambda _: type(request._get_current_object()).__name__)  # type: ignore[attr-defined]  # a proxy
    app.request_class = OwnRequest
    assert outcome(app, create_environ("/"))[1] == ["list", b"OwnRequest"]
    app.response_class = OwnResponse
    ((_, headers),), *_ = outcome(app, create_environ("/"))
    assert ("Content-Type", "text/plain; charset=utf-8") in headers


def test_start_response_that_fails_leaves_no_context() -> None:
    app = build(Insula, VIEWS["text"])

    def start_response(*_: Any) -> Any:
        seen.append(request_stack.top)
        raise OSError("gone")

    seen: list[Any] = []
    environ = create_environ("/")
    with pytest.raises(OSError, match="gone"):
        app(environ, start_response)
    ctx = seen[0]
    assert ctx is not None
    assert (ctx._pushes, ctx._live, ctx._live_app) == (0, GONE, None)
    assert environ["werkzeug.request"] is None


def test_context_may_be_pushed_again_after_the_short_way() -> None:
    kept: list[Any] = []

    def view(_: Insula) -> str:
        kept.append(request_stack.top)
        return "kept"

    app = build(Insula, view)
    assert steps_of(app) == set()
    ctx = kept[-1]
    assert not request
    with ctx:
        assert request.path == "/"
        assert insula.current_app == app
    assert not request


class Refusing(BaseConverter):
    def to_python(self, value: str) -> Any:
        raise KeyError(value)


@pytest.mark.parametrize("cls", [Insula, Stepwise])
def test_error_in_matching_is_the_servers_and_no_handlers(cls: type[Insula]) -> None:
    app = cls("matching", static_folder=None)
    app.url_map.converters["refusing"] = Refusing
    app.add_url_rule("/<refusing:x>", "x", lambda x: x)
    app.register_error_handler(KeyError, lambda _: ("handled", 418))
    app.logger.disabled = True
    for _ in range(3):
        heads, *_rest = outcome(app, create_environ("/a"))
        assert heads[0][0] == "500 INTERNAL SERVER ERROR"


@pytest.mark.parametrize("cls", [Insula, Stepwise])
def test_hooks_after_a_handled_error_see_no_error(cls: type[Insula]) -> None:
    app = build(cls, fail)
    seen: list[Any] = []

    def start_response(*_: Any) -> Any:
        seen.append(sys.exc_info()[1])
        raise OSError("gone")

    for _ in range(2):
        with pytest.raises(OSError, match="gone") as raised:
            app(create_environ("/"), start_response)
        assert raised.value.__context__ is None
    app.after_request_funcs[None].append(
        lambda response: seen.append(sys.exc_info()[1]) or response  # type: ignore[func-returns-value]  # for its effect
    )
    outcome(app, create_environ("/"))
    assert seen == [None] * 3


def test_decision_made_before_an_assignment_is_not_kept_after_it() -> None:
    app = build(Insula, VIEWS["text"])
    names = ("_short_field", "_router", "_direct_views", "_opens_session_lazily")
    for name in names:
        revision = app._revision
        app.response_class = Response  # by another thread, say
        app._decide(name, "from before", revision)
        assert getattr(app, name) is None
        app._decide(name, "from now", app._revision)
        assert getattr(app, name) == "from now"


def test_request_within_a_request_shares_the_context_around_them() -> None:
    app = Insula("nested", static_folder=None)
    events: list[str] = []
    app.teardown_appcontext(lambda exc: events.append("teardown"))

    @app.route("/out")
    def out() -> str:
        g.v = 1
        inner = app.test_client().get("/in").text
        events.append("out goes on")
        return inner

    app.add_url_rule("/in", "in", lambda: str(g.get("v")))
    with app.app_context():
        assert app.test_client().get("/out").text == "1"
        assert events == ["out goes on"]
    assert events == ["out goes on", "teardown"]
