"""The current contexts: what they are, who holds them, how they are carried.

Theory of operation
-------------------
Two :class:`~insula.local.LocalStack` objects are the truth (`stacks`). A
request pushes a :class:`RequestContext` (and an :class:`AppContext` below it where
none is current) and pops it when it ends. What a user calls ``request``, ``session``,
``g`` and ``current_app`` are proxies that read the top of a stack (`current`).

Rules:

* Contexts are restored by value, never by a ``contextvars.Token``: a token can
  only be reset in the Context that made it, and the end of a request may come
  from another one (a stream closed by the server, a garbage collector).
* A context that has ended knows it: its ``_live`` is ``GONE``, and a proxy that
  still finds it says so instead of handing out a dead request.
* Nothing here knows the application's class; it is called through
  :class:`~insula._core.protocols.AppProtocol`.
"""

from insula.context.app_context import AppContext
from insula.context.carry import (
    after_this_request,
    carry,
    copy_current_request_context,
)
from insula.context.current import has_app_context, has_request_context
from insula.context.globals import AppGlobals
from insula.context.request_context import RequestContext
from insula.context.stacks import app_ctx, app_stack, request_ctx, request_stack

__all__ = [
    "AppContext",
    "AppGlobals",
    "RequestContext",
    "after_this_request",
    "app_ctx",
    "app_stack",
    "carry",
    "copy_current_request_context",
    "has_app_context",
    "has_request_context",
    "request_ctx",
    "request_stack",
]
