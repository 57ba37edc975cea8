"""Type variables of what is decorated: a decorator keeps the type, and checks it.

At run time the bounds are text; a type checker looks them up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from werkzeug.sansio.response import Response

    from insula._core.types import (
        BeforeFirstRequestCallable,
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

    # What it takes may be any subclass; what it returns must be a response.
    After = Callable[[Any], Response] | Callable[[Any], Awaitable[Response]]

__all__ = [
    "AfterT",
    "BeforeFirstT",
    "BeforeT",
    "ContextProcessorT",
    "DefaultsT",
    "ErrorHandlerT",
    "FilterT",
    "GlobalT",
    "PreprocessorT",
    "RouteT",
    "ShellProcessorT",
    "TeardownT",
    "TestT",
]

AfterT = TypeVar("AfterT", bound="After")
BeforeFirstT = TypeVar("BeforeFirstT", bound="BeforeFirstRequestCallable")
BeforeT = TypeVar("BeforeT", bound="BeforeRequestCallable")
ContextProcessorT = TypeVar(
    "ContextProcessorT", bound="TemplateContextProcessorCallable"
)
DefaultsT = TypeVar("DefaultsT", bound="URLDefaultCallable")
ErrorHandlerT = TypeVar("ErrorHandlerT", bound="ErrorHandlerCallable")
FilterT = TypeVar("FilterT", bound="TemplateFilterCallable")
GlobalT = TypeVar("GlobalT", bound="TemplateGlobalCallable")
PreprocessorT = TypeVar("PreprocessorT", bound="URLValuePreprocessorCallable")
RouteT = TypeVar("RouteT", bound="RouteCallable")
ShellProcessorT = TypeVar("ShellProcessorT", bound="ShellContextProcessorCallable")
TeardownT = TypeVar("TeardownT", bound="TeardownCallable")
TestT = TypeVar("TestT", bound="TemplateTestCallable")
