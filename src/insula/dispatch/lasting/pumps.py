"""What takes the items of a generator while somebody else waits: a thread, or a task.

Theory and rules: see `event_stream`. A pump is asked for one item
at a time and delivers an *outcome*: an item as it is sent, or ``None`` for the end,
with the error that the generator has failed with. Closing it delivers the end at once;
the generator is ended as soon as that can be done.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any

from insula._core.running import is_on_loop
from insula.dispatch.loops.apart import off_loop
from insula.dispatch.loops.hub import is_patched, new_short_lock
from insula.dispatch.streaming import run_in
from insula.http.events import encode_event

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterable, Callable, Iterable, Iterator

    Outcome = tuple[bytes | None, BaseException | None]
    Deliver = Callable[[Outcome], None]

__all__ = ["TaskPump", "ThreadPump", "end_pumps"]

_END: Any = object()


def end_pumps(pumps: set[Any], seconds: float) -> int:
    """Close all pumps of a set; return how many go on after that many seconds."""
    deadline = time.monotonic() + seconds
    closing = list(pumps)
    for pump in closing:
        pump.close()
    for pump in closing:
        pump.has_ended.wait(max(0.0, deadline - time.monotonic()))
    return sum(not pump.has_ended.is_set() for pump in closing)


class _Pump:
    """A generator in its request's Context, and the hold on the request's contexts."""

    def __init__(self, source: Any, ctx: Any, streams: set[Any]) -> None:
        self._source = source
        self._ctx = ctx
        self._dumps = ctx.app.json.dumps
        self._streams = streams
        self._held: Any = None
        self._context = copy_context()
        self._lock = new_short_lock()
        self._deliver: Deliver | None = None
        #: Set when the generator has ended, and what it held.
        self.has_ended = threading.Event()
        #: Whether nothing more is to be asked for.
        self.is_closed = False

    def hold(self) -> None:
        """Keep the request's contexts until the generator has ended."""
        self._ctx._hold()
        self._held = self._ctx

    def _hand_over(self, data: bytes | None, error: BaseException | None) -> None:
        with self._lock:
            deliver, self._deliver = self._deliver, None
        if deliver is not None:
            deliver((data, error))

    def _take_hold(self) -> Any:
        """Return what is to be released, to the first who asks."""
        with self._lock:
            held, self._held = self._held, None
        return held

    def _note_end(self) -> None:
        self._streams.discard(self)
        self.has_ended.set()


class ThreadPump(_Pump):
    """Take the items of an iterable on a thread of its own."""

    def __init__(self, source: Iterable[Any], ctx: Any, streams: set[Any]) -> None:
        super().__init__(source, ctx, streams)
        self._iterator: Iterator[Any] | None = None
        self._asked = threading.Semaphore(0)
        self._thread: threading.Thread | None = None
        self._is_busy = False

    def ask(self, deliver: Deliver) -> None:
        """Have the next outcome delivered; to be called anew when it was."""
        with self._lock:
            self._deliver = deliver
            is_closed = self.is_closed
        if is_closed:
            self._hand_over(None, None)
            return
        if self._thread is None:
            self._thread = threading.Thread(
                target=Context().run, args=(self._work,), name="insula-events"
            )
            self._thread.daemon = True
            self._thread.start()
        self._asked.release()

    def _work(self) -> None:
        while True:
            self._asked.acquire()
            with self._lock:
                if self.is_closed:
                    return
                self._is_busy = True
            data: bytes | None = None
            error: BaseException | None = None
            try:
                data = self._context.run(self._step)
            except BaseException as exc:  # noqa: BLE001 - it is raised in who sends
                error = exc
            with self._lock:
                self._is_busy = False
                was_closed = self.is_closed
                if data is None:
                    self.is_closed = True
            if was_closed or data is None:
                ending = GeneratorExit() if data is not None else error
                try:
                    self._finish(ending)
                except BaseException as exc:  # noqa: BLE001 - likewise
                    error = error or exc
                self._hand_over(None, error)
                del error, ending
                return
            self._hand_over(data, None)

    def _step(self) -> bytes | None:
        if self._iterator is None:
            self._iterator = iter(self._source)
        item = next(self._iterator, _END)
        return None if item is _END else encode_event(item, self._dumps)

    def close(self) -> None:
        """End the generator: now, or if it is at work as soon as it yields."""
        with self._lock:
            if self.is_closed:
                return
            self.is_closed = True
            is_busy = self._is_busy
        self._asked.release()
        self._hand_over(None, None)
        if is_busy:
            return
        if is_on_loop() and not is_patched():
            # Teardown functions may wait, and a loop must not.
            threading.Thread(
                target=Context().run, args=(self._finish, GeneratorExit()), daemon=True
            ).start()
        else:
            self._finish(GeneratorExit())

    def _finish(self, error: BaseException | None) -> None:
        held = self._take_hold()
        if held is None:
            return
        try:
            close = getattr(self._source, "close", None)
            if close is not None:
                run_in(self._context, close)
        finally:
            try:
                run_in(self._context, held._release, error)
            finally:
                self._note_end()


