"""The type variables that Flask's modules annotate their decorators with.

Code that is written against Flask imports them to give its own decorators the same
types. Each is bound as Flask's is, to the alias of :mod:`insula.flask.typing`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from insula.flask.typing import (
    AfterRequestCallable,
    BeforeRequestCallable,
    ErrorHandlerCallable,
    RouteCallable,
    ShellContextProcessorCallable,
    TeardownCallable,
    TemplateContextProcessorCallable,
    TemplateFilterCallable,
    TemplateGlobalCallable,
    TemplateTestCallable,
    URLDefaultCallable,
    URLValuePreprocessorCallable,
)

__all__ = [
    "F",
    "T",
    "T_after_request",
    "T_before_request",
    "T_error_handler",
    "T_route",
    "T_shell_context_processor",
    "T_teardown",
    "T_template_context_processor",
    "T_template_filter",
    "T_template_global",
    "T_template_test",
    "T_url_defaults",
    "T_url_value_preprocessor",
]

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
T_after_request = TypeVar("T_after_request", bound=AfterRequestCallable[Any])
T_before_request = TypeVar("T_before_request", bound=BeforeRequestCallable)
T_error_handler = TypeVar("T_error_handler", bound=ErrorHandlerCallable)
T_route = TypeVar("T_route", bound=RouteCallable)
T_shell_context_processor = TypeVar(
    "T_shell_context_processor", bound=ShellContextProcessorCallable
)
T_teardown = TypeVar("T_teardown", bound=TeardownCallable)
T_template_context_processor = TypeVar(
    "T_template_context_processor", bound=TemplateContextProcessorCallable
)
T_template_filter = TypeVar("T_template_filter", bound=TemplateFilterCallable)
T_template_global = TypeVar("T_template_global", bound=TemplateGlobalCallable)
T_template_test = TypeVar("T_template_test", bound=TemplateTestCallable)
T_url_defaults = TypeVar("T_url_defaults", bound=URLDefaultCallable)
T_url_value_preprocessor = TypeVar(
    "T_url_value_preprocessor", bound=URLValuePreprocessorCallable
)
