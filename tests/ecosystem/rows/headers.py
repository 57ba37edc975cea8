"""What answers carry, and how much of it, and how often."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite("Flask-Compress", packages=("flask-caching",)),
    Suite(
        "Flask-Limiter",
        packages=(
            "flask-limiter[cli]",
            "flask-restful",
            "flask-restx",
            "asgiref",
            "redis",
            "pymemcache",
            "pymongo",
            "hiro",
            "pytest-check",
            "pytest-mock",
            "lovely-pytest-docker",
        ),
        options=("-o", "addopts="),
    ),
    Suite("Flask-Talisman", tests=("flask_talisman/talisman_test.py",)),
]
