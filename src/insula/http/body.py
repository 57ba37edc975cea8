"""How a request's body is read: in one go where it is short, as a stream, as a form.

A short body of a known length needs no stream around it; a plain form no parser object;
a JSON document no question to a property. What is not so plain is read Werkzeug's way,
and so is the body of a class that overrides a step of reading.

Sources: PEP 3333 (``wsgi.input``), RFC 9110, section 8.6 (Content-Length).
"""

from __future__ import annotations

from functools import partial
from typing import IO, TYPE_CHECKING, Any, Literal, overload

from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    RequestEntityTooLarge,
)
from werkzeug.formparser import FormDataParser
from werkzeug.wrappers import Request as WerkzeugRequest
from werkzeug.wsgi import LimitedStream

from insula._core.lazy import lazy
from insula._core.running import loops
from insula.context.stacks import get_app_node
from insula.http.awaited import (
    BODY_KEY,
    AsyncStream,
    PendingBody,
    awaitable,
    hand_out,
)
from insula.http.debug import attach_enctype_error
from insula.http.query import ImmutableMultiDict as OwnMultiDict
from insula.http.query import parse_pairs

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

    from insula.http.awaited import AwaitableBytes, AwaitableText, BodyStream

__all__ = ["UNPARSED", "BodyReader"]

#: What stands for a document that has not been parsed.
UNPARSED = WerkzeugRequest._cached_json
_set = object.__setattr__
# In the place of the stream, once the body was read without one.
_READ = object()
# What is there once either is.
_OF_FORM = frozenset({"form", "files"})
# Of the length of a body that is read in one go; more of it is read block by block.
_WHOLE_DIGITS = 5


def _live_app() -> Any:
    # PERF: five of its configuration's values are read for one form.
    ctx = get_app_node()[0]
    return None if ctx is None else ctx._live_app


def _awaitable(pairs: Any) -> Any:
    return OwnMultiDict(pairs) if type(pairs) is ImmutableMultiDict else pairs


class _AtMost(LimitedStream):
    """A body of no declared length: 413 where there is more of it than may be.

    Werkzeug's cuts it off without a word when it is read in one go, and refuses one
    that ends at the limit when it is read block by block.
    """

    def on_exhausted(self) -> None:
        """Raise 413 unless the body ends here."""
        if self._stream.read(1):
            raise RequestEntityTooLarge

    def readall(self) -> bytes:
        """Return the rest of the body."""
        data = b"" if self.is_exhausted else super().readall()
        if self.is_exhausted:
            self.on_exhausted()
        return data


class _Part(lazy[Any]):
    """A part of the body, kept once it is there."""

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        name = self._name
        if loops and not instance._reads_inline and loops[0]() is not None:
            value = hand_out(instance, name, lambda: getattr(instance, name))
            if type(value) is PendingBody:
                return value
        else:
            value = self._compute(instance)
        _set(instance, name, value)
        return value


class BodyReader(WerkzeugRequest):
    """The part of a request that reads its body."""

    _max_content_length: int | None = None
    _max_form_memory_size: int | None = None
    _max_form_parts: int | None = None
    _stream: Any = None
    _cached_data: Any = None
    shallow = False
    # Whether the body was parsed, so that there may be files to close.
    _has_form: bool
    # What parses the form as it comes.
    _feed: Any = None
    # Whether a value is being read that was asked for on an event loop.
    _reads_inline = False
    # Whether it is left to this class how a body and the query are read.
    _reads_plainly = True

    if TYPE_CHECKING:
        # To be awaited on an event loop, and used as they are anywhere else.

        @overload
        def get_data(
            self,
            cache: bool = ...,
            as_text: Literal[False] = ...,
            parse_form_data: bool = ...,
        ) -> AwaitableBytes: ...
        @overload
        def get_data(
            self,
            cache: bool = ...,
            as_text: Literal[True] = ...,
            parse_form_data: bool = ...,
        ) -> AwaitableText: ...
        def get_data(  # its text is below
            self, cache: bool = ..., as_text: bool = ..., parse_form_data: bool = ...
        ) -> AwaitableBytes | AwaitableText:
            """Return the body, as bytes or as text."""

        @property
        def data(self) -> AwaitableBytes:
            """The body, as bytes."""

        form: OwnMultiDict[str]
        files: OwnMultiDict[FileStorage]

        @property
        def stream(self) -> BodyStream:
            """The body as a stream that ends where the body does."""

    # PERF: Werkzeug's cached_property is a data descriptor, called at every read.
    if not TYPE_CHECKING:
        data = _Part(WerkzeugRequest.data.fget)

        @_Part
        def form(self) -> ImmutableMultiDict[str, str]:
            """Parse the fields of the form that is the body, without the files."""
            form = self._read_urlencoded()
            if form is None:
                self._load_form_data()
                return self.form
            return form

        @_Part
        def files(self) -> ImmutableMultiDict[str, Any]:
            """Parse the uploaded files."""
            self._load_form_data()
            if "files" in self.__dict__:
                return self.files
            return _awaitable(self.parameter_storage_class())

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
            if loops and not self._reads_inline and loops[0]() is not None:
                read = partial(self.get_data, cache, as_text, parse_form_data)
                return hand_out(self, "get_data()", read, flag=parse_form_data)
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
                stream = WerkzeugRequest.stream.fget(self)
                if type(stream) is LimitedStream and stream._limit_is_max:
                    stream = _AtMost(stream._stream, stream.limit, is_max=True)
                self._stream = stream
            elif stream is _READ:
                length = self.content_length
                self._stream = stream = LimitedStream(self.input_stream, length)
                stream._pos = length
            if loops and not self._reads_inline and loops[0]() is not None:
                return AsyncStream(self, stream)
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

    def _body_to_come(self, name: str) -> Any:
        """Return what brings the rest of the body; ``None`` where nobody need wait.

        :param name: what is to be read.
        """
        incoming = self.environ.get(BODY_KEY)
        if (
            incoming is None
            or (incoming.has_ended and not incoming.is_being_read)
            or self._cached_data is not None
            or (name in _OF_FORM and "form" in self.__dict__)
        ):
            return None
        return incoming

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
        feed, self._feed = self._feed, None
        if feed is None:
            super()._load_form_data()
        else:
            self.form, self.files = feed.finish()
        self.form = _awaitable(self.form)
        self.files = _awaitable(self.files)
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

    def _read_urlencoded(self) -> OwnMultiDict[str] | None:
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
            return OwnMultiDict()

    def get_json(
        self, force: bool = False, silent: bool = False, cache: bool = True
    ) -> Any:
        """Parse the body as JSON; nesting too deep for the parser is 400, too."""
        if loops and not self._reads_inline and loops[0]() is not None:
            read = partial(self._read_json, force, silent, cache)
            return hand_out(self, "get_json()", read, flag=force)
        try:
            # PERF: what most calls are, without a question to a property.
            if (
                cache
                and self._reads_plainly
                and self._cached_json is UNPARSED
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

    def _read_json(self, force: bool, silent: bool, cache: bool) -> Any:
        """Parse the body as JSON, such that the document can be awaited."""
        found = awaitable(self.get_json(force, silent, cache))
        if cache and isinstance(found, (dict, list)):
            # The same object for all, which they may write to.
            self._cached_json = (found, found)
        return found

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
        if self._feed is not None:
            self._feed.close()
        files = self.__dict__.get("files")
        if files:
            for _, uploads in files.lists():
                for upload in uploads:
                    upload.close()
