"""Errors that debug mode explains."""

from __future__ import annotations

from insula.app.application import Insula as App
from insula.app.blueprint import Blueprint
from insula.context import request_ctx
from insula.http.debug import (
    DebugFilesKeyError,
    FormDataRoutingRedirect,
    UnexpectedUnicodeError,
)
from insula.http.debug import (
    attach_enctype_error as attach_enctype_error_multidict,
)
from insula.templating.explain import (
    _describe as _dump_loader_info,
)
from insula.templating.explain import (
    explain_template_loading_attempts,
)

__all__ = [
    "App",
    "Blueprint",
    "DebugFilesKeyError",
    "FormDataRoutingRedirect",
    "UnexpectedUnicodeError",
    "_dump_loader_info",
    "attach_enctype_error_multidict",
    "explain_template_loading_attempts",
    "request_ctx",
]
