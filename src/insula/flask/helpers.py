"""The functions that work on what is current."""

from __future__ import annotations

import os
import sys

import werkzeug
from werkzeug.exceptions import abort as _wz_abort
from werkzeug.utils import redirect as _wz_redirect

from insula._core.signals import message_flashed
from insula.app.environment import get_debug_flag, get_load_dotenv
from insula.app.files import _prepare_send_file_kwargs
from insula.app.paths import get_root_path
from insula.app.registrar import endpoint_from_view_func as _endpoint_from_view_func
from insula.context import request_ctx
from insula.dispatch import stream_with_context
from insula.flask.globals import _cv_app, _cv_request
from insula.http.blueprint_path import split_blueprint_path as _split_blueprint_path
from insula.proxies import current_app, request, session
from insula.shortcuts import (
    abort,
    flash,
    get_flashed_messages,
    get_template_attribute,
    make_response,
    redirect,
    send_file,
    send_from_directory,
    url_for,
)

__all__ = [
    "_cv_app",
    "_cv_request",
    "_endpoint_from_view_func",
    "_prepare_send_file_kwargs",
    "_split_blueprint_path",
    "_wz_abort",
    "_wz_redirect",
    "abort",
    "current_app",
    "flash",
    "get_debug_flag",
    "get_flashed_messages",
    "get_load_dotenv",
    "get_root_path",
    "get_template_attribute",
    "make_response",
    "message_flashed",
    "os",
    "redirect",
    "request",
    "request_ctx",
    "send_file",
    "send_from_directory",
    "session",
    "stream_with_context",
    "sys",
    "url_for",
    "werkzeug",
]
