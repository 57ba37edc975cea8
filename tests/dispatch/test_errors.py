from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    InternalServerError,
    NotFound,
)

import insula
from insula import Blueprint, Insula, abort, redirect, request

if TYPE_CHECKING:
    from collections.abc import Callable


class Base(Exception):
    pass


class Derived(Base):
    pass


def raising(error: BaseException | type[BaseException]) -> Callable[[], str]:
    def view() -> str:
        raise error

    return view


def test_error_without_handler_is_500_and_logged(
    app: Insula, caplog: pytest.LogCaptureFixture
) -> None:
    app.add_url_rule("/", "index", raising(Base("inner")))
    response = app.test_client().get("/")
    assert response.status_code == 500
    assert "Internal Server Error" in response.text
    assert "Exception on / [GET]" in caplog.text
    assert "inner" in caplog.text


@pytest.mark.parametrize("setting", ["TESTING", "DEBUG", "PROPAGATE_EXCEPTIONS"])
def test_error_propagates_where_configured(app: Insula, setting: str) -> None:
    app.config[setting] = True
    app.add_url_rule("/", "index", raising(Base("inner")))
    with pytest.raises(Base, match="inner"):
        app.test_client().get("/")


def test_error_in_testing_does_not_propagate_where_denied(app: Insula) -> None:
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False)
    app.add_url_rule("/", "index", raising(Base("inner")))
    assert app.test_client().get("/").status_code == 500


def test_handler_of_the_nearest_class_wins(app: Insula) -> None:
    app.register_error_handler(Exception, lambda e: ("exception", 500))
    app.register_error_handler(Base, lambda e: ("base", 400))
    app.add_url_rule("/base", "base", raising(Base))
    app.add_url_rule("/derived", "derived", raising(Derived))
    app.add_url_rule("/other", "other", raising(ValueError))
    client = app.test_client()
    assert client.get("/base").text == "base"
    assert client.get("/derived").text == "base"
    assert client.get("/other").text == "exception"
    app._got_first_request = False
    app.register_error_handler(Derived, lambda e: ("derived", 400))
    assert client.get("/derived").text == "derived"


def test_handler_of_a_code_wins_over_the_class_alone(app: Insula) -> None:
    app.register_error_handler(HTTPException, lambda e: (f"http {e.code}", e.code))
    app.register_error_handler(404, lambda e: ("not found", 404))
    app.register_error_handler(Forbidden, lambda e: ("forbidden", 403))
    app.add_url_rule("/403", "403", raising(Forbidden))
    app.add_url_rule("/400", "400", raising(BadRequest))
    client = app.test_client()
    assert client.get("/nothing").text == "not found"
    assert client.get("/403").text == "forbidden"
    assert client.get("/400").text == "http 400"


def test_handler_of_a_blueprint_wins_over_the_application(app: Insula) -> None:
    outer, inner = Blueprint("outer", "island"), Blueprint("inner", "island")
    for scope in (outer, inner):
        scope.add_url_rule(f"/{scope.name}", "view", raising(Derived))
    outer.add_url_rule("/404", "missing", lambda: abort(404))
    inner.register_error_handler(Derived, lambda e: "inner")
    outer.register_error_handler(Base, lambda e: "outer")
    outer.register_error_handler(404, lambda e: "outer 404")
    app.register_error_handler(Derived, lambda e: "app")
    app.register_error_handler(404, lambda e: "app 404")
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    app.add_url_rule("/", "index", raising(Derived))
    client = app.test_client()
    assert client.get("/").text == "app"
    assert client.get("/outer").text == "outer"
    assert client.get("/inner").text == "inner"
    assert client.get("/404").text == "outer 404"
    assert client.get("/nothing").text == "app 404"


def test_app_errorhandler_of_a_blueprint_is_the_application_s(app: Insula) -> None:
    blueprint = Blueprint("bp", "island")

    @blueprint.app_errorhandler(404)
    def missing(e: HTTPException) -> tuple[str, int]:
        return "everywhere", 404

    app.register_blueprint(blueprint)
    assert app.test_client().get("/nothing").text == "everywhere"


def test_handler_of_500_gets_the_original_exception(app: Insula) -> None:
    error = Base("inner")

    @app.errorhandler(500)
    def handle(e: InternalServerError) -> tuple[str, int]:
        assert e.original_exception is error
        return "sorry", 500

    app.add_url_rule("/", "index", raising(error))
    app.add_url_rule("/abort", "abort", lambda: abort(404))
    response = app.test_client().get("/")
    assert (response.status_code, response.text) == (500, "sorry")


def test_handler_that_raises_is_an_error_itself(app: Insula) -> None:
    app.register_error_handler(Base, raising_handler)
    app.register_error_handler(500, lambda e: (repr(e.original_exception), 500))
    app.add_url_rule("/", "index", raising(Base("first")))
    assert app.test_client().get("/").text == "ValueError('second')"


def raising_handler(e: Exception) -> str:
    raise ValueError("second") from e


