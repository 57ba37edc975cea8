"""The body of a request, received before a coroutine could wait for it on the loop.

Rules of the file: an application notices nothing but that reading is quick: how much
may be read, what an incomplete body raises, and that reading is what raises it, stay as
they are.

Theory. Under WSGI a coroutine that reads the body waits for it without giving way, and
with it every other coroutine of the process; a client that announces ten bytes and
keeps them could stop them all. So a body that is declared to be short is received on
the request's own thread, before the first coroutine of the request is sent to the
loop. A long one, which may be meant to be read piece by piece, is not, nor is one
that is refused for its length as soon as somebody asks for it, nor one that the client
sends only when it is asked for.

Sources: PEP 3333 (``wsgi.input``); RFC 9110 §10.1.1 (Expect).
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

__all__ = ["AHEAD", "Failed", "receive_ahead"]

AHEAD = 1 << 16
"""The most bytes of a body that are received before the application asks for them."""

_DIGITS = len(str(AHEAD))


class Failed:
    """A body that could not be received: who reads it hears why."""

    def __init__(self, error: Exception) -> None:
        self._error = error
        self._traceback = error.__traceback__

    def read(self, size: int | None = -1, /) -> bytes:
        """Raise what receiving the body raised."""
        del size
        raise self._error.with_traceback(self._traceback)

    readline = read

    def readlines(self, hint: int | None = -1, /) -> list[bytes]:
        """Raise what receiving the body raised."""
        return [self.read(hint)]

    def __iter__(self) -> Any:
        return iter(self.readlines())


def receive_ahead(request: Any) -> None:
    """Receive the body of a request where it is short and nobody has begun to."""
    environ = request.environ
    declared = environ.get("CONTENT_LENGTH") or ""
    source = environ.get("wsgi.input")
    if (
        type(source) is BytesIO
        or type(source) is Failed
        or source is None
        or len(declared) > _DIGITS
        or not (declared.isascii() and declared.isdecimal())
        or int(declared) > AHEAD
        or "HTTP_TRANSFER_ENCODING" in environ
        or "HTTP_EXPECT" in environ
        or getattr(request, "_stream", None) is not None
        or request.shallow
    ):
        return
    length = int(declared)
    limit = request.max_content_length
    if limit is not None and length > limit:
        return
    environ["wsgi.input"] = _received(source, length)


def _received(source: Any, length: int) -> BytesIO | Failed:
    body = BytesIO()
    try:
        while (left := length - body.tell()) and (data := source.read(left)):
            body.write(data)
    except Exception as exc:  # noqa: BLE001 - it is raised where the body is read
        return Failed(exc)
    body.seek(0)
    return body
