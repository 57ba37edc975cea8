"""What looks on: toolbars, metrics, reports of errors."""

from __future__ import annotations

from pathlib import Path

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

APPLICATIONS = Path(__file__).resolve().parents[1] / "given" / "applications"

SUITES = [
    Suite(
        "Flask-DebugToolbar",
        packages=("flask-sqlalchemy",),
        tests=("test",),
        # The last release whose archive has tests; their application is not in it.
        tests_of="Flask-DebugToolbar==0.15.1",
        variables={"PYTHONPATH": str(APPLICATIONS)},
    ),
    Suite(
        "opentelemetry-instrumentation-flask", packages=("opentelemetry-test-utils",)
    ),
]
