"""The default sessions: signed JSON in a cookie, which clients can read, not change.

Signed with :mod:`itsdangerous`, in the format that Flask's sessions have. The
``SECRET_KEY_FALLBACKS`` still verify what older keys have signed.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from traceback import clear_frames
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from insula.json.tag import TaggedJSONSerializer
from insula.sessions.cookies import (
    as_options,
    read_cookie,
    set_plain_cookie,
    vary_on_cookie,
)
from insula.sessions.interface import SecureCookieSession, SessionInterface
from insula.sessions.signing import CookieSigner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from itsdangerous import URLSafeTimedSerializer

    from insula.http import Request, Response

__all__ = ["SecureCookieSessionInterface", "session_json_serializer"]

session_json_serializer = TaggedJSONSerializer()

_SIGNERS_MAX = 8


def _sha1(string: bytes = b"") -> Any:
    # Looked up when called, so that a build without SHA-1 can still be imported.
    return hashlib.sha1(string)  # noqa: S324 - as HMAC it is sound, and the format's


def _bad_signature() -> type[Exception]:
    # In an except clause, it is called for an exception only.
    from itsdangerous import BadSignature

    return BadSignature


def _make_serializer(
    keys: tuple[Any, ...], salt: Any, serializer: Any, derivation: Any, digest: Any
) -> URLSafeTimedSerializer:
    from itsdangerous import URLSafeTimedSerializer

    return URLSafeTimedSerializer(
        keys,  # of which the last one signs
        salt=salt,
        serializer=serializer,
        signer_kwargs={"key_derivation": derivation, "digest_method": digest},
    )


class SecureCookieSessionInterface(SessionInterface):
    """Keep the session in a signed cookie."""

    #: Mixed into the key, so that other signed things are no sessions.
    salt = "cookie-session"
    #: The hash function of the signature.
    digest_method: Callable[..., Any] = staticmethod(_sha1)
    #: How the signing key is derived from the secret key; itsdangerous knows the names.
    key_derivation = "hmac"
    serializer: Any = session_json_serializer
    session_class: type[SecureCookieSession] = SecureCookieSession
    opens_lazily = True

    # The signer of each material; replaced, not changed, since other threads read it.
    _signers: Mapping[Any, Any] = MappingProxyType({})

    def get_signing_serializer(self, app: Any) -> URLSafeTimedSerializer | None:
        """Return what signs and verifies; ``None`` without a secret key."""
        material = self._material(app)
        return None if material is None else _make_serializer(*material)

    def _material(self, app: Any) -> tuple[Any, ...] | None:
        key = app.secret_key
        if not key:
            return None
        return (
            (*(app.config["SECRET_KEY_FALLBACKS"] or ()), key),
            self.salt,
            self.serializer,
            self.key_derivation,
            self.digest_method,
        )

    def _get_signer(self, app: Any) -> Any:
        """Return the serializer, or what does the same for a cookie and is kept."""
        method = getattr(self.get_signing_serializer, "__func__", None)
        if method is not _get_signing_serializer:
            return self.get_signing_serializer(app)
        material = self._material(app)
        if material is None:
            return None
        try:
            signer = self._signers.get(material)
        except TypeError:
            return _make_serializer(*material)  # something of it cannot be hashed
        return signer or self._make_signer(material)

    def _make_signer(self, material: tuple[Any, ...]) -> Any:
        signer: Any = _make_serializer(*material)
        # What is odd about it is left to be said when it is used.
        with suppress(Exception):
            signer = CookieSigner(signer)
        others = self._signers if len(self._signers) < _SIGNERS_MAX else {}
        self._signers = {**others, material: signer}
        return signer

    def open_session(self, app: Any, request: Request) -> SecureCookieSession | None:
        """Return the cookie's session; an empty one if it is missing or forged."""
        signer = self._get_signer(app)
        if signer is None:
            return None
        value = read_cookie(request, self.get_cookie_name(app))
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
        settings = (
            self.get_cookie_domain(app),
            self.get_cookie_path(app),
            self.get_cookie_secure(app),
            self.get_cookie_httponly(app),
            self.get_cookie_samesite(app),
            self.get_cookie_partitioned(app),
        )
        if session.accessed:
            vary_on_cookie(response)
        if not session:
            if session.modified:
                response.delete_cookie(name, **as_options(settings))
                vary_on_cookie(response)
            return
        if not self.should_set_cookie(app, session):
            return
        signer = self._get_signer(app)
        if signer is None:
            raise RuntimeError(
                "The session was opened with a secret key, and app.secret_key has been"
                " removed since; set it once, before the first request."
            )
        expires = self.get_expiration_time(app, session)
        value = signer.dumps(dict(session))
        if type(signer) is CookieSigner:
            set_plain_cookie(response, name, value, expires=expires, settings=settings)
        else:
            response.set_cookie(name, value, expires=expires, **as_options(settings))
        vary_on_cookie(response)


_get_signing_serializer = SecureCookieSessionInterface.get_signing_serializer
