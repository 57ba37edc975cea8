"""An application for each test, and a browser's stand-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from @package@ import create_app

if TYPE_CHECKING:
    from insula import Insula
    from insula.testing import InsulaClient


@pytest.fixture
def app() -> Insula:
    """Return an application with a key of its own."""
    return create_app({"TESTING": True, "SECRET_KEY": "for tests only"})


@pytest.fixture
def client(app: Insula) -> InsulaClient:
    """Return a client, which keeps cookies."""
    return app.test_client()
