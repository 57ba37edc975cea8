"""Identity storage: one value for each who runs, owned weakly.

Theory of operation
-------------------
``{key: (owner reference, ident, value)}``. The key is made so that no two owners that
live at one time share one:

* the ident is an object that can be weakly referenced (a greenlet, a task): it owns the
  value, the key is its ``id()``;
* the ident is a thread's number: its :class:`ThreadToken` owns the value;
* the ident is any other integer: what is running (the innermost of task, greenlet and
  thread) owns the value, the key is the integer and the owner's ``id()``. A number that
  is handed out again finds nothing, for its owner is another one;
* the ident is anything else hashable (a string, a tuple, ``None``): a name the user
  has made up, and nobody's death can tell when it is over. The value stays until it is
  released.

When an owner dies, the callback of its reference takes the entry out. It needs no
lock: an ``id()`` is not given to another object before the callbacks of the one that
had it have run, so the entry under that key is the dead owner's, and one
``dict.pop`` is atomic.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import ref

from insula.local.ident import (
    ThreadToken,
    running_owner,
    task_ident,
    thread_ident,
    thread_token,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["IdentStorage"]

V = TypeVar("V")


class _OwnerRef(ref):  # type: ignore[type-arg]  # the owner may be of any type
    """Refer to an owner, and know what dies with it."""

    __slots__ = ("key", "storage")

    key: Hashable
    storage: ref[IdentStorage[Any]]


def _expire(owner: Any) -> None:
    storage = owner.storage()
    if storage is not None:
        storage._entries.pop(owner.key, None)


def _owner_function(ident_func: Callable[[], Any]) -> Callable[[], Any]:
    """Return what finds the owner: mostly ``ident_func`` itself."""
    if ident_func is thread_ident:
        # A thread's token stands for its number, which may be used again.
        return thread_token
    asyncio: Any = sys.modules.get("asyncio")
    if asyncio is not None and ident_func is asyncio.current_task:
        # Outside of tasks it raises or says None; there the thread owns the values.
        return task_ident
    return ident_func


class IdentStorage(Generic[V]):
    """Hold one value for each identity; ``default`` where none was set."""

    __slots__ = ("__weakref__", "_default", "_entries", "_owner", "ident_func")

    def __init__(self, ident_func: Callable[[], Any], default: V) -> None:
        if not callable(ident_func):
            raise TypeError(
                f"An ident function was expected, not {ident_func!r}; hand over a"
                " callable without arguments, such as threading.get_ident."
            )
        self.ident_func = ident_func
        self._default = default
        self._entries: dict[Hashable, tuple[_OwnerRef | None, Any, V]] = {}
        self._owner = _owner_function(ident_func)

    def _find(self) -> tuple[Hashable, Any, Any]:
        """Return the key, the owner (``None``: nobody) and the ident."""
        owner = self._owner()
        kind = type(owner)
        if kind is ThreadToken:
            return id(owner), owner, owner.ident
        if kind is int:
            if owner == thread_ident():
                token = thread_token()
                return id(token), token, owner
            runner = running_owner()
            return (owner, id(runner)), runner, owner
        if kind.__weakrefoffset__:
            return id(owner), owner, owner
        return (owner,), None, owner

    def get(self) -> V:
        """Return the value of the identity that is running."""
        entry = self._entries.get(self._find()[0])
        return self._default if entry is None else entry[2]

    def set(self, value: V) -> None:
        """Set the value of the identity that is running.

        Setting the default takes the entry out.
        """
        key, owner, ident = self._find()
        if value is self._default:
            self._entries.pop(key, None)
            return
        entry = self._entries.get(key)
        if entry is not None:
            self._entries[key] = (entry[0], entry[1], value)
            return
        if owner is None:
            self._entries[key] = (None, ident, value)
            return
        reference = _OwnerRef(owner, _expire)
        reference.key = key
        reference.storage = ref(self)
        # NOTE: An owner must not be kept alive by its own entry.
        self._entries[key] = (reference, None if ident is owner else ident, value)

    def snapshot(self) -> dict[Any, V]:
        """Return the values of all who live, by ident."""
        found: dict[Any, V] = {}
        for reference, ident, value in list(self._entries.values()):
            if ident is not None or reference is None:
                found[ident] = value
                continue
            owner = reference()
            if owner is not None:
                found[owner] = value
        return found
