"""The application class, which is one with that of `flask.app`."""

from __future__ import annotations

from werkzeug.exceptions import Aborter, BadRequest, BadRequestKeyError
from werkzeug.routing import BuildError, Map, Rule
from werkzeug.utils import cached_property

from insula.app import Config
from insula.app.application import Insula as App
from insula.app.application import _make_timedelta
from insula.app.config import ConfigAttribute
from insula.app.environment import get_debug_flag
from insula.app.log import create_logger
from insula.app.paths import find_package
from insula.app.registrar import (
    Registrar as Scaffold,
)
from insula.app.registrar import (
    endpoint_from_view_func as _endpoint_from_view_func,
)
from insula.app.registrar import (
    setupmethod,
)
from insula.context import AppGlobals as _AppCtxGlobals
from insula.flask._typevars import (
    T_shell_context_processor,
    T_teardown,
    T_template_filter,
    T_template_global,
    T_template_test,
)
from insula.http.blueprint_path import split_blueprint_path as _split_blueprint_path
from insula.json.provider import DefaultJSONProvider, JSONProvider
from insula.templating import DispatchingJinjaLoader, Environment

__all__ = [
    "Aborter",
    "App",
    "BadRequest",
    "BadRequestKeyError",
    "BuildError",
    "Config",
    "ConfigAttribute",
    "DefaultJSONProvider",
    "DispatchingJinjaLoader",
    "Environment",
    "JSONProvider",
    "Map",
    "Rule",
    "Scaffold",
    "T_shell_context_processor",
    "T_teardown",
    "T_template_filter",
    "T_template_global",
    "T_template_test",
    "_AppCtxGlobals",
    "_endpoint_from_view_func",
    "_make_timedelta",
    "_split_blueprint_path",
    "cached_property",
    "create_logger",
    "find_package",
    "get_debug_flag",
    "setupmethod",
]

# Read once, it stands in the class, where tools look that read nothing.
App.jinja_environment  # noqa: B018 - it is imported by this
