"""Who is asking, as a token says."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite("Flask-JWT-Extended", packages=("cryptography", "python-dateutil")),
]
