"""The operators of a proxy: each fetches the object and does the same with it.

Python looks a special method up on the type, so a proxy's type needs every one of
them. They stand here as plain functions in the order of the language reference (3.3.1
to 3.3.9), and :class:`~insula.local.proxy.LocalProxy` binds them to their names.

Rules:

* Where a builtin or an operator does what a method does, that is used and not the
  method: it brings Python's own rules with it (reflected operands,
  ``NotImplemented``, the words of the TypeError).
* The object is asked for by ``_object(proxy)``: by the type, for
  the attributes of the instance are the object's.
* An in-place operator changes the object in place and hands back the proxy:
  ``proxy += x`` must not put the object in the proxy's place. What an immutable object
  makes of it (a new number) has no name to go to and is dropped.
"""

from __future__ import annotations

import copy
import math
import operator
from typing import Any

# The names are those of LocalProxy's special methods; only proxy.py reads them.
__all__: list[str] = []


def _object(proxy: Any) -> Any:
    return type(proxy)._get_current_object(proxy)


def str_(proxy: Any) -> Any:
    return str(_object(proxy))


def bytes_(proxy: Any) -> Any:
    return bytes(_object(proxy))


def format_(proxy: Any, spec: Any) -> Any:
    return format(_object(proxy), spec)


def lt(proxy: Any, other: Any) -> Any:
    return operator.lt(_object(proxy), other)


def le(proxy: Any, other: Any) -> Any:
    return operator.le(_object(proxy), other)


def eq(proxy: Any, other: Any) -> Any:
    try:
        mine = _object(proxy)
    except RuntimeError:
        # Unbound, it is equal to itself alone, as Werkzeug's is.
        return NotImplemented
    return operator.eq(mine, other)


def ne(proxy: Any, other: Any) -> Any:
    try:
        mine = _object(proxy)
    except RuntimeError:
        return NotImplemented
    return operator.ne(mine, other)


def gt(proxy: Any, other: Any) -> Any:
    return operator.gt(_object(proxy), other)


def ge(proxy: Any, other: Any) -> Any:
    return operator.ge(_object(proxy), other)


def hash_(proxy: Any) -> Any:
    return hash(_object(proxy))


def instancecheck(proxy: Any, other: Any) -> Any:
    return isinstance(other, _object(proxy))


def subclasscheck(proxy: Any, other: Any) -> Any:
    return issubclass(other, _object(proxy))


def call(proxy: Any, /, *args: Any, **kwargs: Any) -> Any:
    return _object(proxy)(*args, **kwargs)


def len_(proxy: Any) -> Any:
    return len(_object(proxy))


def length_hint(proxy: Any) -> Any:
    return operator.length_hint(_object(proxy))


def getitem(proxy: Any, key: Any) -> Any:
    return _object(proxy)[key]


def setitem(proxy: Any, key: Any, value: Any) -> None:
    _object(proxy)[key] = value


def delitem(proxy: Any, key: Any) -> None:
    del _object(proxy)[key]


def iter_(proxy: Any) -> Any:
    return iter(_object(proxy))


def next_(proxy: Any) -> Any:
    return next(_object(proxy))


def reversed_(proxy: Any) -> Any:
    return reversed(_object(proxy))


def contains(proxy: Any, item: Any) -> Any:
    return item in _object(proxy)


def add(proxy: Any, other: Any) -> Any:
    return _object(proxy) + other


def sub(proxy: Any, other: Any) -> Any:
    return _object(proxy) - other


def mul(proxy: Any, other: Any) -> Any:
    return _object(proxy) * other


def matmul(proxy: Any, other: Any) -> Any:
    return _object(proxy) @ other


def truediv(proxy: Any, other: Any) -> Any:
    return _object(proxy) / other


def floordiv(proxy: Any, other: Any) -> Any:
    return _object(proxy) // other


def mod(proxy: Any, other: Any) -> Any:
    return _object(proxy) % other


def divmod_(proxy: Any, other: Any) -> Any:
    return divmod(_object(proxy), other)


def pow_(proxy: Any, other: Any, modulo: Any = None) -> Any:
    return pow(_object(proxy), other, modulo)


def lshift(proxy: Any, other: Any) -> Any:
    return _object(proxy) << other


def rshift(proxy: Any, other: Any) -> Any:
    return _object(proxy) >> other


def and_(proxy: Any, other: Any) -> Any:
    return _object(proxy) & other


def xor(proxy: Any, other: Any) -> Any:
    return _object(proxy) ^ other


def or_(proxy: Any, other: Any) -> Any:
    return _object(proxy) | other


def radd(proxy: Any, other: Any) -> Any:
    return other + _object(proxy)


