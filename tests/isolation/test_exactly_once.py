"""What must happen once happens once: the first request, and the end of each request.

Nested, carried and preserved contexts are in `test_contexts_end_once.py`, streams in
`test_streams_end_once.py`.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.exceptions import NotFound

import insula
from insula import Insula, request
from insula.sessions import SecureCookieSessionInterface

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

End = tuple[str, BaseException | None]

THREADS = 100
LETHAL = [KeyboardInterrupt("stop"), SystemExit(3), GeneratorExit()]


def once(exc: BaseException | None = None) -> list[End]:
    return [("request", exc), ("app", exc)]


class Crowd:
    """The first requests of an application, all sent at the same moment."""

    def __init__(self, app: Insula) -> None:
        self.app = app
        self.arrived = 0
        self.all_arrived = threading.Condition()
        self.barrier = threading.Barrier(THREADS)

    def wait_until_all_have_arrived(self) -> None:
        with self.all_arrived:
            assert self.all_arrived.wait_for(lambda: self.arrived == THREADS, 30)

    def send(self, path: str = "/") -> list[Any]:
        with ThreadPoolExecutor(THREADS) as pool:
            jobs = [pool.submit(self._one, path) for _ in range(THREADS)]
            return [job.result() for job in jobs]

    def _one(self, path: str) -> Any:
        client = self.app.test_client()
        self.barrier.wait(30)
        with self.all_arrived:
            self.arrived += 1
            self.all_arrived.notify_all()
        return client.get(path)


def test_before_first_request_runs_once_and_all_of_a_crowd_see_it_finished(
    app: Insula, ends: list[End]
) -> None:
    crowd = Crowd(app)
    runs: list[str] = []
    finished: list[str] = []

    @app.before_first_request
    def one() -> None:
        runs.append("one")
        crowd.wait_until_all_have_arrived()
        finished.append("one")

    @app.before_first_request
    def two() -> None:
        runs.append("two")
        finished.append("two")

    app.add_url_rule("/", "index", lambda: " ".join(finished))
    assert {response.text for response in crowd.send()} == {"one two"}
    assert runs == ["one", "two"]
    assert app.got_first_request
    assert len(ends) == 2 * THREADS


@pytest.mark.parametrize("error", [ValueError("not yet"), *LETHAL], ids=repr)
def test_before_first_request_that_raises_is_tried_again_by_the_next_request(
    app: Insula, ends: list[End], error: BaseException
) -> None:
    runs: list[str] = []
    app.before_first_request(lambda: runs.append("one"))

    @app.before_first_request
    def two() -> None:
        runs.append("two")
        if runs.count("two") == 1:
            raise error

    app.before_first_request(lambda: runs.append("three"))
    app.add_url_rule("/", "index", lambda: "view")
    client = app.test_client()
    if isinstance(error, Exception):
        assert client.get("/").status_code == 500
    else:
        with pytest.raises(type(error)):
            client.get("/")
    assert ends == once(error)
    assert not app.got_first_request
    assert client.get("/").text == client.get("/").text == "view"
    assert runs == ["one", "two", "two", "three"]
    assert ends == once(error) + once() + once()


def test_before_first_request_that_raises_fails_one_request_of_a_crowd(
    app: Insula, ends: list[End]
) -> None:
    crowd = Crowd(app)
    runs: list[int] = []
    error = ValueError("not yet")

    @app.before_first_request
    def fail_once() -> None:
        crowd.wait_until_all_have_arrived()
        runs.append(len(runs))
        if runs == [0]:
            raise error

    app.add_url_rule("/", "index", lambda: str(runs))
    answers = [(r.status_code, r.text) for r in crowd.send()]
    assert [text for code, text in answers if code == 200] == ["[0, 1]"] * (THREADS - 1)
    assert [code for code, _ in answers if code != 200] == [500]
    assert sorted(repr(end) for end in ends) == sorted(
        repr(end) for end in once(error) + once() * (THREADS - 1)
    )


def test_before_first_request_may_send_a_request_itself(app: Insula) -> None:
    runs: list[str] = []

    @app.before_first_request
    def warm_up() -> None:
        runs.append(app.test_client().get("/").text)

    app.add_url_rule("/", "index", lambda: "view")
    assert app.test_client().get("/").text == "view"
    assert runs == ["view"]


def test_before_first_request_that_is_async_runs_once_for_a_crowd(app: Insula) -> None:
    crowd = Crowd(app)
    runs: list[str] = []

    @app.before_first_request
    async def one() -> None:
        crowd.wait_until_all_have_arrived()
        runs.append(request.path)

    app.add_url_rule("/", "index", lambda: str(runs))
    assert {response.text for response in crowd.send()} == {"['/']"}


# -- the end of a request ----------------------------------------------------------


class Sessions(SecureCookieSessionInterface):
    """Raise where a session is opened or saved."""

    opens_lazily = False

    def __init__(self, place: str, error: BaseException) -> None:
        self.place = place
        self.error = error

    def open_session(self, app: Any, request: Any) -> Any:
        if self.place == "open_session":
            raise self.error
        return super().open_session(app, request)

    def save_session(self, app: Any, session: Any, response: Any) -> None:
        if self.place == "save_session":
            raise self.error
        super().save_session(app, session, response)


PLACES = [
    "url_value_preprocessor",
    "before_request",
    "view",
    "async view",
    "after_this_request",
    "after_request",
    "open_session",
    "save_session",
    "error handler",
    "request_started",
    "request_finished",
]


@pytest.fixture
def raise_at(app: Insula) -> Iterator[Callable[[str, BaseException], None]]:
    """Let the application raise an error at one place of its way."""
    connected: list[Any] = []

    def raise_at(place: str, error: BaseException) -> None:
        def fail(*args: Any, **kwargs: Any) -> Any:
            raise error

        async def fail_async() -> str:
            raise error

        def view() -> Any:
            insula.session["seen"] = True
            if place == "after_this_request":
                insula.after_this_request(fail)
            if place == "error handler":
                insula.abort(404)
            return "view"

        views = {"view": fail, "async view": fail_async}
        app.add_url_rule("/", "index", views.get(place, view))
        if place in {"url_value_preprocessor", "before_request", "after_request"}:
            getattr(app, place)(fail)
        elif place in {"open_session", "save_session"}:
            app.session_interface = Sessions(place, error)
        elif place == "error handler":
            app.register_error_handler(404, fail)
        elif place.startswith("request_"):
            getattr(insula, place).connect(fail, app)
            connected.append((getattr(insula, place), fail))

    yield raise_at
    for signal, receiver in connected:
        signal.disconnect(receiver)


@pytest.mark.parametrize("propagate", [False, True], ids=["answers 500", "propagates"])
@pytest.mark.parametrize("place", PLACES)
def test_request_ends_once_with_the_exception_of(
    app: Insula, ends: list[End], call: Any, raise_at: Any, place: str, propagate: bool
) -> None:
    error = ValueError(place)
    raise_at(place, error)
    app.config["PROPAGATE_EXCEPTIONS"] = propagate
    if propagate:
        with pytest.raises(ValueError, match=place):
            call()
    else:
        status, body = call()
        assert status == "500 INTERNAL SERVER ERROR"
        assert b"Internal Server Error" in b"".join(body)
        if hasattr(body, "close"):
            body.close()
    assert ends == once(error)


@pytest.mark.parametrize("error", LETHAL, ids=repr)
@pytest.mark.parametrize("place", PLACES)
def test_request_ends_once_with_the_exception_that_stops_a_program_of(
    app: Insula,
    ends: list[End],
    call: Any,
    raise_at: Any,
    place: str,
    error: BaseException,
) -> None:
    raise_at(place, error)
    with pytest.raises(type(error)) as raised:
        call()
    assert raised.value is error
    assert ends == once(error)


@pytest.mark.parametrize("error", [ValueError("x"), *LETHAL], ids=repr)
def test_request_ends_once_when_its_response_cannot_be_sent(
    app: Insula, ends: list[End], call: Any, error: BaseException
) -> None:
    class Broken(insula.Response):
        def get_app_iter(self, environ: Any) -> Any:
            raise error

    app.add_url_rule("/", "index", Broken)
    with pytest.raises(type(error)):
        call()
    assert ends == once()


def test_async_views_go_on_after_one_that_stops_a_program(
    app: Insula, ends: list[End], call: Any
) -> None:
    async def leave() -> str:
        raise SystemExit(3)

    async def stay() -> str:
        return "still here"

    app.add_url_rule("/leave", "leave", leave)
    app.add_url_rule("/stay", "stay", stay)
    for _ in range(2):
        with pytest.raises(SystemExit):
            call("/leave")
        assert call("/stay") == ("200 OK", [b"still here"])
    assert len(ends) == 8


@pytest.mark.parametrize("handled", [False, True], ids=["unhandled", "handled"])
def test_request_ends_once_without_exception_where_a_response_was_made_of_it(
    app: Insula, ends: list[End], call: Any, handled: bool
) -> None:
    if handled:
        app.register_error_handler(ValueError, lambda exc: ("handled", 409))
    else:
        app.register_error_handler(ValueError, lambda exc: insula.abort(409))

    @app.route("/")
    def index() -> str:
        raise ValueError("x")

    status, _ = call("/")
    assert status.startswith("409") == handled
    assert [kind for kind, _ in ends] == ["request", "app"]
    assert call("/nothing")[0] == "404 NOT FOUND"
    assert ends[2:] == once()


def test_should_ignore_error_keeps_the_exception_from_the_teardown_functions(
    app: Insula,
    ends: list[End],
    call: Any,
    raise_at: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app, "should_ignore_error", lambda error: True)
    raise_at("view", ValueError("ignored"))
    assert call()[0].startswith("500")
    assert ends == once()


def test_teardowns_run_once_each_when_several_raise(
    app: Insula, ends: list[End], call: Any, caplog: pytest.LogCaptureFixture
) -> None:
    runs: list[str] = []

    def failing(name: str, error: BaseException) -> Callable[[Any], None]:
        def teardown(exc: BaseException | None) -> None:
            runs.append(name)
            raise error

        return teardown

    app.teardown_request(failing("request 2", ValueError("request 2")))
    app.teardown_request(failing("request 1", KeyboardInterrupt()))
    app.teardown_appcontext(failing("app 2", ValueError("app 2")))
    app.teardown_appcontext(failing("app 1", SystemExit(1)))
    app.add_url_rule("/", "index", lambda: "view")
    for _ in range(2):
        with pytest.raises(SystemExit) as raised:
            call()
        assert isinstance(raised.value.__context__, KeyboardInterrupt)
        assert runs == ["request 1", "request 2", "app 1", "app 2"]
        assert ends == once()
        ends.clear()
        runs.clear()
    logged = [record.exc_info[1] for record in caplog.records if record.exc_info]
    assert [str(exc) for exc in logged] == ["request 2", "app 2"] * 2


def test_request_that_fails_and_whose_teardown_fails_ends_once(
    app: Insula, ends: list[End], call: Any, raise_at: Any
) -> None:
    error = ValueError("view")
    raise_at("view", error)

    @app.teardown_request
    def teardown(exc: BaseException | None) -> None:
        raise NotFound

    with pytest.raises(NotFound):
        call()
    assert ends == once(error)
