"""The application on Falcon's ASGI half."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["app"]


class Hello:
    async def on_get(self, _req: Any, resp: Any) -> None:
        resp.text = "Hello, World!"


class Posts:
    async def on_get(self, req: Any, resp: Any, user: int) -> None:
        resp.media = {"user": user, "limit": req.get_param_as_int("limit")}


class Echo:
    async def on_post(self, req: Any, resp: Any) -> None:
        resp.media = await req.get_media()


app = import_module("falcon.asgi").App()
app.add_route("/hello", Hello())
app.add_route("/users/{user:int}/posts", Posts())
app.add_route("/echo", Echo())
