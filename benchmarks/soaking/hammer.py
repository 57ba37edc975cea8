"""What each thread, greenlet and task does beside its requests: write, wait, read.

Rules of the file: each function is a generator that yields where others may run; who
steps it decides how. It gives what it has read beside what it has written, and never
compares itself. The objects are those that the requests use, too.
"""

from __future__ import annotations

import random
import threading
from contextvars import ContextVar
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from benchmarks.soaking.places import local, stack

from insula import (
    carry,
    current_app,
    flash,
    g,
    get_flashed_messages,
    has_app_context,
    has_request_context,
    request,
    session,
)
from insula.local import IdentLocal, LocalProxy
from insula.local.ident import running_owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from insula import Insula

    # What was read, and what should have been.
    Check = tuple[Any, Any]

__all__ = ["STEPS", "Shared"]

STEPS = 6


class _List:
    """What a careless program has for a stack."""

    def __init__(self) -> None:
        self._items: list[Any] = []

    @property
    def top(self) -> Any:
        return self._items[-1] if self._items else None

    def push(self, item: Any) -> None:
        self._items.append(item)

    def pop(self) -> Any:
        return self._items.pop() if self._items else None


class Shared:
    """The objects that all use, and the ways to use them."""

    def __init__(self, control: str, apps: list[Insula]) -> None:
        self.apps = apps
        self.local: Any = local
        self.stack: Any = stack
        self.by_ident: Any = IdentLocal(running_owner)
        if control:
            careless = threading.local if control == "threadlocal" else SimpleNamespace
            self.local, self.by_ident, self.stack = careless(), careless(), _List()
        self.proxy: Any = LocalProxy(lambda: self.local.mine)
        self.var: ContextVar[int] = ContextVar("hammered")
        self.ways: list[Callable[[str], Iterator[Check]]] = [
            self.count,
            self.count,
            self.nest,
            self.push_request,
            self.carry_on,
        ]

    def clean(self) -> Check:
        """Return what is left where no request is, and nothing must be."""
        left = (has_request_context(), has_app_context(), self.stack.top)
        return (*left, getattr(self.local, "rid", None)), (False, False, None, None)

    def count(self, _me: str) -> Iterator[Check]:
        """Read, add one and write, again and again; nobody else may have counted."""
        number = random.randrange(1_000_000)
        self.local.mine = self.by_ident.mine = number
        self.var.set(number)
        for _ in range(STEPS):
            yield self.local.mine, number
            self.local.mine += 1
            yield self.by_ident.mine, number
            self.by_ident.mine += 1
            yield self.var.get(), number
            number += 1
            self.var.set(number)
            yield self.proxy + 0, number
        del self.local.mine
        yield getattr(self.local, "mine", None), None

    def nest(self, me: str) -> Iterator[Check]:
        """Push and pop, in an order that only one's own stack can have."""
        names = [f"{me} {number}" for number in range(STEPS)]
        for name in names:
            self.stack.push(name)
            yield self.stack.top, name
        for name in reversed(names):
            yield self.stack.pop(), name
        yield self.stack.top, None

    def push_request(self, me: str) -> Iterator[Check]:
        """Push contexts by hand, of two applications, one within the other."""
        outer, inner = random.sample(self.apps, 2)
        with outer.test_request_context(f"/{me}?me={me}"):
            yield ([*g], [*session]), ([], [])
            g.me = session["me"] = me
            flash(me)
            yield self._current(), (outer.name, f"/{me}", me, me, me)
            with inner.app_context():
                yield [*g], []
                g.me = "within"
                yield (
                    (g.me, current_app.name, request.path),
                    (
                        "within",
                        inner.name,
                        f"/{me}",
                    ),
                )
            with inner.test_request_context(f"/in/{me}?me=in"):
                g.me = session["me"] = "in"
                yield self._current(), (inner.name, f"/in/{me}", "in", "in", "in")
            yield self._current(), (outer.name, f"/{me}", me, me, me)
            yield get_flashed_messages(), [me]

    def carry_on(self, me: str) -> Iterator[Check]:
        """Have another thread read what is current here."""
        app = random.choice(self.apps)
        found: list[Any] = []
        with app.test_request_context(f"/{me}?me={me}"):
            g.me = session["me"] = me
            yield self._current(), (app.name, f"/{me}", me, me, me)
            carried = carry(lambda: found.append(self._current()))
            thread = threading.Thread(target=carried)
            thread.start()
            yield self._current(), (app.name, f"/{me}", me, me, me)
            thread.join()
            yield found, [(app.name, f"/{me}", me, me, me)]

    def _current(self) -> tuple[Any, ...]:
        return (
            current_app.name,
            request.path,
            request.args["me"],
            g.get("me"),
            session.get("me"),
        )
