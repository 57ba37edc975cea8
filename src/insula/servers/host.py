"""Which host a request may name: one, and in the form that URLs have.

Rules of the file: what was found good is kept, so that it costs a request one look into
a set; what a client can make it keep has a ceiling.

Theory. The server below joins several Host headers with commas, and a registered name
may hold a comma by the grammar; no name that anybody serves does, so a comma is two
headers here. When the set is full it is emptied: the hosts that are in use are back in
it with their next request, whatever others have sent.

Sources: RFC 9112 §3.2 (one Host, valid), RFC 9110 §4.2.1 (not empty), RFC 3986 §3.2.2
(reg-name, IPv4address, IP-literal; no address of a future version) and §3.2.3 (port).
"""

from __future__ import annotations

import re

__all__ = ["KNOWN_HOSTS", "is_host"]

KNOWN_HOSTS: set[str] = set()
"""Hosts found good, as they were written."""

_KEPT = 256
_LONGEST_KEPT = 261  # a name of 255 characters with its port
_MAX_PORT = 65535
_NAME = r"(?:[A-Za-z0-9._~!$&'()*+;=-]|%[0-9A-Fa-f]{2})+"
_FORM = rf"(?:{_NAME}|\[([0-9A-Fa-f:.]{{2,45}})\])(?::([0-9]{{0,5}}))?"


def is_host(text: str) -> bool:
    """Return whether `text` is a host with or without a port; keep it if it is."""
    found = re.fullmatch(_FORM, text)
    if found is None:
        return False
    address, port = found.groups()
    if port and int(port) > _MAX_PORT:
        return False
    if address is not None and not _is_ipv6(address):
        return False
    if len(text) <= _LONGEST_KEPT:
        if len(KNOWN_HOSTS) >= _KEPT:
            KNOWN_HOSTS.clear()
        KNOWN_HOSTS.add(text)
    return True


def _is_ipv6(address: str) -> bool:
    from ipaddress import IPv6Address

    try:
        IPv6Address(address)
    except ValueError:
        return False
    return True
