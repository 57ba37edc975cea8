"""What is asked: a URL, or a route of the application by path or endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import click
from werkzeug.routing import BuildError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Target", "parse_url", "path_of", "read_headers"]

_PORTS = {"http": 80, "https": 443}
_SAFE = "/%:@!$&'()*+,;=-._~?"


@dataclass(frozen=True, slots=True)
class Target:
    """Where to ask, and the whole request.

    :ivar request: its head and body, as they are sent.
    """

    method: str
    url: str
    host: str
    port: int
    secure: bool
    request: bytes


def parse_url(
    url: str,
    *,
    method: str = "GET",
    headers: Sequence[tuple[str, str]] = (),
    data: bytes | None = None,
) -> Target:
    """Return what to send to a URL.

    :raises click.UsageError: if it is none.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, KeyError):
        host = ""
    if not host:
        raise click.UsageError(
            f"{url!r} is no URL that can be asked; give one such as"
            " http://127.0.0.1:5000/."
        )
    path = quote(parts.path or "/", safe=_SAFE)
    if parts.query:
        path += f"?{quote(parts.query, safe=_SAFE)}"
    netloc = parts.netloc.rpartition("@")[2].encode("idna").decode()
    fields = {"Host": netloc, "Accept": "*/*", "User-Agent": "insula-bench"}
    if data is not None:
        fields["Content-Length"] = str(len(data))
        fields["Content-Type"] = "application/x-www-form-urlencoded"
    own = {name.lower() for name, _ in headers}
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [f"{k}: {v}" for k, v in fields.items() if k.lower() not in own]
    lines += [f"{k}: {v}" for k, v in headers]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
    return Target(
        method=method,
        url=url,
        host=host,
        port=port,
        secure=parts.scheme == "https",
        request=head + (data or b""),
    )


def read_headers(lines: Sequence[str]) -> list[tuple[str, str]]:
    """Return names and values of ``Name: value``.

    :raises click.UsageError: for a line that is none.
    """
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip() or not line.isprintable():
            raise click.UsageError(f"{line!r} is no header; write it as 'Name: value'.")
        headers.append((name.strip(), value.strip()))
    return headers


def path_of(app: Any, route: str, values: dict[str, str], *, method: str) -> str:
    """Return the path, with query, of an endpoint of the application.

    :raises click.UsageError: if there is none, it does not answer the method, or values
        are missing.
    """
    if route.startswith("/"):
        if values:
            raise click.UsageError(
                f"{next(iter(values))}=... is for an endpoint, and {route!r} is a"
                " path; write the value into it."
            )
        return route
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint == route]
    if not rules:
        raise click.UsageError(
            f"There is no endpoint {route!r}; give one that insula routes lists, a"
            " path that starts with '/', or a URL that starts with 'http://'."
        )
    methods = {name for rule in rules for name in rule.methods or (method,)}
    if method not in methods:
        answered = sorted(methods - {"OPTIONS"}) or ["OPTIONS"]
        raise click.UsageError(
            f"The endpoint {route!r} answers {', '.join(answered)} and no {method}; add"
            f" --method {answered[0]}."
        )
    try:
        with app.test_request_context():
            url: str = app.url_for(route, _external=True, **values)
    except (BuildError, ValueError):
        # The second of a converter, of a value that is none of its kind.
        needed = min(rule.arguments - set(rule.defaults or ()) for rule in rules)
        example = " ".join(f"{name}=..." for name in sorted(needed))
        raise click.UsageError(
            f"The endpoint {route!r} needs other values; write"
            f" 'insula bench {route}{' ' + example if example else ''}'."
        ) from None
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
