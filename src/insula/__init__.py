"""Insula: Flask's programming model, built so that every request is an island.

Names are imported when they are first used (PEP 562): ``import insula.local`` loads
nothing of the rest. Editors and type checkers see plain imports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markupsafe import Markup, escape

    from insula import json
    from insula._core.signals import (
        appcontext_popped,
        appcontext_pushed,
        appcontext_tearing_down,
        before_render_template,
        got_request_exception,
        message_flashed,
        request_finished,
        request_started,
        request_tearing_down,
        template_rendered,
    )
    from insula.app import Blueprint, Config, Insula
    from insula.context import (
        after_this_request,
        carry,
        copy_current_request_context,
        has_app_context,
        has_request_context,
    )
    from insula.context.executor import ContextThreadPoolExecutor
    from insula.context.stacks import app_stack as _app_ctx_stack
    from insula.context.stacks import request_stack as _request_ctx_stack
    from insula.dispatch import stream_with_context
    from insula.dispatch.lasting.event_stream import send_events
    from insula.http import Request, Response
    from insula.http.events import ServerSentEvent
    from insula.http.websocket import Websocket, WebSocketDisconnected
    from insula.local import Local, LocalManager, LocalProxy, LocalStack
    from insula.proxies import current_app, g, request, session, websocket
    from insula.servers import DispatcherMiddleware, as_asgi, as_wsgi, run_simple
    from insula.servers.mounts import Mounts
    from insula.shortcuts import (
        abort,
        flash,
        get_flashed_messages,
        get_template_attribute,
        jsonify,
        make_response,
        redirect,
        render_template,
        render_template_string,
        send_file,
        send_from_directory,
        stream_template,
        stream_template_string,
        url_for,
    )
    from insula.views import MethodView, View

__all__ = [
    "Blueprint",
    "Config",
    "ContextThreadPoolExecutor",
    "DispatcherMiddleware",
    "Insula",
    "Local",
    "LocalManager",
    "LocalProxy",
    "LocalStack",
    "Markup",
    "MethodView",
    "Mounts",
    "Request",
    "Response",
    "ServerSentEvent",
    "View",
    "WebSocketDisconnected",
    "Websocket",
    "_app_ctx_stack",
    "_request_ctx_stack",
    "abort",
    "after_this_request",
    "appcontext_popped",
    "appcontext_pushed",
    "appcontext_tearing_down",
    "as_asgi",
    "as_wsgi",
    "before_render_template",
    "carry",
    "copy_current_request_context",
    "current_app",
    "escape",
    "flash",
    "g",
    "get_flashed_messages",
    "get_template_attribute",
    "got_request_exception",
    "has_app_context",
    "has_request_context",
    "json",
    "jsonify",
    "make_response",
    "message_flashed",
    "redirect",
    "render_template",
    "render_template_string",
    "request",
    "request_finished",
    "request_started",
    "request_tearing_down",
    "run_simple",
    "send_events",
    "send_file",
    "send_from_directory",
    "session",
    "stream_template",
    "stream_template_string",
    "stream_with_context",
    "template_rendered",
    "url_for",
    "websocket",
]

# Where each name lives: name -> module, or (module, name there).
_HOMES: dict[str, str | tuple[str, str]] = {
    "appcontext_popped": "insula._core.signals",
    "appcontext_pushed": "insula._core.signals",
    "appcontext_tearing_down": "insula._core.signals",
    "before_render_template": "insula._core.signals",
    "got_request_exception": "insula._core.signals",
    "message_flashed": "insula._core.signals",
    "request_finished": "insula._core.signals",
    "request_started": "insula._core.signals",
    "request_tearing_down": "insula._core.signals",
    "template_rendered": "insula._core.signals",
    "Blueprint": "insula.app",
    "Config": "insula.app",
    "Insula": "insula.app",
    "ContextThreadPoolExecutor": "insula.context.executor",
    "after_this_request": "insula.context",
    "carry": "insula.context",
    "copy_current_request_context": "insula.context",
    "has_app_context": "insula.context",
    "has_request_context": "insula.context",
    "stream_with_context": "insula.dispatch",
    "send_events": "insula.dispatch.lasting.event_stream",
    "ServerSentEvent": "insula.http.events",
    "Request": "insula.http",
    "Response": "insula.http",
    "WebSocketDisconnected": "insula.http.websocket",
    "Websocket": "insula.http.websocket",
    "View": "insula.views",
    "jsonify": "insula.shortcuts",
    "Local": "insula.local",
    "LocalManager": "insula.local",
    "LocalProxy": "insula.local",
    "LocalStack": "insula.local",
    "current_app": "insula.proxies",
    "g": "insula.proxies",
    "request": "insula.proxies",
    "session": "insula.proxies",
    "websocket": "insula.proxies",
    "DispatcherMiddleware": "insula.servers",
    "Mounts": "insula.servers.mounts",
    "as_asgi": "insula.servers",
    "as_wsgi": "insula.servers",
    "run_simple": "insula.servers",
    "abort": "insula.shortcuts",
    "flash": "insula.shortcuts",
    "get_flashed_messages": "insula.shortcuts",
    "get_template_attribute": "insula.shortcuts",
    "make_response": "insula.shortcuts",
    "redirect": "insula.shortcuts",
    "render_template": "insula.shortcuts",
    "render_template_string": "insula.shortcuts",
    "send_file": "insula.shortcuts",
    "send_from_directory": "insula.shortcuts",
    "stream_template": "insula.shortcuts",
    "stream_template_string": "insula.shortcuts",
    "url_for": "insula.shortcuts",
    "Markup": "markupsafe",
    "MethodView": "insula.views",
    "escape": "markupsafe",
    "_app_ctx_stack": ("insula.context.stacks", "app_stack"),
    "_request_ctx_stack": ("insula.context.stacks", "request_stack"),
}


def __getattr__(name: str) -> Any:
    from insula._core.loading import load

    if name == "__version__":
        from importlib.metadata import version

        return version("insula")
    if name == "json":
        return load("insula.json")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'insula' has no attribute {name!r}")
    module, attribute = home if isinstance(home, tuple) else (home, name)
    value = load(module, attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
