"""The event loop beside gevent's hub: a real thread for it, a greenlet's way to wait.

Rules of the file: gevent is never imported here; where it has patched this process it
is there already, and where it has not nothing of this file is used.

Theory. In a patched process `threading.Thread` is a greenlet of the calling thread. An
event loop in one holds that thread for asyncio: no other greenlet of it may run a loop,
and a coroutine that computes stops them all. So the loop has a thread of the system's,
and so has what it hands to its executor: a pool of greenlets would be joined, when the
process ends, from a thread that they are not of, which then waits for ever. Whoever
calls a coroutine waits in its own hub, on a watcher that other threads may trigger:
gevent's own locks may be released from another thread, too, but a hub that has nothing
else to wait for takes one who waits for them for a deadlock.

Sources: gevent 26.9 `monkey`, `threadpool.py`, `_waiter.py`; libev(3), `ev_async`.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future, ThreadPoolExecutor

__all__ = [
    "HubLock",
    "call_in_real_thread",
    "is_patched",
    "new_executor",
    "new_future",
    "new_short_lock",
]

_T = TypeVar("_T")

_MOMENT = 0.01  # seconds that a hub is given to end, if greenlets go on in it


def is_patched() -> bool:
    """Tell whether gevent has replaced this process's threads by greenlets."""
    # PERF: one look into a dictionary where there is no gevent.
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("threading"))


def _original(name: str) -> Any:
    return sys.modules["gevent.monkey"].get_original("_thread", name)


def new_short_lock() -> threading.Lock:
    """Return a lock for what no greenlet switches in: one of threads does.

    NOTE: one of gevent's may leave a real thread waiting for ever.
    """
    if is_patched():
        lock: threading.Lock = _original("allocate_lock")()
        return lock
    return threading.Lock()


def new_future() -> Future[Any]:
    """Return a future in which greenlets and real threads may meet."""
    from concurrent.futures import Future

    future: Future[Any] = Future()
    if is_patched():
        # NOTE: not that of `threading`, which is made of the module's patched locks.
        future._condition = threading.Condition(_original("RLock")())
    return future


class HubLock:
    """A lock that one greenlet takes twice, the second time until it is released.

    It may be released on any thread.
    """

    __slots__ = ("_guard", "_is_held", "_watcher")

    def __init__(self) -> None:
        self._guard = _original("allocate_lock")()
        self._is_held = False
        self._watcher: Any = None

    def acquire(self) -> None:
        """Take the lock; where it is taken, let other greenlets run until it is not."""
        if self._is_held:
            self._wait()
        self._is_held = True

    def _wait(self) -> None:
        hub_module = sys.modules["gevent.hub"]
        hub = hub_module.get_hub()
        waiter = hub_module.Waiter(hub)
        watcher = hub.loop.async_()
        watcher.start(waiter.switch, None)
        try:
            with self._guard:
                if not self._is_held:
                    return
                self._watcher = watcher
            waiter.get()
        finally:
            # NOTE: whoever was interrupted is released later, when nobody waits.
            with self._guard:
                self._watcher = None
            watcher.stop()
            watcher.close()

    def release(self) -> None:
        """Let go whoever waits, or will."""
        with self._guard:
            self._is_held = False
            if self._watcher is not None:
                self._watcher.send()


def new_executor() -> ThreadPoolExecutor:
    """Return an executor for a loop: real threads, which end when nothing waits."""
    from collections import deque
    from concurrent.futures import ThreadPoolExecutor

    class RealThreads(ThreadPoolExecutor):
        def __init__(self) -> None:
            super().__init__()
            self._guard = _original("allocate_lock")()
            self._jobs: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
            self._running = 0

        def submit(
            self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any
        ) -> Future[Any]:
            future = new_future()
            with self._guard:
                self._jobs.append((future, lambda: fn(*args, **kwargs)))
                if self._running >= self._max_workers:
                    return future
                self._running += 1
            _original("start_new_thread")(self._work, ())
            return future

        def _work(self) -> None:
            try:
                while True:
                    with self._guard:
                        if not self._jobs:
                            self._running -= 1
                            return
                        future, job = self._jobs.popleft()
                    _do(future, job)
                    del future, job
            finally:
                hub = sys.modules["gevent._hub_local"].get_hub_if_exists()
                if hub is not None:
                    # NOTE: one that is suspended when its thread ends is never freed.
                    hub.join(timeout=_MOMENT)
                    hub.destroy(destroy_loop=True)

    return RealThreads()


def _do(future: Future[Any], job: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = job()
    except BaseException as exc:  # noqa: BLE001 - it is raised where the result is awaited
        future.set_exception(exc)
    else:
        future.set_result(result)


def call_in_real_thread(prepare: Callable[[], _T], go_on: Callable[[_T], Any]) -> _T:
    """Return what `prepare` does in a new thread of the system; there `go_on` follows.

    The calling thread stands still meanwhile, with all its greenlets: none of them can
    find half of it done.
    """
    outcome: list[_T] = []
    error: list[BaseException] = []
    done = _original("allocate_lock")()
    done.acquire()

    def run() -> None:
        try:
            outcome.append(prepare())
        except BaseException as exc:  # noqa: BLE001 - it is raised in the caller
            error.append(exc)
            return
        finally:
            done.release()
        go_on(outcome[0])

    _original("start_new_thread")(run, ())
    done.acquire()
    if error:
        raise error[0]
    return outcome[0]
