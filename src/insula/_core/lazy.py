"""Attributes that are computed when they are read: the first time, or each time.

A :class:`lazy` attribute is a *non-data* descriptor: the first read stores the
value in the instance's ``__dict__``, and from then on the interpreter finds it
there without calling anything. Assigning and deleting work as for a plain
attribute; deleting makes the next read compute it anew.

NOTE: There is no lock. Two threads that race for the first read may both
compute; the last one to store wins. It is for values that may be computed twice.

A :class:`yielding` attribute is one, too, and is computed at each read until something
is assigned. Subclasses and extensions keep their own things on an application or a
request, under names that its class did not have when they were written: where such a
name is one of ours, theirs holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["lazy", "yielding"]

T = TypeVar("T")

_set = object.__setattr__


class lazy(Generic[T]):  # noqa: N801 - used as a decorator, like property
    """Make a method an attribute that is computed on first access."""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> lazy[T]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> lazy[T] | T:
        if instance is None:
            return self
        value = self._compute(instance)
        # PERF: unlike instance.__dict__[…] this leaves CPython's inline values alone.
        _set(instance, self._name, value)
        return value

    if TYPE_CHECKING:
        # A descriptor with a setter only for the type checker: at run time the
        # instance's __dict__ takes the assignment.
        def __set__(self, instance: object, value: T) -> None: ...
        def __delete__(self, instance: object) -> None: ...


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