def rsub(proxy: Any, other: Any) -> Any:
    return other - _object(proxy)


def rmul(proxy: Any, other: Any) -> Any:
    return other * _object(proxy)


def rmatmul(proxy: Any, other: Any) -> Any:
    return other @ _object(proxy)


def rtruediv(proxy: Any, other: Any) -> Any:
    return other / _object(proxy)


def rfloordiv(proxy: Any, other: Any) -> Any:
    return other // _object(proxy)


def rmod(proxy: Any, other: Any) -> Any:
    return other % _object(proxy)


def rdivmod(proxy: Any, other: Any) -> Any:
    return divmod(other, _object(proxy))


def rpow(proxy: Any, other: Any) -> Any:
    return other ** _object(proxy)


def rlshift(proxy: Any, other: Any) -> Any:
    return other << _object(proxy)


def rrshift(proxy: Any, other: Any) -> Any:
    return other >> _object(proxy)


def rand(proxy: Any, other: Any) -> Any:
    return other & _object(proxy)


def rxor(proxy: Any, other: Any) -> Any:
    return other ^ _object(proxy)


def ror(proxy: Any, other: Any) -> Any:
    return other | _object(proxy)


def iadd(proxy: Any, other: Any) -> Any:
    obj = _object(proxy)
    obj += other
    return proxy


def isub(proxy: Any, other: Any) -> Any:
    obj = _object(proxy)
    obj -= other
    return proxy


def imul(proxy: Any, other: Any) -> Any:
    obj = _object(proxy)
    obj *= other
    return proxy


def imatmul(proxy: Any, other: Any) -> Any:
    obj = _object(proxy)
    obj @= other
    return proxy


def itruediv(proxy: Any, other: Any) -> Any:
    obj = _object(proxy)
    obj /= other
    return proxy


def ifloordiv(proxy: Any, other: Any) -> Any:
    obj = _object(proxy)
    obj //= other
    return proxy


def imod(proxy: Any, other: Any) -> Any:
    obj = _object(proxy)
    obj %= other
    return proxy


def ipow(proxy: Any, other: Any) -> Any:
    obj = _object(proxy)
    obj **= other
    return proxy


def ilshift(proxy: Any, other: Any) -> Any:
    obj = _object(proxy)
    obj <<= other
    return proxy


def irshift(proxy: Any, other: Any) -> Any:
    obj = _object(proxy)
    obj >>= other
    return proxy


def iand(proxy: Any, other: Any) -> Any:
    obj = _object(proxy)
    obj &= other
    return proxy


def ixor(proxy: Any, other: Any) -> Any:
    obj = _object(proxy)
    obj ^= other
    return proxy


def ior(proxy: Any, other: Any) -> Any:
    obj = _object(proxy)
    obj |= other
    return proxy


def neg(proxy: Any) -> Any:
    return -_object(proxy)


def pos(proxy: Any) -> Any:
    return +_object(proxy)


def abs_(proxy: Any) -> Any:
    return abs(_object(proxy))


def invert(proxy: Any) -> Any:
    return ~_object(proxy)


def complex_(proxy: Any) -> Any:
    return complex(_object(proxy))


def int_(proxy: Any) -> Any:
    return int(_object(proxy))


def float_(proxy: Any) -> Any:
    return float(_object(proxy))


def index(proxy: Any) -> Any:
    return operator.index(_object(proxy))


def round_(proxy: Any, *digits: Any) -> Any:
    return round(_object(proxy), *digits)


def trunc(proxy: Any) -> Any:
    return math.trunc(_object(proxy))


def floor(proxy: Any) -> Any:
    return math.floor(_object(proxy))


def ceil(proxy: Any) -> Any:
    return math.ceil(_object(proxy))


def enter(proxy: Any) -> Any:
    return _object(proxy).__enter__()


def exit_(proxy: Any, *exc_info: Any) -> Any:
    return _object(proxy).__exit__(*exc_info)


def await_(proxy: Any) -> Any:
    return _object(proxy).__await__()


def aiter_(proxy: Any) -> Any:
    return _object(proxy).__aiter__()


def anext_(proxy: Any) -> Any:
    return _object(proxy).__anext__()


def aenter(proxy: Any) -> Any:
    return _object(proxy).__aenter__()


def aexit(proxy: Any, *exc_info: Any) -> Any:
    return _object(proxy).__aexit__(*exc_info)


def copy_(proxy: Any) -> Any:
    return copy.copy(_object(proxy))


def deepcopy_(proxy: Any, memo: Any) -> Any:
    return copy.deepcopy(_object(proxy), memo)
