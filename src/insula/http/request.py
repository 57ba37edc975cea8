"""The request object: one attribute store per request, all else when touched.

Werkzeug's constructor computes eight attributes from the environ for every request.
Here they are :class:`~insula._core.lazy.lazy` attributes of the same names and values.
Source of the names: PEP 3333 (environ), RFC 9110 (fields).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Request as WerkzeugRequest

import insula.json
from insula._core.lazy import lazy, yielding
from insula.http.blueprint_path import split_blueprint_path
from insula.http.body import BodyReader
from insula.http.headers import EnvironHeaders
from insula.http.query import parse_pairs

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException
    from werkzeug.routing import Rule

    from insula._core.protocols import WSGIEnvironment

__all__ = ["Request"]


_new = object.__new__


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
        headers.environ = instance.environ
        instance.headers = headers
        return headers


class Request(BodyReader):
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

    _query_string: bytes | None = None

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

    @yielding
    def last_event_id(self) -> str | None:
        """Return the id of the last server-sent event that the client says it has.

        A browser sends it when it connects to a stream again.
        """
        value = self.environ.get("HTTP_LAST_EVENT_ID")
        return None if value is None else _text(value)

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
