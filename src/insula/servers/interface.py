"""WSGI or ASGI: how an application is called, and why.

Rules of the file: the choice is a function of the application and the options, made
once it is loaded; a person may always say otherwise, and is told where that cannot be.

Theory. A thread that answers one request after the other is the fastest way to run
what is synchronous, and a loop the only one to keep many sockets open. So a WebSocket
or an async view has an application served as ASGI; hooks do not, for under either
interface their async parts run on a loop that is there anyway. Where ``flask`` is stood
in for, async views do not either: they were written for WSGI, and read a body of any
length without awaiting it. What is not Insula's own
says by its signature what it is (`adapters`); one that mounts others is served as one
of those would be.
"""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from insula.dispatch.loops.aio import is_async
from insula.servers.adapters import TwoSided, spoken_by
from insula.servers.debugger import FailedApplication
from insula.servers.dispatcher import Dispatcher
from insula.servers.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula.servers.options import ServerOptions

__all__ = ["Choice", "choose_interface"]

_ASYNC_VIEW = "async view"


@dataclass(frozen=True, slots=True)
class Choice:
    """An interface, "wsgi" or "asgi", and the reason in a few words."""

    interface: str
    reason: str
    mounts: tuple[str, ...] = ()
    """What is mounted where, a line for each."""

    def __str__(self) -> str:
        """Return the choice as the banner says it."""
        return f"{self.interface.upper()} ({self.reason})"


def choose_interface(application: Any, options: ServerOptions) -> Choice:
    """Return how to serve `application`; raise `ServerError` where it cannot be."""
    choice = _choose_interface(application, options)
    describe = getattr(application, "describe_mounts", None)
    return choice if describe is None else replace(choice, mounts=tuple(describe()))


def _choose_interface(application: Any, options: ServerOptions) -> Choice:
    if isinstance(application, FailedApplication):
        return Choice("wsgi", "the application could not be loaded")
    spoken = spoken_by(application)
    if options.interface != "auto":
        _check(application, options.interface, spoken)
        return Choice(options.interface, "as asked")
    if options.greenlets:
        _check(application, "wsgi", spoken, f"greenlets={options.greenlets}")
        return Choice("wsgi", "greenlets")
    if len(spoken) == 1:
        (interface,) = spoken
        kind = f"{_name(application)} is no Insula application"
        return Choice(interface, kind)
    return _choose(_why_asgi(application))


def _choose(reason: str) -> Choice:
    if not reason:
        return Choice("wsgi", "no async view, no WebSocket")
    if reason.startswith(_ASYNC_VIEW) and _is_flask_stood_in_for():
        return Choice("wsgi", f"{reason}, as Flask serves it")
    return Choice("asgi", reason)


def _is_flask_stood_in_for() -> bool:
    module = sys.modules.get("flask")
    return module is not None and module is sys.modules.get("insula.flask")


def _check(
    application: Any, interface: str, spoken: frozenset[str], option: str = ""
) -> None:
    if interface not in spoken:
        (other,) = spoken
        raise ServerError(
            f"{option or f'interface={interface!r}'} serves {interface.upper()}"
            f" applications, and {_name(application)} is {other.upper()} only; leave it"
            " out."
        )


def _why_asgi(application: Any) -> str:
    """Return what in an application asks for ASGI, or ""."""
    if isinstance(application, Dispatcher):
        return _why_mounts(application)
    if isinstance(application, TwoSided):
        return "ASGI application" if application.native == "asgi" else ""
    spoken = spoken_by(application)
    if "asgi" in spoken and hasattr(application, "url_map"):
        return _why_routes(application)
    return "" if "wsgi" in spoken else "ASGI application"


def _why_routes(application: Any) -> str:
    for rule in application.url_map.iter_rules():
        if rule.websocket:
            return f"WebSocket {rule.rule!r}"
    for endpoint, view in application.view_functions.items():
        if _is_async_view(view):
            return f"{_ASYNC_VIEW} {endpoint!r}"
    return ""


def _why_mounts(dispatcher: Dispatcher) -> str:
    for mount, application in dispatcher.applications().items():
        reason = _why_asgi(application)
        if reason:
            return f"{reason} at {mount!r}" if mount else reason
    return ""


def _is_async_view(view: Callable[..., Any]) -> bool:
    view_class = getattr(view, "view_class", None)
    if view_class is None:
        return is_async(view)
    names = ["dispatch_request", *map(str.lower, view_class.methods or ())]
    return any(is_async(getattr(view_class, name, None) or int) for name in names)


def _name(application: Any) -> str:
    if inspect.isfunction(application):
        return repr(application.__name__)
    return f"an object of class {type(application).__name__}"
