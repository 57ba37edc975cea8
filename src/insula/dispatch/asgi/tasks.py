"""The task way: an endpoint that is asynchronous throughout, on the server's loop.

The steps are those of :mod:`~insula.dispatch.pipeline`, awaited where something of the
application is called. Rules of the file:

* Nothing synchronous of the application is called here, for it may block: an endpoint
  with a synchronous view or hook takes the thread way (`exchange`), through the
  pipeline itself. So does an application that overrides one of its steps.
* A handler of errors that is synchronous runs on a worker thread, and so does what
  logs an error that nobody handles, with the handler for it.
* A client that goes away cancels what is awaited, as far as there is a response; no
  teardown function. What is done on a worker thread has ended before the teardown.
* Whatever happens at an ``await``, be it that the task is cancelled, the context is
  popped and teardown runs, once.

Theory. A request that never waits is done in one step of its coroutine; only with the
first suspension does somebody begin to wait for the client's going away (`watched`).
"""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from insula._core.asynchrony import is_async
from insula._core.signals import forget_deaf, heard
from insula.context.lifetime import GONE
from insula.dispatch.asgi.departure import Awaited
from insula.dispatch.asgi.watched import watched
from insula.dispatch.decisions import ERROR_STEPS, STEPS
from insula.dispatch.loops.aio import DEPARTURE_KEY
from insula.dispatch.loops.apart import off_loop, off_loop_to_its_end
from insula.dispatch.loops.threads import start_in_worker
from insula.dispatch.short import ShortWay

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from insula.dispatch.asgi.outgoing import Watch

__all__ = [
    "answer_on_loop",
    "coroutine_view",
    "decide_by_task",
    "dispatch_on_loop",
    "drop_on_loop",
    "finish_on_loop",
    "is_async_throughout",
    "known_view",
    "recover_on_loop",
]

# The steps whose work is done here, or which call some that is.
_STEPS = (
    *STEPS,
    *ERROR_STEPS,
    "async_to_sync",
    "ensure_sync",
    "wsgi_app",
)


def coroutine_view(view: Any) -> Callable[..., Coroutine[Any, Any, Any]] | None:
    """Return the coroutine function that a view is or stands for, ``None`` for none."""
    if is_async(view):
        return view  # type: ignore[no-any-return]  # it is one
    # That of a class-based view; one that a decorator has copied is not the view's.
    twin = getattr(view, "_async_twin", None)
    return twin[1] if twin is not None and twin[0] is view else None


def _is_automatic(request: Any, rule: Any) -> bool:
    return request.method == "OPTIONS" and getattr(
        rule, "provide_automatic_options", False
    )


def decide_by_task(app: Any) -> bool:
    """Tell whether requests to ``app`` may go this way, and keep it."""
    revision = app._revision
    cls: Any = type(app)
    by_task = app._session_may_wait() and not any(
        name in app.__dict__ or getattr(cls, name) is not getattr(ShortWay, name)
        for name in _STEPS
    )
    app._decide("_by_task", by_task, revision)
    return by_task


def is_async_throughout(app: Any, ctx: Any) -> bool:
    """Tell whether nothing synchronous is called for what ``ctx`` has matched."""
    request = ctx._request
    rule = request.url_rule
    if (
        rule is not None
        and coroutine_view(app.view_functions.get(rule.endpoint)) is None
        and not _is_automatic(request, rule)
    ):
        return False
    if heard:
        forget_deaf()
    if heard or app.url_value_preprocessors:
        return False
    for table in (
        app.before_request_funcs,
        app.after_request_funcs,
        app.teardown_request_funcs,
    ):
        if table:
            for scope in (None, *request.blueprints):
                if not all(map(is_async, table.get(scope, ()))):
                    return False
    return all(map(is_async, app.teardown_appcontext_funcs))


def known_view(app: Any, endpoint: str, view: Any) -> Any:
    """Return what is awaited for a view; ``None`` for a synchronous one."""
    revision = app._revision
    function = None if view is None else coroutine_view(view)
    if function is not None:
        known = {**(app._coroutine_views or {}), endpoint: (view, function)}
        app._decide("_coroutine_views", known, revision)
    return function


async def answer_on_loop(
    app: Any,
    ctx: Any,
    steps: Coroutine[Any, Any, Any],
    send: Callable[[Any], Any],
    watching: Callable[[], Watch | None],
) -> Any:
    """Answer with a context that is pushed; return what ``send(response)`` does.

    The context is popped when it returns.

    :param steps: the steps that are left; what comes of them is the response.
    :param watching: returns what watches the client.
    """
    error: BaseException | None = None
    try:
        try:
            response = await watched(steps, watching)
        except Exception as exc:  # noqa: BLE001 - the handlers decide
            error = exc
            steps = _apart(ctx, _answer_error, app, exc)
            response = await watched(steps, watching)
        except BaseException as exc:
            error = exc
            raise
        return send(response)
    finally:
        try:
            await _leave(app, ctx, error)
        finally:
            # NOTE: an exception refers to this frame; this breaks the cycle.
            del error, steps


async def dispatch_on_loop(app: Any, ctx: Any) -> Any:
    """Run hooks and view and handle their errors; as `full_dispatch_request`."""
    if not app._got_first_request:
        await _apart(ctx, app._before_first_request)
    request = ctx._request
    try:
        rv = None
        if app.before_request_funcs:
            rv = await _preprocess_on_loop(app, request)
        if rv is None:
            if request.routing_exception is not None:
                app.raise_routing_exception(request)
            rule = request.url_rule
            if _is_automatic(request, rule):
                rv = app.make_default_options_response()
            else:
                # NOTE: there is one; `_is_async_throughout` found it just now.
                view: Any = coroutine_view(app.view_functions[rule.endpoint])
                rv = await view(**request.view_args)
    except Exception as exc:  # noqa: BLE001 - the handlers decide
        rv = await _handle_on_loop(app, ctx, exc)
    try:
        return await finish_on_loop(app, ctx, rv)
    finally:
        rv = None


