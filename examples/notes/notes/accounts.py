"""Accounts: names, passwords, tokens. Neither pages nor commands are known here."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError
from werkzeug.security import check_password_hash, generate_password_hash

from insula import current_app
from notes.db import get_session, read_all
from notes.models import User

if TYPE_CHECKING:
    from sqlalchemy import Row

__all__ = [
    "NameTakenError",
    "add_user",
    "check_login",
    "drop_token",
    "find_by_token",
    "find_user",
    "new_token",
]

TOKEN_PREFIX = "notes_"
# What is shown of a user. Statements are made once, and not for every request.
SHOWN = select(User.id, User.name, User.token_digest, User.created)
BY_ID = SHOWN.where(User.id == bindparam("user_id"))
BY_TOKEN = SHOWN.where(User.token_digest == bindparam("digest"))


class NameTakenError(ValueError):
    """Somebody has this name already."""


def add_user(name: str, password: str) -> User:
    """Store and return a new account."""
    user = User(name=name, password_hash=_hash(password))
    db = get_session()
    db.add(user)
    try:
        db.commit()
    except IntegrityError:
        # The database decides: a question beforehand could not see an account that
        # is being made at this very moment.
        db.rollback()
        raise NameTakenError(f"The name {name!r} is taken; choose another.") from None
    return user


def check_login(name: str, password: str) -> User | None:
    """Return the account if the password is its own."""
    user = get_session().scalar(select(User).where(User.name == name))
    if user is None:
        # As much work as for a name that exists: the time taken must not tell.
        _hash(password)
        return None
    return user if check_password_hash(user.password_hash, password) else None


def find_user(user_id: int) -> Row[Any] | None:
    """Return what is shown of an account."""
    return next(iter(read_all(BY_ID, user_id=user_id)), None)


def find_by_token(token: str) -> Row[Any] | None:
    """Return what is shown of the account that a token belongs to."""
    return next(iter(read_all(BY_TOKEN, digest=_digest(token))), None)


def new_token(user_id: int) -> str:
    """Give the account a new token, which replaces the old one; return it.

    Only a digest is stored. A token is long and random, so a plain hash suffices.
    """
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    _store_digest(user_id, _digest(token))
    return token


def drop_token(user_id: int) -> None:
    """Make the account's token worthless."""
    _store_digest(user_id, None)


def _store_digest(user_id: int, digest: str | None) -> None:
    db = get_session()
    db.execute(update(User).where(User.id == user_id).values(token_digest=digest))
    db.commit()


def _hash(password: str) -> str:
    return generate_password_hash(password, current_app.config["PASSWORD_METHOD"])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
