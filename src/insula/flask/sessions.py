"""Sessions."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import CallbackDict

from insula.json.tag import TaggedJSONSerializer
from insula.sessions import (
    NullSession,
    SecureCookieSession,
    SecureCookieSessionInterface,
    SessionInterface,
    SessionMixin,
    session_json_serializer,
)
from insula.sessions.secure_cookie import _sha1 as _lazy_sha1

__all__ = [
    "BadSignature",
    "CallbackDict",
    "NullSession",
    "SecureCookieSession",
    "SecureCookieSessionInterface",
    "SessionInterface",
    "SessionMixin",
    "TaggedJSONSerializer",
    "URLSafeTimedSerializer",
    "_lazy_sha1",
    "session_json_serializer",
]
