"""The short way of tasks: what :mod:`~insula.dispatch.short` is, on an event loop.

A request to an asynchronous view, to whose steps nobody has anything to add, is
answered in one function: matched, its view called, what it returned sent. The same
rules hold, and whatever is not as simple goes on in the steps of
:mod:`~insula.dispatch.asgi.tasks`.

A view that never waits has returned when its coroutine is stepped for the first time.
"""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from insula._core.signals import heard
from insula.context import RequestContext
from insula.context.lifetime import GONE
from insula.context.stacks import (
    EMPTY,
    get_app_node,
    get_request_node,
    set_app_node,
    set_request_node,
)
from insula.dispatch.asgi.exchange import (
    answer_in_steps,
    answer_in_thread,
    finish_http,
    new_watch,
)
from insula.dispatch.asgi.incoming import read_ahead
from insula.dispatch.asgi.outgoing import encoded
from insula.dispatch.asgi.own_task import in_own_task, runs_tasks
from insula.dispatch.asgi.scope_request import ScopeRequest
from insula.dispatch.asgi.tasks import (
    drop_on_loop,
    finish_on_loop,
    known_view,
    recover_on_loop,
)
from insula.dispatch.asgi.watched import go_on
from insula.http.headers import TYPE_AND_LENGTH
from insula.http.response import Response, type_field
from insula.json.provider import DefaultJSONProvider

if TYPE_CHECKING:
    from insula._core.protocols import ASGIReceive, ASGIScope, ASGISend
    from insula.dispatch.asgi.outgoing import Watch

__all__ = ["answer_http"]

_new = object.__new__
# The fields of a request that somebody here has to know of.
_NAMES = [b"content-length", b"content-type", b"cookie", b"host", b"transfer-encoding"]
# NOTE: in any case, as some servers have them; those go on in the steps.
_NOTED = frozenset({*_NAMES, *map(bytes.title, _NAMES), *map(bytes.upper, _NAMES)})
_AHEAD = 4  # digits of a length that is received beforehand
_GET = {"REQUEST_METHOD": "GET"}
# Header fields as they are sent; bounded.
_wires: dict[tuple[str, str], tuple[bytes, bytes]] = {}
_WIRES_MAX = 512


def _wire(field: tuple[str, str]) -> tuple[bytes, bytes]:
    name, value = field
    wire = (name.lower().encode("latin-1"), value.encode("latin-1"))
    if len(_wires) < _WIRES_MAX:
        _wires[field] = wire
    return wire


_lengths: dict[int, tuple[bytes, bytes]] = {}
_LENGTHS_MAX = 4096


def _length(length: int) -> tuple[bytes, bytes]:
    field = (b"content-length", b"%d" % length)
    if len(_lengths) < _LENGTHS_MAX:
        _lengths[length] = field
    return field


def _enter(ctx: Any) -> None:
    """Make the context current if it has not been."""
    if ctx._pushes and get_request_node() is EMPTY:
        node = (ctx, EMPTY)
        set_app_node(node)
        set_request_node(node)


def _drop(app: Any, ctx: Any, watch: Watch | None, exc: GeneratorExit) -> None:
    if watch is not None:
        watch.incoming.end()
    _enter(ctx)
    drop_on_loop(app, ctx, exc)


def _match(ctx: Any, router: Any, path: str, method: str) -> Any:
    """Match where the context is current."""
    node = (ctx, EMPTY)
    set_app_node(node)
    set_request_node(node)
    return router.match(path, method)


def _step(ctx: Any, view: Any, args: dict[str, Any]) -> tuple[Any, Any]:
    """Call a view where the context is current, and take its coroutine's first step.

    Return the coroutine and what it waits for. StopIteration is its return.
    """
    node = (ctx, EMPTY)
    set_app_node(node)
    set_request_node(node)
    steps = view(**args) if args else view()
    return steps, steps.send(None)


