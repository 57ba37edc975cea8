"""Interfaces for other programs."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite("Flask-Cors", packages=("mypy",), options=("--doctest-modules",)),
    Suite(
        "Flask-RESTful",
        # Later releases of pytest stop at a test that yields, these pass over it.
        packages=("pytest<8.4", "mock", "blinker", "pynose"),
    ),
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
