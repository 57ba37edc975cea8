"""The proxies, with the types of what they stand for: declared once, here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insula.context import current

if TYPE_CHECKING:
    from insula.app import Insula
    from insula.context.globals import AppGlobals
    from insula.http import Request
    from insula.http.websocket import Websocket
    from insula.sessions import SessionMixin

__all__ = ["current_app", "g", "request", "session", "websocket"]

#: The request that is being answered.
request: Request = current.request
#: The WebSocket that the view talks to.
websocket: Websocket = current.websocket
#: The session of the client that sent it.
session: SessionMixin = current.session
#: A namespace that lives as long as the request (or other application context).
g: AppGlobals = current.g
#: The application that answers.
current_app: Insula = current.current_app
