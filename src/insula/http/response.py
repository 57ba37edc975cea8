"""The response object: made and sent without a step that most have no use for.

A response whose body is one piece of bytes goes to the server as two plain lists, which
servers send fastest (Granian's fast path takes only an exact ``list``).

A subclass that overrides what this short cut leaves out (``get_wsgi_headers``,
``get_app_iter``, ``close`` …) is served the long way, Werkzeug's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers as WerkzeugHeaders
from werkzeug.http import HTTP_STATUS_CODES, is_entity_header
from werkzeug.utils import get_content_type
from werkzeug.wrappers import Response as WerkzeugResponse

import insula.json
from insula._core import late
from insula.context.stacks import get_app_node
from insula.http.headers import (
    AS_SENT,
    FINISHED,
    NOTHING,
    TYPE_AND_LENGTH,
    Headers,
)

if TYPE_CHECKING:
    from collections.abc import (
        AsyncIterable,
        Callable,
        Iterable,
        Iterator,
        Mapping,
    )
    from http import HTTPStatus

    from insula._core.protocols import StartResponse, WSGIEnvironment

__all__ = ["ASYNC_BODY_KEY", "Response", "type_field"]

#: Where an environ has what makes of a response a body to be iterated asynchronously.
ASYNC_BODY_KEY = "insula.async_body"

_STATUS_LINES = {
    code: f"{code} {phrase.upper()}" for code, phrase in HTTP_STATUS_CODES.items()
}
_OK = 200
_OK_LINE = _STATUS_LINES[_OK]
_new = object.__new__
_NOT_MODIFIED = 304
_BODYLESS = frozenset({*range(100, 200), 204, 304})
_type_fields: dict[str | None, tuple[str, str] | None] = {None: None}
_TYPE_FIELDS_MAX = 256


def type_field(mimetype: str) -> tuple[str, str]:
    """Return the header field that says that a body is of ``mimetype``."""
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

    :param response: the body: text, bytes, or an iterable of either, which may be an
        asynchronous one.
    :param status: a code, or a whole status line.
    :param headers: a mapping or a list of pairs.
    :param mimetype: the content type without parameters.
    :param content_type: the content type as it is sent; overrides ``mimetype``.
    :param direct_passthrough: hand the iterable to the server as it is.
    """

    default_mimetype: str | None = "text/html"
    json_module: Any = insula.json
    #: The body as it was given: a list of text or bytes, or an iterable.
    response: Any
    autocorrect_location_header = False

    direct_passthrough = False
    _on_close: Any
    # Whether no step of the long way is overridden.
    _plain = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._look_at_class()

    @classmethod
    def _look_at_class(cls) -> None:
        """Find out what a subclass overrides, or somebody has put in the class."""
        plain = all(getattr(cls, name, None) is step for name, step in _STEPS.items())
        if cls._plain is not plain:
            cls._plain = plain

    def __init__(
        self,
        response: Iterable[bytes]
        | bytes
        | Iterable[str]
        | str
        | AsyncIterable[bytes]
        | AsyncIterable[str]
        | None = None,
        status: int | str | HTTPStatus | None = None,
        headers: Mapping[str, str | Iterable[str]]
        | Iterable[tuple[str, str]]
        | None = None,
        mimetype: str | None = None,
        content_type: str | None = None,
        direct_passthrough: bool = False,
    ) -> None:
        self._on_close = ()
        if status is None and self.default_status == _OK:
            self._status = _OK_LINE
            self._status_code = _OK
        else:
            self.status = self.default_status if status is None else status
        if direct_passthrough:
            self.direct_passthrough = True
        if headers is not None or content_type is not None:
            names = self._take_headers(headers, mimetype, content_type)
            self._take_measured_body(response, names)
            return
        if mimetype is None:
            mimetype = self.default_mimetype
        field = _type_fields.get(mimetype)
        if field is None and mimetype is not None:
            field = type_field(mimetype)
        if type(response) is str:
            response = response.encode()
        own: Headers = _new(Headers)
        self.headers = own
        # PERF: what most responses are.
        if (
            field
            and type(response) is bytes
            and self._plain
            and self.automatically_set_content_length
        ):
            own._list = [field, ("Content-Length", str(len(response)))]
            own._known = TYPE_AND_LENGTH
            self.response = [response]
        else:
            own._list = [field] if field else []
            own._known = NOTHING
            self._take_body(response)

    def _take_measured_body(self, response: Any, names: list[str]) -> None:
        if type(response) is str:
            response = response.encode()
        headers = self.headers
        if (
            type(response) is not bytes
            or type(headers) is not Headers
            or not self._plain
            or not self.automatically_set_content_length
        ):
            self._take_body(response)
            return
        # PERF: as `set_data` does, which looks for the field in Werkzeug's way.
        if FINISHED.isdisjoint(names):
            headers._list.append(("Content-Length", str(len(response))))
            headers._known = AS_SENT
        else:
            headers["Content-Length"] = str(len(response))
        self.response = [response]

    def _take_body(self, response: Any) -> None:
        if response is None:
            self.response = []
        elif isinstance(response, (str, bytes, bytearray)):
            self.set_data(response)
        else:
            self.response = response

    def _take_headers(
        self, headers: Any, mimetype: str | None, content_type: str | None
    ) -> list[str]:
        """Return the names of the fields that were given, in lower case."""
        own: Any = headers
        if not isinstance(headers, WerkzeugHeaders):
            own = Headers(headers)
        self.headers = own
        names = [name.lower() for name, _ in own]
        if content_type is None:
            if mimetype is None and "content-type" not in names:
                mimetype = self.default_mimetype
            if mimetype is not None:
                content_type = type_field(mimetype)[1]
        if content_type is not None:
            own["Content-Type"] = content_type
        return names

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

    def _finished(self, environ: WSGIEnvironment) -> list[tuple[str, str]] | None:
        """Return the fields as they are sent with a body that is one piece of bytes.

        ``None`` where the body is another, or something more is to be done.
        """
        body = self.response
        headers = self.headers
        if (
            type(body) is not list
            or len(body) != 1
            or type(body[0]) is not bytes
            or type(headers) is not Headers
            or self._on_close
            or self._status_code in _BODYLESS
            or environ.get("REQUEST_METHOD") == "HEAD"
        ):
            return None
        fields = headers._list[:]
        if headers._known:
            return fields
        measured = False
        for name, _ in fields:
            lowered = name.lower()
            if lowered in FINISHED:
                if lowered != "content-length":
                    return None
                measured = True
        if not measured and self.automatically_set_content_length:
            fields.append(("Content-Length", str(len(body[0]))))
        return fields

    def _passed_on(self) -> list[tuple[str, str]] | None:
        """Return the fields as they are sent with a stream, or with a 304.

        ``None`` where something more is to be done.
        """
        headers = self.headers
        status = self._status_code
        if (
            type(headers) is not Headers
            or isinstance(self.response, (list, tuple))
            or (status in _BODYLESS and status != _NOT_MODIFIED)
        ):
            return None
        fields = headers._list[:]
        for name, _ in fields:
            lowered = name.lower()
            if lowered in FINISHED and lowered != "content-length":
                return None
        if status == _NOT_MODIFIED:
            return [
                field
                for field in fields
                if field[0].lower() == "expires" or not is_entity_header(field[0])
            ]
        return fields

    def iter_encoded(self) -> Iterator[bytes]:
        """Return an iterator of the body's pieces, as bytes.

        Those of an asynchronous iterable are waited for.
        """
        if hasattr(self.response, "__aiter__"):
            steps: Iterator[bytes] = late.iterate_blocking(self.response)
            return steps
        return super().iter_encoded()

    def set_data(self, value: bytes | bytearray | str) -> None:
        """Replace the body, and the field that says how long it is."""
        # PEP 3333 lets a server refuse anything but bytes, a bytearray, too.
        super().set_data(bytes(value) if isinstance(value, bytearray) else value)

    def call_on_close(self, func: Callable[[], Any]) -> Callable[[], Any]:
        """Call ``func()`` when the response is closed."""
        if not self._on_close:
            self._on_close = []
        self._on_close.append(func)
        return func

    @property
    def max_cookie_size(self) -> int:  # type: ignore[override]  # an attribute there
        """The size in bytes above which a cookie is warned of."""
        ctx = get_app_node()[0]
        if ctx is not None and ctx._live_app is not None:
            size: int = ctx._live_app.config["MAX_COOKIE_SIZE"]
            return size
        return WerkzeugResponse.max_cookie_size

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Send the response as a WSGI application does."""
        if self._plain:
            fields = self._finished(environ)
            if fields is not None:
                body: Any = self.response
                start_response(self._status, fields)
                return [body[0]]
            fields = self._passed_on()
            if fields is not None:
                app_iter: Iterable[bytes]
                if hasattr(self.response, "__aiter__") and ASYNC_BODY_KEY in environ:
                    is_empty = self._status_code in _BODYLESS or (
                        environ.get("REQUEST_METHOD") == "HEAD"
                    )
                    app_iter = environ[ASYNC_BODY_KEY](self, is_empty=is_empty)
                else:
                    app_iter = self.get_app_iter(environ)
                start_response(self._status, fields)
                return app_iter
        app_iter, status, headers = self.get_wsgi_response(environ)
        start_response(status, headers)
        return app_iter


# The steps of the long way: a class with one of another's is served that way.
_STEPS = {
    name: getattr(Response, name, None)
    for name in (
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
}
