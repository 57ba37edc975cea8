"""The application on BlackSheep, which calls synchronous views on the event loop."""

# the framework is not installed where types are checked, so its decorators are Any.
# mypy: disable-error-code="untyped-decorator"
from importlib import import_module
from typing import Any

__all__ = ["app"]

_blacksheep: Any = import_module("blacksheep")
_router: Any = _blacksheep.Router()
_Request: Any = _blacksheep.Request
app = _blacksheep.Application(router=_router)


@_router.get("/hello")
async def hello() -> Any:
    return _blacksheep.text("Hello, World!")


@_router.get("/users/{int:user}/posts")
async def posts(user: int, limit: int) -> Any:
    return _blacksheep.json({"user": user, "limit": limit})


@_router.post("/echo")
async def echo(request: _Request) -> Any:
    return _blacksheep.json(await request.json())
