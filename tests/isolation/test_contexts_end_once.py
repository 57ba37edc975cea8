"""Contexts within contexts, carried contexts, preserved contexts: each ends once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

import insula
from insula import (
    Insula,
    copy_current_request_context,
    current_app,
    g,
    has_app_context,
    has_request_context,
    request,
)
from insula.context import app_stack, request_stack

if TYPE_CHECKING:
    from collections.abc import Callable

End = tuple[str, BaseException | None]

OUTLIVING = 20


def once(exc: BaseException | None = None) -> list[End]:
    return [("request", exc), ("app", exc)]


def test_context_copied_to_threads_that_outlive_the_request_ends_once_in_each(
    app: Insula, ends: list[End], call: Callable[..., tuple[str, Any]]
) -> None:
    answered = threading.Event()
    seen: list[Any] = []
    threads: list[threading.Thread] = []
    closed: list[int] = []

    def work(number: int) -> None:
        assert answered.wait(30)
        g.number = number
        seen.append((request.args["q"], insula.session["user"], g.number))
        if number % 2:
            raise ValueError(number)

    @app.teardown_appcontext
    def close(exc: BaseException | None) -> None:
        if "number" in g:
            closed.append(g.number)

    @app.route("/")
    def index() -> str:
        insula.session["user"] = "me"
        copied = copy_current_request_context(work)

        def run(number: int) -> None:
            try:
                copied(number)
            except ValueError as exc:
                assert exc.args == (number,)  # noqa: PT017 - on another thread
            seen.append(("after", has_request_context(), has_app_context()))

        for number in range(OUTLIVING):
            threads.append(threading.Thread(target=run, args=(number,)))
            threads[-1].start()
        return "view"

    assert call(query_string="q=1")[0] == "200 OK"
    assert ends == once()
    answered.set()
    for thread in threads:
        thread.join()
    assert sorted(n for *_, n in seen if n is not False) == list(range(OUTLIVING))
    assert seen.count(("after", False, False)) == OUTLIVING
    assert sorted(closed) == list(range(OUTLIVING))
    told = sorted(repr(exc) for kind, exc in ends[2:] if kind == "request")
    assert told == sorted(repr(exc) for kind, exc in ends[2:] if kind == "app")
    failures = [f"ValueError({n})" for n in range(1, OUTLIVING, 2)]
    assert told == sorted([*failures, *["None"] * (OUTLIVING // 2)])


def test_nested_app_contexts_end_once_each_and_leave_the_request_s(
    app: Insula, ends: list[End], call: Callable[..., tuple[str, Any]]
) -> None:
    @app.route("/")
    def index() -> str:
        g.depth = 0
        with app.app_context():
            assert "depth" not in g
            g.depth = 1
            with app.app_context():
                assert "depth" not in g
            assert (ends, g.depth) == ([("app", None)], 1)
        assert (ends, g.depth) == ([("app", None)] * 2, 0)
        error = ValueError("inside")
        with pytest.raises(ValueError, match="inside"), app.app_context():
            raise error
        assert ends[2:] == [("app", error)]
        ends.clear()
        return request.path

    assert call() == ("200 OK", [b"/"])
    assert ends == once()


def test_nested_request_contexts_end_once_each_and_leave_the_request_s(
    app: Insula, ends: list[End], call: Callable[..., tuple[str, Any]]
) -> None:
    @app.route("/")
    def index() -> str:
        g.outer = True
        with app.test_request_context("/one"):
            with app.test_request_context("/two"):
                assert request.path == "/two"
                assert "outer" in g  # a request of the same application shares it
            assert (ends, request.path) == ([("request", None)], "/one")
        assert (ends, request.path) == ([("request", None)] * 2, "/")
        with app.app_context(), app.test_request_context("/three"):
            assert "outer" not in g
        assert ends[2:] == once()
        ends.clear()
        return request.path

    assert call() == ("200 OK", [b"/"])
    assert ends == once()


@pytest.mark.parametrize("fails", [False, True], ids=["answers", "fails"])
def test_app_calling_another_in_a_view_each_ends_once_with_its_own(
    app: Insula,
    ends: list[End],
    call: Callable[..., tuple[str, Any]],
    fails: bool,
) -> None:
    inner = Insula("inner")
    inner_ends: list[Any] = []
    inner.teardown_request(lambda exc: inner_ends.append((request.path, exc)))
    inner.teardown_appcontext(lambda exc: inner_ends.append((g.who, exc)))
    error = ValueError("inner")

    @inner.route("/inner")
    def inside() -> str:
        assert current_app.name == "inner"
        assert "who" not in g
        g.who = "inner"
        if fails:
            raise error
        return f"{request.path} of {current_app.name}"

    @app.route("/outer")
    def outside() -> str:
        g.who = "outer"
        response = inner.test_client().get("/inner")
        assert not ends
        told = error if fails else None
        assert inner_ends == [("/inner", told), ("inner", told)]
        code = response.status_code
        return f"{code} {request.path} {g.who} {current_app.name}"

    code = 500 if fails else 200
    assert call("/outer") == ("200 OK", [f"{code} /outer outer island".encode()])
    assert ends == once()
    assert len(inner_ends) == 2


def test_app_calling_itself_in_a_view_ends_both_requests_and_their_app_context_once(
    app: Insula, ends: list[End], call: Callable[..., tuple[str, Any]]
) -> None:
    @app.route("/inner")
    def inner() -> str:
        return f"{request.path} {g.who}"

    @app.route("/outer")
    def outer() -> str:
        g.who = "outer"
        text = app.test_client().get("/inner").text
        assert ends == [("request", None)]
        return f"{text} {request.path}"

    assert call("/outer") == ("200 OK", [b"/inner outer /outer"])
    assert ends == [("request", None), *once()]


def test_stream_of_another_app_read_in_a_view_ends_before_the_view(
    app: Insula, ends: list[End], call: Callable[..., tuple[str, Any]]
) -> None:
    inner = Insula("inner")
    inner_ends: list[str] = []
    inner.teardown_request(lambda exc: inner_ends.append("request"))
    inner.teardown_appcontext(lambda exc: inner_ends.append("app"))

    @inner.route("/inner")
    def inside() -> Any:
        def body() -> Any:
            yield request.path
            yield current_app.name

        return insula.stream_with_context(body())

    @app.route("/outer")
    def outside() -> str:
        parts = []
        with inner.test_client() as client:
            response = client.get("/inner", buffered=False)
            for part in response.iter_encoded():
                parts += [part.decode(), request.path]
            response.close()
        assert inner_ends == ["request", "app"]
        return " ".join([*parts, request.path, current_app.name])

    status, body = call("/outer")
    assert (status, ends) == ("200 OK", once())
    # In the client's block the request that it preserves is the current one.
    assert body == [b"/inner /inner inner /inner /outer island"]


@pytest.mark.parametrize("path", ["/", "/fail", "/nothing"])
def test_client_block_ends_the_request_once_and_what_it_preserved_once(
    app: Insula, ends: list[End], path: str
) -> None:
    """As Flask 3.1's: a preserved context is pushed again, so it has a second end."""
    error = ValueError("view")

    @app.route("/fail")
    def fail() -> str:
        raise error

    app.add_url_rule("/", "index", lambda: "view")
    first = once(error if path == "/fail" else None)
    with app.test_client() as client:
        client.get(path)
        assert ends == first
        assert request.path == path
        client.get(path)
        assert ends == first + once() + first
    assert ends == (first + once()) * 2
    assert (request_stack.top, app_stack.top) == (None, None)


