"""``flask._compat``: what made one source run on Python 2 and 3."""

from __future__ import annotations

import collections.abc as collections_abc
import sys
from inspect import getfullargspec as getargspec
from io import StringIO
from os import fspath
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from insula.flask._script._compat import (
    PY2,
    integer_types,
    iteritems,
    iterkeys,
    itervalues,
    string_types,
    text_type,
)

if TYPE_CHECKING:
    from types import TracebackType

__all__ = [
    "BROKEN_PYPY_CTXMGR_EXIT",
    "PY2",
    "StringIO",
    "collections_abc",
    "fspath",
    "getargspec",
    "implements_to_string",
    "integer_types",
    "iteritems",
    "iterkeys",
    "itervalues",
    "json_available",
    "reraise",
    "string_types",
    "sys",
    "text_type",
    "with_metaclass",
]

T = TypeVar("T")

BROKEN_PYPY_CTXMGR_EXIT = False
json_available = True


def _identity(value: T) -> T:
    return value


implements_to_string = _identity


def reraise(
    tp: type[BaseException], value: BaseException, tb: TracebackType | None = None
) -> NoReturn:
    """Raise ``value`` with a traceback."""
    del tp
    raise value if value.__traceback__ is tb else value.with_traceback(tb)


def with_metaclass(meta: type, *bases: type) -> Any:
    """Return a base for a class of ``bases`` whose class is ``meta``."""
    if not bases:
        return meta("NewBase", (), {})
    # NOTE: made by what the class statement would make it by, and then left out.
    kind = type(meta.__name__, (meta,), {"__new__": _of_bases(meta, bases)})
    return type.__new__(kind, "temporary_class", (), {})


def _of_bases(meta: type, bases: tuple[type, ...]) -> Any:
    def new(_kind: type, name: str, _bases: Any, namespace: dict[str, Any]) -> Any:
        return meta(name, bases, namespace)

    return new
