"""The session cookies of mounts that share a host are kept apart.

Theory. Applications keep their session in a cookie ``session`` with the path ``/``. Of
two below one host each would find the other's, not know its signature, take it for
none, and write its own over it: to log in at one would log out of the other; with one
SECRET_KEY for both, the session of one would *be* the other's. So an application that
is mounted below a path gets a cookie of its own name, ``session_admin`` below
``/admin``. The path stays ``/``: a proxy in front may have a prefix that nobody here
knows, and a cookie for ``/admin`` would not be sent to ``/prefix/admin``.

An application that has decided on its cookie (SESSION_COOKIE_NAME,
SESSION_COOKIE_PATH, SESSION_COOKIE_DOMAIN) is left alone: that is how several share
one session. ``APPLICATION_ROOT``, where it is not set, becomes the path, so that URLs
built outside of requests are right.

Sources: RFC 6265, section 4.1.1 (what a name may hold), 5.3 and 5.4 (which cookie
replaces which, and which are sent).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

__all__ = ["Settled", "settle"]

# What was set, to be set anew where the mount itself moves.
Settled = dict[str, Any]

_DEFAULTS: Settled = {
    "SESSION_COOKIE_NAME": "session",
    "SESSION_COOKIE_PATH": None,
    "SESSION_COOKIE_DOMAIN": None,
}
_ROOT = "APPLICATION_ROOT"


def settle(application: Any, path: str, before: Settled) -> Settled:
    """Give an application below ``path`` settings of its own; return what was set.

    :param before: what an earlier call for the same mount has set.
    """
    config = getattr(application, "config", None)
    if not isinstance(config, dict) or _ROOT not in config:
        return {}
    was = {_ROOT: "/", **_DEFAULTS, **before}
    settled: Settled = {}
    if config[_ROOT] == was[_ROOT]:
        settled[_ROOT] = path or "/"
    if all(config.get(name) == was[name] for name in _DEFAULTS):
        settled["SESSION_COOKIE_NAME"] = _DEFAULTS["SESSION_COOKIE_NAME"] + _tail(path)
        settled["SESSION_COOKIE_PATH"] = "/" if path else None
    config.update(settled)
    return settled


def _tail(path: str) -> str:
    if not path:
        return ""
    # What a cookie's name may hold, and another path never has.
    return "_" + quote(path[1:].replace(".", "%2E"), safe="/%").replace("/", ".")
