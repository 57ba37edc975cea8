"""Old ``werkzeug.urls``: quoting, query strings and URLs in parts, upon urllib.

Where an encoding could be named it still can; for a mapping with more values of a key
the classes are Werkzeug's of today.

Sources: RFC 3986; ``urllib.parse``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import (
    quote,
    quote_plus,
    unquote,
    unquote_to_bytes,
    urljoin,
    urlsplit,
    urlunsplit,
)

from werkzeug.datastructures import MultiDict, iter_multi_items
from werkzeug.urls import iri_to_uri, uri_to_iri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = [
    "URL",
    "BaseURL",
    "Href",
    "url_decode",
    "url_decode_stream",
    "url_encode",
    "url_encode_stream",
    "url_fix",
    "url_join",
    "url_parse",
    "url_quote",
    "url_quote_plus",
    "url_unparse",
    "url_unquote",
    "url_unquote_plus",
]


def _as_bytes(value: Any, charset: str, errors: str = "strict") -> bytes:
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    return str(value).encode(charset, errors)


def _as_text(value: Any, charset: str = "utf-8", errors: str = "strict") -> str:
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode(charset, errors)
    return str(value)


def _characters(value: str | bytes) -> str:
    return _as_text(value, "ascii")


def url_quote(
    string: Any,
    charset: str = "utf-8",
    errors: str = "strict",
    safe: str | bytes = "/:",
    unsafe: str | bytes = "",
) -> str:
    """Quote a text for a URL; ``unsafe`` wins over what is safe."""
    refused = _characters(unsafe)
    kept = "".join(c for c in _characters(safe) if c not in refused)
    quoted = quote(_as_bytes(string, charset, errors), safe=kept)
    for character in refused:
        quoted = quoted.replace(character, f"%{ord(character):02X}")
    return quoted


def url_quote_plus(
    string: Any, charset: str = "utf-8", errors: str = "strict", safe: str = ""
) -> str:
    """Quote a text for a query, a space as a plus sign."""
    # A plus sign would be read as a space.
    kept = _characters(safe).replace("+", "")
    return quote_plus(_as_bytes(string, charset, errors), safe=kept)


def url_unquote(
    s: Any, charset: str | None = "utf-8", errors: str = "replace", unsafe: str = ""
) -> Any:
    """Undo :func:`url_quote`; bytes where the charset is None.

    :param unsafe: characters that stay quoted.
    """
    data = _as_bytes(s, charset or "utf-8")
    for character in _characters(unsafe):
        for form in (f"%{ord(character):02X}", f"%{ord(character):02x}"):
            data = data.replace(form.encode(), b"%25" + form[1:].encode())
    plain = unquote_to_bytes(data)
    return plain if charset is None else plain.decode(charset, errors)


def url_unquote_plus(
    s: Any, charset: str | None = "utf-8", errors: str = "replace"
) -> Any:
    """Undo :func:`url_quote_plus`."""
    return url_unquote(
        _as_bytes(s, charset or "utf-8").replace(b"+", b" "), charset, errors
    )


def _pairs(
    obj: Any, charset: str, sort: bool, key: Callable[[Any], Any] | None
) -> Iterator[str]:
    items: Iterable[tuple[Any, Any]] = iter_multi_items(obj)
    for name, value in sorted(items, key=key) if sort else items:
        if value is not None:
            yield f"{url_quote_plus(name, charset)}={url_quote_plus(value, charset)}"


def url_encode(
    obj: Any,
    charset: str = "utf-8",
    sort: bool = False,
    key: Callable[[Any], Any] | None = None,
    separator: str = "&",
) -> str:
    """Write a query string; a value None is left out."""
    return _as_text(separator).join(_pairs(obj, charset, sort, key))


def url_encode_stream(
    obj: Any,
    stream: Any = None,
    charset: str = "utf-8",
    sort: bool = False,
    key: Callable[[Any], Any] | None = None,
    separator: str = "&",
) -> Any:
    """Write a query string to a stream; without one, return the pairs."""
    pairs = _pairs(obj, charset, sort, key)
    if stream is None:
        return pairs
    stream.write(_as_text(separator).join(pairs))
    return None


def _decoded(
    parts: Iterable[Any],
    charset: str | None,
    include_empty: bool,
    errors: str,
    cls: Any,
) -> Any:
    def pairs() -> Iterator[tuple[Any, Any]]:
        for part in parts:
            if not part:
                continue
            name, sign, value = _as_bytes(part, charset or "utf-8").partition(b"=")
            if sign or include_empty:
                yield (
                    url_unquote_plus(name, charset, errors),
                    url_unquote_plus(value, charset, errors),
                )

    return (cls or MultiDict)(pairs())


def url_decode(
    s: Any,
    charset: str | None = "utf-8",
    include_empty: bool = True,
    errors: str = "replace",
    separator: str = "&",
    cls: Any = None,
) -> Any:
    """Read a query string into a MultiDict."""
    sign = _as_bytes(separator, "ascii")
    parts = _as_bytes(s, charset or "utf-8").split(sign)
    return _decoded(parts, charset, include_empty, errors, cls)


def url_decode_stream(
    stream: Any,
    charset: str | None = "utf-8",
    include_empty: bool = True,
    errors: str = "replace",
    separator: str = "&",
    cls: Any = None,
    limit: int | None = None,
) -> Any:
    """Read a query string from a stream, up to a limit, into a MultiDict."""
    data = stream.read() if limit is None else stream.read(limit)
    return url_decode(data, charset, include_empty, errors, separator, cls)


def url_fix(s: Any, charset: str = "utf-8") -> str:
    """Quote what a person has typed for a URL, as browsers do."""
    text = _as_text(s, charset, "replace").replace("\\", "/")
    if (
        text.startswith("file://")
        and text[7:8].isalpha()
        and text[8:10] in {":/", "|/"}
    ):
        text = f"file:///{text[7:]}"
    parts = urlsplit(text)
    path = url_quote(parts.path, charset, safe="/%+$!*'(),")
    query = url_quote_plus(parts.query, charset, safe=":&%=+$!*'(),")
    fragment = url_quote_plus(parts.fragment, charset, safe=":&%=+$!*'(),")
    host = iri_to_uri(f"//{parts.netloc}")[2:] if parts.netloc else ""
    return urlunsplit((parts.scheme, host, path, query, fragment))


def url_join(base: Any, url: Any, allow_fragments: bool = True) -> Any:
    """Join a URL to the one it stands in; both may be parts of :func:`url_parse`."""
    return urljoin(
        _as_text(url_unparse(base) if isinstance(base, tuple) else base),
        _as_text(url_unparse(url) if isinstance(url, tuple) else url),
        allow_fragments,
    )


class _Parts(NamedTuple):
    scheme: str
    netloc: str
    path: str
    query: str
    fragment: str


class URL(_Parts):
    """A URL in its five parts, with what can be read from them."""

    __slots__ = ()

    def __str__(self) -> str:
        return self.to_url()

    def replace(self, **kwargs: Any) -> URL:
        """Return one with other parts."""
        return self._replace(**kwargs)

    def _authority(self) -> tuple[str | None, str]:
        auth, sign, host = self.netloc.rpartition("@")
        return (auth if sign else None), host

    @property
    def auth(self) -> str | None:
        """What stands before the host: ``user:password``."""
        return self._authority()[0]

    @property
    def host(self) -> str | None:
        """The host, without the brackets of an address."""
        host = self._authority()[1]
        if host.startswith("["):
            return host[1:].partition("]")[0] or None
        return host.partition(":")[0] or None

    @property
    def ascii_host(self) -> str | None:
        """The host as it is in DNS."""
        host = self.host
        if host is None or host.isascii():
            return host
        try:
            return host.encode("idna").decode("ascii")
        except UnicodeError:
            return host

    @property
    def port(self) -> int | None:
        """The port, None where there is none or none that is possible."""
        text = self._authority()[1].rpartition("]")[2].rpartition(":")[2]
        if ":" not in self._authority()[1].rpartition("]")[2] or not text.isdecimal():
            return None
        port = int(text)
        return port if port <= 65535 else None  # noqa: PLR2004 - of 16 bits

    @property
    def raw_username(self) -> str | None:
        """The name of the user, as it stands there."""
        return None if self.auth is None else self.auth.partition(":")[0]

    @property
    def raw_password(self) -> str | None:
        """The password, as it stands there."""
        if self.auth is None or ":" not in self.auth:
            return None
        return self.auth.partition(":")[2]

    @property
    def username(self) -> str | None:
        """The name of the user, unquoted."""
        return None if self.raw_username is None else unquote(self.raw_username)

    @property
    def password(self) -> str | None:
        """The password, unquoted."""
        return None if self.raw_password is None else unquote(self.raw_password)

    def decode_query(self, *args: Any, **kwargs: Any) -> Any:
        """Read the query into a MultiDict, as :func:`url_decode`."""
        return url_decode(self.query, *args, **kwargs)

    def join(self, *args: Any, **kwargs: Any) -> URL:
        """Join a URL to this one."""
        return url_parse(url_join(self, *args, **kwargs))

    def to_url(self) -> str:
        """Put the parts together."""
        return url_unparse(self)

    def to_uri_tuple(self) -> URL:
        """Return the parts in ASCII."""
        return url_parse(iri_to_uri(self.to_url()))

    def to_iri_tuple(self) -> URL:
        """Return the parts as a person reads them."""
        return url_parse(uri_to_iri(self.to_url()))

    def decode_netloc(self) -> str:
        """Return host and authority as a person reads them."""
        return url_parse(uri_to_iri(f"//{self.netloc}")).netloc

    def encode_netloc(self) -> str:
        """Return host and authority in ASCII."""
        return url_parse(iri_to_uri(f"//{self.netloc}")).netloc


BaseURL = URL


def url_parse(url: Any, scheme: Any = None, allow_fragments: bool = True) -> URL:
    """Take a URL apart; what urllib refuses is a path."""
    text = _as_text(url)
    try:
        return URL(*urlsplit(text, _as_text(scheme or ""), allow_fragments))
    except ValueError:
        return URL(_as_text(scheme or ""), "", text, "", "")


def url_unparse(components: Any) -> str:
    """Put the five parts of a URL together."""
    return urlunsplit([_as_text(part) for part in components])


class Href:
    """Build URLs below a base: ``Href('/base')('a', page=2)`` is ``/base/a?page=2``."""

    def __init__(
        self,
        base: str = "./",
        charset: str = "utf-8",
        sort: bool = False,
        key: Callable[[Any], Any] | None = None,
    ) -> None:
        self.base = base or "./"
        self.charset = charset
        self.sort = sort
        self.key = key

    def __getattr__(self, name: str) -> Href:
        if name.startswith("__"):
            raise AttributeError(name)
        base = f"{self.base.rstrip('/')}/{url_quote(name, self.charset)}"
        return Href(base, self.charset, self.sort, self.key)

    def __call__(self, *path: Any, **query: Any) -> str:
        if path and isinstance(path[-1], dict):
            if query:
                raise TypeError(
                    "A query is given twice: as the last of the parts, a dict, and as"
                    " keywords; keep one."
                )
            path, query = path[:-1], path[-1]
        elif query:
            query = {name.removesuffix("_"): value for name, value in query.items()}
        parts = [url_quote(part, self.charset) for part in path if part is not None]
        url = "/".join(parts).lstrip("/")
        base = self.base if self.base.endswith("/") or not url else f"{self.base}/"
        url = urljoin(base, "./" + url) if url else base
        if query:
            url += "?" + url_encode(query, self.charset, self.sort, self.key)
        return url
