"""What an application has going on in this process: started, in the background, open.

Rules of the file: an application that is dropped takes its state along; a forked child
starts with none, and never ends what its parent has begun.
"""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Any

from insula.dispatch.loops.hub import new_short_lock

if TYPE_CHECKING:
    import threading

    from insula.dispatch.lasting.background import BackgroundTask

__all__ = ["ProcessState", "state_of"]


class ProcessState:
    """The state of one application in this process."""

    __slots__ = ("_app", "is_ready", "spans", "streams", "tasks", "users")

    def __init__(self, app: Any) -> None:
        self._app = weakref.ref(app)
        #: How many have started the application and not stopped it.
        self.users = 0
        #: Whether it is started, and all that is to be done before is done.
        self.is_ready = False
        #: The ``while_serving`` generators that have begun, in their order.
        self.spans: list[Any] = []
        #: Background tasks that have not ended.
        self.tasks: set[BackgroundTask[Any]] = set()
        #: Event streams that have not ended.
        self.streams: set[Any] = set()

    def forget(self) -> None:
        """Begin anew, in a forked child."""
        # NOTE: what is dropped here would be closed, and is the parent's.
        _inherited.extend((*self.spans, *self.streams, *self.tasks))
        was_started = bool(self.users)
        self.users = 0
        self.is_ready = False
        self.spans = []
        self.tasks.clear()
        self.streams.clear()
        app = self._app()
        if app is not None and was_started:
            app._init_first_lock()
            app._got_first_request = False


_states: weakref.WeakKeyDictionary[Any, ProcessState] = weakref.WeakKeyDictionary()
_locks: dict[str, threading.Lock] = {}
_inherited: list[Any] = []
_told: list[bool] = []


def state_of(app: Any) -> ProcessState:
    """Return the state of ``app`` in this process."""
    state = _states.get(app)
    if state is not None:
        return state
    # NOTE: made late, and anew in a child, where a thread of the parent may hold it.
    with _locks.setdefault("states", new_short_lock()):
        if not _told and hasattr(os, "register_at_fork"):
            _told.append(True)
            os.register_at_fork(after_in_child=_begin_anew)
        return _states.setdefault(app, ProcessState(app))


def _begin_anew() -> None:
    _locks.clear()
    for state in list(_states.values()):
        state.forget()
