"""What is waited for on an event loop before a body is read there by a thread.

Rules of the file: a thread that reads finds there what it reads, so that no client,
however slow, holds one; a multipart form is parsed as it comes; whatever a request's
class does in its own way is left to it, on a thread that may wait.

Theory. A body that is wanted as a whole gathers in memory, as it would where it is
read, up to the byte that shows that it is too long. Of a multipart form one block after
another is awaited and then parsed on a thread, for a part that is large is written to
disk. The blocks are as large as those by which Werkzeug's parser reads, so that its
limits, some of which are checked block by block, hold for the same forms. A form that
nobody goes on to wait for stays as far as it has been parsed, for who asks next.

Sources: RFC 7578 (multipart/form-data); Werkzeug 3.1, ``werkzeug.sansio.multipart``.
"""

from __future__ import annotations

import sys
from typing import IO, TYPE_CHECKING, Any

from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser, MultiPartParser
from werkzeug.sansio.multipart import (
    Data,
    Epilogue,
    Field,
    File,
    MultipartDecoder,
    NeedData,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FORM_BLOCK", "FormFeed", "arrive", "arrive_block"]

#: Bytes that are parsed in one go.
FORM_BLOCK = 1 << 16
_MULTIPART = "multipart/form-data"
_URLENCODED = "application/x-www-form-urlencoded"


async def arrive(request: Any, incoming: Any, name: str, *, flag: bool) -> bool:
    """Wait for what reading needs; tell whether it need not wait any more.

    :param name: what is to be read.
    :param flag: of ``get_data()``, whether a form is parsed first; of ``get_json()``,
        whether the content type does not matter.
    """
    if not request._reads_plainly:
        return False
    if request._cached_data is not None or request.shallow:
        return True
    is_whole = name in {"get_data()", "data"}
    is_form = flag if name == "get_data()" else name in {"data", "files", "form"}
    if name == "get_json()":
        is_whole = flag or request.is_json
    if request._feed is not None or (
        is_form and "form" not in request.__dict__ and request.mimetype == _MULTIPART
    ):
        if not await _parse(request, incoming):
            return False
    elif is_whole or (is_form and request.mimetype == _URLENCODED):
        length, most = request.content_length, request.max_content_length
        if length is None:
            length = sys.maxsize if most is None else most + 1
        elif most is not None and length > most:
            return True  # it is refused unread
        await incoming.until(length)
    return True


async def arrive_block(request: Any, incoming: Any, size: int) -> None:
    """Wait for so much of the body that reading ``size`` bytes does not."""
    length = request.content_length
    # One more, for who has to find out whether there is more than there may be.
    needed = incoming.taken + size + 1
    await incoming.until(needed if length is None else min(needed, length))


async def _parse(request: Any, incoming: Any) -> bool:
    feed = await incoming.work(_feed_of, request)
    if feed is None:
        return False
    while not await incoming.work(_go_on, request, feed, incoming):
        await arrive_block(request, incoming, FORM_BLOCK)
    return True


def _go_on(request: Any, feed: FormFeed, incoming: Any) -> bool:
    try:
        return feed.parse(incoming, request.content_length)
    except BaseException:
        # Who asks again is told again, not handed a part of a form.
        request._feed = None
        raise


def _feed_of(request: Any) -> FormFeed | None:
    """Return what parses a request's form; ``None`` where it cannot be fed."""
    feed: FormFeed | None = request._feed
    if feed is None:
        parser = request.make_form_data_parser()
        boundary = request.mimetype_params.get("boundary", "")
        if type(parser) is not FormDataParser or not (boundary and boundary.isascii()):
            return None
        stream = request._get_stream_for_parsing()
        feed = FormFeed(parser, stream, boundary.encode(), request.content_length)
        request._feed = feed
        request._has_form = True
    return feed


class FormFeed:
    """A multipart form, as far as it has come."""

    def __init__(
        self,
        parser: FormDataParser,
        stream: IO[bytes],
        boundary: bytes,
        length: int | None,
    ) -> None:
        most = parser.max_form_memory_size
        self._make = parser.cls
        self._is_silent = parser.silent
        self._most = most
        self._length = length
        self._stream = stream
        self._tools = MultiPartParser(stream_factory=parser.stream_factory)
        self._decoder = MultipartDecoder(
            boundary, most, max_parts=parser.max_form_parts
        )
        self._part: Any = None
        self._file: IO[bytes] | None = None
        self._pieces: list[bytes] = []
        self._size = 0
        self._fields: list[tuple[str, str]] = []
        self._files: list[tuple[str, FileStorage]] = []
        self._is_complete = False

    def parse(self, incoming: Any, length: int | None) -> bool:
        """Parse the blocks that are there; tell whether the form is complete."""
        self._parse(lambda: incoming.has(FORM_BLOCK + 1, length))
        return self._is_complete

    def finish(self) -> tuple[Any, Any]:
        """Return fields and files, having waited for what is still to come."""
        self._parse(lambda: True)
        return self._make(self._fields), self._make(self._files)

    def close(self) -> None:
        """Close what files there are."""
        self._is_complete = True
        for _, upload in self._files:
            upload.close()
        if self._file is not None:
            self._file.close()

    def _parse(self, may_read: Callable[[], bool]) -> None:
        try:
            while not self._is_complete and may_read():
                self._take(self._stream.read(FORM_BLOCK))
        except ValueError:
            self.close()
            self._fields, self._files = [], []
            if not self._is_silent:
                raise
        except BaseException:
            self.close()
            raise

    def _take(self, data: bytes) -> None:
        decoder = self._decoder
        decoder.receive_data(data or None)
        while True:
            event = decoder.next_event()
            if isinstance(event, Data):
                self._add(event.data)
                if not event.more_data:
                    self._end()
            elif isinstance(event, (Field, File)):
                self._begin(event)
            elif isinstance(event, (Epilogue, NeedData)):
                break
        self._is_complete = not data

    def _begin(self, part: Field | File) -> None:
        self._part = part
        self._size = 0
        if isinstance(part, File):
            self._file = self._tools.start_file_streaming(part, self._length)

    def _add(self, data: bytes) -> None:
        if self._file is not None:
            self._file.write(data)
            return
        self._size += len(data)
        if self._most is not None and self._size > self._most:
            raise RequestEntityTooLarge
        self._pieces.append(data)

    def _end(self) -> None:
        part, file = self._part, self._file
        if file is None:
            charset = self._tools.get_part_charset(part.headers)
            value = b"".join(self._pieces).decode(charset, "replace")
            self._fields.append((part.name, value))
            self._pieces = []
            return
        self._file = None
        file.seek(0)
        upload = FileStorage(file, part.filename, part.name, headers=part.headers)
        self._files.append((part.name, upload))
