"""The application's logger: to the request's error stream, in a plain format."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

from insula.context.stacks import request_stack
from insula.local import LocalProxy

if TYPE_CHECKING:
    from insula._core.protocols import AppProtocol

__all__ = [
    "create_logger",
    "default_handler",
    "has_level_handler",
    "wsgi_errors_stream",
]


def _errors_stream() -> Any:
    ctx = request_stack.top
    if ctx is None:
        return sys.stderr
    return ctx._request.environ["wsgi.errors"]


#: The ``wsgi.errors`` of the current request, or ``sys.stderr``.
wsgi_errors_stream: Any = LocalProxy(_errors_stream)

#: The handler of applications whose logging nobody has configured.
default_handler = logging.StreamHandler(wsgi_errors_stream)
default_handler.setFormatter(
    logging.Formatter("[%(asctime)s] %(levelname)s in %(module)s: %(message)s")
)


def has_level_handler(logger: logging.Logger) -> bool:
    """Tell whether a handler on the way up would take the logger's messages."""
    level = logger.getEffectiveLevel()
    current: logging.Logger | None = logger
    while current is not None:
        if any(handler.level <= level for handler in current.handlers):
            return True
        if not current.propagate:
            return False
        current = current.parent
    return False


def create_logger(app: AppProtocol) -> logging.Logger:
    """Return the logger named as the application, set up where nobody has."""
    logger = logging.getLogger(app.name)
    if app.debug and not logger.level:
        logger.setLevel(logging.DEBUG)
    if not has_level_handler(logger):
        logger.addHandler(default_handler)
    return logger
