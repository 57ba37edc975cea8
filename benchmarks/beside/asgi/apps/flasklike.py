"""The application for Quart and Insula: one text, whichever of the two it imports."""

# the framework is chosen when it runs, so its decorators are Any.
# mypy: disable-error-code="untyped-decorator"
from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["make_app"]


def make_app(package: str, kind: str) -> Any:
    """Return the application made of ``package``'s class ``kind``."""
    framework: Any = import_module(package)
    app = getattr(framework, kind)(__name__)
    request = framework.request

    @app.get("/hello")
    async def hello() -> str:
        return "Hello, World!"

    @app.get("/users/<int:user>/posts")
    async def posts(user: int) -> Any:
        return {"user": user, "limit": request.args.get("limit", type=int)}

    @app.post("/echo")
    async def echo() -> Any:
        return framework.jsonify(await request.get_json())

    @app.get("/sync")
    def sync() -> str:
        return "Hello, World!"

    return app
