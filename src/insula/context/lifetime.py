"""How long a context lives: pushes, holds, and one end.

Both kinds of context share these rules:

* A context may be pushed more than once; it ends with its last pop.
* A *hold* keeps it from ending: a streamed body that was given the context holds
  it until the body is closed, wherever and on whatever thread that happens. The last
  of pops and holds to go ends the context, exactly once.
* Ending calls the teardown functions and then unsets what the proxies read.
"""

from __future__ import annotations

import sys
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from insula.local import LocalStack

__all__ = ["GONE", "UNSET", "Lifetime", "current_exception", "leave"]

UNSET: Any = object()


class Gone:
    """What a context has in place of its request and its ``g`` while it has none.

    It has no attribute at all, so that a proxy need not ask whether it is there.
    """

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        raise AttributeError(name)


GONE: Any = Gone()


class Lifetime:
    """Count pushes and holds of a context and end it once."""

    _pushes = 0
    _holds = 0
    # Whether its teardown functions have been called already, by one who awaits them.
    _is_torn_down = False
    _hold_lock: RLock | None = None

    if TYPE_CHECKING:
        # What the two kinds of context bring.
        push: Any
        pop: Any
        _end: Any

    def __enter__(self) -> Self:
        self.push()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.pop(exc_value)

    def _hold(self) -> None:
        """Keep the context from ending until :meth:`_release`."""
        if self._hold_lock is None:
            # NOTE: the collector may end another stream of it while this is held.
            self._hold_lock = RLock()
        with self._hold_lock:
            self._holds += 1

    def _release(self, exc: BaseException | None) -> None:
        """Give a hold back; the last one to go ends the context."""
        lock = self._hold_lock
        if lock is None:
            return
        with lock:
            self._holds -= 1
            last = self._holds == 0 and self._pushes == 0
        if last:
            self._end(exc)

    def _drop_push(self) -> bool:
        """Count one push down; tell whether it was the last thing alive."""
        lock = self._hold_lock
        if lock is None:
            self._pushes -= 1
            return self._pushes == 0
        with lock:
            self._pushes -= 1
            return self._pushes == 0 and self._holds == 0

    def _check_pushed(self) -> None:
        if self._pushes == 0:
            raise LookupError(
                f"{self!r} is not pushed: each pop() needs a push() before it."
            )


def leave(stack: LocalStack[Any], ctx: Any) -> None:
    """Take ``ctx`` off ``stack``, by value, and those below it that have ended.

    A context that is not on the stack of this thread or task (it was pushed elsewhere)
    leaves this one alone. If another context lies above it, both are left and the
    mistake is reported.
    """
    node: Any = stack._get()
    if node[0] is ctx:
        # One that was popped out of order was left below.
        node = node[1]
        while node[1] is not None and _has_ended(node[0]):
            node = node[1]
        stack._set(node)
        return
    top = node[0]
    while node[1] is not None:
        node = node[1]
        if node[0] is ctx:
            raise AssertionError(
                f"Popped wrong context: {top!r} was pushed after {ctx!r} and must be"
                " popped first."
            )


def _has_ended(ctx: Any) -> bool:
    # What others push need not be a context.
    return isinstance(ctx, Lifetime) and ctx._pushes == 0 and ctx._holds == 0


def current_exception(exc: BaseException | None) -> BaseException | None:
    """Return ``exc``, or the exception being handled where it was not given."""
    return sys.exc_info()[1] if exc is UNSET else exc
