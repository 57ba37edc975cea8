"""What is current where a request starts.

Normally nothing is. A test may push a context around a call of the client, and
an application may call itself; such contexts are meant, and a request shares the
application context among them, as Flask 3.1 does. Anything else was left behind:

* a context that has ended is still on the stack;
* a server calls the application, and its thread has a context already.

What was left behind is reported and set aside for the length of the request: a request
never runs on somebody else's ``g``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.context.lifetime import GONE
from insula.context.stacks import app_stack, request_stack

if TYPE_CHECKING:
    from insula._core.protocols import WSGIEnvironment

__all__ = ["set_aside_leftovers"]


def set_aside_leftovers(app: Any, environ: WSGIEnvironment) -> None:
    """Release both stacks (of this request's Context) if they hold leftovers.

    NOTE: Servers say who they are in ``SERVER_SOFTWARE``; test clients do not.
    """
    contexts = [*request_stack, *app_stack]
    meant = "SERVER_SOFTWARE" not in environ
    # One of a request that shares its application's context has that one's place.
    if meant and all(
        ctx._live_app is not None or getattr(ctx, "_live", GONE) is not GONE
        for ctx in contexts
    ):
        return
    request_stack.__release_local__()
    app_stack.__release_local__()
    app.logger.error(
        "A request started where contexts were left behind: %s. Something on this"
        " thread pushes a context and does not pop it; push with a `with` block. The"
        " request goes on without them.",
        ", ".join(f"{type(ctx).__name__} of {ctx.app.name!r}" for ctx in contexts),
    )