@pytest.mark.parametrize("kind", ["request", "app"])
def test_context_popped_by_another_thread_ends_once_and_is_seen_by_its_teardowns(
    app: Insula, ends: list[End], kind: str
) -> None:
    seen: list[Any] = []
    app.teardown_request(lambda exc: seen.append(request.path))
    app.teardown_appcontext(lambda exc: seen.append(g.name))
    ctx = app.test_request_context("/") if kind == "request" else app.app_context()
    ctx.push()
    g.name = "mine"
    thread = threading.Thread(target=ctx.pop)
    thread.start()
    thread.join()
    expected = once() if kind == "request" else [("app", None)]
    assert ends == expected
    assert seen == (["/", "mine"] if kind == "request" else ["mine"])
    # This thread still has it on its stack, and says that it has ended.
    with pytest.raises(RuntimeError, match="has ended"):
        _ = g.name
    request_stack.__release_local__()
    app_stack.__release_local__()


def test_context_popped_below_another_is_seen_by_its_teardowns(app: Insula) -> None:
    seen: list[str] = []
    app.teardown_request(lambda exc: seen.append(request.path))
    one, two = app.test_request_context("/one"), app.test_request_context("/two")
    one.push()
    two.push()
    with pytest.raises(AssertionError, match="Popped wrong context"):
        one.pop()
    assert seen == ["/one"]
    two.pop()
    request_stack.__release_local__()
    app_stack.__release_local__()
    assert seen == ["/one", "/two"]


def test_contexts_held_by_several_streams_end_with_the_last(
    app: Insula, ends: list[End]
) -> None:
    with app.test_request_context("/"):
        streams: list[Any] = [insula.stream_with_context(iter("ab")) for _ in range(3)]
    for stream in streams:
        assert not ends
        stream.close()
    assert [kind for kind, _ in ends] == ["request", "app"]
