"""Databases and their migrations."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

# NOTE: Flask-SQLAlchemy 3.1.1 uses what SQLAlchemy 2.1 has no more.
SQLALCHEMY = "sqlalchemy<2.1"

SUITES = [
    Suite("Flask-Migrate", packages=(SQLALCHEMY,), options=("-p", "no:logging")),
    Suite("Flask-SQLAlchemy", packages=(SQLALCHEMY,)),
]
