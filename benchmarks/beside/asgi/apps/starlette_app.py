"""The application on Starlette."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["app"]

# not installed where types are checked
_responses: Any = import_module("starlette.responses")
_routing: Any = import_module("starlette.routing")


async def hello(_request: Any) -> Any:
    return _responses.PlainTextResponse("Hello, World!")


async def posts(request: Any) -> Any:
    limit = request.query_params.get("limit")
    return _responses.JSONResponse(
        {"user": request.path_params["user"], "limit": int(limit)}
    )


async def echo(request: Any) -> Any:
    return _responses.JSONResponse(await request.json())


def sync(_request: Any) -> Any:
    return _responses.PlainTextResponse("Hello, World!")


app = import_module("starlette.applications").Starlette(
    routes=[
        _routing.Route("/hello", hello),
        _routing.Route("/users/{user:int}/posts", posts),
        _routing.Route("/echo", echo, methods=["POST"]),
        _routing.Route("/sync", sync),
    ]
)
