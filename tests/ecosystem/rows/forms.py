"""Forms, and the languages they are in."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite("Flask-WTF", packages=("flask-babel", "flask-reuploaded", "email-validator")),
]
