"""Interfaces that describe themselves."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite(
        "flask-marshmallow",
        packages=("flask-sqlalchemy", "marshmallow-sqlalchemy", "sqlalchemy<2.1"),
    ),
    Suite("flask-openapi3", packages=("asgiref", "email-validator", "pyyaml")),
    Suite("flask-smorest", packages=("flask[async]", "packaging", "pyyaml")),
]
