"""The response object: what nobody touches is never built.

A response made of text or bytes keeps them and the fields of its header as they are
sent; ``response`` and ``headers`` come into being when they are first read. What nobody
touched goes to the server as two plain lists, which servers send fastest (Granian's
fast path takes only an exact ``list``).

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
_OK = 200
_BODYLESS = frozenset({*range(100, 200), 204, 304})
_type_fields: dict[str | None, tuple[str, str] | None] = {None: None}
_TYPE_FIELDS_MAX = 256


def _type_field(mimetype: str) -> tuple[str, str]:
    field = _type_fields.get(mimetype)
    if field is None:
        # Through `Headers`, which refuses a value with a line break in it.
        own = Headers([("Content-Type", get_content_type(mimetype, "utf-8"))])
        field = own.to_wsgi_list()[0]
        if len(_type_fields) < _TYPE_FIELDS_MAX:
            _type_fields[mimetype] = field
    return field


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

    # The two halves of what nobody has touched, each None once it was: the body, and
    # the fields that `headers` will be made of.
    _body: bytes | None = None
    _fields: list[tuple[str, str]] | None = None
    _iterable: Any = None
    _headers: Headers | None = None
    _on_close: Any = ()
    _status = _STATUS_LINES[_OK]
    _status_code = _OK
    direct_passthrough = False
    # False for a subclass that overrides a step of the long way, and for a response
    # with something to do when it is closed or without a body by its status.
    _plain = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._plain = all(
            getattr(cls, name) is getattr(Response, name) for name in _STEPS
        )

    def __init__(
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
        if status is not None or self.default_status != _OK:
            self.status = self.default_status if status is None else status
        if direct_passthrough:
            self.direct_passthrough = True
        if type(response) is str:
            response = response.encode()
        if headers is None and content_type is None:
            if mimetype is None:
                mimetype = self.default_mimetype
            known = _type_fields.get(mimetype)
            field = known or (None if mimetype is None else _type_field(mimetype))
            # PERF: what most responses are; the fields are as the server wants them.
            if (
                type(response) is bytes
                and field
                and self._plain
                and self.automatically_set_content_length
            ):
                self._body = response
                self._fields = [field, ("Content-Length", str(len(response)))]
                return
            self._fields = [field] if field else []
        else:
            own = self._take_headers(headers, mimetype, content_type)
            if (
                type(response) is bytes
                and self._plain
                and self.automatically_set_content_length
            ):
                self._body = response
                own["Content-Length"] = str(len(response))
                return
        if response is None:
            self._iterable = []
        elif isinstance(response, (str, bytes, bytearray)):
            self.set_data(response)
        else:
            self._iterable = response

    def _take_headers(
        self, headers: Any, mimetype: str | None, content_type: str | None
    ) -> Headers:
        own = headers if isinstance(headers, Headers) else Headers(headers)
        self.headers = own
        if content_type is None:
            if mimetype is None and "content-type" not in own:
                mimetype = self.default_mimetype
            if mimetype is not None:
                content_type = _type_field(mimetype)[1]
        if content_type is not None:
            own["Content-Type"] = content_type
        return own

    @property
    def response(self) -> Any:
        """The body as it was given: a list of text or bytes, or an iterable."""
        if self._body is not None:
            self._iterable = [self._body]
            self._body = None
        elif self._iterable is None:
            # NOTE: a response of Werkzeug's that was given this class (`force_type`)
            # has its parts in the instance under their own names.
            self._iterable = self.__dict__.get("response")
        return self._iterable

    @response.setter
    def response(self, value: Any) -> None:
        self._body = None
        self._iterable = value

    @property
    def headers(self) -> Headers:
        """The header fields."""
        headers = self._headers
        if headers is None:
            if self._fields is not None:
                # PERF: without a call for each field, they being as it keeps them.
                headers = Headers()
                headers._list = self._fields
                self._fields = None
            else:
                headers = self.__dict__.get("headers") or Headers()
            self._headers = headers
        return headers

    @headers.setter
    def headers(self, value: Headers) -> None:
        self._fields = None
        self._headers = value

    @property
    def status(self) -> str:
        """The status as it is sent: the code and its phrase."""
        return self._status

    @status.setter
    def status(self, value: str | int | HTTPStatus) -> None:
        if type(value) is int and value in _STATUS_LINES:
            self._status = _STATUS_LINES[value]
            self._status_code = value
        else:
            line, code = self._clean_status(value)
            if "\n" in line or "\r" in line:
                raise ValueError(
                    f"The status {line!r} holds a line break, which would begin a"
                    " header of somebody else's; remove it."
                )
            self._status, self._status_code = line, code
        if self._status_code in _BODYLESS:
            self._plain = False

    def _finished_fields(
        self, environ: WSGIEnvironment, length: int
    ) -> list[tuple[str, str]]:
        # What `get_wsgi_headers` makes of them, for a status that has a body.
        fields = self.headers.to_wsgi_list()
        measured = False
        for name, _ in fields:
            lowered = name.lower()
            if lowered == "content-length":
                measured = True
            elif lowered in {"location", "content-location"}:
                return self.get_wsgi_headers(environ).to_wsgi_list()
        if not measured and self.automatically_set_content_length:
            fields.append(("Content-Length", str(length)))
        return fields

    def set_data(self, value: bytes | bytearray | str) -> None:
        """Replace the body, and the field that says how long it is."""
        # PEP 3333 lets a server refuse anything but bytes, a bytearray, too.
        super().set_data(bytes(value) if isinstance(value, bytearray) else value)

    def call_on_close(self, func: Callable[[], Any]) -> Callable[[], Any]:
        """Call ``func()`` when the response is closed."""
        if not self._on_close:
            self._on_close = []
            self._plain = False
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
        body = self._body
        if body is not None and self._plain and environ["REQUEST_METHOD"] != "HEAD":
            fields = self._fields
            if fields is None:
                fields = self._finished_fields(environ, len(body))
            start_response(self._status, fields)
            return [body]
        app_iter, status, headers = self.get_wsgi_response(environ)
        start_response(status, headers)
        return app_iter


# The steps of the long way: a subclass with one of its own is served that way.
_STEPS = (
    "close",
    "get_app_iter",
    "get_wsgi_headers",
    "get_wsgi_response",
    "headers",
    "iter_encoded",
    "response",
    "set_data",
    "status",
)
