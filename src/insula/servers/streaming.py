"""A response body that is not one list: first chunk, steps, end, and failure.

Rules of the file: every step of the body and its `close()` run in the request's own
context; `close()` runs exactly once, however the body ends; a failure is logged
exactly once, and never looks like a complete response.

Theory. `stream` pulls chunks until one is not empty: only then is the head fixed. It
hands the rest to the server as a `_Steps`, whose `__next__` the server calls on this
very thread while the client keeps up, and whose `close` it calls at the end or when
the client has left.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from insula.servers.hangup import Hangup, connection_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextvars import Context

    from insula.servers.start import Start

__all__ = ["log_failure", "stream"]

_LOGGER = logging.getLogger("insula.server")
_PLAIN = ("content-type", "text/plain; charset=utf-8")


def stream(
    protocol: Any, environ: dict[str, Any], start: Start, body: Any, context: Context
) -> int:
    """Send `body`, whatever kind of iterable it is, and close it; return the status."""
    try:
        if isinstance(body, (list, tuple)):
            steps, first = iter(()), b"".join(body)
        else:
            steps = context.run(iter, body)
            first = _first_chunk(context, start, steps)
        if not start.code:
            raise RuntimeError(  # noqa: TRY301 - one way out for all that fails here
                "The application returned its body without calling start_response;"
                " call it before the first chunk."
            )
        if start.written is not None:
            first = b"".join(start.written) + first
    except BaseException:  # noqa: BLE001 - the server's thread must survive anything
        log_failure(environ)
        _close(environ, context, body)
        protocol.response_bytes(500, [_PLAIN], b"Internal Server Error\n")
        return 500
    start.sent = True
    if isinstance(body, (list, tuple)) or len(first) == _declared(start):
        protocol.response_bytes(start.code, start.headers, first)
        _finish(environ, context, steps)
        _close(environ, context, body)
    else:
        rest = _Steps(environ, start, body, steps, first, context)
        protocol.response_iter(start.code, start.headers, rest)
    return start.code


def _first_chunk(context: Context, start: Start, steps: Iterator[bytes]) -> bytes:
    """Return the first chunk that is not empty, or b"" at the end."""
    while True:
        try:
            chunk: bytes = context.run(next, steps)
        except StopIteration:
            return b""
        if chunk or start.written:
            return chunk


def _finish(environ: dict[str, Any], context: Context, steps: Iterator[bytes]) -> None:
    """Let a generator run to its end after its last chunk, as any server would."""
    try:
        while not context.run(next, steps):
            pass
    except StopIteration:
        pass
    except BaseException:  # noqa: BLE001 - logged; the response has gone out
        log_failure(environ)


def _declared(start: Start) -> int:
    """Return the Content-Length that the application declared, or -1."""
    for name, value in start.headers:
        if name.lower() == "content-length":
            return int(value) if value.isdigit() else -1
    return -1


class _Steps:
    """The body as the server iterates it; see the module's theory."""

    __slots__ = (
        "_body",
        "_context",
        "_environ",
        "_first",
        "_hangup",
        "_start",
        "_steps",
    )

    def __init__(
        self,
        environ: dict[str, Any],
        start: Start,
        body: Any,
        steps: Iterator[bytes],
        first: bytes,
        context: Context,
    ) -> None:
        self._environ = environ
        self._start = start
        self._body = body
        self._steps = steps
        self._first: bytes | None = first
        self._context = context
        self._hangup: Hangup | None = None

    def __next__(self) -> bytes:
        if self._first is not None:
            first, self._first = self._first, None
            if first:
                return first
        if self._hangup is not None:
            return self._cut()
        try:
            chunk: object = self._context.run(next, self._steps)
        except StopIteration:
            if not self._start.failed:
                raise
            # Someone between us and the application swallowed what went wrong.
            return self._begin_cut()
        except BaseException:  # noqa: BLE001 - logged; the connection is cut instead
            log_failure(self._environ)
            return self._begin_cut()
        if isinstance(chunk, bytes):
            return chunk
        _LOGGER.error(
            "The body of %r yielded %s; a chunk must be bytes.",
            self._environ.get("PATH_INFO"),
            type(chunk).__name__,
        )
        return self._begin_cut()

    def close(self) -> None:
        """Close the application's body, once."""
        body, self._body = self._body, None
        if self._hangup is not None:
            self._hangup.close()
        if body is not None:
            _close(self._environ, self._context, body)

    def _begin_cut(self) -> bytes:
        """Fail the stream: by itself when its length is declared, else by cutting."""
        if _declared(self._start) >= 0:
            raise StopIteration
        self._hangup = Hangup(connection_facts(self._environ))
        return self._cut()

    def _cut(self) -> bytes:
        assert self._hangup is not None  # noqa: S101 - for the type checker
        marker = self._hangup.step()
        if marker is None:
            raise StopIteration
        return marker


def _close(environ: dict[str, Any], context: Context, body: Any) -> None:
    close: Callable[[], Any] | None = getattr(body, "close", None)
    if close is None:
        return
    try:
        context.run(close)
    except BaseException:  # noqa: BLE001 - logged; the response has gone out
        log_failure(environ)


def log_failure(environ: dict[str, Any]) -> None:
    """Log the exception being handled, its traceback, and the request it ended."""
    _LOGGER.exception(  # noqa: LOG004 - called where one is being handled
        "Exception on %r [%s]",
        environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""),
        environ.get("REQUEST_METHOD"),
    )
