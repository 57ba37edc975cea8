"""The stack of one context: what was pushed last is what is current.

Theory of operation
-------------------
The stack is a persistent linked list in one ContextVar. A node is the tuple
``(item, node below)``; the empty stack is :data:`EMPTY`, which stands below every last
item. Pushing sets a new node, popping sets the node below: nothing is copied and no
node is ever changed, so a task, thread or greenlet that was handed a copy of a context
cannot disturb the stack it came from. Values are restored by value, never by a
``contextvars.Token``, which only the context that made it can reset.

The slots ``_get`` and ``_set`` read and write the top node. They are the ContextVar's
own methods; setting ``__ident_func__`` puts those of an
:class:`~insula.local.storage.IdentStorage` in their place.

NOTE: A Context holds its variables for as long as it lives, so a stack belongs at the
top of a module, not in a function that is called again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from operator import attrgetter
from typing import Any, Generic, TypeAlias, TypeVar, overload

from insula.local.ident import get_ident
from insula.local.inherit import accessors
from insula.local.proxy import LocalProxy, Source, stack_class
from insula.local.storage import IdentStorage

__all__ = ["EMPTY", "LocalStack", "Node"]

T = TypeVar("T")

Node: TypeAlias = tuple[Any, Any]

EMPTY: Node = (None, None)

_UNBOUND = (
    "object unbound: the stack that this proxy reads is empty in this thread, greenlet"
    " or task; push an item first, or use the proxy where one has been pushed."
)


def _items(node: Node) -> list[Any]:
    """Return the items from ``node`` down, the lowest first."""
    found = []
    while node[1] is not None:
        found.append(node[0])
        node = node[1]
    found.reverse()
    return found


class StackItems(Sequence[T]):
    """Show the items of a stack as they were after a push, the lowest first.

    It compares like the list of them. Making it takes no longer for a deep stack: the
    items are only collected when they are looked at.
    """

    __slots__ = ("_node",)

    def __init__(self, node: Node) -> None:
        self._node = node

    def __len__(self) -> int:
        return len(_items(self._node))

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        found: T | list[T] = _items(self._node)[index]
        return found

    def __iter__(self) -> Iterator[T]:
        return iter(_items(self._node))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, StackItems):
            other = _items(other._node)
        return _items(self._node) == other

    __hash__ = None  # type: ignore[assignment]  # like the list it stands for

    def __repr__(self) -> str:
        return repr(_items(self._node))


class LocalStack(Generic[T]):
    """Keep a stack for each context: thread, greenlet, task.

    ``context_var`` is the variable to keep it in, by default one of its own. It holds
    nodes, not a list.
    """

    __slots__ = ("__weakref__", "_get", "_rebind", "_set", "_storage", "_var")

    _get: Callable[[], Node]
    _set: Callable[[Node], object]

    def __init__(self, context_var: ContextVar[Any] | None = None) -> None:
        self._rebind: tuple[type[Any], Callable[[Callable[[], Node]], None]] | None
        self._rebind = None
        self._storage: IdentStorage[Node] | None = None
        if context_var is None:
            context_var = ContextVar("insula.LocalStack", default=EMPTY)
        self._var = context_var
        self._get, self._set = accessors(context_var, EMPTY)

    def push(self, item: T) -> Sequence[T]:
        """Put ``item`` on top and return the items that now lie on the stack.

        What is returned compares like a list, the lowest item first.
        """
        below = self._get()
        node = (item, below)
        self._set(node)
        # PERF: a list of one costs 20 ns, StackItems 120; most stacks hold one item.
        return [item] if below is EMPTY else StackItems(node)

    def pop(self) -> T | None:
        """Take the top item off and return it; ``None`` when the stack is empty."""
        item, below = self._get()
        if below is None:
            return None
        self._set(below)
        popped: T = item
        return popped

    @property
    def top(self) -> T | None:
        """The item that was pushed last; ``None`` when the stack is empty."""
        item: T | None = self._get()[0]
        return item

    def __len__(self) -> int:
        return len(_items(self._get()))

    def __bool__(self) -> bool:
        # NOTE: A stack without items is still a stack; only its length is 0.
        return True

    def __iter__(self) -> Iterator[T]:
        return iter(_items(self._get()))

    @overload
    def __call__(
        self, name: None = None, *, unbound_message: str | None = None
    ) -> LocalProxy[T]: ...
    @overload
    def __call__(
        self, name: str, *, unbound_message: str | None = None
    ) -> LocalProxy[Any]: ...
    def __call__(
        self, name: str | None = None, *, unbound_message: str | None = None
    ) -> LocalProxy[Any]:
        """Return a proxy to the top item, or to its attribute ``name``."""
        message = unbound_message
        if name is None:
            return LocalProxy(self, unbound_message=message)
        return LocalProxy(self, name, unbound_message=message)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {_items(self._get())!r}>"

    def __release_local__(self) -> None:
        self._set(EMPTY)

    def _proxy_source(self, name: str | None, message: str | None) -> Source[T]:
        text = _UNBOUND if message is None else message
        attribute = None if name is None else attrgetter(name)

        def current() -> Any:
            obj = self._get()[0]
            if obj is None:
                raise RuntimeError(text)
            return obj if attribute is None else attribute(obj)

        if name is not None:
            return Source(current)
        if self._rebind is None:
            self._rebind = stack_class(self._get)
        return Source(current, self._rebind[0])

    @property
    def __ident_func__(self) -> Callable[[], Any]:
        """The identity that stacks go by.

        Setting it turns this stack to identity storage, all of it empty; setting
        ``None`` turns it back to contexts.
        """
        storage = self._storage
        return get_ident if storage is None else storage.ident_func

    @__ident_func__.setter
    def __ident_func__(self, ident_func: Callable[[], Any] | None) -> None:
        self._var.set(EMPTY)
        if ident_func is None:
            self._storage = None
            self._get, self._set = accessors(self._var, EMPTY)
        else:
            self._storage = storage = IdentStorage(ident_func, EMPTY)
            self._get = storage.get
            self._set = storage.set
        if self._rebind is not None:
            self._rebind[1](self._get)

    @property
    def __storage__(self) -> dict[Any, dict[str, list[T]]]:
        """The stacks by ident, ``{ident: {"stack": items}}``.

        Of stacks that go by contexts, only the current one can be known.
        """
        if self._storage is None:
            nodes = {get_ident(): self._get()}
        else:
            nodes = self._storage.snapshot()
        return {
            ident: {"stack": _items(node)}
            for ident, node in nodes.items()
            if node is not EMPTY
        }
