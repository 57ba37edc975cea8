"""Old ``werkzeug.contrib.iterio``: an iterable as a file, what writes as an iterator.

The second needs greenlet: the function goes on where the reader wants more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["IterI", "IterIO", "IterO"]


class IterIO:
    """``IterIO(iterable)`` is a file to read, ``IterIO(function)`` an iterator."""

    pos = 0
    closed = False

    def __new__(cls, obj: Any, sentinel: Any = "") -> Any:
        """Return the one or the other."""
        if cls is not IterIO:
            return object.__new__(cls)
        return IterI(obj, sentinel) if callable(obj) else IterO(obj, sentinel)

    def __iter__(self) -> Any:
        return self

    def tell(self) -> int:
        """Return how far it has been read or written."""
        self._refuse_closed()
        return self.pos

    def isatty(self) -> bool:
        """Tell that it is no terminal."""
        self._refuse_closed()
        return False

    def close(self) -> None:
        """Close it."""
        self.closed = True

    def _refuse_closed(self) -> None:
        if self.closed:
            raise ValueError("The stream is closed; make another.")


class IterI(IterIO):
    """Yields what a function writes into the file that it is handed."""

    def __new__(cls, func: Callable[[Any], Any], sentinel: Any = "") -> Any:
        """Return an iterator; the file is an object of this class."""
        import greenlet

        stream = object.__new__(cls)
        stream.sentinel = sentinel
        stream._buffer = []

        def run() -> None:
            func(stream)
            stream.flush()

        def pieces() -> Iterator[Any]:
            writer = greenlet.greenlet(run)
            stream._reader = greenlet.getcurrent()
            while not writer.dead:
                stream._reader = greenlet.getcurrent()
                piece = writer.switch()
                if piece:
                    yield piece

        stream._greenlet = greenlet
        return pieces()

    sentinel: Any
    _buffer: list[Any]
    _reader: Any
    _greenlet: Any

    def write(self, s: Any) -> None:
        """Write a piece; it is yielded with the next flush."""
        self._refuse_closed()
        if s:
            self.pos += len(s)
            self._buffer.append(s)

    def writelines(self, lines: Iterable[Any]) -> None:
        """Write some pieces."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Have what was written yielded."""
        self._refuse_closed()
        if self._buffer:
            data = self._buffer[0][:0].join(self._buffer)
            self._buffer = []
            self._reader.switch(data)


class IterO(IterIO):
    """A file to read and to seek in, of the pieces of an iterable."""

    def __init__(self, gen: Iterable[Any], sentinel: Any = "") -> None:
        self._pieces = iter(gen)
        self._read: Any = None
        self.sentinel = sentinel
        self.pos = 0

    def _have(self, end: int | None) -> Any:
        """Return what has been read once there is as much, or all."""
        parts = [] if self._read is None else [self._read]
        size = sum(map(len, parts))
        while end is None or size < end:
            piece = next(self._pieces, None)
            if piece is None:
                break
            parts.append(piece)
            size += len(piece)
        if parts:
            self._read = parts[0][:0].join(parts)
        return self.sentinel if self._read is None else self._read

    def seek(self, pos: int, mode: int = 0) -> None:
        """Go to a place."""
        self._refuse_closed()
        if mode == 2:  # noqa: PLR2004 - os.SEEK_END
            pos += len(self._have(None))
        elif mode == 1:
            pos += self.pos
        if pos < 0:
            raise OSError(f"There is no place {pos} in a stream; they begin at 0.")
        self.pos = pos

    def read(self, n: int = -1) -> Any:
        """Read so much, or all that is left."""
        self._refuse_closed()
        end = None if n is None or n < 0 else self.pos + n
        data = self._have(end)[self.pos : end]
        self.pos += len(data)
        return data

    def readline(self, length: int | None = None) -> Any:
        """Read a line, of at most so much."""
        self._refuse_closed()
        data = self._have(self.pos + 1)
        newline = "\n" if isinstance(data, str) else b"\n"
        place = data.find(newline, self.pos)
        size = len(data)
        while place < 0:
            data = self._have(size + 1)
            if len(data) == size:
                break
            place = data.find(newline, size)
            size = len(data)
        end = len(data) if place < 0 else place + 1
        if length is not None and length >= 0:
            end = min(end, self.pos + length)
        line = data[self.pos : end]
        self.pos += len(line)
        return line

    def readlines(self, sizehint: int = 0) -> list[Any]:
        """Read the lines that are left, until there is as much as hinted at."""
        total = 0
        lines: list[Any] = []
        while (line := self.readline()) and (not sizehint or total < sizehint):
            lines.append(line)
            total += len(line)
        return lines

    def __next__(self) -> Any:
        line = self.readline()
        if not line:
            raise StopIteration
        return line
