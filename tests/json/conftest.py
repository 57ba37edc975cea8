from __future__ import annotations

import pytest

from insula import Insula


@pytest.fixture
def app() -> Insula:
    return Insula("island")
