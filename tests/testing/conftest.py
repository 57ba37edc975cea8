from __future__ import annotations

import pytest

from insula import Insula


@pytest.fixture
def app() -> Insula:
    app = Insula("island")
    app.config.update(TESTING=True, SECRET_KEY="key")
    return app
