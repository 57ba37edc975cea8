"""The guard between Granian and a WSGI application: one request, made safe.

Rules of the file: `make_runner` builds the function that Granian calls for each
request, with everything that can be decided once decided outside it; a request that
needs none of the mending pays for none.

Theory. Granian calls `runner(protocol, environ)` on one of its threads with a fresh
dictionary and wants `protocol.response_bytes(code, headers, bytes)`, or
`response_iter` with an iterator of chunks. That seam lies below Granian's own WSGI
wrapper, whose copy of `os.environ` and loose `start_response` are not in the way at
all. What is mended, and where:

* The body of the request (`body`): lines, sizes, and an end before the declared length;
  `lateness` limits how long one that does not come is waited for.
* Every request runs in a `contextvars.Context` of its own, and so does each step of
  its body: the thread keeps nothing. An application that says it does that by itself
  (`isolates_requests = True`) is called directly.
* The head of a streamed response goes out with the first chunk that is not empty, as
  PEP 3333 asks: until then `start_response` may be called, or called again, and an
  error becomes a 500 with a body (`start`, `streaming`).
* A list goes out as one piece; so does an iterable whose first chunk is all that its
  Content-Length announced, and `close()` of either is called.
* A stream that fails after its head has gone must not look complete: `hangup` cuts the
  connection before the server can write the final chunk. With a Content-Length the
  server itself closes the connection.
* A request that `departures` has cancelled, since its client left, ends quietly.
* A header `Proxy` never becomes HTTP_PROXY; HTTP/1.0 is called by its name; a request
  that names no host (HTTP/1.0 may), several, or what is none (`host`) is a 400.

What the server has already lost when it calls us cannot be mended here. Of a header it
hands over only `HTTP_` and the name in capitals with underscores, so `X_Forwarded_For`
cannot be told from `X-Forwarded-For` (the later one stands): a proxy in front must drop
names with underscores, as nginx and Apache do by default. A request header value beyond
ASCII arrives empty, the path decoded (so there is no REQUEST_URI), the client's port
not at all.

Sources: PEP 3333; RFC 9112 §3.2 (Host), §7.1 and §8 (incomplete messages);
CVE-2016-5385 (HTTP_PROXY).
"""

from __future__ import annotations

import sys
from contextvars import Context
from typing import TYPE_CHECKING, Any, Protocol

from insula.servers.body import EMPTY_BODY, RequestBody
from insula.servers.departures import CLIENT_LEFT
from insula.servers.hangup import connection_facts
from insula.servers.host import KNOWN_HOSTS, is_host
from insula.servers.lateness import Lateness, TimedBody
from insula.servers.start import Start
from insula.servers.streaming import log_failure, stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Environ = dict[str, Any]
    Headers = list[tuple[str, str]]
    Application = Callable[[Environ, Any], Iterable[bytes]]
    Runner = Callable[["ResponseProtocol", Environ], int]

__all__ = ["ResponseProtocol", "base_environ", "make_runner"]

_CLIENT_CLOSED_REQUEST = 499  # as nginx has it in its log
_PLAIN = ("content-type", "text/plain; charset=utf-8")


class ResponseProtocol(Protocol):
    """What Granian hands us to answer one request."""

    def response_bytes(self, code: int, headers: Headers, body: bytes, /) -> None:
        """Send a whole response."""

    def response_iter(self, code: int, headers: Headers, body: Any, /) -> None:
        """Send a response chunk by chunk; returns when the body has ended."""


def base_environ(*, threads: int, processes: int, unix: bool) -> Environ:
    """Return the part of the environ that is the same for every request."""
    base: Environ = {
        "SCRIPT_NAME": "",
        "SERVER_SOFTWARE": "Insula",
        "wsgi.errors": sys.stderr,
        "wsgi.input": EMPTY_BODY,
        "wsgi.input_terminated": True,
        "wsgi.multiprocess": processes > 1,
        "wsgi.multithread": threads > 1,
        "wsgi.run_once": False,
        "wsgi.version": (1, 0),
    }
    if unix:
        # A Unix socket has no address; its path and port 0 would end up in URLs.
        base |= {"SERVER_NAME": "localhost", "SERVER_PORT": "80", "REMOTE_ADDR": ""}
    return base


