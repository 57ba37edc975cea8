"""The application on Bottle."""

# Bottle is not installed where types are checked.
# mypy: disable-error-code="untyped-decorator"
from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["APPS", "app"]

bottle: Any = import_module("bottle")  # not installed where types are checked
request, response = bottle.request, bottle.response


def _make() -> Any:
    made = bottle.Bottle()

    @made.get("/hello")
    def hello() -> str:
        return "Hello, World!"

    @made.get("/users/<user:int>/posts")
    def posts(user: int) -> Any:
        return {"user": user, "limit": request.query.get("limit", type=int)}

    @made.post("/echo")
    def echo() -> Any:
        return request.json

    @made.post("/form")
    def form() -> str:
        return f"{request.forms['name']} is {request.forms['age']}"

    @made.get("/headers")
    def headers() -> str:
        response.set_header("X-Request-Id", request.get_header("X-Request-Id"))
        response.set_header("Cache-Control", "no-store")
        return "ok"

    return made


def _add_hooks(made: Any) -> Any:
    @made.hook("before_request")
    def know_user() -> None:
        request.user = request.get_header("X-User")

    @made.hook("before_request")
    def know_time() -> None:
        request.time = 12

    @made.hook("after_request")
    def sign() -> None:
        response.set_header("X-Served-For", request.user)

    @made.hook("after_request")
    def forget() -> None:
        del request.time

    @made.get("/hooked")
    def hooked() -> str:
        return f"{request.user} at {request.time}"

    return made


APPS = {"main": _make(), "hooks": _add_hooks(_make())}
app = APPS["main"]
