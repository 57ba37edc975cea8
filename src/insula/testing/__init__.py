"""Testing an application: a client, requests made of parameters, a command runner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula._core.loading import load
from insula.testing.builder import EnvironBuilder
from insula.testing.client import InsulaClient
from insula.testing.runner import InsulaCliRunner

if TYPE_CHECKING:
    from insula.testing.websocket import WebsocketConnection, WebSocketRefused

__all__ = [
    "EnvironBuilder",
    "InsulaCliRunner",
    "InsulaClient",
    "WebSocketRefused",
    "WebsocketConnection",
]


def __getattr__(name: str) -> Any:
    # They load asyncio.
    if name in {"WebSocketRefused", "WebsocketConnection"}:
        return load("insula.testing.websocket", name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