def make_runner(application: Application, base: Environ, lateness: Lateness) -> Runner:
    """Return the function that answers one request with `application`."""
    isolates = getattr(application, "isolates_requests", False) is True

    def runner(protocol: ResponseProtocol, environ: Environ) -> int:
        # PERF: as `new_start` does, without its call (60 ns).
        start = Start()
        start.code = 0
        start.failed = start.sent = False
        start.written = context = None
        try:
            # PERF: `environ` is this request's own dictionary; completing it in place
            # is cheaper than joining two.
            raw = environ["wsgi.input"]
            environ.update(base)
            if (
                "CONTENT_LENGTH" in environ
                or "HTTP_TRANSFER_ENCODING" in environ
                or environ["SERVER_PROTOCOL"] != "HTTP/1.1"
            ):
                _complete(environ, raw, protocol, lateness)
            if "HTTP_PROXY" in environ:
                # A client could point the proxies of outgoing requests elsewhere.
                del environ["HTTP_PROXY"]
            if environ["HTTP_HOST"] not in KNOWN_HOSTS and not _names_host(environ):
                return _bad_request(protocol)
            if isolates:
                body = application(environ, start.declare)
            else:
                context = Context()
                body = context.run(application, environ, start.declare)
            # PERF: an exact list is what nearly every framework returns for a body that
            # it has; nothing to close, nothing to wait for.
            if type(body) is list and start.code and start.written is None:
                code = start.code
                data = body[0] if len(body) == 1 else b"".join(body)
                protocol.response_bytes(code, start.headers, data)
                return code
        except BaseException:  # noqa: BLE001 - the server's thread must survive anything
            return _server_error(protocol, environ)
        return stream(protocol, environ, start, body, context or Context())

    return runner


def _names_host(environ: Environ) -> bool:
    """Return whether the request names one host, or need not; then drop the name."""
    host: str = environ["HTTP_HOST"]
    if host or environ["SERVER_PROTOCOL"] != "HTTP/1.0":
        return is_host(host)
    del environ["HTTP_HOST"]
    return True


def _complete(
    environ: Environ, raw: Any, protocol: ResponseProtocol, lateness: Lateness
) -> None:
    """Mend what only requests with a body, or of another HTTP version, need."""
    if environ["SERVER_PROTOCOL"] == "HTTP/1":
        environ["SERVER_PROTOCOL"] = "HTTP/1.0"
    length = environ.get("CONTENT_LENGTH")
    if (
        length is not None
        or "HTTP_TRANSFER_ENCODING" in environ
        or environ["SERVER_PROTOCOL"] == "HTTP/2"
    ):
        timed = TimedBody(raw, lateness, protocol, connection_facts(environ))
        environ["wsgi.input"] = RequestBody(
            timed, None if length is None else int(length)
        )


def _bad_request(protocol: ResponseProtocol) -> int:
    body = b"Bad Request: a request must name one valid host (RFC 9112, 3.2).\n"
    protocol.response_bytes(400, [_PLAIN], body)
    return 400


def _server_error(protocol: ResponseProtocol, environ: Environ) -> int:
    """Log the exception being handled and answer 500 with a body."""
    from asyncio import CancelledError  # the engine has imported it

    if CLIENT_LEFT in environ and isinstance(sys.exc_info()[1], CancelledError):
        return _CLIENT_CLOSED_REQUEST  # nobody is there to answer
    log_failure(environ)
    protocol.response_bytes(500, [_PLAIN], b"Internal Server Error\n")
    return 500
