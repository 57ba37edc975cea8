"""The contexts."""

from __future__ import annotations

from insula._core.signals import appcontext_popped, appcontext_pushed
from insula.context import (
    AppContext,
    RequestContext,
    after_this_request,
    copy_current_request_context,
    has_app_context,
    has_request_context,
)
from insula.context import (
    AppGlobals as _AppCtxGlobals,
)
from insula.flask._typevars import F
from insula.flask.globals import _cv_app, _cv_request

__all__ = [
    "AppContext",
    "F",
    "RequestContext",
    "_AppCtxGlobals",
    "_cv_app",
    "_cv_request",
    "after_this_request",
    "appcontext_popped",
    "appcontext_pushed",
    "copy_current_request_context",
    "has_app_context",
    "has_request_context",
]
