"""Templates.

Programs replace `_render` and `_stream` (tests by a function that only notes what was
to be rendered): what somebody put there is called.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from jinja2 import (
    BaseLoader,
    Template,
    TemplateNotFound,
)
from jinja2 import (
    Environment as BaseEnvironment,
)

from insula._core.signals import before_render_template, template_rendered
from insula.app.templates import default_context as _default_template_ctx_processor
from insula.dispatch import stream_with_context
from insula.flask.globals import _cv_app, _cv_request
from insula.proxies import current_app, request
from insula.shortcuts import (
    render_template,
    render_template_string,
    stream_template,
    stream_template_string,
)
from insula.templating import (
    DispatchingJinjaLoader,
    Environment,
)
from insula.templating import (
    render as _render,
)
from insula.templating import (
    stream as _stream,
)

__all__ = [
    "BaseEnvironment",
    "BaseLoader",
    "DispatchingJinjaLoader",
    "Environment",
    "Template",
    "TemplateNotFound",
    "_cv_app",
    "_cv_request",
    "_default_template_ctx_processor",
    "_render",
    "_stream",
    "before_render_template",
    "current_app",
    "render_template",
    "render_template_string",
    "request",
    "stream_template",
    "stream_template_string",
    "stream_with_context",
    "template_rendered",
]


class _Templating(ModuleType):
    """A module two functions of which are replaced where they are called, too."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name in {"_render", "_stream"}:
            setattr(import_module("insula.shortcuts"), name, value)


sys.modules[__name__].__class__ = _Templating
