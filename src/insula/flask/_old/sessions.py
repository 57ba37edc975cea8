"""Sessions as methods of the application, which subclasses overrode until Flask 1.1."""

from __future__ import annotations

from typing import Any

from insula.sessions import SecureCookieSessionInterface, SessionInterface

__all__ = ["MethodSessions", "make_null_session", "open_session", "save_session"]


class MethodSessions(SecureCookieSessionInterface):
    """Ask the application's own ``open_session`` and ``save_session``."""

    def open_session(self, app: Any, request: Any) -> Any:
        """Return what the application opens."""
        own = _overriding(app, "open_session")
        return super().open_session(app, request) if own is None else own(app, request)

    def save_session(self, app: Any, session: Any, response: Any) -> None:
        """Have the application save the session."""
        own = _overriding(app, "save_session")
        if own is None:
            super().save_session(app, session, response)
        else:
            own(app, session, response)


def _overriding(app: Any, name: str) -> Any:
    for cls in type(app).__mro__:
        found = vars(cls).get(name)
        if found is not None:
            return found if callable(found) else None
    return None


def _interface(app: Any) -> SessionInterface:
    interface: SessionInterface = app.session_interface
    # NOTE: a subclass's method asks this one for what it does not do itself.
    if isinstance(interface, MethodSessions):
        return SecureCookieSessionInterface()
    return interface


def open_session(app: Any, request: Any) -> Any:
    """Return the session of a request; of the application's class."""
    return _interface(app).open_session(app, request)


def save_session(app: Any, session: Any, response: Any) -> None:
    """Store a session with a response; of the application's class."""
    _interface(app).save_session(app, session, response)


def make_null_session(app: Any) -> Any:
    """Return the session of an application that has no key; of its class."""
    return _interface(app).make_null_session(app)