class TaskPump(_Pump):
    """Take the items of an asynchronous iterable in a task of the loop that asks."""

    def __init__(self, source: AsyncIterable[Any], ctx: Any, streams: set[Any]) -> None:
        super().__init__(source, ctx, streams)
        self._loop: Any = None
        self._task: asyncio.Task[None] | None = None

    def ask(self, deliver: Deliver) -> None:
        """Have the next outcome delivered; to be called anew when it was."""
        import asyncio

        with self._lock:
            self._deliver = deliver
            is_closed = self.is_closed
        if is_closed:
            self._hand_over(None, None)
            return
        loop = asyncio.get_running_loop()
        if self._task is None:
            self._loop = loop
            self._asked = asyncio.Event()
            self._task = self._context.run(loop.create_task, self._work())
            self._task.add_done_callback(self._end_unbegun)
        if loop is self._loop:
            self._asked.set()
        else:
            self._loop.call_soon_threadsafe(self._asked.set)

    async def _work(self) -> None:
        from asyncio import CancelledError

        error: BaseException | None = None
        ending: BaseException | None = None
        try:
            iterator = aiter(self._source)
            while True:
                await self._asked.wait()
                self._asked.clear()
                item = await anext(iterator, _END)
                if item is _END:
                    break
                self._hand_over(encode_event(item, self._dumps), None)
        except CancelledError:
            ending = GeneratorExit()
        except BaseException as exc:  # noqa: BLE001 - it is raised in who sends
            error = ending = exc
        self.is_closed = True
        try:
            await self._finish(ending)
        except BaseException as exc:  # noqa: BLE001 - likewise
            error = error or exc
        self._hand_over(None, error)
        del error, ending

    async def _finish(self, error: BaseException | None) -> None:
        held = self._take_hold()
        if held is None:
            return
        try:
            close = getattr(self._source, "aclose", None)
            if close is not None:
                await close()
        finally:
            try:
                await off_loop(held._release, error)
            finally:
                self._note_end()

    def _end_unbegun(self, _task: asyncio.Task[None]) -> None:
        # NOTE: a task that is cancelled before its first step takes none.
        self._finish_without_loop()

    def _finish_without_loop(self) -> None:
        held = self._take_hold()
        if held is None:
            return
        if is_on_loop():
            # As in a pump of threads.
            threading.Thread(target=self._release, args=(held,), daemon=True).start()
        else:
            self._release(held)

    def _release(self, held: Any) -> None:
        try:
            run_in(self._context, held._release, GeneratorExit())
        finally:
            self._note_end()

    def close(self) -> None:
        """End the generator at its ``await``; do not wait for that."""
        if self._is_to_be_closed():
            if self._task is None:
                self._finish_without_loop()
            else:
                try:
                    self._loop.call_soon_threadsafe(self._task.cancel)
                except RuntimeError:  # the loop is closed, and the task with it
                    self._finish_without_loop()

    async def aclose(self) -> None:
        """End the generator at its ``await``, and wait for its end."""
        import asyncio

        is_first = self._is_to_be_closed()
        task = self._task
        if task is None:
            if is_first:
                await self._finish(GeneratorExit())
        elif asyncio.get_running_loop() is not self._loop:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(task.cancel)
        else:
            if is_first:
                task.cancel()
            await asyncio.wait({task})

    def _is_to_be_closed(self) -> bool:
        with self._lock:
            if self.is_closed:
                return False
            self.is_closed = True
        self._hand_over(None, None)
        return True
