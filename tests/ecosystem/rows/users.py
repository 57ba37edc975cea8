"""Who is asking, and may they."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite("Flask-HTTPAuth", packages=("asgiref",), options=("-p", "no:logging")),
    Suite("Flask-Login", packages=("asgiref", "semantic-version")),
]
