"""Requests and answers that are checked against schemas, and described by them."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

NO_COVERAGE = ("-o", "addopts=")

SUITES = [
    Suite(
        "APIFlask",
        packages=(
            "apiflask[yaml,async,dotenv]",
            "flask-sqlalchemy",
            "pytest-cov",
            "sqlalchemy<2.1",
            "marshmallow-dataclass",
            "openapi-spec-validator",
            "pydantic[email]",
        ),
        tests=("tests", "examples"),
        options=NO_COVERAGE,
    ),
    Suite(
        "webargs",
        packages=("asgiref", "webtest"),
        tests=("tests/test_flaskparser.py",),
    ),
]
