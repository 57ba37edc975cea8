"""Where an application is mounted: a path, a host, or both; and who answers what.

Rules of the file: the host decides first, then the longest path; a mount matches whole
segments and whole labels only; case and port of a host do not matter.

Theory. A place is written as a URL without its scheme: ``/``, ``/admin``,
``api.localhost``, ``api.localhost/v2``, ``*.example.org`` (every subdomain, of any
depth, not ``example.org`` itself) and ``api.*`` (that subdomain of every domain). Of
the hosts that match, the exact one is asked first, then ``*.…``, the longest first,
then ``….*``, the longest first, then the mounts without a host. The first of them that
has a mount for the path answers: what a host lacks is found below.

Sources: RFC 3986 §3.2.2 and §3.3, RFC 4343 (case), RFC 3490 (names beyond ASCII); the
order is the one that servers in front are known for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from insula.servers.dispatcher import longest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Place", "Table", "host_of", "without_port"]

T = TypeVar("T")

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_HOST = re.compile(
    rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*|{_LABEL}(?:\.{_LABEL})*\.\*|\[[0-9a-f:.]+\]"
)
_ODD = re.compile(r"[?#\s\\]|//|/\.{1,2}(?:/|$)")


@dataclass(frozen=True, slots=True)
class Place:
    """A host, or "" for any, and a path without its last slash."""

    host: str
    path: str

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{self.host}{self.path}" or "/"

    @classmethod
    def parse(cls, text: str) -> Place:
        """Return the place that is written so; raise `ValueError` where none is."""
        host, slash, rest = text.partition("/")
        path = f"/{rest}".rstrip("/") if slash else ""
        if not text or _ODD.search(path) or ":/" in text:
            raise ValueError(
                f"{text!r} is no place for a mount; write a path, a host, or both:"
                " '/admin', 'api.localhost', '*.example.org/v2'."
            )
        if host:
            host = _checked(host, text)
        return cls(host, path)

    @property
    def is_exact(self) -> bool:
        """Whether it names one host."""
        return bool(self.host) and "*" not in self.host


def _checked(host: str, text: str) -> str:
    name = host.lower().rstrip(".")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            name = ""
    if _HOST.fullmatch(name):
        return name
    if without_port(name) != name:
        raise ValueError(
            f"{text!r} names a port, and mounts have none: the server listens on one"
            f" for all. Write {without_port(host)!r}."
        )
    raise ValueError(
        f"{text!r} names no host; a path begins with a slash, and '*' is the first or"
        " the last label of a host: '/admin', '*.example.org', 'api.*'."
    )


class Table(Generic[T]):
    """What is mounted at which place."""

    def __init__(self) -> None:
        self._hosts: dict[str, dict[str, T]] = {}
        #: Whether a place has a host, so that a request's matters.
        self.has_hosts = False

    def __setitem__(self, place: Place, value: T) -> None:
        self.has_hosts = self.has_hosts or bool(place.host)
        self._hosts.setdefault(place.host, {})[place.path] = value

    def get(self, place: Place) -> T | None:
        """Return what is mounted at that very place."""
        return self._hosts.get(place.host, {}).get(place.path)

    def find(
        self, host: str, path: str, text_of: Callable[[str], str]
    ) -> tuple[T | None, int]:
        """Return what answers a host's path, and the length of its mount in it."""
        for mounts in self._of_host(host):
            found, end = longest(mounts, path, text_of)
            if found is None:
                found = mounts.get("")
            if found is not None:
                return found, end
        return None, 0

    def _of_host(self, host: str) -> Iterator[Mapping[str, T]]:
        hosts = self._hosts
        any_host = hosts.get("")
        if self.has_hosts:
            for name in _names_for(host):
                mounts = hosts.get(name)
                if mounts is not None:
                    yield mounts
        if any_host is not None:
            yield any_host


def _names_for(host: str) -> Iterator[str]:
    """Yield how a place may name a host, from the exact name down."""
    yield host
    dot = host.find(".")
    while dot >= 0:
        yield f"*{host[dot:]}"
        dot = host.find(".", dot + 1)
    dot = host.rfind(".")
    while dot > 0:
        yield f"{host[:dot]}.*"
        dot = host.rfind(".", 0, dot)


def host_of(request: Mapping[str, Any]) -> str:
    """Return the host that an environ or a scope names, as a place would."""
    if "type" in request:
        host = next(
            (
                value.decode("latin-1")
                for name, value in request.get("headers", ())
                if name == b"host"
            ),
            None,
        )
        if host is None:
            host = (request.get("server") or ("",))[0] or ""
    else:
        host = request.get("HTTP_HOST") or request.get("SERVER_NAME", "")
    return without_port(host).lower().rstrip(".")


def without_port(host: str) -> str:
    """Return a host without its port."""
    name, colon, port = host.rpartition(":")
    if colon and (not port or port.isdigit()) and (":" not in name or name[-1:] == "]"):
        return name
    return host
