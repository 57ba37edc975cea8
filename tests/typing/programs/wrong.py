"""What no checker may accept: each ignored line is an error, or the ignoring is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula import Blueprint, Insula, MethodView, Response, View
from insula.flask import Response as FlaskResponse
from insula.flask import jsonify

if TYPE_CHECKING:
    from collections.abc import Callable

app = Insula(__name__)
bp = Blueprint("pages", __name__)


@app.route("/int")  # type: ignore[type-var]
def returns_int() -> int:
    return 1


@app.get("/none")  # type: ignore[type-var]
def returns_nothing() -> None:
    pass


@bp.post("/maybe")  # type: ignore[type-var]
def returns_maybe() -> str | None:
    return None


@app.put("/set")  # type: ignore[type-var]
def returns_set() -> set[int]:
    return {1}


@app.delete("/four")  # type: ignore[type-var]
def returns_four() -> tuple[str, int, dict[str, str], int]:
    return "", 200, {}, 1


@bp.patch("/async")  # type: ignore[type-var]
async def returns_int_later() -> int:
    return 1


@app.endpoint("end")  # type: ignore[type-var]
def end() -> float:
    return 1.0


@bp.get("/status")  # type: ignore[type-var]
def returns_status_first() -> tuple[int, str]:
    return 200, ""


@app.route("/headers")  # type: ignore[type-var]
def returns_wrong_headers() -> tuple[str, int, dict[str, int]]:
    return "", 200, {"X-A": 1}


@app.before_request  # type: ignore[type-var]
def before_with_argument(_user_id: int) -> None:
    pass


@bp.before_app_request  # type: ignore[type-var]
def before_with_int() -> int:
    return 1


@app.after_request  # type: ignore[type-var]
def after_without_response() -> Response:
    return Response()


@app.after_request  # type: ignore[type-var]
def after_with_nothing(_response: Response) -> None:
    pass


@app.after_request  # type: ignore[type-var]
async def after_with_text_later(_response: Response) -> str:
    return ""


@bp.after_app_request  # type: ignore[type-var]
def after_with_text(_response: Response) -> str:
    return ""


@app.teardown_request  # type: ignore[type-var]
def teardown_without_error() -> None:
    pass


@app.teardown_appcontext  # type: ignore[type-var]
def teardown_with_text(_error: str) -> None:
    pass


@bp.teardown_app_request  # type: ignore[type-var]
def teardown_with_exception_only(_error: Exception) -> None:
    pass


@app.errorhandler(KeyError)  # type: ignore[type-var]
def handler_without_error() -> str:
    return ""


@bp.app_errorhandler(404)  # type: ignore[type-var]
def handler_with_int(_error: Exception) -> int:
    return 1


@app.context_processor  # type: ignore[type-var]
def processor_with_list() -> list[str]:
    return []


@app.url_value_preprocessor  # type: ignore[type-var]
def preprocessor_without_values(_endpoint: str | None) -> None:
    pass


@app.url_defaults  # type: ignore[type-var]
def defaults_without_values(_endpoint: str) -> None:
    pass


@app.before_first_request  # type: ignore[type-var]
def first_with_argument(_app: Insula) -> None:
    pass


@app.template_test("odd")  # type: ignore[type-var]
def odd(_number: int) -> str:
    return ""


@app.shell_context_processor  # type: ignore[type-var]
def shell_with_text() -> str:
    return ""


class ReturnsInt(View):
    def dispatch_request(self) -> int:  # type: ignore[override]
        return 1


class ReturnsIntByMethod(MethodView):
    def dispatch_request(self) -> int:  # type: ignore[override]
        return 1


app.add_url_rule("/rule", view_func=returns_int)  # type: ignore[arg-type]
app.register_error_handler(404, returns_int)  # type: ignore[arg-type]


# What is typed as anything is taken.
def untyped(*_args: Any) -> Any:
    return None


def decorated(function: Callable[..., Any]) -> Any:
    return function


app.add_url_rule("/untyped", view_func=untyped)
app.before_request(untyped)
app.errorhandler(404)(untyped)


@app.route("/decorated")
@decorated
def whatever() -> int:
    return 1


answer: FlaskResponse = jsonify(1)
