"""The application class."""

from __future__ import annotations

import os
import sys

from werkzeug.datastructures import Headers, ImmutableDict
from werkzeug.exceptions import BadRequestKeyError, HTTPException, InternalServerError
from werkzeug.routing import (
    BuildError,
    MapAdapter,
    RequestRedirect,
    RoutingException,
    Rule,
)
from werkzeug.serving import is_running_from_reloader
from werkzeug.wsgi import get_host

import insula.flask.cli as cli  # noqa: PLR0402 - see the rules of insula.flask._modules
from insula._core.signals import (
    appcontext_tearing_down,
    got_request_exception,
    request_finished,
    request_started,
    request_tearing_down,
)
from insula.app.application import Insula as App
from insula.app.application import Insula as Flask
from insula.app.application import _make_timedelta
from insula.app.environment import get_debug_flag, get_load_dotenv
from insula.context import AppContext, RequestContext, request_ctx
from insula.flask._typevars import (
    T_shell_context_processor,
    T_teardown,
    T_template_filter,
    T_template_global,
    T_template_test,
)
from insula.flask.globals import _cv_app, _cv_request
from insula.http import Request, Response
from insula.proxies import current_app, g, request, session
from insula.sessions import SecureCookieSessionInterface, SessionInterface
from insula.shortcuts import get_flashed_messages, send_from_directory
from insula.templating import Environment

__all__ = [
    "App",
    "AppContext",
    "BadRequestKeyError",
    "BuildError",
    "Environment",
    "Flask",
    "HTTPException",
    "Headers",
    "ImmutableDict",
    "InternalServerError",
    "MapAdapter",
    "Request",
    "RequestContext",
    "RequestRedirect",
    "Response",
    "RoutingException",
    "Rule",
    "SecureCookieSessionInterface",
    "SessionInterface",
    "T_shell_context_processor",
    "T_teardown",
    "T_template_filter",
    "T_template_global",
    "T_template_test",
    "_cv_app",
    "_cv_request",
    "_make_timedelta",
    "appcontext_tearing_down",
    "cli",
    "current_app",
    "g",
    "get_debug_flag",
    "get_flashed_messages",
    "get_host",
    "get_load_dotenv",
    "got_request_exception",
    "is_running_from_reloader",
    "os",
    "request",
    "request_ctx",
    "request_finished",
    "request_started",
    "request_tearing_down",
    "send_from_directory",
    "session",
    "sys",
]
