"""Sessions: the interface, the signed cookie that implements it, and flashes."""

from insula.sessions.interface import (
    NullSession,
    SecureCookieSession,
    SessionInterface,
    SessionMixin,
)
from insula.sessions.secure_cookie import (
    SecureCookieSessionInterface,
    session_json_serializer,
)

__all__ = [
    "NullSession",
    "SecureCookieSession",
    "SecureCookieSessionInterface",
    "SessionInterface",
    "SessionMixin",
    "session_json_serializer",
]
