"""``flask.safe_join`` and ``flask.helpers.is_ip``."""

from __future__ import annotations

from ipaddress import ip_address

from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join as join

__all__ = ["is_ip", "safe_join"]


def safe_join(directory: str, *pathnames: str) -> str:
    """Join parts of a path that may come from a user to a folder.

    :raises NotFound: if they lead out of it.
    """
    path = join(directory, *pathnames)
    if path is None:
        raise NotFound
    return path


def is_ip(value: str) -> bool:
    """Tell whether a text is an address of IPv4 or IPv6."""
    try:
        ip_address(value)
    except ValueError:
        return False
    return True
