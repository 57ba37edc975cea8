"""Who is running: the identities that identity storage goes by.

Three kinds of thing can be the one that runs code: an operating system thread, a
greenlet in a thread, an asyncio task in a thread. Each has

* an *ident*, that tells it from the others while it lives. A number is not enough to
  own values by: numbers are handed out again once their bearer is dead;
* an *owner*, a weakly referable object that lives exactly as long. A greenlet and a
  task are their own owner; a thread's is a token kept in a ``threading.local``, which
  the interpreter drops when the thread ends.

Rules: nothing here imports greenlet or asyncio. Where such a module has not been
loaded, nothing of its kind can be running.

Sources: ``threading.get_ident`` ("thread identifiers may be recycled when a thread
exits"), ``greenlet.getcurrent``, ``asyncio.current_task``.
"""

from __future__ import annotations

import sys
import threading
from threading import get_ident as thread_ident
from typing import Any

__all__ = [
    "ThreadToken",
    "get_ident",
    "greenlet_ident",
    "running_owner",
    "task_ident",
    "thread_ident",
    "thread_token",
]


class ThreadToken:
    """Stand for one thread: weakly referable, gone when the thread is gone."""

    __slots__ = ("__weakref__", "ident")

    def __init__(self) -> None:
        self.ident = thread_ident()


class _Tokens(threading.local):
    # NOTE: threading.local runs __init__ once in every thread that touches it.
    def __init__(self) -> None:
        self.token = ThreadToken()


_tokens = _Tokens()


def thread_token() -> ThreadToken:
    """Return the token of the running thread."""
    return _tokens.token


def _running_greenlet() -> Any | None:
    """Return the running greenlet, or ``None`` in a thread's main one."""
    module: Any = sys.modules.get("greenlet")
    if module is None:
        return None
    current = module.getcurrent()
    return None if current.parent is None else current


def _running_task() -> Any | None:
    """Return the running asyncio task, or ``None`` outside of one."""
    module: Any = sys.modules.get("asyncio")
    if module is None or module._get_running_loop() is None:
        return None
    return module.current_task()


def greenlet_ident() -> Any:
    """Return the running greenlet; outside of greenlets the thread's ident."""
    return _running_greenlet() or thread_ident()


def task_ident() -> Any:
    """Return the running asyncio task; outside of tasks the thread's ident."""
    return _running_task() or thread_ident()


def get_ident() -> Any:
    """Return what is running: a greenlet, or the ident of the thread."""
    return _running_greenlet() or thread_ident()


def running_owner() -> Any:
    """Return the owner of what is running, the innermost where they nest."""
    return _running_task() or _running_greenlet() or _tokens.token
