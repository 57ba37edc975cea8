"""The two stacks that hold the current contexts.

``request_stack`` and ``app_stack`` are known to users as ``_request_ctx_stack`` and
``_app_ctx_stack``. Each node of a stack is a tuple ``(context, node below)``.
"""

from __future__ import annotations

from typing import Any

from insula.local import LocalProxy, LocalStack

__all__ = [
    "UNBOUND_APP",
    "UNBOUND_REQUEST",
    "app_ctx",
    "app_stack",
    "request_ctx",
    "request_stack",
]

request_stack: LocalStack[Any] = LocalStack()
app_stack: LocalStack[Any] = LocalStack()

UNBOUND_REQUEST = """\
Working outside of request context.

The name you used reads the request that is being answered, and this thread, greenlet
or task is not answering one. Inside a view or a hook it just works. Elsewhere:
  in a test or a shell   with app.test_request_context("/some/path"): ...
  in a thread or job     wrap the function with copy_current_request_context(fn), or
                         start it on insula.ContextThreadPoolExecutor
  in a streamed body     wrap the generator: stream_with_context(generate())"""

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
