"""The response object: what nobody touches is never built.

A response made of text or bytes keeps its content type and length beside it, and its
``headers`` come into being when they are first read. At the end, untouched headers go
to the server as a plain list, and the body as a plain list of one item, which servers
send fastest (Granian's fast path takes only an exact ``list``).

A subclass that overrides what this short cut leaves out (``get_wsgi_headers``,
``get_app_iter``, ``close`` …) is served the long way, Werkzeug's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.utils import get_content_type
from werkzeug.wrappers import Response as WerkzeugResponse

import insula.json
from insula.context.current import current_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from http import HTTPStatus

    from insula._core.protocols import StartResponse, WSGIEnvironment

__all__ = ["Response"]

_STATUS_LINES = {
    code: f"{code} {phrase.upper()}" for code, phrase in HTTP_STATUS_CODES.items()
}
_content_types: dict[str, str] = {}
_CONTENT_TYPES_MAX = 256


def _content_type(mimetype: str) -> str:
    value = _content_types.get(mimetype)
    if value is None:
        value = get_content_type(mimetype, "utf-8")
        if len(_content_types) < _CONTENT_TYPES_MAX:
            _content_types[mimetype] = value
    return value


class Response(WerkzeugResponse):
    """The response to a request; views seldom need to make one by hand.

    :param response: the body: text, bytes, or an iterable of either.
    :param status: a code, or a whole status line.
    :param headers: a mapping or a list of pairs.
    :param mimetype: the content type without parameters.
    :param content_type: the content type as it is sent; overrides ``mimetype``.
    :param direct_passthrough: hand the iterable to the server as it is.
    """

    default_mimetype: str | None = "text/html"
    json_module: Any = insula.json
    autocorrect_location_header = False

    # What `headers` will be made of while nobody has touched them.
    _pending_type: str | None = None
    _pending_length: str | None = None
    _headers: Headers | None = None
    _on_close: Any = ()
    # False for a subclass that overrides a step of the long way.
    _plain = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._plain = all(
            getattr(cls, name) is getattr(Response, name)
            for name in (
                "close",
                "get_app_iter",
                "get_wsgi_headers",
                "get_wsgi_response",
                "iter_encoded",
            )
        )

    def __init__(  # noqa: C901, PLR0912 - PERF: one call; each split costs 60 ns
        self,
        response: Iterable[bytes] | bytes | Iterable[str] | str | None = None,
        status: int | str | HTTPStatus | None = None,
        headers: Mapping[str, str | Iterable[str]]
        | Iterable[tuple[str, str]]
        | None = None,
        mimetype: str | None = None,
        content_type: str | None = None,
        direct_passthrough: bool = False,
    ) -> None:
        if headers is None and content_type is None:
            if mimetype is None:
                mimetype = self.default_mimetype
            if mimetype is not None:
                self._pending_type = _content_types.get(mimetype) or _content_type(
                    mimetype
                )
        else:
            self._take_headers(headers, mimetype, content_type)
        if status is None:
            status = self.default_status
        if type(status) is int and status in _STATUS_LINES:
            self._status = _STATUS_LINES[status]
            self._status_code = status
        else:
            self.status = status
        self.direct_passthrough = direct_passthrough
        if isinstance(response, str):
            response = response.encode()
        if type(response) is bytes:
            self.response = [response]
            if self.automatically_set_content_length:
                if self._headers is None:
                    self._pending_length = str(len(response))
                else:
                    self._headers["Content-Length"] = str(len(response))
        elif isinstance(response, (bytes, bytearray)):
            self.set_data(bytes(response))
        else:
            self.response = [] if response is None else response

    def _take_headers(
        self, headers: Any, mimetype: str | None, content_type: str | None
    ) -> None:
        own = headers if isinstance(headers, Headers) else Headers(headers)
        self.headers = own
        if content_type is None:
            if mimetype is None and "content-type" not in own:
                mimetype = self.default_mimetype
            if mimetype is not None:
                content_type = _content_type(mimetype)
        if content_type is not None:
            own["Content-Type"] = content_type

    @property
    def headers(self) -> Headers:
        """The header fields."""
        headers = self._headers
        if headers is None:
            # NOTE: a response of Werkzeug's that was given this class
            # (`force_type`) has its headers in the instance.
            headers = self.__dict__.get("headers")
            if headers is None:
                headers = Headers(self._pending_headers())
            self._headers = headers
        return headers

    @headers.setter
    def headers(self, value: Headers) -> None:
        self._headers = value

    def _pending_headers(self) -> list[tuple[str, str]]:
        fields = []
        if self._pending_type is not None:
            fields.append(("Content-Type", self._pending_type))
        if self._pending_length is not None:
            fields.append(("Content-Length", self._pending_length))
        return fields

    def call_on_close(self, func: Callable[[], Any]) -> Callable[[], Any]:
        """Call ``func()`` when the response is closed."""
        if not self._on_close:
            self._on_close = []
        self._on_close.append(func)
        return func

    @property
    def max_cookie_size(self) -> int:  # type: ignore[override]  # an attribute there
        """The size in bytes above which a cookie is warned of."""
        if current_app:
            size: int = current_app.config["MAX_COOKIE_SIZE"]
            return size
        return WerkzeugResponse.max_cookie_size

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Send the response as a WSGI application does."""
        body = self.response
        length = self._pending_length
        if (
            length is not None
            and self._headers is None
            and self._plain
            and type(body) is list
            and len(body) == 1
            and type(body[0]) is bytes
            and not self._on_close
            and environ["REQUEST_METHOD"] != "HEAD"
            and self._status_code >= 200  # noqa: PLR2004 - informational below
            and self._status_code not in {204, 304}
        ):
            content_type = self._pending_type
            start_response(
                self._status,
                [("Content-Length", length)]
                if content_type is None
                else [("Content-Type", content_type), ("Content-Length", length)],
            )
            return body
        app_iter, status, headers = self.get_wsgi_response(environ)
        start_response(status, headers)
        return app_iter