async def recover_on_loop(app: Any, ctx: Any, exc: BaseException) -> Any:
    """Go on after the view has raised ``exc``."""
    rv: Any = None
    try:
        if not isinstance(exc, Exception):
            raise exc
        rv = await _handle_on_loop(app, ctx, exc)
        return await finish_on_loop(app, ctx, rv)
    finally:
        del exc, rv


async def finish_on_loop(app: Any, ctx: Any, rv: Any) -> Any:
    """Make the response and run what comes after; as `finalize_request`."""
    try:
        hooks = [*(ctx._after or ())]
        if app.after_request_funcs:
            for scope in (*ctx._request.blueprints, None):
                hooks += reversed(app.after_request_funcs.get(scope, ()))
        # The view may have added what is not asynchronous.
        if heard or not all(map(is_async, hooks)):
            return await _apart(ctx, app.finalize_request, rv)
        response = app.make_response(rv)
    finally:
        # NOTE: an HTTP exception that is the response refers to this frame.
        rv = None
    if not hooks:
        return app.process_response(response)
    for hook in hooks:
        response = await hook(response)
    session = ctx._opened
    if session is None:
        session = app._session_to_refresh(ctx)
    interface = app.session_interface
    if session is not None and not interface.is_null_session(session):
        interface.save_session(app, session, response)
    return response


async def _preprocess_on_loop(app: Any, request: Any) -> Any:
    for scope in (None, *reversed(request.blueprints)):
        for hook in app.before_request_funcs.get(scope, ()):
            rv = await hook()
            if rv is not None:
                return rv
    return None


async def _handle_on_loop(app: Any, ctx: Any, exc: Exception) -> Any:
    handler: Any = None
    try:
        handler = app._handler_for(exc)
        if handler is None:
            return app.handle_user_exception(exc)
        if not is_async(handler):
            return await _apart(ctx, _handle_error, app, exc)
        # Handlers look for the error where it is being handled.
        try:
            app._fail(exc)
        except Exception as error:  # noqa: BLE001 - the handler decides
            return await handler(error)
    finally:
        del exc, handler  # its traceback refers to this frame


async def _apart(ctx: Any, func: Callable[..., Any], *args: Any) -> Any:
    """Call a part of what answers the request on a worker thread."""
    environ = ctx._request.environ
    awaited = environ[DEPARTURE_KEY] = Awaited()
    try:
        return await off_loop_to_its_end(awaited.cancel, func, *args)
    finally:
        del environ[DEPARTURE_KEY], args


def _handle_error(app: Any, exc: Exception) -> Any:
    try:
        app._fail(exc)
    except Exception as error:  # noqa: BLE001 - the handlers decide
        return app.handle_user_exception(error)
    finally:
        del exc


def _answer_error(app: Any, exc: Exception) -> Any:
    try:
        app._fail(exc)
    except Exception as error:  # noqa: BLE001 - likewise
        return app.handle_exception(error)
    finally:
        del exc


async def _leave(app: Any, ctx: Any, error: BaseException | None) -> None:
    """Pop the context; what is called at its end is asynchronous."""
    if error is not None and app.should_ignore_error(error):
        error = None
    try:
        if isinstance(error, GeneratorExit):
            drop_on_loop(app, ctx, error)
            return
        if heard or not all(map(is_async, _teardown_hooks(app, ctx))):
            # Of what the view has added, or a signal's receivers.
            await off_loop(ctx.pop, error)
        elif ctx._pushes == 1 and not ctx._holds:
            await _end_on_loop(app, ctx, error)
        else:
            ctx.pop(error)  # others end it
    finally:
        error = None


def drop_on_loop(app: Any, ctx: Any, error: BaseException | None) -> None:
    """Pop the context where nothing can be awaited: the task is being dropped."""
    try:
        if heard or _teardown_hooks(app, ctx):
            start_in_worker(copy_context(), ctx.pop, error)
        else:
            ctx.pop(error)
    finally:
        del error


def _teardown_hooks(app: Any, ctx: Any) -> list[Any]:
    hooks = [*app.teardown_appcontext_funcs]
    if app.teardown_request_funcs:
        for scope in (*ctx._request.blueprints, None):
            hooks += app.teardown_request_funcs.get(scope, ())
    return hooks


async def _end_on_loop(app: Any, ctx: Any, error: BaseException | None) -> None:
    """Call all the teardown functions, whatever they raise, then pop."""
    first: BaseException | None = None
    try:
        if app.teardown_request_funcs:
            hooks: list[Any] = []
            for scope in (*ctx._request.blueprints, None):
                hooks += reversed(app.teardown_request_funcs.get(scope, ()))
            first = await _await_all(app, hooks, error, first)
        if app.teardown_appcontext_funcs:
            # The request has ended, as it has in `pop`.
            ctx._live = GONE
            hooks = app.teardown_appcontext_funcs[::-1]
            first = await _await_all(app, hooks, error, first)
        ctx._is_torn_down = True
        ctx.pop(error)
        if first is not None:
            raise first
    finally:
        first = error = None


async def _await_all(
    app: Any,
    hooks: list[Any],
    error: BaseException | None,
    first: BaseException | None,
) -> BaseException | None:
    """Return what is the first to be raised."""
    for hook in hooks:
        try:
            await hook(error)
        except BaseException as exc:
            if first is None:
                first = exc
            else:
                app.logger.exception("Another teardown function failed, too")
    return first
