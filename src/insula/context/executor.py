"""A thread pool that carries the contexts of whoever submits a job.

A module of its own: ``concurrent.futures`` is loaded by those who use it.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from insula.context.carry import carry

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ContextThreadPoolExecutor"]

P = ParamSpec("P")
T = TypeVar("T")


class ContextThreadPoolExecutor(ThreadPoolExecutor):
    """A thread pool whose jobs see the contexts of the code that submitted them."""

    def submit(
        self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        """Run ``carry(fn)(*args, **kwargs)`` on a thread of the pool."""
        return super().submit(carry(fn), *args, **kwargs)
