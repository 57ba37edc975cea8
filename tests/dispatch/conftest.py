"""An application, and a server's way of calling it: raw WSGI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import create_environ

from insula import Insula

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def app() -> Insula:
    app = Insula("island")
    app.config["SECRET_KEY"] = "key"
    return app


@pytest.fixture
def call(app: Insula) -> Callable[..., tuple[str, Any, Any]]:
    """Call the application as a server does; return status, headers and body."""

    def call(path: str = "/", **options: Any) -> tuple[str, Any, Any]:
        answer: list[Any] = []

        def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
            answer[:] = [status, headers]

        environ = create_environ(path, **options)
        body = app(environ, start_response)
        return answer[0], dict(answer[1]), body

    return call
