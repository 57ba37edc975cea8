"""An application that notes how its contexts end, and a server's way of calling it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import create_environ

from insula import Insula

if TYPE_CHECKING:
    from collections.abc import Callable

# What a teardown function was told: the kind of context and the exception.
End = tuple[str, BaseException | None]


@pytest.fixture
def app() -> Insula:
    app = Insula("island")
    app.config["SECRET_KEY"] = "key"
    return app


@pytest.fixture
def ends(app: Insula) -> list[End]:
    """Note each call of the application's teardown functions."""
    seen: list[End] = []
    app.teardown_request(lambda exc: seen.append(("request", exc)))
    app.teardown_appcontext(lambda exc: seen.append(("app", exc)))
    return seen


@pytest.fixture
def call(app: Insula) -> Callable[..., tuple[str, Any]]:
    """Call the application as a server does; return status and body."""

    def call(path: str = "/", **options: Any) -> tuple[str, Any]:
        answer: list[str] = []

        def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
            answer.append(status)

        body = app(create_environ(path, **options), start_response)
        return answer[0], body

    return call
