"""What holds for every test: nothing stays current after it, or is set."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from insula.context import app_stack, request_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

# How long an example takes is the machine's, which may have other work.
settings.register_profile(
    "insula", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("insula")


@pytest.fixture(autouse=True)
def loggers_on() -> Iterator[None]:
    """Turn on what a test turned off: loggers of one name are one."""
    yield
    for logger in logging.Logger.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False


@pytest.fixture(autouse=True)
def environment_as_it_was() -> Iterator[None]:
    """Put back the variables: a command sets some for the rest of its process."""
    before = dict(os.environ)
    yield
    for name in {*before, *os.environ} - {"PYTEST_CURRENT_TEST"}:
        if name not in before:
            del os.environ[name]
        elif os.environ.get(name) != before[name]:
            os.environ[name] = before[name]


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No test may leave a context behind on its thread."""
    yield
    left = [*request_stack, *app_stack]
    request_stack.__release_local__()
    app_stack.__release_local__()
    assert not left
