from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from insula import Insula
from insula.context import app_stack, request_stack

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def app() -> Insula:
    app = Insula("island")
    app.config.update(TESTING=True, SECRET_KEY="key")
    return app


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No test may leave a context behind."""
    yield
    left = [*request_stack, *app_stack]
    request_stack.__release_local__()
    app_stack.__release_local__()
    assert not left