# PERF: one function, for a call costs what ten of these lines cost.
async def answer_http(  # noqa: C901, PLR0911, PLR0912, PLR0915  # the reason is above
    app: Any, scope: ASGIScope, receive: ASGIReceive, send: ASGISend
) -> None:
    """Answer a scope of type ``http``: the simplest here, all others step by step."""
    try:
        in_task = runs_tasks.get(type(receive.__self__))  # type: ignore[attr-defined]
    except AttributeError:
        in_task = False
    if not in_task and await in_own_task(answer_http, app, scope, receive, send):
        return
    field = app._short_field
    if (
        not field
        or not app._by_task
        or app.before_request_funcs
        or app.after_request_funcs
        or app.teardown_request_funcs
        or app.teardown_appcontext_funcs
        or app.url_value_preprocessors
        or heard
        or get_request_node() is not EMPTY
        or get_app_node() is not EMPTY
        or scope.get("root_path")
    ):
        if field is None:
            app._decide_short()
        await answer_in_steps(app, scope, receive, send)
        return

    host = length = content_type = None
    has_cookie = False
    for name, value in scope["headers"]:
        if name in _NOTED:
            if name == b"host":
                host = value
            elif name == b"content-length":
                length = value
            elif name == b"content-type":
                content_type = value
            elif name == b"cookie":
                has_cookie = True
            else:
                host = None
                break
    path = scope["path"]
    method = scope["method"]
    router: Any = app._router
    if (
        not router
        or host is None
        or host not in app._known_hosts
        or not path.isascii()
        or method == "OPTIONS"
        or app.config["TRUSTED_HOSTS"] is not None
        or (len(length) > _AHEAD if length else scope["http_version"][0] != "1")
    ):
        await answer_in_steps(app, scope, receive, send)
        return

    # As `ScopeRequest` and `RequestContext(app, environ)` do, and `push`.
    request: Any = _new(ScopeRequest)
    request._scope = scope
    request._body = b""
    request._sent_type = content_type
    request._query_string = scope["query_string"]
    request._has_form = False
    request.method = method
    request.json_module = app.json
    ctx: Any = _new(RequestContext)
    ctx.app = ctx._live_app = app
    ctx._request = ctx._live = request
    ctx._live_g = GONE
    ctx._opened = ctx._after = None
    ctx._pushes = 1
    ctx._whole = True
    # What the view sets is its own, and of what comes after it.
    context = copy_context()

    failure: BaseException | None = None
    rule: Any = None
    view: Any = None
    watch: Watch | None = None
    rv: Any = None
    try:
        straight = router.map.straight
        rules = straight.get(path)
        if rules is not None and method in rules:
            rule = request.url_rule = rules[method]
            args = request.view_args = {}
        else:
            # Converters may want to know the application.
            match = context.run(_match, ctx, router, path, method)
            if type(match) is tuple:
                rule, args = match
                request.url_rule = rule
                request.view_args = args
                if not args and rule.rule == path and rule.methods:
                    straight.setdefault(path, {})[method] = rule
        if rule is not None:
            view = app.view_functions.get(rule.endpoint)
            known = app._coroutine_views
            found = known.get(rule.endpoint) if known else None
            if found is not None and found[0] is view:
                view = found[1]
            else:
                view = known_view(app, rule.endpoint, view)
        if view is not None:
            if length and length != b"0":
                message = await receive()
                if not message.get("more_body") and message["type"] == "http.request":
                    request._body = message.get("body", b"")
                else:
                    body = await read_ahead(receive, message)
                    if body is None:
                        _end(ctx, request)
                        return
                    request._body = body
            try:
                steps, future = context.run(_step, ctx, view, args)
            except StopIteration as stop:
                rv = stop.value
            else:
                watch = new_watch(receive)
                rv = await go_on(steps, future, watch, context)
    except GeneratorExit as exc:
        context.run(_drop, app, ctx, watch, exc)
        raise
    except BaseException as exc:  # noqa: BLE001 - the handlers decide
        failure = exc
    if view is None:
        # Also where a converter has failed: the steps meet it again, and know what to
        # do with it. NOTE: not above, where what they raise would be taken for that.
        failure = None
        _end(ctx, request)
        answer = answer_in_steps if rule is None else answer_in_thread
        await answer(app, scope, receive, send)
        return
    if failure is not None:
        try:
            context.run(_enter, ctx)
            steps = recover_on_loop(app, ctx, failure)
            await finish_http(ctx, steps, receive, send, watch, context)
        finally:
            # NOTE: its traceback refers to this frame.
            failure = None
        return

    data: bytes | None = None
    if (
        app._short_field is field
        and ctx._opened is None
        and ctx._after is None
        and ctx._whole
        and not request._has_form
        and not has_cookie
        and not app.after_request_funcs
        and not app.teardown_request_funcs
        and not app.teardown_appcontext_funcs
        and not heard
        and method != "HEAD"
    ):
        kind = type(rv)
        provider = app.json
        status = 200
        if kind is Response:
            sent = rv._finished(_GET)
            if sent is not None:
                status = rv._status_code
                data = rv.response[0]
                if rv.headers._known == TYPE_AND_LENGTH and not sent[2:]:
                    fields = [
                        _wires.get(sent[0]) or _wire(sent[0]),
                        (b"content-length", sent[1][1].encode()),
                    ]
                else:
                    fields = encoded(sent)
        elif kind is str:
            try:
                data = rv.encode()
                fields = [_wires.get(field) or _wire(field)]
            except UnicodeEncodeError:
                data = None  # that it raises is for the steps to handle
        elif (
            (kind is dict or kind is list)
            and type(provider) is DefaultJSONProvider
            and "response" not in provider.__dict__
            and provider.mimetype is not None
        ):
            try:
                data = provider._document(rv, app).encode()
                json_field = type_field(provider.mimetype)
                fields = [_wires.get(json_field) or _wire(json_field)]
            except Exception:  # noqa: BLE001 - likewise
                data = None
    if data is None:
        steps = finish_on_loop(app, ctx, rv)
        await finish_http(ctx, steps, receive, send, watch, context)
        return
    if watch is not None:
        watch.incoming.end()
    if kind is not Response:
        fields.append(_lengths.get(len(data)) or _length(len(data)))
    # As `_end` does.
    ctx._whole = False
    ctx._pushes = 0
    ctx._live = ctx._live_g = GONE
    ctx._live_app = None
    if request._has_environ:
        request.environ["werkzeug.request"] = None
    try:
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": data})
    except OSError:
        return  # the client has gone


def _end(ctx: Any, request: Any) -> None:
    """End a context that nobody has anything to do at the end of."""
    ctx._whole = False
    ctx._pushes = 0
    ctx._live = ctx._live_g = GONE
    ctx._live_app = None
    if request._has_environ:
        # No cycle is left for the garbage collector.
        request.environ["werkzeug.request"] = None
