"""From what a view returns to a response.

A view may return text, bytes, a list or dictionary (JSON), a generator of text or
bytes (an asynchronous one, too), a response, a WSGI application, or a tuple
``(body, status)``, ``(body, headers)`` or ``(body, status, headers)`` of these.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from collections.abc import Mapping as AbstractMapping
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from insula.context.stacks import get_request_node, request_stack

__all__ = ["make_response"]

_ALLOWED = (
    "A view may return text, bytes, a dict or list (sent as JSON), a generator, a"
    " response, a WSGI application, or a tuple of one of these with status and headers"
)


def make_response(app: Any, rv: Any) -> Any:
    """Return a response of ``app.response_class`` made of ``rv``.

    :raises TypeError: if ``rv`` is nothing of what a view may return.
    """
    body, status, headers = _unpack(rv) if isinstance(rv, tuple) else (rv, None, None)
    if body is None:
        raise TypeError(_nothing_returned())

    if not isinstance(body, app.response_class):
        if isinstance(body, (dict, list)):
            body = app.json.response(body)
        elif not isinstance(body, HTTPException) and isinstance(
            body, (str, bytes, bytearray, Iterator, AsyncIterator)
        ):
            # Given to the constructor, which sets defaults that depend on it.
            body = app.response_class(body, status=status, headers=headers)
            status = headers = None
        else:
            body = _force_type(app, body)

    if status is not None:
        if isinstance(status, (str, bytes, bytearray)):
            body.status = status
        else:
            body.status_code = status
    if headers:
        body.headers.update(headers)
    return body


def _unpack(rv: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    if len(rv) == 3:  # noqa: PLR2004 - body, status, headers
        return rv
    if len(rv) == 2:  # noqa: PLR2004 - body, and one of the others
        if isinstance(rv[1], (Headers, AbstractMapping, tuple, list)):
            return rv[0], None, rv[1]
        return rv[0], rv[1], None
    raise TypeError(
        f"The view of {_endpoint()} returned {len(rv)} items: a tuple must have the"
        " form (body, status), (body, headers) or (body, status, headers)."
    )


def _force_type(app: Any, body: Any) -> Any:
    if not isinstance(body, WerkzeugResponse) and not callable(body):
        raise TypeError(
            f"{_ALLOWED}. For {_endpoint()} it was a {type(body).__name__}."
        )
    try:
        environ = get_request_node()[0]._request.environ
        if isinstance(body, HTTPException):
            return _of_http_exception(app, body, environ)
        return app.response_class.force_type(body, environ)
    except TypeError as exc:
        raise TypeError(
            f"{exc}\n{_ALLOWED}. For {_endpoint()} it was a {type(body).__name__}."
        ).with_traceback(exc.__traceback__) from None


def _of_http_exception(app: Any, exc: HTTPException, environ: Any) -> Any:
    # PERF: an exception is a WSGI application, too, but running one costs 20 µs.
    kind = type(exc)
    if kind.__call__ is not HTTPException.__call__ or not _MAKING.isdisjoint(
        exc.__dict__
    ):
        return app.response_class.force_type(exc, environ)
    if exc.response is None and kind.get_response is HTTPException.get_response:
        if kind.get_headers is HTTPException.get_headers:
            return app.response_class(
                _page_of(exc, environ), exc.code, mimetype="text/html"
            )
        return app.response_class(
            _page_of(exc, environ), exc.code, exc.get_headers(environ)
        )
    return app.response_class.force_type(exc.get_response(environ), environ)


# Of Werkzeug's own classes the pages that are the same in each instance.
_pages: dict[type[HTTPException], tuple[str, str]] = {}
# What makes an instance's answer another than its class's.
_MAKING = frozenset({"get_body", "get_description", "get_headers", "get_response"})
_DESCRIBING = frozenset({"code", "description"})
_get_body = HTTPException.get_body
_get_description = HTTPException.get_description


def _page_of(exc: HTTPException, environ: Any) -> str:
    # PERF: of a 404 that nobody has described the page is always the same.
    kind = type(exc)
    description = kind.description
    if (
        kind.__module__ != "werkzeug.exceptions"
        or kind.get_body is not _get_body
        or kind.get_description is not _get_description
        or type(description) is not str
        or not _DESCRIBING.isdisjoint(exc.__dict__)
    ):
        return exc.get_body(environ)
    described, page = _pages.get(kind, ("", ""))
    if described is not description:
        page = exc.get_body(environ)
        _pages[kind] = (description, page)
    return page


def _nothing_returned() -> str:
    return (
        f"The view of {_endpoint()} returned None. A return statement may be missing"
        " at its end or in one of its branches."
    )


def _endpoint() -> str:
    ctx = request_stack.top
    return f"endpoint {ctx._request.endpoint!r}" if ctx is not None else "a test"
