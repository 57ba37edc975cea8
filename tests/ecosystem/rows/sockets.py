"""Messages both ways."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite(
        "Flask-SocketIO",
        packages=("redis",),
        tests=("test_socketio.py",),
        options=("-p", "no:logging"),
    ),
]
