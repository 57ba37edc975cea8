"""A body that is still to come when a coroutine asks for it under WSGI.

Rules of the file: the loop does not stand still for a body that is awaited; what
belongs to a hub of gevent's is touched by that hub's thread only; when a call is over
nobody reads from the server any more.

Theory. A server's ``wsgi.input`` waits where it is read. So a value of the body that is
awaited is read on a worker thread, and its coroutine waits for that (`LateBody.load`,
which `awaited` finds in the environ). A reader cannot be stopped: after a timeout, say,
it reads on, while the request is answered and the server looks for the next one on the
same connection. So the request's thread waits for it (`LateBody.during`).

Where gevent serves, the body's socket can be waited for in its own hub alone. Then a
greenlet of that hub reads, and `HubFile` brings there what other threads want to read,
be it the loop's, whose coroutine has asked without ``await``.

Sources: PEP 3333 (``wsgi.input``); gevent 26.9 `hub`, ``run_callback_threadsafe``.
"""

from __future__ import annotations

import sys
import threading
from contextvars import Context, copy_context
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug.wsgi import LimitedStream

from insula.dispatch.loops.ahead import Failed
from insula.dispatch.loops.hub import is_patched
from insula.dispatch.loops.threads import Job, in_other_worker
from insula.http.awaited import LOAD_KEY

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

__all__ = ["HubFile", "LateBody", "late_body_of"]

T = TypeVar("T")


def late_body_of(request: Any) -> LateBody | None:
    """Return what reads a request's body for coroutines; ``None`` if it is there."""
    source = request.environ.get("wsgi.input")
    if source is None or type(source) is BytesIO or type(source) is Failed:
        return None
    return LateBody(request, source)


class LateBody:
    """Reads a body for the coroutines of one call."""

    def __init__(self, request: Any, source: Any) -> None:
        self._environ = request.environ
        self._is_over = False
        # NOTE: of greenlets where gevent has patched it, which is where it is used.
        self._reading = threading.Lock()
        self._hub: Any = None
        if is_patched():
            self._hub = sys.modules["gevent.hub"].get_hub()
            if type(source) is not HubFile:
                self._environ["wsgi.input"] = HubFile(source, self._hub)
                stream = getattr(request, "_stream", None)
                if isinstance(stream, LimitedStream):
                    stream._stream = self._environ["wsgi.input"]
        self._environ[LOAD_KEY] = self.load

    async def load(self, read: Callable[[], T]) -> T:
        """Return what ``read()`` does, which reads the body, elsewhere."""
        if self._hub is None:
            return await in_other_worker(copy_context(), self._read, read)
        return await _in_greenlet(self._hub, copy_context(), self._read, read)

    def _read(self, read: Callable[[], T]) -> T:
        # NOTE: one may have begun while another's turn has not come.
        with self._reading:
            if self._is_over:
                raise RuntimeError("The call that this body was read for is over.")
            return read()

    def during(self, call: Callable[[], T]) -> T:
        """Return what a call does, when nobody reads any more."""
        try:
            result = call()
        except Exception:
            self._end()
            raise
        except BaseException:
            # NOTE: who is interrupted must not wait for a client.
            self._forbid()
            raise
        self._end()
        return result

    def _forbid(self) -> None:
        self._is_over = True
        self._environ.pop(LOAD_KEY, None)

    def _end(self) -> None:
        self._forbid()
        with self._reading:
            pass


class HubFile:
    """A file of a hub's greenlets, for all threads."""

    def __init__(self, source: Any, hub: Any) -> None:
        self._source = source
        self._hub = hub

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._source, name)
        return partial(self._call, value) if callable(value) else value

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def _call(self, func: Callable[..., Any], *args: Any) -> Any:
        if sys.modules["gevent._hub_local"].get_hub_if_exists() is self._hub:
            return func(*args)
        done = sys.modules["gevent.monkey"].get_original("_thread", "allocate_lock")()
        done.acquire()
        outcome: list[Any] = []
        error: list[BaseException] = []

        def run() -> None:
            try:
                outcome.append(func(*args))
            except BaseException as exc:  # noqa: BLE001 - it is raised in the caller
                error.append(exc)
            finally:
                done.release()

        _spawn(self._hub, run)
        done.acquire()
        if error:
            raise error.pop()
        return outcome.pop()


def _spawn(hub: Any, func: Callable[[], object]) -> None:
    """Have a greenlet of ``hub`` call ``func``; from any thread."""
    hub.loop.run_callback_threadsafe(sys.modules["gevent.hub"].spawn_raw, func)


def _in_greenlet(
    hub: Any, context: Context, func: Callable[..., T], *args: Any
) -> asyncio.Future[T]:
    from asyncio import get_running_loop

    loop = get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    _spawn(hub, Job(loop, future, context, func, args, {}))
    return future
