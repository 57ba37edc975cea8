"""The proxy: a name that stands for whatever is current here and now.

Theory of operation
-------------------
A proxy holds a function that returns the current object, and does everything with that
object. Attributes go through ``__getattribute__``. Operators do not, for Python looks a
special method up on the type: so the type has them all, each a small function that
fetches the object and applies the operator to it (`forward`).

Rules:

* Whatever needs the object asks ``type(self)._get_current_object(self)``, so a subclass
  that overrides it is served by every operator.
* What a proxy answers for itself, bound or not, is only ``_get_current_object``.
  Unbound it also has a class, a doc, a repr, a truth (false), an empty ``dir`` and a
  ``__wrapped__``: else neither ``isinstance`` nor an inspecting tool could touch it.
* Local and LocalStack are known by their method ``_proxy_source`` alone.

PERF: On CPython 3.11 reading a slot from inside ``__getattribute__`` costs as much as a
whole ``threading.local`` attribute (38 ns). A proxy of a whole stack or of a
ContextVar therefore gets a class of its own, whose ``__getattribute__`` closes over the
variable's ``get``: 2.5 times a ``threading.local``, against 5.6 times. All proxies
of one stack share one class; it is a LocalProxy in name and by ``issubclass``. Proxies
of a Local's name or of a callable, which are made on the fly at times, share one.

Source: the Python language reference, section 3.3, "Special method names".
"""

from __future__ import annotations

from contextvars import ContextVar
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, overload

from insula.local import forward as f

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

