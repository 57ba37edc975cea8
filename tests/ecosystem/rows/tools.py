"""What applications are tested and published with."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite(
        "Flask-Injector",
        packages=("eventlet", "flask-restful", "flask-restx"),
        tests=("flask_injector/tests.py",),
    ),
    Suite("Flask-Testing", packages=("blinker",)),
    Suite("Frozen-Flask"),
    Suite("pytest-flask", packages=("mock",)),
]
