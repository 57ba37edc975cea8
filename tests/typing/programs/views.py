"""Views of every return type; decorators keep the type of what they decorate."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from typing_extensions import assert_type
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from insula import Blueprint, Insula, Response, jsonify, make_response, redirect

app = Insula(__name__)
bp = Blueprint("pages", __name__, url_prefix="/pages")


@app.route("/str")
def returns_str() -> str:
    return "x"


@app.route("/bytes", methods=["GET", "POST"])
def returns_bytes() -> bytes:
    return b"x"


@app.get("/dict")
def returns_dict() -> dict[str, Any]:
    return {"a": 1}


@app.get("/list")
def returns_list() -> list[dict[str, int]]:
    return [{"a": 1}]


@app.get("/tuple2")
def returns_status() -> tuple[str, int]:
    return "x", 201


@app.get("/tuple2h")
def returns_headers() -> tuple[str, dict[str, str]]:
    return "x", {"X-A": "1"}


@app.get("/tuple3")
def returns_all() -> tuple[dict[str, Any], int, list[tuple[str, str]]]:
    return {}, 200, [("X-A", "1")]


@app.get("/iterator")
def returns_iterator() -> Iterator[str]:
    yield "x"


@app.post("/response")
def returns_response() -> Response:
    return make_response("x")


@app.put("/base")
def returns_base() -> BaseResponse:
    return redirect("/")


@app.delete("/either/<int:n>")
def returns_either(n: int) -> Response | str:
    return jsonify(n=n) if n else "none"


@app.patch("/wsgi")
def returns_wsgi() -> Callable[[dict[str, Any], Any], list[bytes]]:
    def answer(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b""]

    return answer


@bp.get("/async/<name>")
async def returns_later(name: str) -> str:
    return name


@bp.get("/none")
async def streams() -> AsyncIterator[str]:
    raise NotFound


assert_type(returns_str(), str)
assert_type(returns_bytes(), bytes)
assert_type(returns_dict(), dict[str, Any])
assert_type(returns_list(), list[dict[str, int]])
assert_type(returns_status(), tuple[str, int])
assert_type(returns_headers(), tuple[str, dict[str, str]])
assert_type(returns_iterator(), Iterator[str])
assert_type(returns_response(), Response)
assert_type(returns_base(), BaseResponse)
assert_type(returns_either(2), Response | str)
returns_either("2")  # type: ignore[arg-type]  # the decorator kept the parameters


app.add_url_rule("/again", "again", returns_str, methods=["GET"])
app.add_url_rule("/bad", "bad", "index")  # type: ignore[arg-type]  # not a view
app.register_blueprint(bp, url_prefix="/other")
app.register_blueprint(app)  # type: ignore[arg-type]  # an application is no blueprint
