"""One cookie read and one cookie written, as Werkzeug reads and writes cookies.

Rules of the file: no grammar of its own. What is not plain (a quote, an odd setting, a
request or a response with ways of its own) is left to Werkzeug.

Theory. *Reading*: in a header without quotes Werkzeug's grammar comes to this: parts
between semicolons, each a name and after the first ``=`` a value, with blanks around
them but none inside; of several of one name the first counts. *Writing*: of a
``Set-Cookie`` only the value and the date change from one response to the next. The
rest is taken from a cookie without a value that :func:`werkzeug.http.dump_cookie` has
made of the same settings, once; it is for values that need no quotes.

Sources: RFC 6265, sections 4.1 and 4.2; RFC 9110, section 12.5.5 (Vary).
"""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import EnvironHeaders, ImmutableMultiDict
from werkzeug.http import dump_cookie, http_date
from werkzeug.wrappers import Response as WerkzeugResponse

from insula.http import Request
from insula.http.headers import EnvironHeaders as OwnEnvironHeaders

__all__ = [
    "Settings",
    "as_options",
    "read_cookie",
    "set_plain_cookie",
    "vary_on_cookie",
]

_COOKIES = Request.cookies
_HEADERS: Any = Request.headers  # type: ignore[misc]  # the descriptor itself
_SET_COOKIE = WerkzeugResponse.set_cookie
_VARY = WerkzeugResponse.vary

# Values of `_OPTIONS`, of whatever types they were configured with.
Settings = tuple[Any, ...]
_OPTIONS = ("domain", "path", "secure", "httponly", "samesite", "partitioned")
# What stands before the value, between value and date, and after the date.
_Shape = tuple[str, str, str]

_shapes: dict[tuple[str, Settings], _Shape] = {}
_SHAPES_MAX = 64


def read_cookie(request: Any, name: str) -> str | None:
    """Return ``request.cookies.get(name)``."""
    kind = type(request)
    if (
        kind.cookies is _COOKIES
        and kind.headers is _HEADERS
        and kind.dict_storage_class is ImmutableMultiDict
    ):
        own = request.__dict__
        if "cookies" not in own and (
            "headers" not in own or _is_view(own["headers"], request.environ)
        ):
            header = request.environ.get("HTTP_COOKIE", "")
            if '"' not in header:
                return _find(header, name)
    value: str | None = request.cookies.get(name)
    return value


_GETLISTS = (EnvironHeaders.getlist, OwnEnvironHeaders.getlist)


def _is_view(headers: Any, environ: Any) -> bool:
    kind = type(headers)
    return (
        isinstance(headers, EnvironHeaders)
        and headers.environ is environ
        and kind.__iter__ is EnvironHeaders.__iter__
        and kind.getlist in _GETLISTS
    )


def _find(header: str, name: str) -> str | None:
    if not name or " " in name or "\t" in name:
        return None  # which is no name of a cookie
    for part in header.split(";"):
        if name in part:
            key, _, value = part.partition("=")
            if key.strip(" \t") == name:
                value = value.strip(" \t")
                if " " not in value and "\t" not in value:
                    return value
    return None


def vary_on_cookie(response: Any) -> None:
    """Do ``response.vary.add("Cookie")``."""
    if getattr(type(response), "vary", None) is _VARY:
        headers = response.headers
        for name, value in headers:
            if name.lower() == "vary":
                if value == "Cookie":
                    return
                break
        else:
            headers["Vary"] = "Cookie"
            return
    response.vary.add("Cookie")


def set_plain_cookie(
    response: Any, name: str, value: str, *, expires: Any, settings: Settings
) -> None:
    """Do ``response.set_cookie(name, value, expires=expires, **settings)``.

    :param value: of letters, digits, ``-``, ``_`` and ``.`` only.
    """
    if getattr(response.set_cookie, "__func__", None) is _SET_COOKIE:
        shape = _shape(name, settings)
        if shape is not None and not isinstance(expires, str):
            start, domain, rest = shape
            if expires is not None:
                domain = f"{domain}; Expires={http_date(expires)}"
            text = f"{start}{value}{domain}{rest}"
            largest = response.max_cookie_size
            if not largest or len(text) <= largest:
                response.headers.add("Set-Cookie", text)
                return
    response.set_cookie(name, value, expires=expires, **as_options(settings))


def as_options(settings: Settings) -> dict[str, Any]:
    """Return the settings as ``set_cookie`` and ``delete_cookie`` take them."""
    return dict(zip(_OPTIONS, settings, strict=True))


def _shape(name: str, settings: Settings) -> _Shape | None:
    """Return what is around the value; ``None`` where that is not as simple."""
    _, _, secure, httponly, _, partitioned = settings
    # NOTE: 1 is found for True, and written as another attribute.
    if type(secure) is type(httponly) is type(partitioned) is bool:
        try:
            shape = _shapes.get((name, settings))
        except TypeError:
            return None
        return shape or _make_shape(name, settings)
    return None


def _make_shape(name: str, settings: Settings) -> _Shape | None:
    domain, path, _, _, samesite, _ = settings
    if type(name) is not str or any(
        type(text) not in {str, type(None)} for text in (domain, path, samesite)
    ):
        return None
    # Each begins as the one before it, the domain being the first of the attributes.
    try:
        start = dump_cookie(name, path=None, max_size=0)
        middle = dump_cookie(name, path=None, domain=domain, max_size=0)
        whole = dump_cookie(name, max_size=0, **as_options(settings))
    except ValueError:
        return None  # to be raised in its turn
    shape = (start, middle[len(start) :], whole[len(middle) :])
    if len(_shapes) < _SHAPES_MAX:
        _shapes[name, settings] = shape
    return shape
