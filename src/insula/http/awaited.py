"""A body's values for code on an event loop: to be awaited, or there already.

On an event loop a body must not be waited for, so it is read by
``await request.get_data()``, ``await request.get_json()``, ``await request.form`` and
``await request.files``. What is handed out is one of two:

* The body has come. Then it is the value itself, of a class that can be awaited, too:
  code that was written for Flask does not await it.
* It has not. Then it is a :class:`PendingBody`, which can be awaited, and raises an
  error that says so when it is used in any other way.

``None``, ``True`` and ``False`` (a document may be that, and ``silent=True`` gives
``None``) have no such class. They are handed out as they are, unless the next
instruction of the caller awaits them.

``asyncio.gather`` and ``as_completed`` keep what they are given by its hash. A document
that is a ``dict`` or a ``list`` has one for them alone: for anybody else it is as
unhashable as any.
"""

from __future__ import annotations

import sys
from functools import partial
from opcode import opmap
from typing import IO, TYPE_CHECKING, Any, NoReturn, TypeVar

from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.wsgi import LimitedStream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator
    from types import FrameType

    from typing_extensions import Self

__all__ = [
    "BODY_KEY",
    "LOAD_KEY",
    "AsyncStream",
    "AwaitableBytes",
    "AwaitableText",
    "PendingBody",
    "awaitable",
    "hand_out",
]

T = TypeVar("T")

#: Where an environ has what is still to come of the body; absent where all is there.
BODY_KEY = "insula.body"
#: Where an environ has what reads the body elsewhere than on the loop, under WSGI.
LOAD_KEY = "insula.load_body"
_BLOCK = 1 << 16


class _Awaitable:
    __slots__ = ()

    def __await__(self) -> Generator[None, None, Self]:
        yield from ()
        return self

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        # Copies, and what a queue or a cache keeps, need not be awaited.
        plain = _PLAIN[type(self)]
        return plain, (plain(self),)


class AwaitableBytes(_Awaitable, bytes):
    """A body that is there."""

    __slots__ = ()


class AwaitableText(_Awaitable, str):
    """A body that is there, as text."""

    __slots__ = ()


class _Dict(_Awaitable, dict[Any, Any]):
    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]  # a dict's is None
        if _is_asyncio(sys._getframe(1)):
            return object.__hash__(self)
        raise TypeError("unhashable type: 'dict'")


class _List(_Awaitable, list[Any]):
    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]  # a list's is None
        if _is_asyncio(sys._getframe(1)):
            return object.__hash__(self)
        raise TypeError("unhashable type: 'list'")


def _is_asyncio(frame: FrameType) -> bool:
    return frame.f_globals.get("__name__") == "asyncio.tasks"


class _Int(_Awaitable, int):
    __slots__ = ()


class _Float(_Awaitable, float):
    __slots__ = ()


_CLASSES: dict[type, Callable[[Any], Any]] = {
    bytes: AwaitableBytes,
    dict: _Dict,
    float: _Float,
    int: _Int,
    list: _List,
    str: AwaitableText,
}
_PLAIN: dict[Any, Any] = {awaited: plain for plain, awaited in _CLASSES.items()}


async def _await(value: T) -> T:
    return value


def hand_out(
    request: Any, name: str, read: Callable[[], Any], *, flag: bool = False
) -> Any:
    """Return what ``read()`` returns such that it can be awaited.

    :param name: how the user has asked for it.
    :param flag: see :func:`~insula.http.arrival.arrive`.
    """
    incoming = request._body_to_come(name)
    if incoming is not None:
        before = partial(_arrive, request, incoming, name, flag=flag)
        return PendingBody(name, partial(incoming.load, read, before))
    load = request.environ.get(LOAD_KEY)
    if load is not None and _is_awaited(sys._getframe(1)):
        return PendingBody(name, partial(load, read))
    request._reads_inline = True
    try:
        value = read()
    finally:
        request._reads_inline = False
    if (value is None or type(value) is bool) and _is_awaited(sys._getframe(1)):
        return _await(value)
    return awaitable(value)


