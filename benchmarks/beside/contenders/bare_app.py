"""A bare WSGI application: what the server alone can do."""

from __future__ import annotations

from typing import Any

__all__ = ["APPS", "app"]

BODY = b"Hello, World!"
HEADERS = [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))]


def app(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Say hello, whatever is asked."""
    start_response("200 OK", HEADERS)
    return [BODY]


APPS = {"main": app}
