"""Interfaces that describe themselves."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite("flask-smorest", packages=("flask[async]", "packaging", "pyyaml")),
]
