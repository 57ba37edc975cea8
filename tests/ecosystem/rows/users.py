"""Who is asking, and may they."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite(
        "Flask-Dance",
        packages=(
            "pytest-mock",
            "responses",
            "freezegun",
            "sqlalchemy<2.1",
            "flask-sqlalchemy",
            "flask-login",
            "flask-caching",
            "betamax",
            "oauthlib[signedtoken]",
        ),
    ),
    Suite("Flask-HTTPAuth", packages=("asgiref",), options=("-p", "no:logging")),
    Suite("Flask-Login", packages=("asgiref", "semantic-version")),
    Suite(
        "Flask-Security",
        packages=(
            "flask-security[babel,fsqla,common,mfa]",
            "sqlalchemy<2.1",
            "flask-sqlalchemy-lite",
            "authlib",
            "cbor2",
            "flask[async]",
            "freezegun",
            "mongoengine",
            "mongomock",
            "peewee",
            "requests",
            "zxcvbn",
        ),
    ),
]
