"""What contexts, and the functions that looked them up, had more."""

from __future__ import annotations

from typing import Any

from insula.context.lifetime import GONE
from insula.context.stacks import (
    UNBOUND_APP,
    UNBOUND_REQUEST,
    app_stack,
    request_stack,
)

__all__ = [
    "auto_pop",
    "find_app",
    "implicit_contexts",
    "lookup_app_object",
    "lookup_req_object",
    "preserve",
    "preserved",
    "preserved_exc",
    "refcnt",
]


def lookup_req_object(name: str) -> Any:
    """Return an attribute of the current request context."""
    top = request_stack.top
    if top is None:
        raise RuntimeError(UNBOUND_REQUEST)
    return getattr(top, name)


def lookup_app_object(name: str) -> Any:
    """Return an attribute of the current application context."""
    top = app_stack.top
    if top is None:
        raise RuntimeError(UNBOUND_APP)
    return getattr(top, name)


def find_app() -> Any:
    """Return the current application."""
    return lookup_app_object("app")


def _is_preserved(ctx: Any) -> bool:
    """Tell whether the context is pushed while its request has been answered."""
    if ctx.__dict__.get("_preserved"):
        return True
    # NOTE: the environ lets go of its request when the request's context has ended.
    environ = ctx._request.environ
    ended = environ.get("werkzeug.request", ctx) is None
    return ended and ctx._live is not GONE


def _preserve(ctx: Any, value: bool) -> None:
    ctx.__dict__["_preserved"] = value


preserved = property(_is_preserved, _preserve)
preserved.__doc__ = "Whether the context was kept for those that look at it after."

preserved_exc = None


@property  # type: ignore[misc]  # it is put into a class by its name
def implicit_contexts(ctx: Any) -> list[Any]:
    """What each push has brought along: itself, or nothing."""
    if ctx._whole:
        return [ctx]
    pushes = range(ctx._pushes)
    return [ctx if ctx._brought_app >> each & 1 else None for each in reversed(pushes)]


def preserve(ctx: Any) -> Any:
    """Keep a context that is pushed: one more pop is needed, by who looks at it."""
    ctx.push()
    _preserve(ctx, value=True)
    return ctx


def auto_pop(ctx: Any, exc: BaseException | None = None) -> None:
    """Leave the context, unless the environ asks to keep it."""
    if ctx._request.environ.get("flask._preserve_context"):
        _preserve(ctx, value=True)
    else:
        ctx.pop(exc)


@property  # type: ignore[misc]  # it is put into a class by its name
def refcnt(ctx: Any) -> int:
    """How often the context is pushed."""
    count: int = ctx._pushes
    return count