__all__ = ["LocalProxy", "Proxied", "Source", "stack_class"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_UNBOUND = "object is not bound: nothing is current in this thread, greenlet or task."


class Source(Generic[T_co]):
    """Where a proxy gets its object: a function, and a class made for it."""

    __slots__ = ("current", "proxy_class")

    def __init__(
        self, current: Callable[[], T_co], proxy_class: type[Any] | None = None
    ) -> None:
        self.current = current
        self.proxy_class = proxy_class


class Proxied(Protocol[T_co]):
    """What tells by itself how it is proxied: a Local, a LocalStack."""

    def _proxy_source(self, name: str | None, message: str | None) -> Source[T_co]: ...


class LocalProxy(Generic[T]):
    """Stand for the object that is current in the context of the caller.

    ``local`` is a ``Local`` (with the ``name`` of an attribute), a ``LocalStack``, a
    ``ContextVar`` or any callable; with ``name`` the proxy stands for that attribute of
    what they give. Where nothing is current, using the proxy raises a
    :exc:`RuntimeError` with ``unbound_message``.

    ``isinstance(proxy, cls)`` sees the object's class; ``type(proxy)`` is a LocalProxy.
    """

    __slots__ = ("_LocalProxy__current", "_LocalProxy__local")

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Choose the class, made for the kind of ``local``."""
        if cls is not LocalProxy:
            return object.__new__(cls)
        local, source = _source(*args, **kwargs)
        proxy: Self = object.__new__(source.proxy_class or cls)
        _set_current(proxy, source.current)
        _set_local(proxy, local)
        return proxy

    @overload
    def __init__(
        self,
        local: ContextVar[T],
        name: None = None,
        *,
        unbound_message: str | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self,
        local: Proxied[T],
        name: None = None,
        *,
        unbound_message: str | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self,
        local: Callable[[], T],
        name: None = None,
        *,
        unbound_message: str | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self: LocalProxy[Any],
        local: ContextVar[Any] | Proxied[Any] | Callable[[], Any],
        name: str,
        *,
        unbound_message: str | None = None,
    ) -> None: ...
    def __init__(
        self,
        local: Any,
        name: str | None = None,
        *,
        unbound_message: str | None = None,
    ) -> None:
        try:
            _current(self)
        except AttributeError:
            # A subclass, whose own __init__ may take other arguments than __new__ saw.
            _, source = _source(local, name, unbound_message=unbound_message)
            _set_current(self, source.current)
            _set_local(self, local)

    def _get_current_object(self) -> T:
        """Return the object itself; :exc:`RuntimeError` where none is current."""
        current: T = _current(self)()
        return current

    def __getattribute__(self, name: str) -> Any:
        if name == "_get_current_object":
            return _own(self, name)
        try:
            obj = type(self)._get_current_object(self)
        except RuntimeError:
            answer = _UNBOUND_ANSWERS.get(name)
            if answer is None:
                raise
            return answer(self)
        try:
            return getattr(obj, name)
        except AttributeError:
            # NOTE: copy.deepcopy asks the instance, and must not be told "no" by an
            # object that it would copy without this method.
            if name == "__deepcopy__":
                return _own(self, name)
            raise

    def __setattr__(self, name: str, value: Any) -> None:
        # NOTE: `LocalProxy[User](stack)` sets this on what it has made.
        if name != "__orig_class__":
            setattr(type(self)._get_current_object(self), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(type(self)._get_current_object(self), name)

    def __repr__(self) -> str:
        try:
            obj = type(self)._get_current_object(self)
        except RuntimeError:
            return f"<{type(self).__name__} unbound>"
        return repr(obj)

    def __bool__(self) -> bool:
        try:
            obj = type(self)._get_current_object(self)
        except RuntimeError:
            return False
        return bool(obj)

    def __dir__(self) -> list[str]:
        try:
            obj = type(self)._get_current_object(self)
        except RuntimeError:
            return []
        return dir(obj)

    __str__ = f.str_
    __bytes__ = f.bytes_
    __format__ = f.format_
    __lt__ = f.lt
    __le__ = f.le
    __eq__ = f.eq
    __ne__ = f.ne
    __gt__ = f.gt
    __ge__ = f.ge
    __hash__ = f.hash_
    __instancecheck__ = f.instancecheck
    __subclasscheck__ = f.subclasscheck
    __call__ = f.call
    __len__ = f.len_
    __length_hint__ = f.length_hint
    __getitem__ = f.getitem
    __setitem__ = f.setitem
    __delitem__ = f.delitem
    __iter__ = f.iter_
    __next__ = f.next_
    __reversed__ = f.reversed_
    __contains__ = f.contains
    __add__ = f.add
    __sub__ = f.sub
    __mul__ = f.mul
    __matmul__ = f.matmul
    __truediv__ = f.truediv
    __floordiv__ = f.floordiv
    __mod__ = f.mod
    __divmod__ = f.divmod_
    __pow__ = f.pow_
    __lshift__ = f.lshift
    __rshift__ = f.rshift
    __and__ = f.and_
    __xor__ = f.xor
    __or__ = f.or_
    __radd__ = f.radd
    __rsub__ = f.rsub
    __rmul__ = f.rmul
    __rmatmul__ = f.rmatmul
    __rtruediv__ = f.rtruediv
    __rfloordiv__ = f.rfloordiv
    __rmod__ = f.rmod
    __rdivmod__ = f.rdivmod
    __rpow__ = f.rpow
    __rlshift__ = f.rlshift
    __rrshift__ = f.rrshift
    __rand__ = f.rand
    __rxor__ = f.rxor
    __ror__ = f.ror
    __iadd__ = f.iadd
    __isub__ = f.isub
    __imul__ = f.imul
    __imatmul__ = f.imatmul
    __itruediv__ = f.itruediv
    __ifloordiv__ = f.ifloordiv
    __imod__ = f.imod
    __ipow__ = f.ipow
    __ilshift__ = f.ilshift
    __irshift__ = f.irshift
    __iand__ = f.iand
    __ixor__ = f.ixor
    __ior__ = f.ior
    __neg__ = f.neg
    __pos__ = f.pos
    __abs__ = f.abs_
    __invert__ = f.invert
    __complex__ = f.complex_
    __int__ = f.int_
    __float__ = f.float_
    __index__ = f.index
    __round__ = f.round_
    __trunc__ = f.trunc
    __floor__ = f.floor
    __ceil__ = f.ceil
    __enter__ = f.enter
    __exit__ = f.exit_
    __await__ = f.await_
    __aiter__ = f.aiter_
    __anext__ = f.anext_
    __aenter__ = f.aenter
    __aexit__ = f.aexit
    __copy__ = f.copy_
    __deepcopy__ = f.deepcopy_


_own = object.__getattribute__
_slots: Any = LocalProxy.__dict__
_current = _slots["_LocalProxy__current"].__get__
_local = _slots["_LocalProxy__local"].__get__
_set_current = _slots["_LocalProxy__current"].__set__
_set_local = _slots["_LocalProxy__local"].__set__
_generic = LocalProxy.__getattribute__


def _own_method(name: str) -> Callable[[Any], Any]:
    return lambda proxy: _own(proxy, name)


_UNBOUND_ANSWERS: dict[str, Callable[[Any], Any]] = {
    "__class__": type,
    "__doc__": lambda proxy: type(proxy).__doc__,
    "__module__": lambda proxy: type(proxy).__module__,
    "__wrapped__": _local,
    **{
        name: _own_method(name)
        for name in ("__bool__", "__dir__", "__getattribute__", "__init__", "__repr__")
    },
}


def _var_source(
    var: ContextVar[Any], name: str | None, message: str | None
) -> Source[Any]:
    """Read the value of a ContextVar, or its attribute ``name``."""
    text = _UNBOUND if message is None else message
    attribute = None if name is None else attrgetter(name)
    get = var.get

    def current() -> Any:
        try:
            obj = get()
        except LookupError:
            raise RuntimeError(text) from None
        return obj if attribute is None else attribute(obj)

    if name is not None:
        return Source(current)

    def __getattribute__(self: Any, name: str) -> Any:  # noqa: N807 - it becomes one
        if name == "_get_current_object":
            return _own(self, name)
        try:
            obj = get()
        except LookupError:
            return _generic(self, name)
        try:
            return getattr(obj, name)
        except AttributeError:
            if name == "__deepcopy__":
                return _own(self, name)
            raise

    return Source(current, _proxy_class(__getattribute__, lambda _self: current()))


def stack_class(get: Callable[[], Any]) -> tuple[type[Any], Callable[[Any], None]]:
    """Return a class for the proxies of one stack, and what changes its ``get``."""

    def __getattribute__(self: Any, name: str) -> Any:  # noqa: N807 - it becomes one
        obj = get()[0]
        if obj is None or name == "_get_current_object":
            return _generic(self, name)
        try:
            return getattr(obj, name)
        except AttributeError:
            if name == "__deepcopy__":
                return _own(self, name)
            raise

    def rebind(other: Callable[[], Any]) -> None:
        nonlocal get
        get = other

    def _get_current_object(self: Any) -> Any:
        obj = get()[0]
        # The proxy's own function has its own message.
        return _current(self)() if obj is None else obj

    return _proxy_class(__getattribute__, _get_current_object), rebind


def _proxy_class(
    getattribute: Callable[[Any, str], Any], get_current: Callable[[Any], Any]
) -> type[Any]:
    return type(
        "LocalProxy",
        (LocalProxy,),
        {
            "__slots__": (),
            "__module__": __name__,
            "__doc__": LocalProxy.__doc__,
            "__getattribute__": getattribute,
            "_get_current_object": get_current,
        },
    )


def _source(
    local: Any, name: str | None = None, *, unbound_message: str | None = None
) -> tuple[Any, Source[Any]]:
    if hasattr(type(local), "_proxy_source"):
        return local, type(local)._proxy_source(local, name, unbound_message)
    if isinstance(local, ContextVar):
        return local, _var_source(local, name, unbound_message)
    if not callable(local):
        raise TypeError(
            f"{local!r} cannot be proxied; hand over a Local with a name, a LocalStack,"
            " a ContextVar or a callable that returns the object."
        )
    if name is None:
        return local, Source(local)
    attribute = attrgetter(name)
    return local, Source(lambda: attribute(local()))
