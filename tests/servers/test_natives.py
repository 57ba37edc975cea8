"""Threads that Python does not know are waited for, and no others."""

from __future__ import annotations

import sys
import threading
from _thread import allocate_lock, start_new_thread

from insula.servers.natives import _threads, natives_end


def test_thread_that_is_about_to_end_is_waited_for() -> None:
    started, ending = allocate_lock(), allocate_lock()
    started.acquire()
    ending.acquire()
    ids: list[int] = []

    def work() -> None:
        ids.append(threading.get_native_id())
        started.release()
        ending.acquire(timeout=0.1)

    with natives_end():
        start_new_thread(work, ())
        started.acquire()
        assert ids[0] in _threads() or sys.platform != "linux"
    assert ids[0] not in _threads()


def test_thread_that_does_not_end_is_left() -> None:
    ending = allocate_lock()
    ending.acquire()
    with natives_end():
        start_new_thread(ending.acquire, ())
    ending.release()


def test_thread_of_python_is_not_waited_for() -> None:
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait, args=(20,))
    with natives_end():
        thread.start()
    assert thread.is_alive()
    ended.set()
    thread.join()
