"""The proxies to what is current, specialised for speed.

A proxy's attribute is read at every use of ``request`` or ``g``, so each of them
has a class of its own whose ``__getattribute__`` reads one ContextVar and then the
attribute. All else (operators, ``isinstance``, ``repr`` …) is
:class:`~insula.local.LocalProxy`'s and goes through ``_get_current_object``.

They are untyped here, since this floor does not know the types they stand for;
``insula.proxies`` declares them to users.
"""

from __future__ import annotations

from typing import Any, NoReturn

from insula.context.lifetime import GONE
from insula.context.stacks import (
    ENDED_APP,
    ENDED_REQUEST,
    UNBOUND_APP,
    UNBOUND_REQUEST,
    UNBOUND_WEBSOCKET,
    get_app_node,
    get_request_node,
)
from insula.local import LocalProxy

__all__ = [
    "current_app",
    "g",
    "has_app_context",
    "has_request_context",
    "request",
    "session",
    "websocket",
]


def has_request_context() -> bool:
    """Tell whether a request is being answered here and now."""
    ctx = get_request_node()[0]
    return ctx is not None and ctx._live is not GONE


def has_app_context() -> bool:
    """Tell whether an application is current here and now."""
    ctx = get_app_node()[0]
    return ctx is not None and ctx._live_app is not None


def _no_request() -> NoReturn:
    ended = get_request_node()[0] is not None
    raise RuntimeError(ENDED_REQUEST if ended else UNBOUND_REQUEST) from None


def _no_app() -> NoReturn:
    ended = get_app_node()[0] is not None
    raise RuntimeError(ENDED_APP if ended else UNBOUND_APP) from None


def _current_request() -> Any:
    ctx = get_request_node()[0]
    if ctx is None or ctx._live is GONE:
        _no_request()
    return ctx._live


def _current_websocket() -> Any:
    ctx = get_request_node()[0]
    if ctx is None or ctx._live is GONE:
        ended = ctx is not None
        raise RuntimeError(ENDED_REQUEST if ended else UNBOUND_WEBSOCKET) from None
    if not ctx._is_socket:
        request = ctx._live
        raise RuntimeError(
            f"There is no WebSocket here: this is the HTTP request {request.method}"
            f" {request.path}, which the name `request` reads. A view that talks to a"
            ' WebSocket is registered with @app.websocket("/some/path").'
        )
    return ctx._live


def _current_session() -> Any:
    ctx = get_request_node()[0]
    if ctx is None or ctx._live is GONE:
        _no_request()
    return ctx.session


def _current_g() -> Any:
    ctx = get_app_node()[0]
    if ctx is None or ctx._live_app is None:
        _no_app()
    return ctx.g


def _current_app() -> Any:
    ctx = get_app_node()[0]
    if ctx is None or ctx._live_app is None:
        _no_app()
    return ctx._live_app


# NOTE: The base class answers for what must work without a context (`__class__`,
# `__doc__`, …) and for a proxy's own names; all the rest belongs to the object.
_OWN_NAME = "_get_current_object"
_OWN_NAMES = frozenset({_OWN_NAME, "__wrapped__"})
_base_attribute = LocalProxy.__getattribute__


class _RequestProxy(LocalProxy[Any]):
    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        try:
            # One whose class answers to any name must not answer to this.
            if name != _OWN_NAME:
                return getattr(get_request_node()[0]._live, name)
        except AttributeError:
            ctx = get_request_node()[0]
            if ctx is not None and ctx._live is not GONE and name not in _OWN_NAMES:
                raise
        return _base_attribute(self, name)


class _WebsocketProxy(LocalProxy[Any]):
    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        ctx = get_request_node()[0]
        if ctx is None or ctx._live is GONE or not ctx._is_socket or name in _OWN_NAMES:
            return _base_attribute(self, name)
        return getattr(ctx._live, name)


class _SessionProxy(LocalProxy[Any]):
    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        ctx = get_request_node()[0]
        if ctx is None or ctx._live is GONE or name in _OWN_NAMES:
            return _base_attribute(self, name)
        return getattr(ctx.session, name)


class _GlobalsProxy(LocalProxy[Any]):
    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        try:
            # One whose class answers to any name must not answer to this.
            if name != _OWN_NAME:
                return getattr(get_app_node()[0]._live_g, name)
        except AttributeError:
            ctx = get_app_node()[0]
            if ctx is not None and ctx._live_g is not GONE and name not in _OWN_NAMES:
                raise
        return _base_attribute(self, name)


class _AppProxy(LocalProxy[Any]):
    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        ctx = get_app_node()[0]
        if ctx is None or ctx._live_app is None or name in _OWN_NAMES:
            return _base_attribute(self, name)
        return getattr(ctx._live_app, name)


for _kind in (
    _RequestProxy,
    _WebsocketProxy,
    _SessionProxy,
    _GlobalsProxy,
    _AppProxy,
):
    _kind.__name__ = "LocalProxy"  # what an unbound proxy calls itself

request: Any = _RequestProxy(_current_request, unbound_message=UNBOUND_REQUEST)
websocket: Any = _WebsocketProxy(_current_websocket, unbound_message=UNBOUND_WEBSOCKET)
session: Any = _SessionProxy(_current_session, unbound_message=UNBOUND_REQUEST)
g: Any = _GlobalsProxy(_current_g, unbound_message=UNBOUND_APP)
current_app: Any = _AppProxy(_current_app, unbound_message=UNBOUND_APP)
