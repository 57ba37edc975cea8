"""What every checker must accept of views and hooks, and the type it keeps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterator
from functools import wraps
from http import HTTPStatus
from typing import Any, ParamSpec, TypedDict, TypeVar

from typing_extensions import assert_type
from werkzeug.datastructures import Headers
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response as BaseResponse

from insula import Blueprint, Insula, MethodView, Response, View
from insula.flask.typing import ResponseReturnValue, RouteCallable

app = Insula(__name__)
bp = Blueprint("answers", __name__)

P = ParamSpec("P")
R = TypeVar("R")


class State(TypedDict):
    status: str


class MyResponse(Response):
    pass


# -- views ---------------------------------------------------------------------------


@app.get("/typed-dict")
def typed_dict() -> State:
    return {"status": "ok"}


@app.get("/typed-dict-and-status")
def typed_dict_and_status() -> tuple[State, int]:
    return {"status": "ok"}, HTTPStatus.CREATED


@app.get("/generator")
def generator() -> Generator[str, None, None]:
    yield "a"


@app.get("/expression")
def expression() -> Iterator[bytes]:
    return (b"a" for _ in range(2))


@app.get("/headers")
def headers() -> tuple[bytes, int, Headers]:
    return b"", 200, Headers()


@app.get("/repeated-headers")
def repeated_headers() -> tuple[str, dict[str, list[str]]]:
    return "", {"Set-Cookie": ["a=1", "b=2"]}


@app.get("/response-and-status")
def response_and_status() -> tuple[BaseResponse, int]:
    return BaseResponse(), 200


@app.get("/own-response")
def own_response() -> MyResponse:
    return MyResponse()


@app.route("/said-so")
def said_so() -> ResponseReturnValue:
    return "", 200


@bp.post("/async")
async def later(name: str) -> tuple[dict[str, int], int, list[tuple[str, str]]]:
    return {name: 1}, 200, []


@app.get("/either")
@app.get("/either/<name>")
async def either(name: str | None = None) -> Response | str:
    return Response() if name is None else name


@app.endpoint("by-endpoint")
def by_endpoint() -> str:
    return ""


app.add_url_rule("/lambda", view_func=lambda: "")
bp.add_url_rule("/lambda", "lambda", lambda: ("", 204))


# -- views that other decorators made ------------------------------------------------


def timed(f: Callable[P, R]) -> Callable[P, R]:
    @wraps(f)
    def timed_one(*args: P.args, **kwargs: P.kwargs) -> R:
        return f(*args, **kwargs)

    return timed_one


def untyped(f: Any) -> Any:
    return f


def login_required(f: RouteCallable) -> RouteCallable:
    return f


def any_answer(f: Callable[..., Any]) -> Callable[..., Any]:
    return f


@app.get("/timed")
@timed
def timed_view(number: int) -> str:
    return str(number)


@app.get("/timed-async")
@timed
async def timed_later() -> str:
    return ""


@app.get("/untyped")
@untyped
def untyped_view() -> str:
    return ""


@app.get("/login")
@login_required
def for_members() -> str:
    return ""


@app.get("/any")
@any_answer
def any_view() -> int:
    return 1


# -- views as classes ----------------------------------------------------------------


class Later(View):
    async def dispatch_request(self, name: str) -> str:
        return name


class Guarded(MethodView):
    def dispatch_request(self, *args: Any, **kwargs: Any) -> ResponseReturnValue:
        return super().dispatch_request(*args, **kwargs)

    def get(self, number: int) -> str:
        return str(number)


app.add_url_rule("/later", view_func=Later.as_view("later"))
app.add_url_rule("/guarded", view_func=login_required(Guarded.as_view("guarded")))
app.add_url_rule("/timed-class", view_func=timed(Guarded.as_view("timed-class")))
app.route("/by-route")(Guarded.as_view("by-route"))
as_alias: RouteCallable = Guarded.as_view("as-alias")


# -- hooks ---------------------------------------------------------------------------


@app.before_request
async def before_later() -> str | None:
    return None


@bp.before_request
def before_with_status() -> tuple[str, int] | None:
    return None


@app.before_first_request
async def first() -> None:
    pass


@app.after_request
async def after_later(response: Response) -> Response:
    return response


@app.after_request
def after_base(response: BaseResponse) -> BaseResponse:
    return response


@bp.after_app_request
def after_own(response: MyResponse) -> MyResponse:
    return response


@app.after_request
def after_other(response: BaseResponse) -> Response:
    return Response(response.get_data())


@app.teardown_request
async def teardown_later(_error: BaseException | None) -> None:
    pass


@bp.teardown_app_request
@app.teardown_appcontext
def teardown_both(_error: BaseException | None = None) -> None:
    pass


@app.context_processor
async def extra_later() -> dict[str, Any]:
    return {}


@app.errorhandler(400)
@app.errorhandler(HTTPStatus.NOT_FOUND)
@bp.app_errorhandler(BadRequest)
async def handled_later(_error: BadRequest | NotFound) -> tuple[State, int]:
    return {"status": "bad"}, 400


@app.errorhandler(ValueError)
def handled_base(error: Exception) -> Response:
    return Response(str(error))


@bp.app_errorhandler(NotFound)
def handled_itself(error: NotFound) -> BaseResponse | NotFound:
    return error


@app.template_filter
def shout(text: str) -> str:
    return text.upper()


assert_type(typed_dict(), State)
assert_type(generator(), Generator[str, None, None])
assert_type(own_response(), MyResponse)
assert_type(timed_view(1), str)
assert_type(shout("a"), str)
assert_type(after_own(MyResponse()), MyResponse)
assert_type(handled_base(ValueError()), Response)
assert_type(Guarded.as_view("guarded")(), ResponseReturnValue)
timed_view("1")  # type: ignore[arg-type]  # both decorators kept the parameters
after_own(Response())  # type: ignore[arg-type]  # a hook keeps its own


async def of_async() -> None:
    assert_type(await later("a"), tuple[dict[str, int], int, list[tuple[str, str]]])
    assert_type(await either(), Response | str)
    assert_type(await timed_later(), str)
    assert_type(await before_later(), str | None)
    assert_type(await after_later(Response()), Response)
    assert_type(await extra_later(), dict[str, Any])
    assert_type(await handled_later(NotFound()), tuple[State, int])
    answer: Awaitable[str] = Later().dispatch_request("a")
    assert_type(await answer, str)
