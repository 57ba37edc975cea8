"""Server-sent events: what is sent of one, and how it is written.

Rules of the file: whatever an event holds, it stays one event. A line break in its data
begins a new line of data, whichever of the three it is; where the format has no way to
carry one, in a name or an id, it is refused.

Sources: WHATWG HTML, "Server-sent events", 9.2.5 and 9.2.6.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HEARTBEAT", "ServerSentEvent", "check_retry", "encode_event"]

#: A comment, which a client reads over: it shows that the stream is alive.
HEARTBEAT = b":\n\n"

_LINE_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class ServerSentEvent:
    """One event of a stream, to be yielded to :func:`insula.send_events`.

    :param data: text, or anything that JSON can say; ``None`` for no data, which a
        browser takes for no event: it keeps ``id`` and ``retry``.
    :param event: the name that a browser listens to; by default ``message``.
    :param id: what a browser sends back as ``Last-Event-ID`` when it connects again.
    :param retry: how many milliseconds it is to wait before it does.
    :param comment: for whoever reads the stream itself.
    """

    data: Any = None
    event: str | None = None
    id: str | None = None
    retry: int | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        _check_line("event", self.event)
        _check_line("id", self.id)
        if self.id is not None and "\0" in self.id:
            raise ValueError(
                f"The id {self.id!r} of an event holds a NUL, and browsers ignore such"
                " an id; leave it out."
            )
        check_retry(self.retry)


def _check_line(name: str, value: str | None) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        raise TypeError(
            f"The {name} of an event must be text, and {value!r} is not; use"
            f" str({value!r})."
        )
    if _LINE_BREAK.search(value) is not None:
        raise ValueError(
            f"The {name} {value!r} of an event holds a line break, which would begin a"
            " field of somebody else's; remove it."
        )


def check_retry(retry: int | None) -> None:
    """Refuse what is no number of milliseconds."""
    if retry is None:
        return
    if not isinstance(retry, int) or isinstance(retry, bool) or retry < 0:
        raise ValueError(
            f"retry={retry!r} of an event must be a whole number of milliseconds, not"
            " less than 0."
        )


def encode_event(item: Any, dumps: Callable[[Any], str]) -> bytes:
    """Return an item of a stream as it is sent.

    :param item: a :class:`ServerSentEvent`, text, or what ``dumps`` makes text of.
    """
    if not isinstance(item, ServerSentEvent):
        lines = _lines("data", item if isinstance(item, str) else dumps(item))
        return _joined(lines)
    lines = []
    if item.comment is not None:
        lines += _lines("", item.comment)
    if item.event is not None:
        lines.append(f"event: {item.event}")
    if item.id is not None:
        lines.append(f"id: {item.id}")
    if item.retry is not None:
        lines.append(f"retry: {item.retry}")
    if item.data is not None:
        data = item.data
        lines += _lines("data", data if isinstance(data, str) else dumps(data))
    return _joined(lines) if lines else HEARTBEAT


def _lines(name: str, text: str) -> list[str]:
    # A client takes one space off, so one that belongs to the text is kept.
    return [f"{name}: {line}" for line in _LINE_BREAK.split(text)]


def _joined(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n\n").encode()
