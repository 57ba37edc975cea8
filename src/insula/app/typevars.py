"""Type variables of what is decorated: a decorator keeps the type, and checks it.

At run time the bounds are text; a type checker looks them up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from typing import Any

    from werkzeug.sansio.response import Response

    from insula._core.types import (
        BeforeFirstRequestCallable,
        BeforeRequestCallable,
        ErrorHandlerCallable,
        ResponseReturnValue,
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
    # It may leave what it is handed as it is; there may be nothing, too.
    AfterSocket = Callable[[Any], Response | Awaitable[Response | None] | None]
    # It answers only where it refuses.
    Socket = Callable[..., ResponseReturnValue | Awaitable[Any] | None]

__all__ = [
    "AfterSocketT",
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
    "ServingT",
    "ShellProcessorT",
    "SocketT",
    "TeardownT",
    "TestT",
    "WhileServingT",
]

AfterSocketT = TypeVar("AfterSocketT", bound="AfterSocket")
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
ServingT = TypeVar(
    "ServingT", bound="Callable[[], None] | Callable[[], Awaitable[None]]"
)
ShellProcessorT = TypeVar("ShellProcessorT", bound="ShellContextProcessorCallable")
SocketT = TypeVar("SocketT", bound="Socket")
TeardownT = TypeVar("TeardownT", bound="TeardownCallable")
TestT = TypeVar("TestT", bound="TemplateTestCallable")
WhileServingT = TypeVar(
    "WhileServingT",
    bound="Callable[[], Iterator[None]] | Callable[[], AsyncIterator[None]]",
)
