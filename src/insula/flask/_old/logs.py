"""Logging as it was before Flask 1.0: by a name, with a format of the application's."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

from insula.app.log import create_logger, default_handler, wsgi_errors_stream

__all__ = [
    "DEBUG_LOG_FORMAT",
    "PROD_LOG_FORMAT",
    "debug_log_format",
    "has_config",
    "logger_name",
    "should_log_for",
]

_RULE = "-" * 80
DEBUG_LOG_FORMAT = (
    f"{_RULE}\n"
    "%(levelname)s in %(module)s [%(pathname)s:%(lineno)d]:\n"
    "%(message)s\n"
    f"{_RULE}"
)
PROD_LOG_FORMAT = "[%(asctime)s] %(levelname)s in %(module)s: %(message)s"


def has_config(logger: logging.Logger) -> bool:
    """Tell whether somebody has set a logger up."""
    return bool(logger.level or logger.handlers or not logger.propagate)


def should_log_for(app: Any, mode: str) -> bool:
    """Tell whether the policy lets the application log by itself in ``mode``."""
    policy = app.config.get("LOGGER_HANDLER_POLICY", "always")
    return policy in {mode, "always"}


def _name(app: Any) -> str:
    name: str = app.logger.name
    return name


def rename(app: Any, name: str) -> None:
    """Have the application log by another name."""
    app.logger = create_logger(SimpleNamespace(name=name, debug=app.debug))


logger_name = property(_name, rename)


def _format(app: Any) -> Any:
    return app.__dict__.get("_debug_log_format", DEBUG_LOG_FORMAT)


def _set_format(app: Any, text: str) -> None:
    app.__dict__["_debug_log_format"] = text
    logger = app.logger
    # The default handler is every application's; this one is this application's.
    handler = logging.StreamHandler(wsgi_errors_stream)
    handler.setFormatter(logging.Formatter(text))
    logger.removeHandler(default_handler)
    logger.addHandler(handler)


debug_log_format = property(_format, _set_format)
