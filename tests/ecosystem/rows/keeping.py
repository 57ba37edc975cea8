"""What is kept between requests: caches, sessions."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite(
        "Flask-Caching",
        packages=(
            "flask[async]",
            "pytest-asyncio",
            "pytest-xprocess",
            "pylibmc",
            "redis",
        ),
        options=("-o", "asyncio_default_fixture_loop_scope=function"),
        # It starts no servers of its own, which as root it could not.
        variables={"CI": "true"},
        services=("redis on 6360", "memcached on 11212"),
    ),
    Suite(
        "Flask-Session",
        packages=("redis", "pymemcache", "flask-sqlalchemy"),
        tests=("test_session.py",),
        # The last release whose archive has tests.
        tests_of="Flask-Session==0.5.0",
        services=("redis", "memcached"),
        left_out={
            "test_session.py::FlaskSessionTestCase::test_mongodb_session": (
                "Debian has no MongoDB"
            ),
            "test_session.py::FlaskSessionTestCase::test_null_session": (
                "0.6 has taken SESSION_TYPE = 'null' away"
            ),
        },
    ),
]
