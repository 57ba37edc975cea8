"""Which function a method is of.

A wrapper may hand on whatever it is asked for to what it wraps (``__getattr__``, as
many proxies do), ``__func__`` included; so the type of the method is looked at first.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

__all__ = ["function_of"]


def function_of(method: Any) -> Any:
    """Return the function of a bound method, ``None`` for anything else."""
    return method.__func__ if type(method) is MethodType else None
