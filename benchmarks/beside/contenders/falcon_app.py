"""The application on Falcon."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["APPS", "app"]

falcon: Any = import_module("falcon")  # not installed where types are checked


class Hello:
    def on_get(self, _req: Any, resp: Any) -> None:
        resp.text = "Hello, World!"


class Posts:
    def on_get(self, req: Any, resp: Any, user: int) -> None:
        resp.media = {"user": user, "limit": req.get_param_as_int("limit")}


class Echo:
    def on_post(self, req: Any, resp: Any) -> None:
        resp.media = req.get_media()


class Form:
    def on_post(self, req: Any, resp: Any) -> None:
        form = req.get_media()
        resp.text = f"{form['name']} is {form['age']}"


class Headers:
    def on_get(self, req: Any, resp: Any) -> None:
        resp.text = "ok"
        resp.set_header("X-Request-Id", req.get_header("X-Request-Id"))
        resp.set_header("Cache-Control", "no-store")


class Hooked:
    def on_get(self, req: Any, resp: Any) -> None:
        resp.text = f"{req.context.user} at {req.context.time}"


class KnowUser:
    def process_request(self, req: Any, _resp: Any) -> None:
        req.context.user = req.get_header("X-User")

    def process_response(self, req: Any, resp: Any, *_more: Any) -> None:
        resp.set_header("X-Served-For", req.context.user)


class KnowTime:
    def process_request(self, req: Any, _resp: Any) -> None:
        req.context.time = 12

    def process_response(self, req: Any, *_more: Any) -> None:
        del req.context.time


def _make(middleware: list[Any]) -> Any:
    made = falcon.App(middleware=middleware)
    made.add_route("/hello", Hello())
    made.add_route("/users/{user:int}/posts", Posts())
    made.add_route("/echo", Echo())
    made.add_route("/form", Form())
    made.add_route("/headers", Headers())
    made.add_route("/hooked", Hooked())
    return made


APPS = {"main": _make([]), "hooks": _make([KnowUser(), KnowTime()])}
app = APPS["main"]
