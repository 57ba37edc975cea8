"""Attributes that give way to what is assigned.

Subclasses and extensions keep their own things on an application or a request, under
names that its class did not have when they were written. Where such a name is one of
ours, theirs holds: a :class:`yielding` attribute is a *non-data* descriptor, computed
at each read until something is assigned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["yielding"]

T = TypeVar("T")


class yielding(Generic[T]):  # noqa: N801 - used as a decorator, like property
    """Make a method an attribute that is computed until one is assigned."""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.fget = compute
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> yielding[T]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> yielding[T] | T:
        return self if instance is None else self.fget(instance)
