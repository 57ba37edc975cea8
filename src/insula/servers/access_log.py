"""The access log: a line for each request, in the logger ``insula.access``.

Rules of the file: nothing of a request reaches a terminal with control characters in
it, and none of it ends the quotes it stands in; what is switched off costs nothing,
the function that would log is not in the way.

Theory. Handing a line through :mod:`logging` takes longer than answering a request,
so where nobody but this module listens to the logger the line is written to the
stream of our own handler, under that handler's lock. Whether that is so is looked at
for each line: an application may configure logging at any time.

Sources: ECMA-48 (control sequences).
"""

from __future__ import annotations

import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any

from insula.servers.terminal import styled

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula.servers.guard import ResponseProtocol, Runner

    EntryLog = Callable[[str, str, str, str, str, int, float], None]

__all__ = ["entry_log", "logged", "prepare_access_log", "printable"]

_LOGGER = logging.getLogger("insula.access")
_COLOURS = {1: "cyan", 3: "cyan", 4: "yellow", 5: "red"}


if TYPE_CHECKING:
    _Handler = logging.StreamHandler[Any]
else:
    _Handler = logging.StreamHandler  # takes no parameter before Python 3.11


class _OwnHandler(_Handler):
    """The handler of a log that nobody has configured."""


def prepare_access_log() -> None:
    """Give the log a way out when the application has configured none."""
    if _LOGGER.level == logging.NOTSET:
        _LOGGER.setLevel(logging.INFO)
    if not _LOGGER.hasHandlers():
        _LOGGER.addHandler(_OwnHandler())


def printable(text: str) -> str:
    r"""Return text as a line may show it between quotes: what would not, as `\x..`."""
    # Where no UTF-8 is behind the WSGI string, its characters are shown as they are.
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode()
    if not text.isprintable():
        text = "".join(
            c if c.isprintable() else c.encode("unicode_escape").decode() for c in text
        )
    return text.replace('"', r"\x22")


def logged(runner: Runner) -> Runner:
    """Return the runner with a line per request in the log."""
    entry = entry_log()

    def logging_runner(protocol: ResponseProtocol, environ: dict[str, Any]) -> int:
        # NOTE: what middleware in the application may change, before it does.
        address = environ["REMOTE_ADDR"]
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        query = environ["QUERY_STRING"]
        began = time.perf_counter()
        code = runner(protocol, environ)
        entry(
            address,
            method,
            path,
            query,
            environ["SERVER_PROTOCOL"],  # which the guard has mended by now
            code,
            time.perf_counter() - began,
        )
        return code

    return logging_runner


def entry_log() -> EntryLog:
    """Return the function that writes one request's line.

    It takes the client's address, the method, the path as a WSGI string or as text, the
    query string, the version of the protocol, the status, and the seconds it took.
    """
    clock = _clock()
    paint = {
        kind: (styled("\0", fg=colour, bold=kind == 5 or None).split("\0"))  # noqa: PLR2004 - the 5xx class
        for kind, colour in _COLOURS.items()
    }
    plain = ("", "")

    def write_entry(
        address: str,
        method: str,
        path: str,
        query: str,
        version: str,
        code: int,
        seconds: float,
        /,
    ) -> None:
        request = f"{method} {path}?{query}" if query else f"{method} {path}"
        # PERF: one look here, and no call, for the usual one (15 ns of 1130).
        if not (request.isascii() and request.isprintable() and '"' not in request):
            request = printable(request)
        on, off = paint.get(code // 100, plain)
        _write(
            f'{address or "-"} [{clock()}] {on}"{request} {version}" {code}{off}'
            f" {seconds * 1000:.1f} ms"
        )

    return write_entry


def _write(line: str) -> None:
    handlers = _LOGGER.handlers
    if (
        len(handlers) == 1
        and type(handler := handlers[0]) is _OwnHandler
        and handler.lock is not None
        and not logging.root.handlers
        and not _LOGGER.filters
        and _LOGGER.isEnabledFor(logging.INFO)
    ):
        with handler.lock:
            handler.stream.write(line + "\n")
            handler.stream.flush()
    else:
        _LOGGER.info("%s", line)


def _clock() -> Callable[[], str]:
    """Return a function that tells the time of day; it formats it once a second."""
    kept = (0, "")

    def clock() -> str:
        nonlocal kept
        now = int(time.time())
        if kept[0] != now:
            kept = (now, time.strftime("%d/%b/%Y %H:%M:%S", time.localtime(now)))
        return kept[1]

    return clock
