"""What a response begins with: status and headers, checked before they are sent.

Rules of the file: what the server below cannot carry is said, or left out with a
warning, never lost in silence; the names found good are kept, as they were written, in
a set with a ceiling.

Theory. Granian takes the head as it is and answers what is wrong with it by an error
that does not say what, or, for an impossible status, by a panic. How a body is framed
is the server's to say. A head is kept until the first piece of the body, so that an
application that fails in between gets a 500; that of an event stream goes out at once.

Sources: RFC 9110 §5.1 (names), §5.5 (values), §15 (status codes).
"""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

from insula.servers.asgi.exchange import LOGGER

if TYPE_CHECKING:
    Message = dict[str, Any]

__all__ = ["Head", "explained"]

_LOWEST, _HIGHEST = 200, 999
_KNOWN: set[bytes] = set()
_KNOWN_MAX = 256
_TOKEN = frozenset(("!#$%&'*+-.^_`|~" + string.digits + string.ascii_letters).encode())
_SIZE = b"content-length"
_KIND = b"content-type"
_FRAMING = b"transfer-encoding"
_WARNED: set[str] = set()


class Head:
    """The head of one response."""

    __slots__ = ("headers", "is_event_stream", "is_sized", "status")

    def __init__(self, message: Message) -> None:
        self.status = _status(message)
        self.is_sized = self.is_event_stream = False
        headers = message.get("headers") or ()
        for name, value in headers:
            # PERF: a name seen before costs one look into a set, and no call.
            if name in _KNOWN:
                continue
            if name == _KIND:
                # NOTE: as the server below asks; it then sends the head at once.
                self.is_event_stream = bytes(value).startswith(b"text/event-stream")
            elif name == _SIZE:
                self.is_sized = True
            else:
                headers = self._looked_at(headers)
                break
        self.headers = headers

    def _looked_at(self, headers: Any) -> list[tuple[bytes, bytes]]:
        """Return the headers that may be sent; note what they say about the body."""
        kept = []
        for given, value in headers:
            if given in _KNOWN:
                kept.append((given, value))
                continue
            if not _is_name(given):
                raise ValueError(
                    f"Header name {given!r} is not one that HTTP knows (RFC 9110,"
                    " 5.1): send bytes of ASCII letters, digits and hyphens, such as"
                    " b'x-name'."
                )
            name = given.lower()
            if name == _FRAMING:
                _warn_of_framing()
                continue
            if name == _SIZE:
                self.is_sized = True
            elif name == _KIND:
                self.is_event_stream = bytes(value).startswith(b"text/event-stream")
            elif len(_KNOWN) < _KNOWN_MAX:
                _KNOWN.add(given)
            kept.append((given, value))
        return kept


def _is_name(name: object) -> bool:
    return isinstance(name, bytes) and bool(name) and set(name) <= _TOKEN


def _status(message: Message) -> int:
    status = message.get("status")
    if isinstance(status, int) and _LOWEST <= status <= _HIGHEST:
        return int(status)
    raise ValueError(
        f"Status {status!r} is not a number from {_LOWEST} to {_HIGHEST} (below"
        f" {_LOWEST} no response is final); send a status such as 200."
    )


def _warn_of_framing() -> None:
    if not _WARNED:
        _WARNED.add("framing")
        LOGGER.warning(
            "A transfer-encoding header is left out of the response: how it is framed"
            " is the server's to say. Do not send it."
        )


def explained(headers: Any, exc: BaseException) -> ValueError:
    """Return the error that says which header the server has refused."""
    for name, value in headers:
        if not isinstance(value, (bytes, bytearray)):
            return ValueError(
                f"Header {name!r} has the value {value!r}, which is not bytes; encode"
                " it."
            )
        if any((byte < 0x20 and byte != 0x09) or byte == 0x7F for byte in value):  # noqa: PLR2004 - the control characters
            return ValueError(
                f"Header {name!r} holds a control character: {bytes(value)!r}; a header"
                " is one line of text, remove it."
            )
    return ValueError(f"The server refused the head of the response: {exc!r}")
