"""How long a context lives: pushes, holds, and one end.

Both kinds of context share these rules:

* A context may be pushed more than once; it ends with its last pop.
* A *hold* keeps it from ending: a streamed body that was given the context holds
  it until the body is closed, wherever and on whatever thread that happens. The last
  of pops and holds to go ends the context, exactly once.
* Ending calls the teardown functions and then unsets ``_live``.
"""

from __future__ import annotations

import sys
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

    from insula.local import LocalStack

__all__ = ["UNSET", "Lifetime"]

UNSET: Any = object()


class Lifetime:
    """Count pushes and holds of a context and end it once."""

    _kind = "context"
    _stack: LocalStack[Any]
    _pushes = 0
    _holds = 0
    _hold_lock: Lock | None = None

    def push(self) -> None:
        """Make this the current context."""
        raise NotImplementedError  # pragma: no cover

    def pop(self, exc: BaseException | None = UNSET) -> None:
        """Stop being the current context."""
        raise NotImplementedError  # pragma: no cover

    def _end(self, exc: BaseException | None) -> None:
        raise NotImplementedError  # pragma: no cover

    def __enter__(self) -> Any:
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
            self._hold_lock = Lock()
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

    def _leave_stack(self) -> None:
        """Leave the stack where another context lies above, or from elsewhere.

        A context that is not on the stack of this thread or task (it was pushed
        elsewhere) leaves this one alone. If another context lies above it, both
        are left and the mistake is reported.
        """
        node: Any = self._stack._get()
        while node[1] is not None:
            node = node[1]
            if node[0] is self:
                raise AssertionError(
                    f"Popped wrong {self._kind} context: {self._stack.top!r} was pushed"
                    f" after {self!r} and must be popped first."
                )

    def _check_pushed(self) -> None:
        if self._pushes == 0:
            raise LookupError(
                f"{self!r} is not pushed: each pop() needs a push() before it."
            )


def current_exception(exc: BaseException | None) -> BaseException | None:
    """Return ``exc``, or the exception being handled where it was not given."""
    return sys.exc_info()[1] if exc is UNSET else exc
