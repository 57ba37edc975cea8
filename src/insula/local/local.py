"""The namespace of one context: attributes that each thread, greenlet and task has.

Theory of operation
-------------------
The attributes are a mapping in one ContextVar, which is never changed: setting an
attribute sets a new mapping. So whoever was handed a copy of a context (a task, a
carried job) keeps what it saw and can change only its own.

A name is looked for in the mapping first and then on the class, as an instance's
attributes are. PERF: ``__getattr__``, which Python calls after its own search has
failed, costs 12 times a ``threading.local`` on CPython 3.11; ``__getattribute__``
costs twice.

NOTE: A Context holds its variables for as long as it lives, so a Local belongs at the
top of a module, not in a function that is called again and again.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from insula.local.ident import get_ident
from insula.local.inherit import accessors
from insula.local.proxy import LocalProxy, Source
from insula.local.storage import IdentStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["IdentLocal", "Local"]

# What an empty Local holds. Mappings are never changed, this one least of all.
_NOTHING: Any = MappingProxyType({})
_REQUIRED: Any = object()
_TAKEN = frozenset({"get", "set"})


class Local:
    """Hold attributes that belong to the running thread, greenlet or task.

    ``context_var`` is the variable to keep them in, by default one of its own.
    """

    # PERF: what `__invert__` holds is called by `~self`, without the search for an
    # attribute that `__getattribute__` must not begin: half the time of any other way
    # to a slot's content. It is nobody's but this module's.
    __slots__ = (
        "_Local__both",
        "_Local__storage_",
        "_Local__var",
        "__invert__",
        "__weakref__",
    )

    if TYPE_CHECKING:

        def __invert__(self) -> dict[str, Any]: ...

    def __init__(self, context_var: ContextVar[Any] | None = None) -> None:
        if context_var is None:
            context_var = ContextVar("insula.Local", default=_NOTHING)
        _set_slot(self, "_Local__var", context_var)
        _use_contexts(self, context_var)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if type.__getattribute__(cls, "__invert__") is not _slots["__invert__"]:
            raise TypeError(
                f"{cls.__qualname__} gives `~` a meaning of its own, and a Local keeps"
                " its attributes behind it; use a method with a name."
            )

    def __getattribute__(self, name: str) -> Any:
        try:
            return (~self)[name]
        except KeyError:
            pass
        try:
            return _own(self, name)
        except AttributeError:
            pass
        raise _missing(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "__ident_func__":
            _set_slot(self, name, value)
            return
        get, set_ = _both_of(self)
        values = get().copy()
        values[name] = value
        set_(values)

    def __delattr__(self, name: str) -> None:
        get, set_ = _both_of(self)
        values = get().copy()
        if name not in values:
            raise _missing(self, name)
        del values[name]
        set_(values or _NOTHING)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter((~self).items())

    def __call__(
        self, name: str, *, unbound_message: str | None = None
    ) -> LocalProxy[Any]:
        """Return a proxy to the attribute ``name``."""
        return LocalProxy(self, name, unbound_message=unbound_message)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {dict(~self)!r}>"

    def __release_local__(self) -> None:
        _both_of(self)[1](_NOTHING)

    def _proxy_source(self, name: str | None, message: str | None) -> Source[Any]:
        if name is None:
            raise TypeError(
                f"A proxy of {self!r} needs the name of an attribute; write"
                ' LocalProxy(local, "name") or local("name").'
            )
        text = message
        if text is None:
            text = (
                f"no object bound to {name!r}: the attribute is not set in this thread,"
                " greenlet or task."
            )

        def current() -> Any:
            try:
                return getattr(self, name)
            except AttributeError:
                raise RuntimeError(text) from None

        return Source(current)

    @property
    def __ident_func__(self) -> Callable[[], Any]:
        """The identity that attributes go by.

        Setting it turns this Local to identity storage, all of it empty; setting
        ``None`` turns it back to contexts.
        """
        storage = _storage_of(self)
        return get_ident if storage is None else storage.ident_func

    @__ident_func__.setter
    def __ident_func__(self, ident_func: Callable[[], Any] | None) -> None:
        var: ContextVar[Any] = _own(self, "_Local__var")
        var.set(_NOTHING)
        if ident_func is None:
            _use_contexts(self, var)
        else:
            storage: IdentStorage[dict[str, Any]] = IdentStorage(ident_func, _NOTHING)
            _use(self, storage.get, storage.set, storage)

    @property
    def __storage__(self) -> dict[Any, dict[str, Any]]:
        """The attributes by ident, ``{ident: {name: value}}``; a copy.

        Of a Local that goes by contexts, only the current ones can be known.
        """
        storage = _storage_of(self)
        found = {get_ident(): (~self)} if storage is None else storage.snapshot()
        return {ident: dict(values) for ident, values in found.items() if values}


_own = object.__getattribute__
_set_slot = object.__setattr__
_slots: Any = Local.__dict__
_both_of: Callable[[Any], tuple[Callable[[], dict[str, Any]], Callable[[Any], object]]]
_both_of = _slots["_Local__both"].__get__
_storage_of: Callable[[Any], IdentStorage[Any] | None]
_storage_of = _slots["_Local__storage_"].__get__


def _use(
    local: Local,
    get: Callable[[], Any],
    set_: Callable[[Any], object],
    storage: IdentStorage[Any] | None,
) -> None:
    _set_slot(local, "__invert__", get)
    _set_slot(local, "_Local__both", (get, set_))
    _set_slot(local, "_Local__storage_", storage)


def _use_contexts(local: Local, var: ContextVar[Any]) -> None:
    _use(local, *accessors(var, _NOTHING), None)


def _missing(local: Local, name: str) -> AttributeError:
    return AttributeError(
        f"{type(local).__name__!r} object has no attribute {name!r} in this thread,"
        " greenlet or task; it must be set in the one that reads it.",
        name=name,
        obj=local,
    )


class IdentLocal(Local):
    """Hold attributes in a dictionary by identity: ``{ident: {name: value}}``.

    ``ident_func`` tells who is running: ``threading.get_ident`` (by default),
    ``greenlet.getcurrent``, ``asyncio.current_task`` or any function of one's own.
    Values go when their thread, greenlet or task goes. Each form of access has its
    twin: ``local.set("name", value)`` and ``local.name = value``.
    """

    __slots__ = ()

    def __init__(self, ident_func: Callable[[], Any] | None = None) -> None:
        super().__init__()
        # NOTE: Looked up only now: gevent may have put its own in its place.
        self.__ident_func__ = ident_func or threading.get_ident

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _TAKEN:
            raise AttributeError(
                f"{name!r} is a method of {type(self).__name__} and cannot be set to"
                f" {value!r}; choose another name."
            )
        super().__setattr__(name, value)

    def set(self, name: str, value: Any) -> None:
        """Set ``name`` for whoever is running."""
        setattr(self, name, value)

    def get(self, name: str, default: Any = _REQUIRED) -> Any:
        """Return ``name`` as it was set by whoever is running.

        Without a default, a missing name raises :exc:`AttributeError`.
        """
        values = ~self
        if name in values:
            return values[name]
        if default is _REQUIRED:
            raise _missing(self, name)
        return default
