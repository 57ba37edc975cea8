"""Run each step of a coroutine in a Context of its own.

A task runs its coroutine in the Context that it was made with. What is awaited by
:func:`drive` runs, from one suspension to the next, in another: what it sets is seen
there and nowhere else, and what it starts has a copy of that one.
"""

from __future__ import annotations

from types import coroutine
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator
    from contextvars import Context

__all__ = ["drive"]

T = TypeVar("T")


@coroutine
def drive(coro: Coroutine[Any, Any, T], context: Context) -> Generator[Any, Any, T]:
    """Await ``coro``, which may be any awaitable with ``send``, in ``context``."""
    step: Any = coro.send
    argument: Any = None
    try:
        while True:
            try:
                future = context.run(step, argument)
            except StopIteration as exc:
                return exc.value  # type: ignore[no-any-return]  # a T
            try:
                argument = yield future
                step = coro.send
            except GeneratorExit:
                context.run(coro.close)
                raise
            except BaseException as exc:  # noqa: BLE001 - it is the coroutine's
                step, argument = coro.throw, exc
    finally:
        # NOTE: an error's traceback refers to this frame.
        del step, argument
