"""What an ASGI scope says, as the environ that requests are made of; and back.

An environ (PEP 3333) is what Flask's requests, and code around them, read. One that
was made of a scope says the same, for a WebSocket's handshake, too, which is a ``GET``
with ``Upgrade``. The scope itself is its ``asgi.scope``.

* A WSGI string holds bytes as Latin-1. The path is taken as it was sent where the
  server tells (``raw_path``), for in ``path`` what is no UTF-8 is lost.
* A header whose name holds an underscore is left out: in an environ it could not be
  told from the one with a hyphen, behind which a proxy says who the client is. So is
  ``Proxy``, which would become the ``HTTP_PROXY`` of outgoing requests (CVE-2016-5385).
* Fields of one name are joined as RFC 9110 §5.3 and, for cookies, RFC 9113 §8.2.3 say.

Sources: the ASGI specification, HTTP & WebSocket 2.5; PEP 3333.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from insula._core.protocols import WSGIEnvironment

__all__ = ["environ_of", "scope_of"]

# The keys of headers that have come before; bounded.
_keys: dict[bytes, str | None] = {
    b"content-length": "CONTENT_LENGTH",
    b"content-type": "CONTENT_TYPE",
    b"proxy": None,
}
_KEYS_MAX = 512
_PORTS = {"http": "80", "ws": "80"}
_UNPREFIXED = {"CONTENT_LENGTH": b"content-length", "CONTENT_TYPE": b"content-type"}


def environ_of(scope: Mapping[str, Any], body: Any) -> WSGIEnvironment:
    """Return the environ of a scope of type ``http`` or ``websocket``.

    :param body: the file from which the request's body is read.
    """
    mount: str = scope.get("root_path") or ""
    path = _path(scope)
    scheme: str = scope.get("scheme") or "http"
    if mount:
        if not mount.isascii():
            mount = mount.encode().decode("latin-1")
        mount = mount.rstrip("/")
        # Most servers say the whole path, some what follows the mount only.
        if path == mount or path.startswith(f"{mount}/"):
            path = path[len(mount) :]
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope.get("method", "GET"),
        "SCRIPT_NAME": mount,
        "PATH_INFO": path,
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "asgi.scope": scope,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    raw = scope.get("raw_path")
    if raw:
        query = environ["QUERY_STRING"]
        target = raw.decode("latin-1")
        environ["REQUEST_URI"] = environ["RAW_URI"] = (
            f"{target}?{query}" if query else target
        )
    server = scope.get("server")
    if server and server[1] is not None:
        environ["SERVER_NAME"] = server[0]
        environ["SERVER_PORT"] = str(server[1])
    else:
        # A Unix socket has no address.
        environ["SERVER_NAME"] = "localhost"
        environ["SERVER_PORT"] = _PORTS.get(scheme, "443")
    client = scope.get("client")
    if client:
        environ["REMOTE_ADDR"] = client[0]
        environ["REMOTE_PORT"] = str(client[1])
    _add_headers(environ, scope["headers"])
    if "CONTENT_LENGTH" not in environ:
        # The server tells where the body ends.
        environ["wsgi.input_terminated"] = True
    return environ


def _path(scope: Mapping[str, Any]) -> str:
    path: str = scope["path"]
    if path.isascii():
        return path
    raw = scope.get("raw_path")
    data = unquote_to_bytes(raw) if raw else path.encode()
    return data.decode("latin-1")


def _add_headers(
    environ: WSGIEnvironment, headers: Iterable[tuple[bytes, bytes]]
) -> None:
    for name, value in headers:
        try:
            key = _keys[name]
        except KeyError:
            key = _key(name)
        if key is None:
            continue
        text = value.decode("latin-1")
        if key in environ:
            between = "; " if key == "HTTP_COOKIE" else ","
            text = f"{environ[key]}{between}{text}"
        environ[key] = text


def _key(name: bytes) -> str | None:
    lowered = name.lower()
    if lowered in _keys:
        return _keys[lowered]
    key = None
    if b"_" not in lowered:
        text = lowered.decode("latin-1")
        key = f"HTTP_{text.upper().replace('-', '_')}"
    if len(_keys) < _KEYS_MAX:
        _keys[lowered] = key
    return key


def scope_of(environ: WSGIEnvironment) -> dict[str, Any]:
    """Return the scope, of type ``http``, that says what ``environ`` does."""
    mount = environ.get("SCRIPT_NAME", "").encode("latin-1")
    path = mount + environ.get("PATH_INFO", "").encode("latin-1")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": environ.get("SERVER_PROTOCOL", "HTTP/1.1").rpartition("/")[2],
        "method": environ["REQUEST_METHOD"],
        "scheme": environ.get("wsgi.url_scheme", "http"),
        "path": path.decode("utf-8", "replace"),
        "raw_path": _as_sent(environ, path),
        "query_string": environ.get("QUERY_STRING", "").encode("latin-1"),
        "root_path": mount.decode("utf-8", "replace"),
        "headers": [*_fields(environ)],
        "server": (environ["SERVER_NAME"], int(environ["SERVER_PORT"])),
        "extensions": {},
    }
    client = environ.get("REMOTE_ADDR")
    if client:
        scope["client"] = (client, int(environ.get("REMOTE_PORT") or 0))
    if "SERVER_SOFTWARE" not in environ:
        # Servers say who they are; test clients do not.
        scope["insula.test"] = True
    return scope


def _as_sent(environ: WSGIEnvironment, path: bytes) -> bytes:
    """Return the path as the client sent it, if nobody has changed it since."""
    target: str = environ.get("REQUEST_URI") or environ.get("RAW_URI") or ""
    raw = target.partition("?")[0].encode("latin-1", "replace")
    if unquote_to_bytes(raw) == path:
        return raw
    return quote_from_bytes(path, safe="/:@!$&'()*+,;=~").encode("ascii")


def _fields(environ: WSGIEnvironment) -> Iterable[tuple[bytes, bytes]]:
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            name = key[5:].replace("_", "-").lower().encode("latin-1")
        elif key in _UNPREFIXED and value:
            name = _UNPREFIXED[key]
        else:
            continue
        yield name, value.encode("latin-1")
