"""The default sessions: signed JSON in a cookie, which clients can read, not change.

Signed with :mod:`itsdangerous`, in the format that Flask's sessions have. The
``SECRET_KEY_FALLBACKS`` still verify what older keys have signed.
"""

from __future__ import annotations

import hashlib
from traceback import clear_frames
from typing import TYPE_CHECKING, Any

from insula.json.tag import TaggedJSONSerializer
from insula.sessions.interface import SecureCookieSession, SessionInterface

if TYPE_CHECKING:
    from collections.abc import Callable

    from itsdangerous import URLSafeTimedSerializer

    from insula.http import Request, Response

__all__ = ["SecureCookieSessionInterface", "session_json_serializer"]

session_json_serializer = TaggedJSONSerializer()


def _sha1(string: bytes = b"") -> Any:
    # Looked up when called, so that a build without SHA-1 can still be imported.
    return hashlib.sha1(string)  # noqa: S324 - as HMAC it is sound, and the format's


def _bad_signature() -> type[Exception]:
    # In an except clause, it is called for an exception only.
    from itsdangerous import BadSignature

    return BadSignature


class SecureCookieSessionInterface(SessionInterface):
    """Keep the session in a signed cookie."""

    #: Mixed into the key, so that other signed things are no sessions.
    salt = "cookie-session"
    #: The hash function of the signature.
    digest_method: Callable[..., Any] = staticmethod(_sha1)
    #: How the signing key is derived from the secret key; itsdangerous knows the names.
    key_derivation = "hmac"
    serializer: Any = session_json_serializer
    session_class = SecureCookieSession
    opens_lazily = True

    # The last signing serializer and what it was made of: (key material, serializer).
    _signer: tuple[Any, URLSafeTimedSerializer] | None = None

    def get_signing_serializer(self, app: Any) -> URLSafeTimedSerializer | None:
        """Return what signs and verifies; ``None`` without a secret key."""
        if not app.secret_key:
            return None
        keys: list[Any] = [*(app.config["SECRET_KEY_FALLBACKS"] or ())]
        keys.append(app.secret_key)  # itsdangerous signs with the last one
        made_of = (
            keys,
            self.salt,
            self.serializer,
            self.key_derivation,
            self.digest_method,
        )
        kept = self._signer
        if kept is not None and kept[0] == made_of:
            return kept[1]
        from itsdangerous import URLSafeTimedSerializer

        signer = URLSafeTimedSerializer(
            keys,
            salt=self.salt,
            serializer=self.serializer,
            signer_kwargs={
                "key_derivation": self.key_derivation,
                "digest_method": self.digest_method,
            },
        )
        self._signer = (made_of, signer)
        return signer

    def open_session(self, app: Any, request: Request) -> SecureCookieSession | None:
        """Return the cookie's session; an empty one if it is missing or forged."""
        signer = self.get_signing_serializer(app)
        if signer is None:
            return None
        value = request.cookies.get(self.get_cookie_name(app))
        if not value:
            return self.session_class()
        max_age = int(app.permanent_session_lifetime.total_seconds())
        try:
            return self.session_class(signer.loads(value, max_age=max_age))
        except _bad_signature() as exc:
            # NOTE: frames of itsdangerous that its traceback refers to refer to it, and
            # to others that it was raised after.
            clear_frames(exc.__traceback__)
            exc.__traceback__ = None
            return self.session_class()

    def save_session(self, app: Any, session: Any, response: Response) -> None:
        """Set, refresh or delete the cookie, as the session asks for."""
        name = self.get_cookie_name(app)
        options: dict[str, Any] = {
            "domain": self.get_cookie_domain(app),
            "path": self.get_cookie_path(app),
            "secure": self.get_cookie_secure(app),
            "httponly": self.get_cookie_httponly(app),
            "samesite": self.get_cookie_samesite(app),
            "partitioned": self.get_cookie_partitioned(app),
        }
        if session.accessed:
            response.vary.add("Cookie")
        if not session:
            if session.modified:
                response.delete_cookie(name, **options)
                response.vary.add("Cookie")
            return
        if not self.should_set_cookie(app, session):
            return
        signer = self.get_signing_serializer(app)
        if signer is None:
            raise RuntimeError(
                "The session was opened with a secret key, and app.secret_key has been"
                " removed since; set it once, before the first request."
            )
        response.set_cookie(
            name,
            signer.dumps(dict(session)),
            expires=self.get_expiration_time(app, session),
            **options,
        )
        response.vary.add("Cookie")
