"""Mail."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    # The releases after it have no tests in their archives.
    Suite(
        "Flask-Mail",
        release="==0.9.1",
        packages=("mock", "speaklater3"),
        tests=("tests.py",),
    ),
]
