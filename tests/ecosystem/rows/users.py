"""Who is asking, and may they."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite(
        "Flask-Security",
        packages=(
            "flask-security[babel,common,fsqla,mfa]",
            "asgiref",
            "authlib",
            "flask-sqlalchemy-lite",
            "freezegun",
            "mongoengine",
            "mongomock",
            "peewee",
            "pony",
            "requests",
            "zxcvbn",
        ),
        # PERF: 399 of 968, in 90 s where nothing else runs; all took 280 s on Flask.
        tests=tuple(
            f"tests/test_{name}.py"
            for name in (
                "basic",
                "change_email",
                "changeable",
                "configuration",
                "confirmable",
                "context_processors",
                "csrf",
                "passwordless",
                "recoverable",
                "registerable",
                "response",
                "templates",
                "tokens",
                "trackable",
            )
        ),
        seconds=1200,
    ),
    Suite("Flask-HTTPAuth", packages=("asgiref",), options=("-p", "no:logging")),
    Suite("Flask-Login", packages=("asgiref", "semantic-version")),
]
