"""What an application and a blueprint share."""

from __future__ import annotations

from jinja2 import BaseLoader, FileSystemLoader
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.utils import cached_property

from insula.app.paths import (
    _package_path as _find_package_path,
)
from insula.app.paths import (
    find_package,
    get_root_path,
)
from insula.app.registrar import (
    Registrar as Scaffold,
)
from insula.app.registrar import (
    endpoint_from_view_func as _endpoint_from_view_func,
)
from insula.app.registrar import (
    setupmethod,
)
from insula.app.templates import default_context as _default_template_ctx_processor
from insula.flask._typevars import (
    F,
    T_after_request,
    T_before_request,
    T_error_handler,
    T_route,
    T_teardown,
    T_template_context_processor,
    T_url_defaults,
    T_url_value_preprocessor,
)

__all__ = [
    "BaseLoader",
    "F",
    "FileSystemLoader",
    "HTTPException",
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
    "default_exceptions",
    "find_package",
    "get_root_path",
    "setupmethod",
]
