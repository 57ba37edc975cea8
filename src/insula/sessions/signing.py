"""Signing and verifying what the session cookie holds, without a step done twice.

The format is that of :class:`itsdangerous.URLSafeTimedSerializer`::

    document "." timestamp "." signature

each part in URL-safe base64 without padding; the document is JSON, or where that is
shorter a dot and the same deflated. The signature is an HMAC of all that stands before
it, with a key that is derived from the secret key and the salt.

Rules of the file: a cookie is *accepted* here, and refused by itsdangerous only. What
does not verify at once, in the form in which it would be written, is handed on to the
serializer that was given. So each refusal and each error is its own.

Theory. Why each short cut is right:

- **Keys** are derived by itsdangerous' own signer, once; a key depends on nothing but
  what the serializer was made of. What is kept for each is the HMAC that has taken
  in the key and no message. :meth:`hmac.HMAC.copy` exists for that use.
- **The signature is compared in base64**, in constant time. The encoding of bytes is
  unique, so equal texts are equal signatures. itsdangerous compares what it has decoded
  and so accepts a few other spellings of the same signature; they differ here, and
  it is asked.
- **Timestamps** of another form than eight bytes at most, in the future or too old are
  not accepted here. The clock is that of itsdangerous' signer.
- **Deflating** is tried at a fraction of the memory first: the 256 KB that
  :func:`zlib.compress` takes and clears each time cost more than deflating a small
  document. Both runs have the same window and the same search; the hash table is
  half as long and has more collisions, which can only hide a match behind dozens of
  candidates, in documents that repeat themselves far beyond the point where
  deflating pays. Only a trial that misses that point by some bytes decides; what is
  written deflated was always made by :func:`zlib.compress`.
"""

from __future__ import annotations

import hmac
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from itsdangerous import URLSafeTimedSerializer

__all__ = ["CookieSigner"]

# The most base64 digits of the eight bytes that a timestamp may have.
_STAMP_DIGITS = 11
# A longer document makes no cookie unless deflating pays, so that a trial does not.
_TRIED = 4096
# `zlib.compress` has a memory level of 8.
_MEMORY_LEVEL = 7
_MARGIN = 8


class CookieSigner:
    """Do what a serializer's ``dumps`` and ``loads`` do, to the byte.

    :param serializer: whose keys, salt, digest and document format are used; not to be
        changed from now on.
    :raises TypeError: if its documents are not text.
    """

    __slots__ = ("_clock", "_documents", "_general", "_macs", "_stamp")

    def __init__(self, serializer: URLSafeTimedSerializer) -> None:
        if not serializer.is_text_serializer:
            raise TypeError("Only documents that are text are signed here.")
        signer: Any = serializer.make_signer()
        self._general = serializer
        self._documents: Any = serializer.serializer
        self._clock = signer
        # The newest key first, which signs.
        self._macs = [
            hmac.new(signer.derive_key(key), digestmod=signer.digest_method)
            for key in reversed(signer.secret_keys)
        ]
        # The last second in which something was signed, and how it is written.
        self._stamp = (-1, b"")

    def dumps(self, document: Any) -> str:
        """Return the document as text, signed."""
        text: str = self._documents.dumps(document)
        second: int = self._clock.get_timestamp()
        stamp = self._stamp
        if stamp[0] != second:
            stamp = self._stamp = (second, _written_second(second))
        value = _packed(text.encode()) + stamp[1]
        return f"{value.decode()}.{_signature(self._macs[0], value).decode()}"

    def loads(self, text: str, max_age: int) -> Any:
        """Return the document that was signed no more than ``max_age`` seconds ago.

        :raises itsdangerous.BadData: if it is none, as the serializer does.
        """
        value, _, signature = text.encode().rpartition(b".")
        packed, _, stamp = value.rpartition(b".")
        if 0 < len(stamp) <= _STAMP_DIGITS:
            for mac in self._macs:
                if hmac.compare_digest(_signature(mac, value), signature):
                    age = self._clock.get_timestamp() - _read_second(stamp)
                    if 0 <= age <= max_age:
                        return self._unpacked(packed)
                    break
        return self._general.loads(text, max_age=max_age)

    def _unpacked(self, packed: bytes) -> Any:
        try:
            if packed[:1] == b".":
                document = zlib.decompress(_decoded(packed[1:]))
            else:
                document = _decoded(packed)
            return self._documents.loads(document.decode())
        except Exception:  # noqa: BLE001 - the serializer says what is wrong
            return self._general.load_payload(packed)


def _signature(keyed: hmac.HMAC, value: bytes) -> bytes:
    mac = keyed.copy()
    mac.update(value)
    return urlsafe_b64encode(mac.digest()).rstrip(b"=")


def _packed(document: bytes) -> bytes:
    if _may_pay(document):
        deflated = zlib.compress(document)
        if len(deflated) < len(document) - 1:
            return b"." + urlsafe_b64encode(deflated).rstrip(b"=")
    return urlsafe_b64encode(document).rstrip(b"=")


def _may_pay(document: bytes) -> bool:
    size = len(document)
    if size > _TRIED:
        return True
    trial = zlib.compressobj(memLevel=_MEMORY_LEVEL)
    deflated = len(trial.compress(document)) + len(trial.flush())
    return deflated < size - 1 + _MARGIN


def _decoded(digits: bytes) -> bytes:
    return urlsafe_b64decode(digits + b"=" * (-len(digits) % 4))


def _written_second(second: int) -> bytes:
    number = second.to_bytes(8, "big").lstrip(b"\0")
    return b"." + urlsafe_b64encode(number).rstrip(b"=")


def _read_second(stamp: bytes) -> int:
    try:
        return int.from_bytes(_decoded(stamp), "big")
    except ValueError:
        # Signed, and yet no time: too old for any age.
        return -(1 << 64)
