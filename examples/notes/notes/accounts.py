"""Accounts: names, passwords, tokens. Neither pages nor commands are known here."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.security import check_password_hash, generate_password_hash

from insula import current_app
from notes.db import get_session
from notes.models import User

__all__ = ["NameTakenError", "add_user", "check_login", "find_by_token", "new_token"]

TOKEN_PREFIX = "notes_"


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


def new_token(user: User) -> str:
    """Give the account a new token, which replaces the old one; return it.

    Only a digest is stored. A token is long and random, so a plain hash suffices.
    """
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    user.token_digest = _digest(token)
    get_session().commit()
    return token


def find_by_token(token: str) -> User | None:
    """Return the account that a token belongs to."""
    return get_session().scalar(select(User).where(User.token_digest == _digest(token)))


def _hash(password: str) -> str:
    return generate_password_hash(password, current_app.config["PASSWORD_METHOD"])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
