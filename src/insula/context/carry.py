"""Carry the current contexts to another thread, greenlet or task.

A carried context is a copy with a life of its own: each call of the carried function
pushes a fresh one, so that many threads may run the same function at once and none
is hurt when the request it came from ends.
"""

from __future__ import annotations

from contextvars import copy_context
from functools import update_wrapper
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from insula._core.running import is_on_loop
from insula.context.lifetime import GONE
from insula.context.stacks import app_stack, request_stack

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Carried",
    "after_this_request",
    "carry",
    "copy_current_request_context",
]

P = ParamSpec("P")
T = TypeVar("T")
F = TypeVar("F", bound="Callable[..., Any]")


def after_this_request(f: F) -> F:
    """Call ``f(response)`` when the current request's response is finished.

    It returns the response to send, the same or another.

    :raises RuntimeError: outside of a request.
    """
    ctx = _live_request_context("after_this_request")
    ctx._after_request_functions.append(f)
    return f


def copy_current_request_context(f: Callable[P, T]) -> Callable[P, T]:
    """Wrap ``f`` so that it runs with the request context of this moment.

    The request and session objects are shared, ``g`` is new in each call. What is
    written to the session after the response has been sent is lost.

    :raises RuntimeError: outside of a request.
    """
    template = _live_request_context("copy_current_request_context").copy()

    if iscoroutinefunction(f):

        async def run_async(*args: P.args, **kwargs: P.kwargs) -> Any:
            ctx = _apart(template)
            async with ctx.app._pushed_apart(ctx):
                ctx._leave_simplicity()
                return await f(*args, **kwargs)

        return update_wrapper(run_async, f)  # type: ignore[return-value]  # async twin

    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        ctx = _apart(template)
        with ctx:
            ctx._leave_simplicity()
            result: T = ctx.app.ensure_sync(f)(*args, **kwargs)
            return result

    return update_wrapper(run, f)


def carry(f: Callable[P, T]) -> Callable[P, T]:
    """Wrap ``f`` so that it sees all that is current at this moment.

    Request, session, ``g``'s values (a copy), the application and every ContextVar
    and ``Local``. Without any context current it still carries the ContextVars; a
    context that has ended has ended for the function, too. What it sets stays its own.
    A coroutine function that is called on an event loop is to be awaited, or made a
    task; anywhere else the call waits for it.
    """
    carried = Carried()

    def enter(args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        ctx = carried.new_context()
        if ctx is None:
            return f(*args, **kwargs)
        with ctx:
            carried.fill(ctx)
            result: T = ctx.app.ensure_sync(f)(*args, **kwargs)
            return result

    async def enter_async(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        coro_function: Any = f
        ctx = carried.new_context()
        if ctx is None:
            return await coro_function(*args, **kwargs)
        async with ctx.app._pushed_apart(ctx):
            carried.fill(ctx)
            return await coro_function(*args, **kwargs)

    async def run_async(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        from asyncio import get_running_loop

        start = get_running_loop().create_task
        return await carried.context.copy().run(start, enter_async(args, kwargs))

    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if is_on_loop() and iscoroutinefunction(f):
            return run_async(args, kwargs)  # type: ignore[return-value]  # what f returns
        return carried.context.copy().run(enter, args, kwargs)

    return update_wrapper(run, f)


class Carried:
    """What is current when this is made, to be current again elsewhere.

    Run a copy of :attr:`context`; in there push what :meth:`new_context` returns, and
    then :meth:`fill` it.
    """

    __slots__ = ("_app", "_request_ctx", "_values", "context")

    def __init__(self) -> None:
        #: Of contextvars: every ContextVar and ``Local``.
        self.context = copy_context()
        request_ctx = request_stack.top
        if request_ctx is not None and request_ctx._live is GONE:
            request_ctx = None
        app_ctx = app_stack.top
        if app_ctx is not None and app_ctx._live_app is None:
            app_ctx = None
        self._values = dict(app_ctx.g.__dict__) if app_ctx is not None else {}
        self._request_ctx = request_ctx.copy() if request_ctx is not None else None
        self._app = app_ctx.app if app_ctx is not None else None

    def new_context(self, app: Any = None) -> Any:
        """Return a fresh context to be pushed, ``None`` where none was current.

        :param app: the application that it is to be of, whichever was current.
        """
        # NOTE: what the copied Context still holds belongs to the request it came
        # from and may have ended; the carried contexts stand in for it.
        if app is not None and app is not self._app:
            request_stack.__release_local__()
            app_stack.__release_local__()
            return app.app_context()
        if self._request_ctx is not None:
            request_stack.__release_local__()
        if self._app is None:
            return None
        app_stack.__release_local__()
        if self._request_ctx is not None:
            return _apart(self._request_ctx)
        return self._app.app_context()

    def fill(self, ctx: Any) -> None:
        """Give the context that was just pushed the values of ``g``."""
        if ctx.app is self._app:
            if self._request_ctx is not None:
                ctx._leave_simplicity()
            app_stack._get()[0].g.__dict__.update(self._values)


def _apart(template: Any) -> Any:
    """Return a copy of ``template`` that brings an application context of its own.

    When it ends, the request goes on: its files stay open. Once it is pushed, let it
    ``_leave_simplicity()``.
    """
    ctx = template.copy()
    ctx._shares_app_context = False
    ctx._closes_request = False
    return ctx


def _live_request_context(name: str) -> Any:
    ctx = request_stack.top
    if ctx is None or ctx._live is GONE:
        raise RuntimeError(
            f"{name} works on the request that is being answered, and none is current"
            " here. Call it in a view or a hook."
        )
    return ctx
