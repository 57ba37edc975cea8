"""The request object: one attribute store per request, all else when touched.

Werkzeug's constructor computes eight attributes from the environ for every request.
Here they are :class:`~insula._core.lazy.lazy` attributes of the same names and values.
Source of the names: PEP 3333 (environ), RFC 9110 (fields).
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import BadRequest, ClientDisconnected
from werkzeug.formparser import FormDataParser
from werkzeug.wrappers import Request as WerkzeugRequest
from werkzeug.wsgi import LimitedStream

import insula.json
from insula._core.lazy import lazy
from insula.context.stacks import get_app_node
from insula.http.blueprint_path import split_blueprint_path
from insula.http.debug import attach_enctype_error
from insula.http.headers import EnvironHeaders
from insula.http.query import parse_pairs

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException
    from werkzeug.routing import Rule

    from insula._core.protocols import WSGIEnvironment

__all__ = ["Request"]


_new = object.__new__
_UNPARSED = WerkzeugRequest._cached_json
# In the place of the stream, once the body was read without one.
_READ = object()
# Of the length of a body that is read in one go; more of it is read block by block.
_WHOLE_DIGITS = 5


def _live_app() -> Any:
    # PERF: five of its configuration's values are read for one form.
    ctx = get_app_node()[0]
    return None if ctx is None else ctx._live_app


def _text(value: str) -> str:
    # A WSGI string holds bytes as Latin-1 (PEP 3333); what they spell is UTF-8.
    if value.isascii():
        return value
    return value.encode("latin-1").decode(errors="replace")


# PERF: these two are read by most requests; `lazy` alone takes a call more.
class _Args(lazy[Any]):
    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        if (
            instance.parameter_storage_class is not ImmutableMultiDict
            or not instance._reads_plainly
        ):
            return super().__get__(instance, owner)
        if instance._query_string is None:
            text = instance.environ.get("QUERY_STRING", "")
            if not text.isascii():
                text = instance.query_string.decode()
        else:
            text = instance._query_string.decode()
        args = instance.args = parse_pairs(text)
        return args


class _Headers(lazy[Any]):
    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        headers: Any = _new(EnvironHeaders)
        headers._list = []
        headers.environ = instance.environ
        instance.headers = headers
        return headers


class Request(WerkzeugRequest):
    """The request that is being answered; in views, the proxy ``request``.

    :param environ: the WSGI environ.
    :param populate_request: store the request in the environ.
    :param shallow: refuse to read the body.
    """

    json_module: Any = insula.json

    #: The rule that matched; ``None`` when none did.
    url_rule: Rule | None = None
    #: The values of the rule's variable parts; ``None`` when no rule matched.
    view_args: dict[str, Any] | None = None
    #: Why no rule matched.
    routing_exception: HTTPException | None = None

    _max_content_length: int | None = None
    _max_form_memory_size: int | None = None
    _max_form_parts: int | None = None
    _query_string: bytes | None = None
    _stream: Any = None
    _cached_data: Any = None
    shallow = False
    # Whether the body was parsed, so that there may be files to close.
    _has_form: bool
    # Whether it is left to this class how a body and the query are read.
    _reads_plainly = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._look_at_class()

    @classmethod
    def _look_at_class(cls) -> None:
        """Find out what a subclass overrides, or somebody has put in the class."""
        plainly = all(getattr(cls, name) is step for name, step in _READING.items())
        if cls._reads_plainly is not plainly:
            cls._reads_plainly = plainly

    def __init__(  # the base's work is done by the lazy attributes below
        self,
        environ: WSGIEnvironment,
        populate_request: bool = True,
        shallow: bool = False,
    ) -> None:
        self.environ = environ
        self._has_form = False
        self.method: str = environ.get("REQUEST_METHOD", "GET").upper()
        if shallow:
            self.shallow = True
        elif populate_request:
            environ["werkzeug.request"] = self

    @lazy
    def scheme(self) -> str:
        """The URL scheme: ``http`` or ``https``."""
        scheme: str = self.environ.get("wsgi.url_scheme", "http")
        return scheme

    @lazy
    def server(self) -> tuple[str, int | None] | None:
        """The server's address ``(host, port)``; ``(path, None)`` for a socket."""
        name = self.environ.get("SERVER_NAME")
        if name is None:
            return None
        try:
            return name, int(self.environ["SERVER_PORT"])
        except (KeyError, TypeError, ValueError):
            return name, None

    @lazy
    def root_path(self) -> str:
        """The path the application is mounted at, without a slash at the end."""
        return _text(self.environ.get("SCRIPT_NAME") or "").rstrip("/")

    @lazy
    def path(self) -> str:
        """The path below the mount, with one slash at the start."""
        return "/" + _text(self.environ.get("PATH_INFO") or "").lstrip("/")

    @lazy
    def remote_addr(self) -> str | None:
        """The address of the client."""
        return self.environ.get("REMOTE_ADDR")

    # PERF: Werkzeug's cached_property is a data descriptor, so that every read
    # calls it (200 ns); the same function in a `lazy` is called once.
    if not TYPE_CHECKING:
        cookies = lazy(WerkzeugRequest.cookies.fget)
        data = lazy(WerkzeugRequest.data.fget)
        full_path = lazy(WerkzeugRequest.full_path.fget)
        host = lazy(WerkzeugRequest.host.fget)
        url = lazy(WerkzeugRequest.url.fget)
        values = lazy(WerkzeugRequest.values.fget)

        args = _Args(WerkzeugRequest.args.fget)
        headers = _Headers(EnvironHeaders)

        @property
        def query_string(self) -> bytes:
            """The part of the URL after the question mark, as bytes."""
            if self._query_string is None:
                return self.environ.get("QUERY_STRING", "").encode("latin-1")
            return self._query_string

        @query_string.setter
        def query_string(self, value: bytes) -> None:
            self._query_string = value

        @lazy
        def form(self) -> ImmutableMultiDict[str, str]:
            """The fields of the form that is the body, without the files."""
            form = self._read_urlencoded()
            if form is None:
                self._load_form_data()
                return self.form
            return form

        @lazy
        def files(self) -> ImmutableMultiDict[str, Any]:
            """The uploaded files."""
            self._load_form_data()
            if "files" in self.__dict__:
                return self.files
            return self.parameter_storage_class()

        def get_data(
            self,
            cache: bool = True,
            as_text: bool = False,
            parse_form_data: bool = False,
        ) -> Any:
            """Return the body, as bytes or as text.

            :param cache: keep it for the next call.
            :param as_text: decode it as UTF-8; what is none is replaced.
            :param parse_form_data: parse it first where it is a form; then it is empty.
            """
            if cache and not parse_form_data and self._cached_data is None:
                self._cached_data = self._read_whole()
            if self._cached_data is not None and not as_text:
                return self._cached_data
            data: Any = super().get_data(cache, as_text, parse_form_data)
            return data

        @property
        def stream(self) -> IO[bytes]:
            """The body as a stream that ends where the body does."""
            stream = self._stream
            if stream is None:
                self._stream = stream = WerkzeugRequest.stream.fget(self)
            elif stream is _READ:
                length = self.content_length
                self._stream = stream = LimitedStream(self.input_stream, length)
                stream._pos = length
            return stream

        @stream.setter
        def stream(self, value: IO[bytes]) -> None:
            self._stream = value

    def _limit(self, own: int | None, key: str, default: int | None) -> int | None:
        if own is not None:
            return own
        app = _live_app()
        if app is None:
            return default
        limit: int | None = app.config[key]
        return limit

    @property
    def max_content_length(self) -> int | None:
        """The most bytes that are read of a body; beyond, 413 is raised.

        ``MAX_CONTENT_LENGTH`` of the configuration unless set on the request.
        """
        return self._limit(
            self._max_content_length,
            "MAX_CONTENT_LENGTH",
            WerkzeugRequest.max_content_length,
        )

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    @property
    def max_form_memory_size(self) -> int | None:
        """The most bytes that a form field which is no file may have.

        ``MAX_FORM_MEMORY_SIZE`` of the configuration unless set on the request.
        """
        return self._limit(
            self._max_form_memory_size,
            "MAX_FORM_MEMORY_SIZE",
            WerkzeugRequest.max_form_memory_size,
        )

    @max_form_memory_size.setter
    def max_form_memory_size(self, value: int | None) -> None:
        self._max_form_memory_size = value

    @property  # type: ignore[override]  # Werkzeug's is a plain class attribute
    def max_form_parts(self) -> int | None:
        """The most parts that a multipart body may have.

        ``MAX_FORM_PARTS`` of the configuration unless set on the request.
        """
        return self._limit(
            self._max_form_parts, "MAX_FORM_PARTS", WerkzeugRequest.max_form_parts
        )

    @max_form_parts.setter
    def max_form_parts(self, value: int | None) -> None:
        self._max_form_parts = value

    @property
    def endpoint(self) -> str | None:
        """The endpoint that matched; ``None`` when no rule did."""
        rule = self.url_rule
        return None if rule is None else rule.endpoint

    @property
    def blueprint(self) -> str | None:
        """The full dotted name of the blueprint the endpoint belongs to."""
        endpoint = self.endpoint
        if endpoint is not None and "." in endpoint:
            return endpoint.rpartition(".")[0]
        return None

    @property
    def blueprints(self) -> list[str]:
        """The names of the blueprint and of those it is nested in, inner first."""
        name = self.blueprint
        return [] if name is None else split_blueprint_path(name)

    def _read_whole(self) -> bytes | None:
        """Read a short body in one go; ``None`` where it is the stream that must."""
        environ = self.environ
        size = environ.get("CONTENT_LENGTH")
        if (
            not size
            or len(size) > _WHOLE_DIGITS
            or not size.isdecimal()  # it is Latin-1, which has no others
            or self._stream is not None
            or not self._reads_plainly
            or self.shallow
            or "wsgi.input_terminated" in environ
            or "HTTP_TRANSFER_ENCODING" in environ
        ):
            return None
        length = int(size)
        # PERF: as the property `max_content_length`.
        limit = self._max_content_length
        if limit is None and (app := _live_app()) is not None:
            limit = app.config["MAX_CONTENT_LENGTH"]
        if limit is not None and length > limit:
            return None
        source = environ["wsgi.input"]
        data = b""
        try:
            if length:
                data = source.read(length)
            while len(data) < length and (more := source.read(length - len(data))):
                data += more
        except (OSError, ValueError) as exc:
            raise ClientDisconnected from exc
        finally:
            if len(data) < length:
                # Who asks again is to hear it again, not that there is no more.
                self._stream = rest = LimitedStream(source, length)
                rest._pos = len(data)
        if len(data) < length:
            raise ClientDisconnected
        self._stream = _READ
        return data

    def _load_form_data(self) -> None:
        if "form" in self.__dict__:
            return
        form = self._read_urlencoded()
        if form is not None:
            self.form = form
            return
        self._has_form = True
        super()._load_form_data()
        # Werkzeug leaves it where it finds its own.
        stream = self.__dict__.pop("stream", None)
        if stream is not None:
            self._stream = stream
        app = _live_app()
        if (
            app is not None
            and app.debug
            and self.mimetype != "multipart/form-data"
            and not self.files
        ):
            attach_enctype_error(self)

    def _read_urlencoded(self) -> ImmutableMultiDict[str, str] | None:
        """Parse a plain form without a parser object; ``None`` for any other body."""
        app = _live_app()
        if (
            self.environ.get("CONTENT_TYPE") != "application/x-www-form-urlencoded"
            or not self._reads_plainly
            or self.form_data_parser_class is not FormDataParser
            or self.parameter_storage_class is not ImmutableMultiDict
            or (app is not None and app.debug)
        ):
            return None
        data = self._cached_data
        if data is None:
            data = self._read_whole()
        stream = self.stream if data is None else None
        try:
            if stream is not None:
                data = stream.read()
            return parse_pairs(data.decode())
        except ValueError:
            # As Werkzeug's parser has it: what is no text is no form.
            return ImmutableMultiDict()

    def get_json(
        self, force: bool = False, silent: bool = False, cache: bool = True
    ) -> Any:
        """Parse the body as JSON; nesting too deep for the parser is 400, too."""
        try:
            # PERF: what most calls are, without a question to a property.
            if (
                cache
                and self._reads_plainly
                and self._cached_json is _UNPARSED
                and self.environ.get("CONTENT_TYPE") == "application/json"
            ):
                data = self.get_data()
                try:
                    found = self.json_module.loads(data)
                except ValueError as exc:
                    if silent:
                        self._cached_json = (..., None)
                        return None
                    found = self.on_json_loading_failed(exc)
                    self._cached_json = (found, ...)
                else:
                    self._cached_json = (found, found)
                return found
            return super().get_json(force, silent, cache)
        except RecursionError:
            # A client's document did it; unmended it would be the server's error.
            if silent:
                return None
            error = ValueError("The document is nested too deeply to be parsed.")
            return self.on_json_loading_failed(error)

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        """Raise 400 (or 415); in debug mode with the parser's message."""
        try:
            return super().on_json_loading_failed(e)
        except BadRequest as error:
            # 415 says what is wrong to anybody; only 400's text is the parser's.
            app = _live_app()
            if type(error) is not BadRequest or (app is not None and app.debug):
                raise
            raise BadRequest from error

    def close(self) -> None:
        """Close the uploaded files."""
        if not self._has_form:
            return
        files = self.__dict__.get("files")
        if files:
            for _, uploads in files.lists():
                for upload in uploads:
                    upload.close()


# The steps of reading: a class with one of another's is asked for each.
_READING = {
    name: getattr(Request, name)
    for name in (
        "_get_stream_for_parsing",
        "_load_form_data",
        "content_length",
        "content_type",
        "form_data_parser_class",
        "get_data",
        "is_json",
        "make_form_data_parser",
        "max_content_length",
        "mimetype",
        "parameter_storage_class",
        "query_string",
        "stream",
        "want_form_data_parsed",
    )
}
