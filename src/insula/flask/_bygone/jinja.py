"""Old names of Jinja and MarkupSafe.

The decorators have other names today and do the same. The extensions for ``with`` and
``autoescape`` are part of the language; as extensions they do nothing.
"""

from __future__ import annotations

from jinja2 import pass_context, pass_environment, pass_eval_context
from jinja2.ext import Extension
from markupsafe import soft_str

__all__ = [
    "AutoEscapeExtension",
    "WithExtension",
    "autoescape",
    "contextfilter",
    "contextfunction",
    "environmentfilter",
    "environmentfunction",
    "evalcontextfilter",
    "evalcontextfunction",
    "soft_unicode",
    "with_",
]

contextfilter = contextfunction = pass_context
environmentfilter = environmentfunction = pass_environment
evalcontextfilter = evalcontextfunction = pass_eval_context
soft_unicode = soft_str


class WithExtension(Extension):
    """Nothing: ``{% with %}`` is part of the language."""


class AutoEscapeExtension(Extension):
    """Nothing: ``{% autoescape %}`` is part of the language."""


with_ = WithExtension
autoescape = AutoEscapeExtension
