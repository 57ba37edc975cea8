"""The application class without what Flask adds to it in `flask.app`.

Every application is one: here the class of `flask.app` has no base in which what it
adds is missing, so this one is made from it, and answers for it where types are asked.
"""

from __future__ import annotations

from typing import Any

from werkzeug.exceptions import Aborter, BadRequest, BadRequestKeyError
from werkzeug.routing import BuildError, Map, Rule
from werkzeug.utils import cached_property

from insula.app import Config
from insula.app.application import Insula, _make_timedelta
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


class _EveryApplication(type):
    """The type of a class that all applications are instances of."""

    def __instancecheck__(cls, instance: object) -> bool:
        return type.__instancecheck__(Insula if cls is App else cls, instance)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return type.__subclasscheck__(Insula if cls is App else cls, subclass)


class App(Insula, metaclass=_EveryApplication):
    """An application that registers no route of its own.

    Subclasses that serve static files in another way do that themselves.
    """

    def _add_static_route(self, *_given: Any) -> None:
        pass


# Read once, it stands in the class, where tools look that read nothing.
App.jinja_environment  # noqa: B018 - it is imported by this