async def _arrive(request: Any, incoming: Any, name: str, *, flag: bool) -> bool:
    # PERF: who never awaits a body that is still to come does without the module.
    from insula.http.arrival import arrive

    return await arrive(request, incoming, name, flag=flag)


def awaitable(value: Any) -> Any:
    """Return a value that is equal to ``value`` and can be awaited, where it can."""
    make = _CLASSES.get(type(value))
    return value if make is None else make(value)


_CACHE = opmap.get("CACHE", -1)
_GET_AWAITABLE = opmap["GET_AWAITABLE"]


def _is_awaited(frame: FrameType | None) -> bool:
    """Tell whether the code that called us goes on with an ``await``."""
    while frame is not None and frame.f_globals.get("__name__", "").startswith(
        ("insula.", "werkzeug.")
    ):
        frame = frame.f_back
    if frame is None or frame.f_lasti < 0:
        return False
    code = frame.f_code.co_code
    place = frame.f_lasti + 2
    while place < len(code) and code[place] == _CACHE:
        place += 2
    return place < len(code) and code[place] == _GET_AWAITABLE


class PendingBody:
    """A part of a body that has not come yet: to be awaited, and nothing else."""

    __slots__ = ("_load", "_name")

    def __init__(self, name: str, load: Callable[[], Any]) -> None:
        self._name = name
        self._load = load

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._load().__await__()  # type: ignore[no-any-return]  # a coroutine's

    def __repr__(self) -> str:
        return f"<request.{self._name}, to be awaited>"

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()

    def _refuse(self, *_args: Any) -> NoReturn:
        raise RuntimeError(
            f"request.{self._name} was used without `await` before the body has"
            " arrived, and waiting for it here would stop the event loop for everybody."
            f" Write `await request.{self._name}`."
        )


# Whatever else could be done with a value.
_SPECIAL = """
    __add__ __bool__ __bytes__ __call__ __contains__ __eq__ __float__ __ge__ __getitem__
    __gt__ __index__ __int__ __iter__ __le__ __len__ __lt__ __mod__ __ne__
    __or__ __radd__ __setitem__ __str__
"""
for _name in _SPECIAL.split():
    setattr(PendingBody, _name, PendingBody._refuse)


if TYPE_CHECKING:

    class BodyStream(IO[bytes]):
        """The stream of a body, of either kind."""

        def __aiter__(self) -> AsyncIterator[bytes]:
            """Iterate what comes, on an event loop."""
            ...


class AsyncStream:
    """The stream of a body, which can also be iterated asynchronously, as it comes.

    ``async for chunk in request.stream``: chunks are as large as they come.
    """

    def __init__(self, request: Any, stream: IO[bytes]) -> None:
        self._request = request
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __iter__(self) -> Any:
        return iter(self._stream)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        request = self._request
        incoming = request.environ.get(BODY_KEY)
        if incoming is None:
            load = request.environ.get(LOAD_KEY) or _load
            while chunk := await load(partial(self._stream.read, _BLOCK)):
                yield chunk
            return
        stream = self._stream
        if incoming.is_read_as_file:
            # What that has in its buffer comes first.
            before = partial(_arrive_block, request, incoming)
            while data := await incoming.load(partial(stream.read, _BLOCK), before):
                yield data
            return
        if not isinstance(stream, LimitedStream):
            async for chunk in incoming.stream():
                yield chunk
            return
        most = request.max_content_length
        async for chunk in incoming.stream():
            # Who reads on, in whatever way, goes on where this has stopped.
            stream._pos += len(chunk)
            if most is not None and stream._pos > most:
                raise RequestEntityTooLarge
            yield chunk
        if stream._pos < (request.content_length or 0):
            raise ClientDisconnected


async def _arrive_block(request: Any, incoming: Any) -> bool:
    from insula.http.arrival import arrive_block

    await arrive_block(request, incoming, _BLOCK)
    return request._reads_plainly  # type: ignore[no-any-return]  # a bool


async def _load(read: Callable[[], T]) -> T:
    # Under WSGI: a read may wait for the client.
    from asyncio import get_running_loop

    return await get_running_loop().run_in_executor(None, read)
