"""The two stacks that hold the current contexts.

``request_stack`` and ``app_stack`` are known to users as ``_request_ctx_stack`` and
``_app_ctx_stack``. Each node of a stack is a tuple ``(context, node below)``; ``EMPTY``
is the one below all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.local import LocalProxy, LocalStack
from insula.local.stack import EMPTY

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "EMPTY",
    "UNBOUND_APP",
    "UNBOUND_REQUEST",
    "UNBOUND_WEBSOCKET",
    "app_ctx",
    "app_stack",
    "get_app_node",
    "get_request_node",
    "request_ctx",
    "request_stack",
    "set_app_node",
    "set_request_node",
]


class ContextStack(LocalStack[Any]):
    """A stack of contexts: it goes by contextvars, and stays with them."""

    __slots__ = ()

    @property
    def __ident_func__(self) -> Callable[[], Any]:
        """The identity of what is running: thread, greenlet or task."""
        return LocalStack.__ident_func__.fget(self)  # type: ignore[attr-defined, no-any-return]  # a property

    @__ident_func__.setter
    def __ident_func__(self, ident_func: Callable[[], Any] | None) -> None:
        raise TypeError(
            f"The stacks of contexts cannot go by {ident_func!r}: they tell threads,"
            " greenlets and tasks apart by contextvars. Leave out the line that sets"
            " __ident_func__; it is not needed."
        )


request_stack: LocalStack[Any] = ContextStack()
app_stack: LocalStack[Any] = ContextStack()

# PERF: what reads and sets the top node, without looking up an attribute.
get_request_node = request_stack._get
set_request_node = request_stack._set
get_app_node = app_stack._get
set_app_node = app_stack._set

UNBOUND_REQUEST = """\
Working outside of request context.

The name you used reads the request that is being answered, and this thread, greenlet
or task is not answering one. Inside a view or a hook it just works. Elsewhere:
  in a test or a shell   with app.test_request_context("/some/path"): ...
  in a thread or job     wrap the function with copy_current_request_context(fn), or
                         start it on insula.ContextThreadPoolExecutor
  in a streamed body     wrap the generator: stream_with_context(generate())"""

UNBOUND_WEBSOCKET = """\
Working outside of a WebSocket.

The name you used reads the WebSocket that a view talks to, and this thread, greenlet or
task is not in one. Inside a view that is registered with @app.websocket, and its hooks,
it just works. A thread or task that such a view starts must carry the context:
carry(fn), or copy_current_request_context(fn)."""

UNBOUND_APP = """\
Working outside of application context.

The name you used belongs to the current application, and no application is current in
this thread, greenlet or task. Inside a request or an app.cli command it just works.
Elsewhere (a script, a shell, a thread, start-up code):
  with app.app_context(): ..."""

ENDED_REQUEST = """\
This request has ended.

The name you used still points to the context of a request that has been answered: the
code runs in a thread or task that was started during that request and outlived it.
Hand the values it needs over as arguments, or wrap the function with
copy_current_request_context(fn) before it is started."""

ENDED_APP = """\
This application context has ended.

The name you used still points to an application context that has been popped: the code
runs in a thread or task that outlived it. Push one of its own around the code:
  with app.app_context(): ..."""

request_ctx: Any = LocalProxy(request_stack, unbound_message=UNBOUND_REQUEST)
app_ctx: Any = LocalProxy(app_stack, unbound_message=UNBOUND_APP)
