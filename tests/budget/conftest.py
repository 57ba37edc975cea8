"""What other tests have left costs the requests that are counted here nothing."""

from __future__ import annotations

import gc

import pytest


@pytest.fixture(autouse=True)
def nobody_listens() -> None:
    # A signal's receivers that went with their application may wait for the collector.
    gc.collect()
