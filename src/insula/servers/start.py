"""What an application announces its response to: PEP 3333's `start_response`.

Rules of the file: one `Start` per request, made cheaply (`new_start`, and the guard in
its place, set the fields: a class with an `__init__` is slower to call); what the
server below cannot carry is mended or said here, never lost in silence.

Theory. The server takes status and headers together with the body, so a `Start` only
remembers them. An application may call again with `exc_info` until the first byte has
gone; `sent` is set by the guard at that moment. Calling again without `exc_info`
before anything was sent replaces the response: WSGI middleware that shows an error
page relies on it. The reason phrase of the status cannot be carried: Granian takes a
number and writes the registered phrase (RFC 9112 §4 tells clients to ignore it,
HTTP/2 has none).

The framing of the body is the server's: with a Transfer-Encoding of the application's
the response would be lost, so that is left out (PEP 3333 forbids such headers). Granian
drops a header whose name is none without a word; here that is an error. So is a status
below 200, which cannot be the final one. Names found good are kept, as they were
written, in a set with a ceiling.

A header value goes out only when it is printable ASCII: Granian drops any other
header without a word (a Set-Cookie, say). Values that are URLs are percent-encoded;
in others the characters are replaced, and that is logged with the header's name.
"""

from __future__ import annotations

import logging
import string
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
    Headers = list[tuple[str, str]]

__all__ = ["Start", "new_start"]

_LOGGER = logging.getLogger("insula.server")
_URL_HEADERS = frozenset({"location", "content-location", "link", "refresh"})
_CODES: dict[str, int] = {}
_CODES_KEPT = 256
_LOWEST, _HIGHEST = 200, 999
_NAMES: set[str] = set()
"""Names of headers known to be good, as they were written."""
_NAMES_KEPT = 256
_TOKEN = frozenset("!#$%&'*+-.^_`|~" + string.digits + string.ascii_letters)
_WARNED: set[str] = set()


class Start:
    """The status and headers of one response, as the application declared them.

    Called, it is the `write` that PEP 3333 has `start_response` return.
    """

    # PERF: slots that are set, not defaults of the class: those are 35 ns a look.
    __slots__ = ("code", "failed", "headers", "sent", "written")

    code: int
    """The status code; 0 until the application has declared one."""
    headers: Headers
    sent: bool
    """Whether the head has gone to the client and can no longer change."""
    failed: bool
    """Whether a response was declared too late to be sent."""
    written: list[bytes] | None
    """What was passed to `write`, to go out before the iterable's chunks."""

    def declare(
        self, status: str, headers: Headers, exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], Any]:
        """Be the `start_response` of PEP 3333: remember the head, return `write`."""
        if self.sent:
            self._refuse(status, exc_info)
        try:
            code = _CODES[status]
        except KeyError:
            code = _parse_status(status)
        for name, value in headers:
            # PERF: a name seen before costs one look into a set (14 ns of 53 each).
            if name not in _NAMES or not (value.isascii() and value.isprintable()):
                headers = _mended(headers)
                break
        # NOTE: both or, where one is refused, neither.
        self.code = code
        self.headers = headers
        # PERF: no bound method, which nearly every application would throw away.
        return self

    def __call__(self, data: bytes, /) -> None:
        """Keep `data` to be sent before the chunks of the iterable."""
        if self.written is None:
            self.written = []
        self.written.append(data)

    def _refuse(self, status: str, exc_info: ExcInfo | None) -> None:
        self.failed = True
        if exc_info is not None:
            try:
                raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # the frame must not keep the traceback alive
        raise RuntimeError(
            f"start_response({status!r}, ...) was called after {self.code} had been"
            " sent; declare the response before the first chunk of the body."
        )


def new_start() -> Start:
    """Return one to which nothing has been declared."""
    start = Start()
    start.code = 0
    start.failed = start.sent = False
    start.written = None
    return start


def _parse_status(status: str) -> int:
    """Return the number that a status line such as "404 Not Found" begins with."""
    number = status[:3]
    if not (
        number.isascii()
        and number.isdigit()
        and _LOWEST <= int(number) <= _HIGHEST
        and status[3:4] in {"", " "}
    ):
        raise ValueError(
            f"Status {status!r} does not begin with a number from {_LOWEST} to"
            f" {_HIGHEST} and a space (below {_LOWEST} no response is final); pass a"
            " status such as '200 OK'."
        )
    if len(_CODES) < _CODES_KEPT:
        _CODES[status] = int(number)
    return int(number)


def _mended(headers: Headers) -> Headers:
    """Return the headers with every value in a form that reaches the client."""
    mended = []
    for name, value in headers:
        if name not in _NAMES and not _is_for_us(name):
            continue
        if value.isascii() and value.isprintable():
            mended.append((name, value))
        elif "\n" in value or "\r" in value or "\0" in value:
            raise ValueError(
                f"Header {name!r} holds a line break or NUL: {value!r}; a header is one"
                " line, remove it."
            )
        elif name.lower() in _URL_HEADERS:
            mended.append((name, _percent_encoded(value)))
        else:
            mended.append((name, _replaced(name, value)))
    return mended


def _is_for_us(name: str) -> bool:
    """Return whether a header may be sent; raise when its name is none."""
    if not isinstance(name, str) or not name or not _TOKEN.issuperset(name):
        raise ValueError(
            f"Header name {name!r} is not one that HTTP knows (RFC 9110, 5.1): pass a"
            " text of ASCII letters, digits and hyphens, such as 'X-Name'."
        )
    if name.lower() == "transfer-encoding":
        if not _WARNED:
            _WARNED.add(name)
            _LOGGER.warning(
                "Header %r is left out of the response: how it is framed is the"
                " server's to say (PEP 3333). Do not set it.",
                name,
            )
        return False
    if len(_NAMES) < _NAMES_KEPT:
        _NAMES.add(name)
    return True


def _percent_encoded(value: str) -> str:
    # A WSGI string carries bytes as latin-1 characters; beyond that it is plain text.
    encoding = "latin-1" if max(value) <= "\xff" else "utf-8"
    return quote(value, safe="!#$%&'()*+,/:;=?@[]~<> \"", encoding=encoding)


def _replaced(name: str, value: str) -> str:
    clean = "".join(
        c if c == "\t" or (c.isascii() and c.isprintable()) else "?" for c in value
    )
    if clean != value:
        _LOGGER.warning(
            "Header %r holds characters that the server cannot send (%r); they were"
            " replaced by '?'. Encode them, for example as RFC 8187 says.",
            name,
            value,
        )
    return clean
