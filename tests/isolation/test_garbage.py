"""A request leaves nothing behind that only the garbage collector could find.

With the collector off, what a request made must go when the request goes: its end is
then the end of its uploads, files and connections, too, and the collector has nothing
to interrupt other requests for. A cycle comes easily: an exception refers to its
traceback, that to frames, and they to their variables.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import weakref
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from jinja2 import DictLoader
from werkzeug.test import create_environ

import insula
from insula import Blueprint, Insula, g, request, session, stream_with_context

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

N = 1000


def make_app() -> Insula:
    app = Insula("island")
    app.config["SECRET_KEY"] = "key"
    app.jinja_loader = DictLoader({"page.html": "{{ request.path }} {{ g.value }}"})
    add_plain(app)
    add_failing(app)
    add_streams(app)
    return app


def add_plain(app: Insula) -> None:
    app.add_url_rule("/", "index", lambda: "hello")
    app.add_url_rule("/item/<int:n>", "item", lambda n: {"n": n})
    app.add_url_rule("/redirect", "redirect", lambda: insula.redirect("/"))
    app.add_url_rule("/slash/", "slash", lambda: "with its slash")
    app.add_url_rule(
        "/json", "json", lambda: insula.jsonify(request.json), methods=["POST"]
    )
    app.add_url_rule("/made", "made", lambda: insula.make_response("x", 201))
    app.add_url_rule(
        "/string", "string", lambda: insula.render_template_string("{{ request.path }}")
    )

    @app.route("/form", methods=["POST"])
    def form() -> str:
        return f"{len(request.form)} {len(request.files)} {request.values['a']}"

    @app.route("/session")
    def with_session() -> str:
        session["number"] = session.get("number", 0) + 1
        insula.flash("message")
        return str(insula.get_flashed_messages())

    @app.route("/template")
    def template() -> str:
        g.value = request.args.get("v")
        return insula.render_template("page.html")

    @app.route("/carried")
    def carried() -> str:
        insula.after_this_request(lambda response: response)
        work = insula.copy_current_request_context(lambda: request.path)
        return work() + insula.carry(lambda: request.path)()

    @app.route("/contexts")
    def contexts() -> str:
        with app.app_context(), app.test_request_context("/within"):
            return request.path

    @app.route("/async")
    async def with_async() -> str:
        return request.path

    blueprint = Blueprint("blueprint", __name__, url_prefix="/blueprint")
    blueprint.before_request(lambda: None)
    blueprint.add_url_rule("/", "index", lambda: request.blueprints)
    app.register_blueprint(blueprint)


class HandledError(Exception):
    """An error that the application has a handler for."""


def add_failing(app: Insula) -> None:
    def failing(error: type[BaseException]) -> Any:
        def view() -> str:
            g.value = request.path
            raise error

        return view

    async def fail_async() -> str:
        raise ValueError

    def fail_handled(exc: Exception) -> str:
        raise ValueError from exc

    @app.before_request
    def before() -> None:
        if "before" in request.args:
            raise ValueError

    @app.after_request
    def after(response: insula.Response) -> insula.Response:
        if "after" in request.args:
            raise ValueError
        return response

    @app.teardown_request
    def teardown(exc: BaseException | None) -> None:
        if "teardown" in request.args:
            raise ValueError

    app.add_url_rule("/fail", "fail", failing(ValueError))
    app.add_url_rule("/fail/handled", "handled", failing(HandledError))
    app.add_url_rule("/fail/handler", "handler", failing(LookupError))
    app.add_url_rule("/fail/lethal", "lethal", failing(SystemExit))
    app.add_url_rule("/fail/async", "fail async", fail_async)
    app.add_url_rule("/abort", "abort", lambda: insula.abort(403))
    app.add_url_rule("/key", "key", lambda: request.args["none"])
    app.add_url_rule("/nothing returned", "none", lambda: None)  # type: ignore[arg-type]  # no view may
    app.register_error_handler(HandledError, lambda exc: ("handled", 409))
    app.register_error_handler(LookupError, fail_handled)


def add_streams(app: Insula) -> None:
    def body(*, fails: bool) -> Iterator[str]:
        yield request.path
        if fails:
            raise ValueError
        yield "end"

    app.add_url_rule(
        "/stream", "stream", lambda: stream_with_context(body(fails=False))
    )
    app.add_url_rule("/stream/fail", "f", lambda: stream_with_context(body(fails=True)))
    app.add_url_rule("/generator", "generator", lambda: (c for c in "abc"))
    app.add_url_rule(
        "/stream/template",
        "stream template",
        lambda: insula.stream_template("page.html"),
    )


def send(app: Insula, path: str, left_after: int | None, options: Any) -> None:
    """Send a request as a server does; a client may leave after some chunks."""

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        return None

    with contextlib.suppress(Exception, SystemExit):
        body: Iterable[bytes] = app(create_environ(path, **options), start_response)
        try:
            if left_after != 0:
                for number, _ in enumerate(body, 1):
                    if number == left_after:
                        break
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()


JSON = {"method": "POST", "data": '{"a": 1}', "content_type": "application/json"}
FORM = {"method": "POST", "data": {"a": "b"}}
KINDS: dict[str, tuple[str, int | None, dict[str, Any]]] = {
    "plain": ("/", None, {}),
    "head": ("/", None, {"method": "HEAD"}),
    "path parameter to json": ("/item/7", None, {}),
    "json": ("/json", None, JSON),
    "json that is none": ("/json", None, {**JSON, "data": "{"}),
    "form": ("/form", None, FORM),
    "redirect": ("/redirect", None, {}),
    "made response": ("/made", None, {}),
    "session and flash": ("/session", None, {}),
    "forged session": (
        "/session",
        None,
        {"headers": {"Cookie": "session=eyJhIjoxfQ.Zz8A.x"}},
    ),
    "session of no form": ("/session", None, {"headers": {"Cookie": "session=x.y.z"}}),
    "session with cookie": ("/session", None, {"headers": {"Cookie": "session=bad"}}),
    "template": ("/template?v=1", None, {}),
    "carried": ("/carried", None, {}),
    "nested contexts": ("/contexts", None, {}),
    "async": ("/async", None, {}),
    "blueprint": ("/blueprint/", None, {}),
    "static file that is not there": ("/static/none", None, {}),
    "not found": ("/none", None, {}),
    "method not allowed": ("/", None, {"method": "POST"}),
    "failing view": ("/fail", None, {}),
    "failing view with handler": ("/fail/handled", None, {}),
    "failing handler": ("/fail/handler", None, {}),
    "failing async view": ("/fail/async", None, {}),
    "failing view that returns nothing": ("/nothing returned", None, {}),
    "leaving view": ("/fail/lethal", None, {}),
    "failing before_request": ("/?before=1", None, {}),
    "failing after_request": ("/?after=1", None, {}),
    "failing teardown": ("/?teardown=1", None, {}),
    "failing view and teardown": ("/fail?teardown=1", None, {}),
    "http error": ("/abort", None, {}),
    "missing key": ("/key", None, {}),
    "stream": ("/stream", None, {}),
    "stream for head": ("/stream", None, {"method": "HEAD"}),
    "stream never iterated": ("/stream", 0, {}),
    "stream left in the middle": ("/stream", 1, {}),
    "failing stream": ("/stream/fail", None, {}),
    "failing stream left before": ("/stream/fail", 1, {}),
    "streamed template": ("/stream/template", None, {}),
    "generator": ("/generator", None, {}),
    "generator left in the middle": ("/generator", 1, {}),
}
# A cycle of somebody else's making; nothing of the request may be among it.
FOREIGN = {
    # Werkzeug's matcher calls a function that refers to itself through its closure.
    "redirect to the path with its slash": ("/slash", None, {}),
    "options": ("/", None, {"method": "OPTIONS"}),
    # A template of Jinja's and its render function refer to each other.
    "template from text": ("/string", None, {}),
}


@pytest.fixture
def app() -> Iterator[Insula]:
    """Turn the collector off, for an application whose log keeps nothing."""
    app = make_app()
    app.logger = logging.Logger("island")  # noqa: LOG001 - of those that logging knows the test runner keeps all they are told
    app.logger.addHandler(logging.NullHandler())
    gc.collect()
    gc.disable()
    yield app
    gc.enable()


def census() -> Counter[str]:
    """Count what is alive of the types that requests are made of."""
    names = (f"{type(o).__module__}.{type(o).__name__}" for o in gc.get_objects())
    return Counter(
        name
        for name in names
        if name.startswith(("insula", "werkzeug", "_contextvars"))
    )


@pytest.mark.parametrize("kind", KINDS)
def test_thousand_requests_leave_no_garbage(app: Insula, kind: str) -> None:
    check_for_garbage(app, *KINDS[kind])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "failing" in kind])
def test_thousand_requests_whose_error_goes_to_the_server_leave_no_garbage(
    app: Insula, kind: str
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = True
    check_for_garbage(app, *KINDS[kind])


def check_for_garbage(
    app: Insula, path: str, left_after: int | None, options: dict[str, Any]
) -> None:
    for _ in range(20):
        send(app, path, left_after, options)
    gc.collect()
    before = census()
    objects = len(gc.get_objects())
    for _ in range(N):
        send(app, path, left_after, options)
    assert len(gc.get_objects()) - objects < N / 10
    assert census() == before
    assert gc.collect() == 0


@pytest.mark.parametrize("kind", FOREIGN)
def test_garbage_of_others_holds_nothing_of_the_request(app: Insula, kind: str) -> None:
    path, left_after, options = FOREIGN[kind]
    send(app, path, left_after, options)
    gc.collect()
    before = census()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for _ in range(10):
            send(app, path, left_after, options)
        gc.collect()
        garbage = list(gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert census() == before
    assert len(garbage) <= 10 * 8
    kinds = {type(o).__module__ for o in garbage}
    assert not [name for name in kinds if name.startswith(("insula", "werkzeug"))]
    assert "frame" not in {type(o).__name__ for o in garbage}


def test_application_that_has_answered_is_freed_when_it_is_dropped() -> None:
    app = make_app()
    with app.test_client() as client:
        for path in ("/", "/session", "/template", "/none", "/redirect", "/stream"):
            client.get(path)
    with app.app_context():
        g.value = app
    gone = weakref.ref(app)
    gc.collect()
    gc.disable()
    try:
        del app, client
        gc.collect()
        assert gone() is None
    finally:
        gc.enable()


def test_cycle_through_a_request_is_found() -> None:
    """Without this the silence above would prove nothing."""
    app = make_app()

    @app.route("/cycle")
    def cycle() -> str:
        request.itself = request._get_current_object()  # type: ignore[attr-defined]  # a proxy's
        return "x"

    send(app, "/cycle", None, {})
    gc.collect()
    gc.disable()
    before = census()
    try:
        for _ in range(10):
            send(app, "/cycle", None, {})
        grown = census() - before
        assert grown["insula.http.request.Request"] == 10
        assert gc.collect() >= 20
    finally:
        gc.enable()
