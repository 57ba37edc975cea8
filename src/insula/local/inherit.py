"""Keep a plain new thread empty where the interpreter lets threads inherit.

From Python 3.14 on, a thread may start in a copy of the context of the thread that
started it (``sys.flags.thread_inherit_context``; the default of free-threaded builds).
A Local promises that a plain new thread starts empty. So where threads inherit, a
variable is read and set through a guard; everywhere else :func:`accessors` hands out
the variable's own methods and nothing is paid.

Theory of operation
-------------------
A thread that inherits runs in a base context, ``Thread._context``. What the variable
holds there when the thread first looks was inherited. Found again while the thread runs
in its base context, it counts as empty. A context that was entered by hand
(``copy_context().run``, ``asyncio.to_thread``, a pool that carries contexts) is another
one than the base, and what it holds was carried on purpose. Which of the two is running
tells a probe: a variable set now shows in the base context only if that is it.

NOTE: Two cases cannot be told apart and go like this, on such interpreters only:
``Thread(context=ctx)`` starts empty too (let the thread run ``ctx.run`` instead); and
``asyncio.run`` as the first thing in an inheriting thread makes tasks that see what the
thread inherited, for their context is a copy like any that is carried.

Sources: the documentation of ``threading.Thread`` and of ``sys.flags``, Python 3.14.
"""

from __future__ import annotations

import sys
import threading
from contextvars import Context, ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["THREADS_INHERIT", "accessors", "guard"]

V = TypeVar("V")

THREADS_INHERIT = bool(getattr(sys.flags, "thread_inherit_context", False))

_probe: ContextVar[object] = ContextVar("insula.local.probe")


def accessors(
    var: ContextVar[V], empty: V
) -> tuple[Callable[[], V], Callable[[V], object]]:
    """Return what reads and what sets ``var``; ``empty`` is what no value reads as."""
    return guard(var, empty) if THREADS_INHERIT else _plain(var, empty)


def _plain(
    var: ContextVar[V], empty: V
) -> tuple[Callable[[], V], Callable[[V], object]]:
    # PERF: a variable whose default is `empty` is read without handing it over.
    try:
        own_default = Context().run(var.get) is empty
    except LookupError:
        own_default = False
    return (var.get if own_default else partial(var.get, empty)), var.set


def _base_context() -> Context | None:
    """Return the context the thread started in, if the interpreter keeps one."""
    base: Context | None = getattr(threading.current_thread(), "_context", None)
    return base


def _runs_in(context: Context) -> bool:
    """Tell whether ``context`` is the one that is running."""
    mark = object()
    token = _probe.set(mark)
    found = context.get(_probe) is mark
    _probe.reset(token)
    return found


def guard(
    var: ContextVar[V], empty: V
) -> tuple[Callable[[], V], Callable[[V], object]]:
    """Return what reads and sets ``var`` and sees nothing of what was inherited."""
    own_get, own_set = _plain(var, empty)
    thread: Any = threading.local()

    def inherited() -> Any:
        try:
            return thread.inherited
        except AttributeError:
            base = _base_context()
            thread.inherited = empty if base is None else base.get(var, empty)
            return thread.inherited

    def in_base() -> bool:
        base = _base_context()
        return base is not None and _runs_in(base)

    def get() -> V:
        value = own_get()
        if value is not empty and value is inherited() and in_base():
            thread.inherited = empty
            own_set(empty)
            return empty
        return value

    def set(value: V) -> object:  # noqa: A001 - it stands in for ContextVar.set
        if inherited() is not empty and in_base():
            thread.inherited = empty
        return own_set(value)

    return get, set
