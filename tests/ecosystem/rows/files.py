"""Files that users send."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite("Flask-Reuploaded"),
]
