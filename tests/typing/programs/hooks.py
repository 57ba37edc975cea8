"""Hooks, error handlers, template helpers and commands keep their functions' types."""

from __future__ import annotations

from typing import Any

import click
from typing_extensions import assert_type
from werkzeug.exceptions import HTTPException, NotFound

from insula import (
    Blueprint,
    Insula,
    Response,
    after_this_request,
    copy_current_request_context,
    got_request_exception,
)

app = Insula(__name__)
bp = Blueprint("hooks", __name__)


@app.before_request
def before() -> None:
    pass


@bp.before_app_request
def before_or_answer() -> Response | None:
    return None


@app.after_request
def after(response: Response) -> Response:
    return response


@bp.teardown_request
def teardown(error: BaseException | None) -> None:
    pass


@app.teardown_appcontext
def teardown_app(_error: BaseException | None) -> None:
    pass


@app.url_value_preprocessor
def values(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    pass


@app.url_defaults
def defaults(_endpoint: str, _values: dict[str, Any]) -> None:
    pass


@app.context_processor
def extra() -> dict[str, Any]:
    return {"a": 1}


@app.shell_context_processor
def in_shell() -> dict[str, Any]:
    return {}


@app.errorhandler(404)
def not_found(_error: NotFound) -> tuple[str, int]:
    return "none", 404


@app.errorhandler(ValueError)
def wrong_value(_error: ValueError) -> str:
    return "wrong"


@bp.app_errorhandler(HTTPException)
def failed(_error: HTTPException) -> Response:
    return Response()


@app.template_filter("up")
def up(text: str) -> str:
    return text.upper()


@app.template_test()
def even(number: int) -> bool:
    return number % 2 == 0


@app.template_global()
def twice(number: int) -> int:
    return 2 * number


@app.cli.command("go")
@click.argument("name")
def go(name: str) -> None:
    click.echo(name)


@copy_current_request_context
def work(count: int) -> str:
    @after_this_request
    def mark(response: Response) -> Response:
        return response

    return str(count)


@got_request_exception.connect
def heard(_sender: Insula, **_extra: Any) -> None:
    pass


assert_type(before_or_answer(), Response | None)
assert_type(after(Response()), Response)
assert_type(extra(), dict[str, Any])
assert_type(not_found(NotFound()), tuple[str, int])
assert_type(wrong_value(ValueError()), str)
assert_type(up("a"), str)
assert_type(even(2), bool)
assert_type(twice(2), int)
assert_type(go, click.Command)
assert_type(work(1), str)
work("1")  # type: ignore[arg-type]  # the copied function kept its parameters
up(1)  # type: ignore[arg-type]  # so did the filter
app.register_error_handler(404, not_found)
app.register_error_handler("404", up)  # type: ignore[arg-type]  # not a number
