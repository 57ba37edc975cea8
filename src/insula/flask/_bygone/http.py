"""Old ``werkzeug.http``: headers of authorization and dates of cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Authorization, WWWAuthenticate
from werkzeug.http import http_date

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "cookie_date",
    "parse_authorization_header",
    "parse_www_authenticate_header",
]


def cookie_date(expires: Any = None) -> str:
    """Write a date as cookies have it: today that of every other header."""
    return http_date(expires)


def parse_authorization_header(value: str | None) -> Authorization | None:
    """Read the header, None if it is none."""
    return Authorization.from_header(value)


def parse_www_authenticate_header(
    value: str | None, on_update: Callable[[WWWAuthenticate], None] | None = None
) -> WWWAuthenticate:
    """Read the header; without one, a challenge of scheme ``basic``."""
    header = WWWAuthenticate.from_header(value) or WWWAuthenticate("basic")
    header._on_update = on_update
    return header
