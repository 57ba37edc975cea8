"""Old ``itsdangerous``: JSON Web Signatures, with and without an expiry.

Tokens that such a program has handed out are read, and others read what it writes:
a header with the algorithm, the payload, a signature by HMAC, all of RFC 7515's compact
form. The expiry is in the header, as it was. ``none`` is no algorithm here: such a
token is signed by nobody.

Sources: RFC 7515; RFC 7518 §3.2.
"""

from __future__ import annotations

import hashlib
import json
import time
from datetime import datetime, timezone
from typing import Any

from itsdangerous import (
    BadData,
    BadHeader,
    BadPayload,
    BadSignature,
    Serializer,
    SignatureExpired,
    Signer,
)
from itsdangerous.encoding import base64_decode, base64_encode, want_bytes
from itsdangerous.signer import HMACAlgorithm

__all__ = ["JSONWebSignatureSerializer", "TimedJSONWebSignatureSerializer", "json"]


class _CompactJSON:
    @staticmethod
    def dumps(obj: Any, **options: Any) -> str:
        options.setdefault("ensure_ascii", False)
        options.setdefault("separators", (",", ":"))
        return json.dumps(obj, **options)

    @staticmethod
    def loads(text: str | bytes) -> Any:
        return json.loads(text)


class JSONWebSignatureSerializer(Serializer[Any]):
    """Writes and reads a payload with a header and a signature."""

    jws_algorithms = {  # noqa: RUF012 - as the class has had it
        "HS256": HMACAlgorithm(hashlib.sha256),
        "HS384": HMACAlgorithm(hashlib.sha384),
        "HS512": HMACAlgorithm(hashlib.sha512),
    }
    default_algorithm = "HS512"
    default_serializer = _CompactJSON

    def __init__(
        self,
        secret_key: Any,
        salt: Any = None,
        serializer: Any = None,
        serializer_kwargs: dict[str, Any] | None = None,
        signer: Any = None,
        signer_kwargs: dict[str, Any] | None = None,
        algorithm_name: str | None = None,
    ) -> None:
        super().__init__(
            secret_key,
            b"itsdangerous" if salt is None else salt,
            serializer=serializer,
            serializer_kwargs=serializer_kwargs,
            signer=signer,
            signer_kwargs=signer_kwargs,
        )
        # No salt was given: the signature is the key's alone, as other readers expect.
        self._is_salted = salt is not None
        self.algorithm_name = algorithm_name or self.default_algorithm
        self.algorithm = self.make_algorithm(self.algorithm_name)

    def make_algorithm(self, algorithm_name: str) -> Any:
        """Return the algorithm of a name."""
        try:
            return self.jws_algorithms[algorithm_name]
        except KeyError:
            raise NotImplementedError(
                f"The algorithm {algorithm_name!r} is not supported; choose one of"
                f" {', '.join(self.jws_algorithms)}."
            ) from None

    def make_signer(self, salt: Any = None, algorithm: Any = None) -> Signer:
        """Return what signs."""
        is_salted = salt is not None or self._is_salted
        return self.signer(
            self.secret_keys,
            salt=(salt or self.salt) if is_salted else b"",
            sep=".",
            key_derivation="django-concat" if is_salted else "none",
            algorithm=algorithm or self.algorithm,
        )

    def make_header(self, header_fields: dict[str, Any] | None) -> dict[str, Any]:
        """Return the header of a token."""
        return {**(header_fields or {}), "alg": self.algorithm_name}

    def dump_payload(self, *parts: Any) -> bytes:
        """Write the parts of a token, without the signature."""
        written = (
            base64_encode(want_bytes(self.serializer.dumps(each))) for each in parts
        )
        return b".".join(written)

    def load_payload(
        self,
        payload: bytes,
        serializer: Any = None,
        return_header: bool = False,
    ) -> Any:
        """Read the parts of a token."""
        header_text, sign, body = want_bytes(payload).partition(b".")
        if not sign:
            raise BadPayload("There is no dot between the header and the payload.")
        try:
            header = json.loads(base64_decode(header_text))
        except (BadData, ValueError) as exc:
            raise BadHeader(
                "The header is no JSON in base64.", original_error=exc
            ) from exc
        if not isinstance(header, dict):
            raise BadHeader("The header is no JSON object.", header=header)
        try:
            value = (serializer or self.serializer).loads(base64_decode(body))
        except (BadData, ValueError) as exc:
            raise BadPayload(
                "The payload is no JSON in base64.", original_error=exc
            ) from exc
        return (value, header) if return_header else value

    def dumps(
        self, obj: Any, salt: Any = None, header_fields: dict[str, Any] | None = None
    ) -> bytes:
        """Sign a payload."""
        signer = self.make_signer(salt, self.algorithm)
        return signer.sign(self.dump_payload(self.make_header(header_fields), obj))

    def loads(  # type: ignore[override]  # its own keyword
        self, s: Any, salt: Any = None, return_header: bool = False
    ) -> Any:
        """Check a signature, and return the payload; with the header, if wanted."""
        signed = self.make_signer(salt, self.algorithm).unsign(want_bytes(s))
        payload, header = self.load_payload(signed, return_header=True)
        if header.get("alg") != self.algorithm_name:
            raise BadHeader(
                f"The token's algorithm is {header.get('alg')!r}, not"
                f" {self.algorithm_name!r}.",
                header=header,
                payload=payload,
            )
        return (payload, header) if return_header else payload

    def loads_unsafe(
        self, s: Any, salt: Any = None, return_header: bool = False
    ) -> Any:
        """Return whether the signature is right, and the payload in any case."""
        try:
            return True, self.loads(s, salt, return_header)
        except BadSignature as exc:
            if exc.payload is None:
                return False, (None, None) if return_header else None
            try:
                return False, self.load_payload(
                    want_bytes(exc.payload), return_header=return_header
                )
            except BadPayload:
                return False, (None, None) if return_header else None


class TimedJSONWebSignatureSerializer(JSONWebSignatureSerializer):
    """The same, with a time after which a token is refused."""

    DEFAULT_EXPIRES_IN = 3600

    def __init__(
        self, secret_key: Any, expires_in: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(secret_key, **kwargs)
        self.expires_in = self.DEFAULT_EXPIRES_IN if expires_in is None else expires_in

    def now(self) -> int:
        """Return the time, in seconds."""
        return int(time.time())

    def make_header(self, header_fields: dict[str, Any] | None) -> dict[str, Any]:
        """Return the header, with when it was made and when it ends."""
        now = self.now()
        header = super().make_header(header_fields)
        return {**header, "iat": now, "exp": now + self.expires_in}

    def get_issue_date(self, header: dict[str, Any]) -> datetime | None:
        """Return when a token was made."""
        made = header.get("iat")
        if not isinstance(made, (int, float)):
            return None
        return datetime.fromtimestamp(made, tz=timezone.utc)

    def loads(  # type: ignore[override]  # its own keyword
        self, s: Any, salt: Any = None, return_header: bool = False
    ) -> Any:
        """Check a signature and the time."""
        payload, header = super().loads(s, salt, return_header=True)
        if "exp" not in header:
            raise BadSignature(
                "The token has no expiry in its header.", payload=payload
            )
        ends = header["exp"]
        if isinstance(ends, bool) or not isinstance(ends, (int, float)) or ends < 0:
            raise BadHeader(
                f"The expiry {ends!r} in the header is no time.",
                header=header,
                payload=payload,
            )
        if ends < self.now():
            raise SignatureExpired(
                "The token has expired.",
                payload=payload,
                date_signed=self.get_issue_date(header),
            )
        return (payload, header) if return_header else payload
