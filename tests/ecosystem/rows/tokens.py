"""Who is asking, as a token says."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite(
        "Flask-Dance",
        packages=(
            "betamax",
            "coverage",
            "flask-caching",
            "flask-login",
            "flask-sqlalchemy",
            "freezegun",
            "oauthlib[signedtoken]",
            "pytest-mock",
            "responses",
            "sqlalchemy<2.1",
        ),
    ),
    Suite("Flask-JWT-Extended", packages=("cryptography", "python-dateutil")),
]
