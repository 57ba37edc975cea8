"""What applications are tested and published with."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite("Flask-Testing", packages=("blinker",)),
    Suite("Frozen-Flask"),
    Suite("pytest-flask", packages=("mock",)),
]
