"""Old ``werkzeug.wsgi``: the path of an environ in parts, and streams by line.

Sources: PEP 3333, "URL Reconstruction".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.urls import iri_to_uri
from werkzeug.wsgi import LimitedStream

from insula.flask._bygone.urls import url_parse, url_quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "extract_path_info",
    "get_query_string",
    "get_script_name",
    "make_chunk_iter",
    "make_line_iter",
    "peek_path_info",
    "pop_path_info",
]


def _decoded(text: str, charset: str | None, errors: str) -> Any:
    data = text.encode("latin-1")
    return data if charset is None else data.decode(charset, errors)


def pop_path_info(
    environ: dict[str, Any], charset: str | None = "utf-8", errors: str = "replace"
) -> Any:
    """Move the first part of the path to the script's name, and return it."""
    path = environ.get("PATH_INFO") or ""
    if not path:
        return None
    rest = path.lstrip("/")
    script = environ.get("SCRIPT_NAME", "") + "/" * (len(path) - len(rest))
    first, sign, rest = rest.partition("/")
    environ["PATH_INFO"] = sign + rest
    environ["SCRIPT_NAME"] = script + first
    return _decoded(first, charset, errors)


def peek_path_info(
    environ: dict[str, Any], charset: str | None = "utf-8", errors: str = "replace"
) -> Any:
    """Return the first part of the path."""
    parts = (environ.get("PATH_INFO") or "").lstrip("/").split("/", 1)
    return _decoded(parts[0], charset, errors)


def get_query_string(environ: dict[str, Any]) -> str:
    """Return the query as it stands in a URL."""
    data = environ.get("QUERY_STRING", "").encode("latin-1")
    return url_quote(data, safe=":&%=+$!*'(),")


def get_script_name(
    environ: dict[str, Any], charset: str | None = "utf-8", errors: str = "replace"
) -> Any:
    """Return the script's name."""
    return _decoded(environ.get("SCRIPT_NAME", ""), charset, errors)


def _address(scheme: str, authority: str) -> tuple[str, str]:
    host, sign, port = authority.rpartition("@")[2].partition(":")
    usual = {"http": "80", "https": "443"}.get(scheme)
    return host.lower(), (port if sign and port != usual else "")


def extract_path_info(  # the old signature has so many
    environ_or_baseurl: Any,
    path_or_url: str,
    charset: str = "utf-8",
    errors: str = "werkzeug.url_quote",
    collapse_http_schemes: bool = True,
) -> str | None:
    """Return the path of a URL below the application's, None if it isn't there."""
    if isinstance(environ_or_baseurl, dict):
        from werkzeug.wsgi import get_current_url

        environ_or_baseurl = get_current_url(environ_or_baseurl, root_only=True)
    strict = "replace" if errors == "werkzeug.url_quote" else errors
    base = url_parse(iri_to_uri(environ_or_baseurl))
    url = url_parse(iri_to_uri(base.join(path_or_url).to_url()))
    schemes = (base.scheme, url.scheme)
    is_web = all(scheme in {"http", "https"} for scheme in schemes)
    if not (is_web and (collapse_http_schemes or schemes[0] == schemes[1])):
        return None
    if _address(base.scheme, base.netloc) != _address(url.scheme, url.netloc):
        return None
    root = base.path.rstrip("/")
    if not url.path.startswith(root):
        return None
    from insula.flask._bygone.urls import url_unquote

    path: str = url_unquote(url.path[len(root) :], charset, strict)
    return "/" + path.lstrip("/")


def _chunks(stream: Any, limit: int | None, buffer_size: int) -> Iterator[Any]:
    if not hasattr(stream, "read"):
        yield from (chunk for chunk in stream if chunk)
        return
    if limit is not None and not isinstance(stream, LimitedStream):
        stream = LimitedStream(stream, limit)
    while chunk := stream.read(buffer_size):
        yield chunk


def _pieces(
    chunks: Iterator[Any],
    split: Callable[[Any], list[Any]],
    buffer_size: int,
    cap_at_buffer: bool,
) -> Iterator[Any]:
    """Split what comes in chunks; the last piece of one may go on in the next."""
    rest: Any = None
    for chunk in chunks:
        *whole, rest = split(chunk if rest is None else rest + chunk)
        yield from whole
        while cap_at_buffer and len(rest) >= buffer_size:
            yield rest[:buffer_size]
            rest = rest[buffer_size:]
    if rest:
        yield rest


def make_chunk_iter(
    stream: Any,
    separator: Any,
    limit: int | None = None,
    buffer_size: int = 10 * 1024,
    cap_at_buffer: bool = False,
) -> Iterator[Any]:
    """Yield what stands between the separators in a stream."""

    def split(data: Any) -> list[Any]:
        if isinstance(data, bytes) and isinstance(separator, str):
            return data.split(separator.encode())
        parts: list[Any] = data.split(separator)
        return parts

    chunks = _chunks(stream, limit, buffer_size)
    return _pieces(chunks, split, buffer_size, cap_at_buffer)


def make_line_iter(
    stream: Any,
    limit: int | None = None,
    buffer_size: int = 10 * 1024,
    cap_at_buffer: bool = False,
) -> Iterator[Any]:
    """Yield the lines of a stream, each with its end."""

    def split(data: Any) -> list[Any]:
        # NOTE: an end of two characters may go on in the next chunk, too.
        lines: list[Any] = data.splitlines(keepends=True)
        return lines

    chunks = _chunks(stream, limit, buffer_size)
    return _pieces(chunks, split, buffer_size, cap_at_buffer)
