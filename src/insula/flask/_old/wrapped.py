"""What a request and a response had more."""

from __future__ import annotations

from typing import Any

__all__ = [
    "MISSING",
    "JSONMixin",
    "get_data",
    "is_xhr",
    "module",
    "request_charset",
    "response_charset",
]

MISSING: Any = object()


class JSONMixin:
    """Nothing: what it brought, requests and responses have by themselves."""


def get_data(req: Any, cache: bool) -> Any:
    """Return the body of a request."""
    return req.get_data(cache=cache)


@property  # type: ignore[misc]  # it is put into a class by its name
def module(request: Any) -> Any:
    """The name of the module, or blueprint, whose view answers."""
    return request.blueprint


@property  # type: ignore[misc]  # it is put into a class by its name
def is_xhr(request: Any) -> bool:
    """Whether a script's library says that it sent the request."""
    sender: str = request.headers.get("X-Requested-With", "")
    return sender.lower() == "xmlhttprequest"


request_charset = "utf-8"
response_charset = "utf-8"
