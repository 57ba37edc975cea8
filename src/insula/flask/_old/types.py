"""Names of ``flask.typing`` that only Flask 2.0 or 2.1 had."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from insula._core.types import ErrorHandlerCallable, RouteCallable

__all__ = [
    "ErrorHandlerDecorator",
    "GenericException",
    "HeaderName",
    "RouteDecorator",
    "StatusCode",
]

GenericException = TypeVar("GenericException", bound=Exception, contravariant=True)  # noqa: PLC0105 - its name
HeaderName = str
StatusCode = int
ErrorHandlerDecorator = TypeVar("ErrorHandlerDecorator", bound=ErrorHandlerCallable)
RouteDecorator = Callable[[Any], RouteCallable]
