"""``flask.scaffold``: what stands in ``flask.sansio.scaffold`` since Flask 3.0."""

from __future__ import annotations

import os
import sys
from datetime import timedelta

from werkzeug.wrappers import Response

from insula.app.paths import get_root_path
from insula.cli.group import AppGroup
from insula.flask._old.cached import locked_cached_property
from insula.flask._old.encoders import JSONDecoder, JSONEncoder
from insula.flask.sansio.scaffold import (
    F,
    FileSystemLoader,
    HTTPException,
    Scaffold,
    T_after_request,
    T_before_request,
    T_error_handler,
    T_route,
    T_teardown,
    T_template_context_processor,
    T_url_defaults,
    T_url_value_preprocessor,
    _default_template_ctx_processor,
    _endpoint_from_view_func,
    _find_package_path,
    cached_property,
    default_exceptions,
    find_package,
    setupmethod,
)
from insula.proxies import current_app
from insula.shortcuts import send_from_directory

__all__ = [
    "AppGroup",
    "F",
    "FileSystemLoader",
    "HTTPException",
    "JSONDecoder",
    "JSONEncoder",
    "Response",
    "Scaffold",
    "T_after_request",
    "T_before_request",
    "T_error_handler",
    "T_route",
    "T_teardown",
    "T_template_context_processor",
    "T_url_defaults",
    "T_url_value_preprocessor",
    "_default_template_ctx_processor",
    "_endpoint_from_view_func",
    "_find_package_path",
    "cached_property",
    "current_app",
    "default_exceptions",
    "find_package",
    "get_root_path",
    "locked_cached_property",
    "os",
    "send_from_directory",
    "setupmethod",
    "sys",
    "timedelta",
]