def test_after_request_runs_after_an_error_too(app: Insula) -> None:
    app.add_url_rule("/", "index", raising(Base))

    @app.after_request
    def mark(response: insula.Response) -> insula.Response:
        response.headers["X-Mark"] = "1"
        return response

    response = app.test_client().get("/")
    assert (response.status_code, response.headers["X-Mark"]) == (500, "1")


def test_after_request_that_raises_while_500_is_made_is_logged(
    app: Insula, caplog: pytest.LogCaptureFixture
) -> None:
    app.add_url_rule("/", "index", lambda: "x")

    @app.after_request
    def fail(response: insula.Response) -> insula.Response:
        raise Base("from after_request")

    response = app.test_client().get("/")
    assert response.status_code == 500
    assert "of an error handler was being finished" in caplog.text


def test_http_exception_with_a_response_is_that_response(app: Insula) -> None:
    app.register_error_handler(HTTPException, lambda e: "handled")
    app.add_url_rule("/", "index", lambda: abort(app.response_class("own", 418)))
    response = app.test_client().get("/")
    assert (response.status_code, response.text) == (418, "own")


def test_redirect_of_a_rule_is_not_handled_as_an_error(app: Insula) -> None:
    app.register_error_handler(HTTPException, lambda e: "handled")
    app.add_url_rule("/slash/", "slash", lambda: "x")
    response = app.test_client().get("/slash")
    assert response.status_code == 308
    assert response.location == "http://localhost/slash/"


def test_redirect_that_keeps_form_data_is_no_error_in_debug_mode(app: Insula) -> None:
    app.debug = True
    app.add_url_rule("/slash/", "slash", lambda: "x", methods=["POST"])
    assert app.test_client().post("/slash").status_code == 308


def test_method_not_allowed_lists_the_methods(app: Insula) -> None:
    app.add_url_rule("/", "index", lambda: "x", methods=["GET", "PUT"])
    response = app.test_client().post("/")
    assert response.status_code == 405
    assert set(response.allow) == {"GET", "HEAD", "OPTIONS", "PUT"}


def test_options_is_answered_without_the_view(app: Insula) -> None:
    app.add_url_rule("/", "index", raising(Base), methods=["GET", "POST"])
    app.add_url_rule("/", "other", raising(Base), methods=["DELETE"])
    response = app.test_client().options("/")
    assert response.status_code == 200
    assert set(response.allow) == {"DELETE", "GET", "HEAD", "OPTIONS", "POST"}


def test_trap_http_exceptions_lets_them_through(app: Insula) -> None:
    app.config.update(TRAP_HTTP_EXCEPTIONS=True, TESTING=True)
    app.add_url_rule("/", "index", lambda: abort(404))
    with pytest.raises(NotFound):
        app.test_client().get("/")


@pytest.mark.parametrize(
    ("config", "trapped"),
    [
        ({}, False),
        ({"TESTING": True}, False),
        ({"DEBUG": True}, True),
        ({"DEBUG": True, "TRAP_BAD_REQUEST_ERRORS": False}, False),
        ({"TESTING": True, "TRAP_BAD_REQUEST_ERRORS": True}, True),
    ],
)
def test_missing_form_key_is_trapped_as_configured(
    app: Insula, config: dict[str, Any], *, trapped: bool
) -> None:
    app.config.update(config)
    app.add_url_rule("/", "index", lambda: request.form["missing"])
    client = app.test_client()
    if trapped:
        with pytest.raises(KeyError, match="missing"):
            client.get("/")
    else:
        response = client.get("/")
        assert response.status_code == 400
        assert ("missing" in response.text) is app.debug


def test_registering_what_is_no_error_says_so(app: Insula) -> None:
    with pytest.raises(ValueError, match="no exception for the status code 999"):
        app.register_error_handler(999, lambda e: "")
    with pytest.raises(TypeError, match="is an instance, not a class"):
        app.register_error_handler(ValueError(), lambda e: "")  # type: ignore[arg-type]  # the mistake
    with pytest.raises(ValueError, match="not a subclass of Exception"):
        app.register_error_handler(int, lambda e: "")  # type: ignore[arg-type]  # the mistake


def test_got_request_exception_is_sent_for_what_nobody_handled(app: Insula) -> None:
    seen: list[Any] = []

    def receive(sender: Insula, exception: Exception, **extra: Any) -> None:
        seen.append(exception)

    error = Base()
    app.add_url_rule("/", "index", raising(error))
    app.add_url_rule("/404", "404", lambda: abort(404))
    with insula.got_request_exception.connected_to(receive, app):
        app.test_client().get("/")
        app.test_client().get("/404")
    assert seen == [error]


def test_should_ignore_error_keeps_the_error_from_teardown() -> None:
    class Ignoring(Insula):
        def should_ignore_error(self, error: BaseException | None) -> bool:
            return True

    app = Ignoring("island")
    seen: list[Any] = []
    app.teardown_request(seen.append)
    app.add_url_rule("/", "index", raising(Base))
    app.test_client().get("/")
    assert seen == [None]


def test_redirect_made_by_a_view_has_the_code_asked_for(app: Insula) -> None:
    app.add_url_rule("/", "index", lambda: redirect("/there", 307))
    response = app.test_client().get("/")
    assert (response.status_code, response.location) == (307, "/there")
