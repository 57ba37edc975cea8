"""Old ``werkzeug.contrib.securecookie``: a dictionary in a signed cookie.

Its own form, ``signature?key=value&…`` in base64 with an HMAC. The values are JSON
where they were pickles by default: reading a pickle that comes from a client runs what
the client likes once the key is known. Who has old cookies of pickles sets
``serialization_method`` in a class of his own.

Sources: RFC 2104; the announcement in Werkzeug 0.15 that JSON becomes the default.
"""

from __future__ import annotations

import base64
import hmac
import json
from hashlib import sha1
from time import time
from typing import Any

from insula.flask._bygone.contrib.sessions import Saved
from insula.flask._bygone.urls import url_quote_plus, url_unquote_plus

__all__ = ["SecureCookie", "UnquoteError"]


class UnquoteError(Exception):
    """A value cannot be read."""


class _JSON:
    @staticmethod
    def dumps(value: Any) -> bytes:
        return json.dumps(value, separators=(",", ":")).encode()

    @staticmethod
    def loads(data: bytes) -> Any:
        return json.loads(data)


class SecureCookie(Saved):
    """A dictionary that can be written with a signature.

    :param data: what it holds.
    :param secret_key: what signs it.
    :param new: it was not read from a cookie.
    """

    hash_method = staticmethod(sha1)
    serialization_method: Any = _JSON
    quote_base64 = True

    def __init__(
        self, data: Any = None, secret_key: Any = None, new: bool = True
    ) -> None:
        super().__init__(data or ())
        if secret_key is not None and not isinstance(secret_key, bytes):
            secret_key = str(secret_key).encode()
        self.secret_key = secret_key
        self.new = new

    @classmethod
    def quote(cls, value: Any) -> bytes:
        """Write one value."""
        data = value
        if cls.serialization_method is not None:
            data = cls.serialization_method.dumps(value)
        if isinstance(data, str):
            data = data.encode()
        return base64.b64encode(data) if cls.quote_base64 else data

    @classmethod
    def unquote(cls, value: Any) -> Any:
        """Read one value."""
        try:
            data = base64.b64decode(value) if cls.quote_base64 else value
            if cls.serialization_method is None:
                return data
            return cls.serialization_method.loads(data)
        except Exception as exc:
            raise UnquoteError(f"{value!r} cannot be read: {exc}") from exc

    def _signature(self, parts: list[bytes]) -> bytes:
        return hmac.new(self.secret_key, b"|".join(parts), self.hash_method).digest()

    def serialize(self, expires: Any = None) -> bytes:
        """Write it, with a signature and, if wanted, an end."""
        if self.secret_key is None:
            raise RuntimeError("There is no secret_key; a SecureCookie needs one.")
        if expires:
            self["_expires"] = _seconds(expires)
        parts = [
            url_quote_plus(key).encode() + b"=" + self.quote(value)
            for key, value in sorted(self.items())
        ]
        signature = base64.b64encode(self._signature(parts))
        return signature + b"?" + b"&".join(parts)

    @classmethod
    def unserialize(cls, string: Any, secret_key: Any) -> SecureCookie:
        """Read it; an empty one if the signature is wrong or it has ended."""
        data = string if isinstance(string, bytes) else str(string).encode()
        signature, sign, rest = data.partition(b"?")
        empty = cls((), secret_key, new=False)
        parts = [part for part in rest.split(b"&") if part]
        try:
            given = base64.b64decode(signature)
            if not sign or not hmac.compare_digest(given, empty._signature(parts)):
                return empty
            items = {}
            for part in parts:
                key, _, value = part.partition(b"=")
                items[url_unquote_plus(key)] = cls.unquote(value)
        except (ValueError, UnquoteError):
            return empty
        if "_expires" in items and time() > items.pop("_expires"):
            return empty
        return cls(items, secret_key, new=False)

    @classmethod
    def load_cookie(
        cls, request: Any, key: str = "session", secret_key: Any = None
    ) -> SecureCookie:
        """Read it from a request's cookie."""
        data = request.cookies.get(key)
        if not data:
            return cls(secret_key=secret_key)
        return cls.unserialize(data, secret_key)

    def save_cookie(  # Response.set_cookie has as many
        self,
        response: Any,
        key: str = "session",
        expires: Any = None,
        session_expires: Any = None,
        max_age: Any = None,
        path: str = "/",
        domain: str | None = None,
        secure: Any = None,
        httponly: bool = False,
        force: bool = False,
    ) -> None:
        """Write it to a response's cookie, if something has been changed."""
        if not (force or self.should_save):
            return
        response.set_cookie(
            key,
            self.serialize(session_expires or expires).decode("ascii"),
            expires=expires,
            max_age=max_age,
            path=path,
            domain=domain,
            secure=bool(secure),
            httponly=httponly,
        )


def _seconds(moment: Any) -> int:
    if hasattr(moment, "utctimetuple"):
        from calendar import timegm

        return timegm(moment.utctimetuple())
    return int(moment)
