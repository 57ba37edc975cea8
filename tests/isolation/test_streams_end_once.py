"""A streamed body ends its request once, whoever ends it, where, and how.

Over real sockets: `test_abandoned_streams.py`.
"""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING, Any

import pytest

import insula
from insula import Insula, Local, g, has_request_context, request, stream_with_context

if TYPE_CHECKING:
    from collections.abc import Iterator

End = tuple[str, BaseException | None]

LETHAL = [KeyboardInterrupt("stop"), SystemExit(3)]


def once(exc: BaseException | None = None) -> list[End]:
    return [("request", exc), ("app", exc)]


def ended_early(ends: list[End]) -> bool:
    kinds = [(kind, type(exc)) for kind, exc in ends]
    return kinds == [("request", GeneratorExit), ("app", GeneratorExit)]


class Source:
    """What a view streams; it notes what it reads at each step and its own end."""

    def __init__(self, app: Insula, *, steps: int = 3) -> None:
        self.steps = steps
        self.seen: list[Any] = []
        self.closed = 0
        self.error: BaseException | None = None
        self.local = Local()
        app.add_url_rule("/stream", "stream", self.view)

    def view(self) -> Any:
        g.value = self.local.value = request.args.get("v")
        return insula.Response(stream_with_context(self.body()))

    def body(self) -> Iterator[str]:
        try:
            for number in range(self.steps):
                self.seen.append((request.path, g.value, self.local.value))
                yield f"{number}"
            if self.error is not None:
                raise self.error
        finally:
            self.closed += 1
            # What runs at the end still sees its request.
            self.seen.append((request.path, g.value, self.local.value))


@pytest.fixture
def source(app: Insula) -> Source:
    return Source(app)


def check(source: Source, *, steps: int) -> None:
    assert source.seen == [("/stream", "1", "1")] * (steps + 1)
    assert source.closed == 1
    assert not has_request_context()
    assert list(source.local) == []


def test_stream_read_to_its_end_ends_the_request_after_its_last_step(
    source: Source, ends: list[End], call: Any
) -> None:
    _, body = call("/stream", query_string="v=1")
    for number in range(3):
        assert next(body) == b"%d" % number
        assert not ends
        assert not has_request_context()
    assert list(body) == []
    assert ends == once()
    body.close()
    body.close()
    assert ends == once()
    check(source, steps=3)


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("way", ["closed", "dropped"])
def test_stream_left_in_the_middle_ends_the_request_once_when(
    source: Source, ends: list[End], call: Any, steps: int, way: str
) -> None:
    _, body = call("/stream", query_string="v=1")
    for _ in range(steps):
        next(body)
    assert not ends
    if way == "closed":
        body.close()
        assert ended_early(ends)
    del body
    assert ended_early(ends)
    check(source, steps=steps)


def test_stream_left_to_the_garbage_collector_ends_the_request_once(
    app: Insula, ends: list[End], call: Any
) -> None:
    """The collector may come in any thread, also in the middle of another request.

    Whatever runs at the end of the stream runs in the request that it belongs to.
    """
    closed: list[Any] = []
    told: list[tuple[str, str]] = []

    def body(name: str) -> Iterator[str]:
        try:
            yield request.path
            yield "more"
        finally:
            closed.append(name)
            closed.append(request.path if has_request_context() else None)

    @app.route("/abandoned")
    def abandoned() -> Any:
        g.name = "abandoned"
        return stream_with_context(body("abandoned"))

    @app.route("/collecting")
    def collecting() -> str:
        g.name = "collecting"
        gc.collect()
        return f"{request.path} {g.name}"

    app.teardown_request(lambda exc: told.append((request.path, g.name)))
    gc.disable()
    try:
        _, stream = call("/abandoned")
        assert next(stream) == b"/abandoned"
        cycle = [stream]
        cycle.append(cycle)
        del stream, cycle
        assert not ends
        assert call("/collecting") == ("200 OK", [b"/collecting collecting"])
    finally:
        gc.enable()
    assert closed == ["abandoned", "/abandoned"]
    assert told == [("/abandoned", "abandoned"), ("/collecting", "collecting")]
    assert ended_early(ends[:2])
    assert ends[2:] == once()


