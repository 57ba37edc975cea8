"""What an application does before and after it is served, and in the background.

The tables are plain lists; code may write to them directly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from insula._core.lazy import lazy, yielding
from insula.app.registrar import Registrar, setupmethod

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from insula.app.typevars import ServingT, WhileServingT
    from insula.dispatch.lasting.background import BackgroundTask
    from insula.dispatch.lasting.lifespan import TestServing

__all__ = ["Serving"]

P = ParamSpec("P")
T = TypeVar("T")


class Serving(Registrar):
    """Register what frames the time in which the application is served."""

    @lazy
    def before_serving_funcs(self) -> list[Callable[[], Any]]:
        """What is called before the application is served, in order."""
        return []

    @lazy
    def after_serving_funcs(self) -> list[Callable[[], Any]]:
        """What is called after the application was served, in order."""
        return []

    @lazy
    def while_serving_gens(self) -> list[Any]:
        """The generator functions that frame the serving; begun in order."""
        return []

    @setupmethod
    def before_serving(self, f: ServingT) -> ServingT:
        """Call ``f()`` once in each process, before it serves.

        It may be async, and runs in an application context. What it raises keeps the
        process from serving.
        """
        self.before_serving_funcs.append(f)
        return f

    @setupmethod
    def after_serving(self, f: ServingT) -> ServingT:
        """Call ``f()`` once in each process that has served, when it stops.

        It may be async, and runs in an application context. Background tasks have
        ended before.
        """
        self.after_serving_funcs.append(f)
        return f

    @setupmethod
    def while_serving(self, f: WhileServingT) -> WhileServingT:
        """Run a generator function up to its ``yield`` before serving, and on after.

        It may be async, and yields once. Each half runs in an application context;
        keep what requests need in :attr:`extensions`, for ``g`` ends with the half.
        """
        self.while_serving_gens.append(f)
        return f

    def test_serving(self) -> TestServing:
        """Return what serves the application for a ``with`` or ``async with`` block.

        For tests: at both ends of the block happens what a server does before the
        first request and after the last. A test client does none of it by itself.
        """
        from insula.dispatch.lasting.lifespan import TestServing

        return TestServing(self)

    @overload
    def add_background_task(
        self,
        func: Callable[P, Coroutine[Any, Any, T]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> BackgroundTask[T]: ...
    @overload
    def add_background_task(
        self, func: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> BackgroundTask[T]: ...
    @overload
    def add_background_task(
        self, func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> BackgroundTask[T]: ...
    def add_background_task(
        self, func: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> BackgroundTask[Any]:
        """Begin ``func(*args, **kwargs)`` in the background; do not wait for it.

        A coroutine function runs on the event loop, any other on a thread. It sees
        what is current now (request, session, the values of ``g``, every ContextVar)
        and outlives the request; outside of any it has an application context. What it
        raises is logged. At shutdown it is awaited for up to
        ``BACKGROUND_TASKS_DEADLINE`` seconds.
        """
        from insula.dispatch.lasting.background import add_background_task

        return add_background_task(self, func, args, kwargs)

    @yielding
    def background_tasks(self) -> set[BackgroundTask[Any]]:
        """Return the background tasks that have not ended in this process."""
        from insula.dispatch.loops.process_state import state_of

        return state_of(self).tasks
