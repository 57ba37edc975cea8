"""Old names that stand for what is always so, or that hold in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blinker import NamedSignal as FakeSignal

if TYPE_CHECKING:
    from datetime import timedelta

__all__ = [
    "ENABLE_MODULES",
    "JSON_AVAILABLE",
    "SIGNALS_AVAILABLE",
    "FakeSignal",
    "assert_have_json",
    "total_seconds",
]

ENABLE_MODULES = True
JSON_AVAILABLE = True
SIGNALS_AVAILABLE = True


def assert_have_json() -> None:
    """Do nothing: there always is JSON."""


def total_seconds(td: timedelta) -> int:
    """Return the whole seconds of a time."""
    return td.days * 60 * 60 * 24 + td.seconds