@pytest.mark.parametrize("way", ["closed", "dropped"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_stream_that_is_never_iterated_ends_the_request_once_when(
    source: Source, ends: list[End], call: Any, way: str, method: str
) -> None:
    status, body = call("/stream", method=method)
    assert status == "200 OK"
    if way == "closed":
        body.close()
        body.close()
    del body
    assert ended_early(ends)
    assert (source.seen, source.closed) == ([], 0)


def test_stream_for_head_that_is_iterated_ends_the_request_once(
    source: Source, ends: list[End], call: Any
) -> None:
    _, body = call("/stream", method="HEAD")
    assert b"".join(body) == b""
    body.close()
    assert ended_early(ends)
    assert (source.seen, source.closed) == ([], 0)


@pytest.mark.parametrize("error", [ValueError("step"), *LETHAL], ids=repr)
def test_stream_that_raises_ends_the_request_once_with_the_exception(
    source: Source, ends: list[End], call: Any, error: BaseException
) -> None:
    source.error = error
    _, body = call("/stream", query_string="v=1")
    with pytest.raises(type(error)) as raised:
        list(body)
    assert raised.value is error
    assert ends == once(error)
    body.close()
    assert list(body) == []
    del body
    assert ends == once(error)
    check(source, steps=3)


def test_stream_closed_on_another_thread_ends_the_request_once(
    source: Source, ends: list[End], call: Any
) -> None:
    _, body = call("/stream", query_string="v=1")
    next(body)
    threads = [threading.Thread(target=body.close) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended_early(ends)
    check(source, steps=1)


def test_stream_read_by_a_different_thread_at_each_step_ends_the_request_once(
    source: Source, ends: list[End], call: Any
) -> None:
    _, body = call("/stream", query_string="v=1")
    parts: list[bytes] = []
    left: list[bool] = []

    def step() -> None:
        parts.extend([*[next(body, b"end")]])
        left.append(has_request_context())

    for _ in range(4):
        thread = threading.Thread(target=step)
        thread.start()
        thread.join()
    assert parts == [b"0", b"1", b"2", b"end"]
    assert left == [False] * 4
    assert ends == once()
    check(source, steps=3)


@pytest.mark.parametrize("number", [0, 2, 3])
def test_stream_whose_close_raises_ends_the_request_once(
    app: Insula, ends: list[End], call: Any, number: int
) -> None:
    @app.route("/")
    def index() -> Any:
        def body() -> Iterator[str]:
            try:
                yield from "abc"
            finally:
                raise ValueError("from close")

        return stream_with_context(body())

    _, body = call()
    for _ in range(number):
        next(body)
    if number:
        with pytest.raises(ValueError, match="from close"):
            body.close()
    body.close()
    del body
    assert ended_early(ends)


@pytest.mark.parametrize("way", ["to its end", "closed", "HEAD"])
def test_stream_whose_teardown_raises_ends_the_request_once(
    app: Insula, source: Source, ends: list[End], call: Any, way: str
) -> None:
    @app.teardown_request
    def teardown(exc: BaseException | None) -> None:
        raise ValueError("from teardown")

    _, body = call(
        "/stream", query_string="v=1", method="HEAD" if way == "HEAD" else "GET"
    )
    with pytest.raises(ValueError, match="from teardown"):
        if way == "to its end":
            list(body)
        else:
            body.close()
    body.close()
    del body
    assert [kind for kind, _ in ends] == ["request", "app"]


def test_stream_that_the_view_drops_ends_the_request_at_its_usual_time(
    app: Insula, ends: list[End], call: Any
) -> None:
    @app.route("/")
    def index() -> str:
        dropped = stream_with_context(iter("abc"))
        next(dropped)
        del dropped
        assert not ends
        return request.path

    assert call() == ("200 OK", [b"/"])
    assert ends == once()


def test_stream_that_is_collected_while_another_is_being_made_ends_once(
    app: Insula, ends: list[End]
) -> None:
    with app.test_request_context("/") as ctx:
        stream, other = (stream_with_context(iter("ab")) for _ in range(2))
        # Where the collector comes is a matter of luck; this is its worst moment.
        assert ctx._hold_lock is not None
        with ctx._hold_lock:
            del stream
    assert not ends
    del other
    assert ended_early(ends)


def test_view_that_fails_after_making_its_stream_ends_the_request_once(
    app: Insula, ends: list[End], call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The test runner keeps what is logged, its traceback the frame of the view, and
    # that the stream.
    monkeypatch.setattr(app, "log_exception", lambda exc_info: None)

    @app.route("/")
    def index() -> str:
        stream = stream_with_context(iter("abc"))
        next(stream)
        raise ValueError("view")

    assert call()[0].startswith("500")
    assert [kind for kind, _ in ends] == ["request", "app"]


def test_plain_generator_is_iterated_after_the_request_has_ended_once(
    app: Insula, ends: list[End], call: Any
) -> None:
    seen: list[bool] = []

    @app.route("/")
    def index() -> Any:
        def body() -> Iterator[str]:
            seen.append(has_request_context())
            yield "a"
            yield "b"

        return body()

    _, body = call()
    assert ends == once()
    next(body)
    body.close()
    assert ends == once()
    assert seen == [False]


def test_template_that_is_streamed_ends_the_request_once(
    app: Insula, ends: list[End], call: Any
) -> None:
    @app.route("/<what>")
    def index(what: str) -> Any:
        g.what = what
        return insula.stream_template_string(
            "{% for n in range(99) %}{{ request.path }}{{ 1 // (n + 1 - g.what|int) }}"
            "{{ g.what }} {% endfor %}",
        )

    _, body = call("/200")
    assert b"".join(body).split() == [b"/200-1200"] * 99
    body.close()
    assert ends == once()
    ends.clear()
    _, body = call("/200")
    next(body)
    body.close()
    assert ended_early(ends)
