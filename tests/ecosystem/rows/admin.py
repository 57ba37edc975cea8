"""Pages for those who run an application."""

from __future__ import annotations

from tests.ecosystem.suite import Suite

__all__ = ["SUITES"]

SUITES = [
    Suite(
        "Flask-Admin",
        packages=(
            "flask-admin[sqlalchemy-lite,sqlalchemy-with-utils,geoalchemy,peewee]",
            "flask-admin[pymongo,mongoengine,images,export,rediscli,translation]",
            "flask-admin[s3,azure-blob-storage]",
            "sqlalchemy<2.1",
            "asgiref",
            "moto",
            "psycopg2-binary",
            "beautifulsoup4",
        ),
        tests=("flask_admin/tests",),
        left_out={
            "flask_admin/tests/fileadmin/test_fileadmin_azure.py": "wants Azure",
            "flask_admin/tests/geoa": "wants a PostgreSQL with PostGIS",
            "flask_admin/tests/mongoengine": "wants a MongoDB, which Debian has not",
            "flask_admin/tests/pymongo": "likewise",
            "flask_admin/tests/sqla/test_postgres.py": "wants a PostgreSQL",
        },
    ),
]
