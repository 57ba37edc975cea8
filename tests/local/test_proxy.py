"""LocalProxy: every source, every operator, beside Werkzeug's."""

from __future__ import annotations

import asyncio
import copy
import gc
import inspect
import math
import operator
import pickle
import weakref
from contextvars import Context, ContextVar
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.local import LocalProxy as WerkzeugProxy

from insula.local import Local, LocalProxy, LocalStack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator


def of_local(obj: Any) -> Any:
    local = Local()
    local.thing = obj
    return LocalProxy(local, "thing")


def of_stack(obj: Any) -> Any:
    stack: LocalStack[Any] = LocalStack()
    stack.push(obj)
    return LocalProxy(stack)


def of_stack_attribute(obj: Any) -> Any:
    stack: LocalStack[Any] = LocalStack()
    stack.push(Holder(obj))
    return stack("thing")


def of_var(obj: Any) -> Any:
    var: ContextVar[Any] = ContextVar("thing")
    var.set(obj)
    return LocalProxy(var)


def of_var_attribute(obj: Any) -> Any:
    var: ContextVar[Any] = ContextVar("thing")
    var.set(Holder(obj))
    return LocalProxy(var, "thing")


def of_callable(obj: Any) -> Any:
    return LocalProxy(lambda: obj)


def of_partial(obj: Any) -> Any:
    return LocalProxy(partial(getattr, Holder(obj), "thing"))


def of_callable_attribute(obj: Any) -> Any:
    return LocalProxy(partial(Holder, Holder(obj)), "thing.thing")


def of_proxy(obj: Any) -> Any:
    return LocalProxy(of_stack(obj)._get_current_object)


class _Sub(LocalProxy[Any]):
    __slots__ = ()

    def _get_current_object(self) -> Any:
        return super()._get_current_object()[0]


def of_subclass(obj: Any) -> Any:
    return _Sub(lambda: (obj,))


def of_stack_subclass(obj: Any) -> Any:
    stack: LocalStack[Any] = LocalStack()
    stack.push((obj,))
    return _Sub(stack)


class Holder:
    def __init__(self, thing: Any) -> None:
        self.thing = thing


SOURCES: list[Callable[[Any], Any]] = [
    of_local,
    of_stack,
    of_stack_attribute,
    of_var,
    of_var_attribute,
    of_callable,
    of_partial,
    of_callable_attribute,
    of_proxy,
    of_subclass,
    of_stack_subclass,
]


