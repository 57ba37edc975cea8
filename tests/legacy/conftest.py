"""What runs the programs of their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.legacy.era import Era

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def era() -> Iterator[Era]:
    """Return what runs a program with Flask's old names in place."""
    one = Era()
    yield one
    one.close()


@pytest.fixture(scope="session")
def werkzeug_era() -> Iterator[Era]:
    """Return the same, with the old names of Werkzeug and of others."""
    one = Era(INSULA_LEGACY="1")
    yield one
    one.close()
