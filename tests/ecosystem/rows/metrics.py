"""Numbers of what an application does."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite("prometheus-flask-exporter", packages=("flask-httpauth",)),
]
