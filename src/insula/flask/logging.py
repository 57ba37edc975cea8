"""The application's logger."""

from __future__ import annotations

from insula.app.log import (
    create_logger,
    default_handler,
    has_level_handler,
    wsgi_errors_stream,
)
from insula.local import LocalProxy
from insula.proxies import request

__all__ = [
    "LocalProxy",
    "create_logger",
    "default_handler",
    "has_level_handler",
    "request",
    "wsgi_errors_stream",
]
