"""Old ``werkzeug.security``: comparing, PBKDF2, and the hashes of old passwords.

A database has hashes that were made with methods which Werkzeug 3 refuses: a digest
with a salt (``sha1$salt$…``) and the password itself (``plain$$…``). They are checked
again, for nobody can log in else. None are *made*: who asks for such a method gets
PBKDF2, which is checked in the same way.

Sources: RFC 8018; RFC 2104.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from insula.flask._bygone.telling import tell

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["amend_werkzeug_security", "pbkdf2_bin", "pbkdf2_hex", "safe_str_cmp"]


def _as_bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


def safe_str_cmp(a: str | bytes, b: str | bytes) -> bool:
    """Compare in a time that tells nothing of where two texts differ."""
    return hmac.compare_digest(_as_bytes(a), _as_bytes(b))


def pbkdf2_bin(
    data: str | bytes,
    salt: str | bytes,
    iterations: int = 260000,
    keylen: int | None = None,
    hashfunc: Any = None,
) -> bytes:
    """Derive a key; the digest is SHA-256 where none is named."""
    name = hashfunc or "sha256"
    if not isinstance(name, str):
        name = name().name
    return hashlib.pbkdf2_hmac(
        name, _as_bytes(data), _as_bytes(salt), iterations, keylen
    )


def pbkdf2_hex(
    data: str | bytes,
    salt: str | bytes,
    iterations: int = 260000,
    keylen: int | None = None,
    hashfunc: Any = None,
) -> str:
    """Derive a key, in hexadecimal digits."""
    return pbkdf2_bin(data, salt, iterations, keylen, hashfunc).hex()


def _old_digest(method: str, salt: str, password: str) -> str | None:
    """Return what an old method makes of a password, None if it is none of them."""
    if method == "plain":
        return password
    if method not in hashlib.algorithms_available:
        return None
    if not salt:
        return hashlib.new(method, password.encode()).hexdigest()
    return hmac.new(salt.encode(), password.encode(), method).hexdigest()


def amend_werkzeug_security(module: ModuleType) -> None:
    """Have the two functions of ``werkzeug.security`` know the old methods."""
    generate, check = module.generate_password_hash, module.check_password_hash

    def generate_password_hash(
        password: str, method: str = "scrypt", salt_length: int = 16
    ) -> str:
        is_old = method == "plain" or method in hashlib.algorithms_available
        if (
            is_old
            and method != "scrypt"
            and tell(
                f"generate_password_hash(method={method!r}) is an old method, removed"
                " in Werkzeug 3.0; PBKDF2 is used in its place. Today: the default."
            )
        ):
            method = "pbkdf2:sha256"
        made: str = generate(password, method, salt_length)
        return made

    def check_password_hash(pwhash: str, password: str) -> bool:
        method, sign, rest = pwhash.partition("$")
        salt, second, digest = rest.partition("$")
        if sign and second and ":" not in method:
            made = _old_digest(method, salt, password)
            if made is not None and tell(
                f"A password's hash was made with the old method {method!r}, removed in"
                " Werkzeug 3.0. Today: make it anew when its owner logs in."
            ):
                return hmac.compare_digest(made.encode(), digest.encode())
        checked: bool = check(pwhash, password)
        return checked

    for new, base in (
        (generate_password_hash, generate),
        (check_password_hash, check),
    ):
        new.__doc__ = base.__doc__
        new.__module__ = base.__module__
        setattr(module, base.__name__, new)