@pytest.fixture(params=SOURCES, ids=lambda source: source.__name__)
def bind(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    source: Callable[[Any], Any] = request.param
    return source


class Thing:
    """A thing."""

    def __init__(self, name: str = "a") -> None:
        self.name = name

    def shout(self) -> str:
        return self.name.upper()


class Vector:
    """Answers every operator with what was asked."""

    def __matmul__(self, other: Any) -> Any:
        return ("matmul", other)

    def __rmatmul__(self, other: Any) -> Any:
        return ("rmatmul", other)

    def __imatmul__(self, other: Any) -> Any:
        self.seen = other
        return self

    def __round__(self, digits: int | None = None) -> Any:
        return ("round", digits)

    def __bytes__(self) -> bytes:
        return b"vector"

    def __length_hint__(self) -> int:
        return 7

    def __complex__(self) -> complex:
        return 1 + 2j

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return (args, kwargs)

    def __instancecheck__(self, instance: object) -> bool:
        return instance == 1

    def __subclasscheck__(self, cls: type) -> bool:
        return cls is int


UNARY: list[tuple[Any, Any]] = [
    (operator.neg, 3),
    (operator.pos, Decimal("1.5")),
    (operator.abs, -3),
    (operator.invert, 5),
    (operator.index, 4),
    (complex, Vector()),
    (complex, 2),
    (int, "42"),
    (int, 2.5),
    (float, "1.5"),
    (round, 2.567),
    (lambda x: round(x, 1), 2.567),
    (lambda x: round(x, 2), Vector()),
    (math.trunc, Fraction(7, 2)),
    (math.floor, Fraction(7, 2)),
    (math.ceil, Fraction(7, 2)),
    (str, 42),
    (repr, "x"),
    (bytes, Vector()),
    (format, 3),
    (lambda x: format(x, ">5"), "a"),
    (lambda x: f"{x:.2f}", 1.5),
    (hash, "x"),
    (bool, []),
    (bool, [1]),
    (len, [1, 2]),
    (operator.length_hint, Vector()),
    (list, {"a": 1}),
    (next, iter([1])),
    (lambda x: list(reversed(x)), [1, 2]),
    (lambda x: 2 in x, [1, 2]),
    (lambda x: x[0], [5]),
    (lambda x: x[0:1], [5, 6]),
    (dir, Thing()),
    (lambda x: x(1, a=2), Vector()),
    (lambda x: isinstance(1, x), int),
    (lambda x: isinstance(1, x), Vector()),
    (lambda x: issubclass(int, x), Vector()),
    (lambda x: issubclass(bool, x), int),
    (lambda x: isinstance(x, dict), {}),
    (lambda x: x.__class__, {}),
    (lambda x: x.__doc__, Thing()),
    (vars, Thing()),
    (lambda x: x.shout(), Thing()),
    (sorted, [3, 1]),
    (callable, Vector()),
    (lambda x: pow(x, 2, 5), 3),
    (lambda x: [*x], (1, 2)),
    (lambda x: {**x}, {"a": 1}),
]


def outcome(function: Callable[..., Any], *args: Any) -> Any:
    """Return the result, or the type and text of the error."""
    try:
        return function(*args)
    except Exception as error:
        return (type(error), str(error))


@pytest.mark.parametrize("number", range(len(UNARY)))
def test_operator_answers_as_the_object_and_as_werkzeug(
    number: int, bind: Callable[[Any], Any]
) -> None:
    function, obj = UNARY[number]
    plain = outcome(function, copy.copy(obj))
    assert outcome(function, bind(copy.copy(obj))) == plain
    theirs = copy.copy(obj)
    assert outcome(function, WerkzeugProxy(lambda: theirs)) == plain


def is_type_error(*outcomes: Any) -> bool:
    return all(isinstance(o, tuple) and o[0] is TypeError for o in outcomes)


def identity(obj: Any) -> Any:
    return obj


def raise_key_error() -> None:
    raise KeyError


BINARY = [
    *(getattr(operator, name) for name in ("add", "sub", "mul", "matmul", "truediv")),
    *(getattr(operator, name) for name in ("floordiv", "mod", "pow", "lshift")),
    *(getattr(operator, name) for name in ("rshift", "and_", "xor", "or_")),
    *(getattr(operator, name) for name in ("lt", "le", "eq", "ne", "gt", "ge")),
    divmod,
]
PAIRS: list[tuple[Any, Any]] = [
    (7, 3),
    (7.5, 2),
    ({1, 2}, {2, 3}),
    ([1], [2]),
    ("a%s", "b"),
    (Vector(), 5),
    (7, "x"),
    (7, 0),
]


@pytest.mark.parametrize("function", BINARY, ids=lambda f: f.__name__)
@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_binary_operator_answers_as_the_objects_do(
    function: Callable[[Any, Any], Any], left: Any, right: Any
) -> None:
    for one, other in ((left, right), (right, left)):
        plain = outcome(function, one, other)
        for bind in (of_stack, of_callable, of_subclass):
            assert outcome(function, bind(one), other) == plain
            for first in (one, bind(one)):
                found = outcome(function, first, bind(other))
                # The text of an error names a proxy on the right, and `str % proxy`
                # takes it for a mapping, Werkzeug's like ours.
                twin = outcome(function, one, WerkzeugProxy(partial(identity, other)))
                assert found in [plain, twin] or is_type_error(found, plain)


def test_call_hands_over_any_keyword(bind: Callable[[Any], Any]) -> None:
    assert bind(dict)(self=1, proxy=2) == {"self": 1, "proxy": 2}


INPLACE = [
    getattr(operator, f"i{name}")
    for name in ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow")
] + [getattr(operator, f"i{name}") for name in ("lshift", "rshift", "and", "xor", "or")]


@pytest.mark.parametrize("function", INPLACE, ids=lambda f: f.__name__)
@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_inplace_operator_changes_the_object_and_keeps_the_proxy(
    function: Callable[[Any, Any], Any], left: Any, right: Any
) -> None:
    ours, theirs = copy.copy(left), copy.copy(left)
    proxy, twin = of_stack(ours), WerkzeugProxy(lambda: theirs)
    result, expected = outcome(function, proxy, right), outcome(function, twin, right)
    if isinstance(expected, WerkzeugProxy):
        assert result is proxy
    else:
        assert result == expected
    assert getattr(ours, "__dict__", ours) == getattr(theirs, "__dict__", theirs)


def test_inplace_operator_as_a_statement(bind: Callable[[Any], Any]) -> None:
    obj = [1]
    proxy = bind(obj)
    before = proxy
    proxy += [2]
    proxy *= 2
    assert proxy is before
    assert obj == [1, 2, 1, 2]


def test_attributes_are_the_objects(bind: Callable[[Any], Any]) -> None:
    thing = Thing()
    proxy = bind(thing)
    assert proxy.name == "a"
    proxy.name = "b"
    assert thing.name == "b"
    del proxy.name
    assert not hasattr(thing, "name")
    with pytest.raises(AttributeError, match="'Thing' object has no attribute 'x'"):
        _ = proxy.x


def test_items_are_the_objects(bind: Callable[[Any], Any]) -> None:
    items = {"a": 1}
    proxy = bind(items)
    proxy["b"] = 2
    del proxy["a"]
    assert items == {"b": 2}


def test_get_current_object_returns_the_object(bind: Callable[[Any], Any]) -> None:
    thing = Thing()
    assert bind(thing)._get_current_object() is thing


def test_get_current_object_of_a_proxy_to_a_proxy_is_the_inner_one() -> None:
    inner = of_stack([1])
    for bind in (of_stack, of_var, of_callable):
        assert bind(inner)._get_current_object() is inner
        assert bind(inner) == [1]


def test_type_and_isinstance_are_sensible(bind: Callable[[Any], Any]) -> None:
    proxy = bind({})
    assert issubclass(type(proxy), LocalProxy)
    assert [isinstance(proxy, kind) for kind in (LocalProxy, dict)] == [True, True]
    assert type(proxy).__name__ in {"LocalProxy", "_Sub"}


def test_copy_and_deepcopy_copy_the_object(bind: Callable[[Any], Any]) -> None:
    items = [[1]]
    shallow, deep = copy.copy(bind(items)), copy.deepcopy(bind(items))
    assert type(shallow) is type(deep) is list
    assert shallow == deep == items
    assert shallow[0] is items[0]
    assert deep[0] is not items[0]


@pytest.mark.parametrize("obj", [outcome, 5, {"a": [1]}, Thing])
def test_deepcopy_of_what_copies_as_itself(
    bind: Callable[[Any], Any], obj: Any
) -> None:
    assert copy.deepcopy(bind(obj)) == obj


def test_pickle_pickles_the_object(bind: Callable[[Any], Any]) -> None:
    found = pickle.loads(pickle.dumps(bind([1, {"a": 2}])))  # noqa: S301 - our own
    assert type(found) is list
    assert found == [1, {"a": 2}]


def test_wrapped_is_the_objects_when_bound() -> None:
    def inner() -> None: ...

    def outer() -> None: ...

    outer.__wrapped__ = inner  # type: ignore[attr-defined]  # as functools.wraps does
    assert inspect.unwrap(of_stack(outer)) is inner


def unbound_proxies() -> list[tuple[Any, Any]]:
    local = Local()
    stack: LocalStack[Any] = LocalStack()
    var: ContextVar[Any] = ContextVar("nothing")

    def fail() -> Any:
        raise RuntimeError("object is not bound by me")

    return [
        (LocalProxy(local, "x"), local),
        (LocalProxy(stack), stack),
        (LocalProxy(stack, "x"), stack),
        (LocalProxy(var), var),
        (LocalProxy(var, "x"), var),
        (LocalProxy(fail), fail),
        (LocalProxy(fail, "x"), fail),
        (_Sub(fail), fail),
    ]


@pytest.mark.parametrize("number", range(8))
def test_unbound_proxy_answers_only_for_itself(number: int) -> None:
    proxy, source = unbound_proxies()[number]
    assert repr(proxy) == f"<{type(proxy).__name__} unbound>"
    assert bool(proxy) is False
    assert dir(proxy) == []
    assert proxy.__class__ is type(proxy)
    assert not isinstance(proxy, list)
    assert isinstance(proxy, LocalProxy)
    assert proxy.__doc__ == type(proxy).__doc__
    assert proxy.__module__ == type(proxy).__module__
    assert proxy.__wrapped__ is source
    assert proxy.__repr__() == repr(proxy)
    assert (proxy == 1, proxy != 1, proxy == proxy) == (False, True, True)  # noqa: PLR0124 - it is what is tested
    for use in (
        str,
        len,
        hash,
        iter,
        copy.copy,
        copy.deepcopy,
        pickle.dumps,
        lambda p: p.name,
        lambda p: p + 1,
        lambda p: p["x"],
        lambda p: setattr(p, "x", 1),
        lambda p: delattr(p, "x"),
        lambda p: p._get_current_object(),
    ):
        with pytest.raises(RuntimeError, match=r"(?i)object (is not |un)?bound"):
            use(proxy)


def test_unbound_message_when_given_is_the_errors_text() -> None:
    local = Local()
    stack: LocalStack[Any] = LocalStack()
    var: ContextVar[Any] = ContextVar("nothing")
    for proxy in (
        LocalProxy(local, "x", unbound_message="log in first"),
        LocalProxy(stack, unbound_message="log in first"),
        LocalProxy(stack, "x", unbound_message="log in first"),
        LocalProxy(var, unbound_message="log in first"),
        LocalProxy(var, "x", unbound_message="log in first"),
    ):
        with pytest.raises(RuntimeError, match=r"^log in first$"):
            proxy.shout()


def test_none_in_a_context_var_is_a_bound_object() -> None:
    proxy = of_var(None)
    assert repr(proxy) == "None"
    assert proxy._get_current_object() is None


def test_local_without_a_name_is_refused() -> None:
    with pytest.raises(TypeError, match="needs the name of an attribute"):
        LocalProxy(Local())


def test_what_cannot_be_proxied_is_refused() -> None:
    with pytest.raises(TypeError, match="3 cannot be proxied; hand over a Local"):
        LocalProxy(3)  # type: ignore[call-overload]  # the mistake itself


def test_subscripted_class_when_called_touches_no_object() -> None:
    thing = Thing()
    proxy = LocalProxy[Thing](lambda: thing)
    assert proxy.name == "a"
    assert vars(thing) == {"name": "a"}
    assert not LocalProxy[Thing](LocalStack())


def test_class_documents_itself() -> None:
    assert LocalProxy.__doc__ is not None
    assert LocalProxy.__doc__.startswith("Stand for the object")


def test_subclass_with_own_getattribute_keeps_every_operator() -> None:
    current: list[Any] = [[1, 2]]

    class Fast(LocalProxy[Any]):
        __slots__ = ()

        def __getattribute__(self, name: str) -> Any:
            if not current or name in {"_get_current_object", "__wrapped__"}:
                return LocalProxy.__getattribute__(self, name)
            return getattr(current[0], name)

    def get() -> Any:
        if not current:
            raise RuntimeError("nobody home")
        return current[0]

    proxy: Any = Fast(get)
    assert type(proxy) is Fast
    proxy.append(3)
    assert proxy == [1, 2, 3]
    assert (len(proxy), proxy * 2, proxy[0]) == (3, [1, 2, 3, 1, 2, 3], 1)
    assert bool(proxy) is True
    assert proxy._get_current_object() is current[0]
    list_type: Any = list
    assert isinstance(proxy, list_type)
    current.clear()
    assert (bool(proxy), dir(proxy), repr(proxy)) == (False, [], "<Fast unbound>")
    assert not isinstance(proxy, list_type)
    assert proxy.__wrapped__ is get
    with pytest.raises(RuntimeError, match="nobody home"):
        _ = proxy.append


def test_subclass_with_own_init_takes_its_own_arguments() -> None:
    class Greeting(LocalProxy[str]):
        __slots__ = ()

        def __init__(self, first: str, last: str) -> None:
            super().__init__(lambda: f"{first} {last}")

    proxy = Greeting("a", last="b")
    assert proxy == "a b"
    assert proxy.upper() == "A B"


class Door:
    def __init__(self) -> None:
        self.log: list[Any] = []

    def __enter__(self) -> str:
        return "in"

    def __exit__(self, *exc_info: object) -> bool:
        self.log.append(exc_info[0])
        return True

    async def __aenter__(self) -> str:
        return "async in"

    async def __aexit__(self, *exc_info: object) -> bool:
        self.log.append(exc_info[0])
        return True

    def __await__(self) -> Generator[Any, None, str]:
        yield from asyncio.sleep(0).__await__()
        return "awaited"

    async def __aiter__(self) -> AsyncIterator[int]:
        yield 1
        yield 2


def test_with_enters_and_leaves_the_object(bind: Callable[[Any], Any]) -> None:
    door = Door()
    with bind(door) as inside:
        assert inside == "in"
        raise_key_error()
    assert door.log == [KeyError]


def test_async_operators_are_the_objects(bind: Callable[[Any], Any]) -> None:
    door = Door()

    async def use() -> list[Any]:
        proxy = bind(door)
        async with proxy as inside:
            assert inside == "async in"
            raise_key_error()
        numbers = [number async for number in proxy]
        first = await anext(bind(door.__aiter__()))
        return [await proxy, numbers, first]

    assert asyncio.run(use()) == ["awaited", [1, 2], 1]
    assert door.log == [KeyError]


def test_proxy_of_what_is_not_a_context_manager_says_so() -> None:
    with pytest.raises(AttributeError, match="__enter__"), of_stack(3):
        pass


def test_proxy_reads_the_context_it_is_used_in() -> None:
    stack: LocalStack[str] = LocalStack()
    proxy = stack()
    stack.push("here")

    def there() -> str:
        stack.push("there")
        return str(proxy)

    assert Context().run(there) == "there"
    assert str(proxy) == "here"


def test_proxy_when_dropped_is_given_back_without_a_collection() -> None:
    class Source:
        def __call__(self) -> int:
            return 1

    gc.disable()
    try:
        source = Source()
        watched = weakref.ref(source)
        proxy = LocalProxy(source)
        assert proxy + 1 == 2
        del source, proxy
        assert watched() is None
    finally:
        gc.enable()
