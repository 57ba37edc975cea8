"""Interfaces for other programs."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite("Flask-Cors", packages=("mypy",), options=("--doctest-modules",)),
    Suite("Flask-RESTful", packages=("mock", "blinker", "pynose")),
    Suite(
        "Flask-RESTX",
        packages=(
            "blinker",
            "faker",
            "mock",
            "pytest-benchmark",
            "pytest-flask",
            "pytest-mock",
            "setuptools<81",
            "tzlocal",
        ),
    ),
]
