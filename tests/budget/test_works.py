"""What each work of the benchmark may cost: Python calls, files, bytes of memory.

A call is a Python frame that is begun, see `test_hello`. The bytes are the most that a
request has allocated at any moment, beyond what there was before; what stays when it is
over and its environ dropped is nothing. The limits are what was reached on the oldest
to the newest interpreter, and a ratchet as they are there.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from benchmarks.beside.asking import Asking
from benchmarks.beside.works import WORKS

if TYPE_CHECKING:
    from types import FrameType


class Budget(NamedTuple):
    calls: int
    files: int
    bytes: int


BUDGETS = {
    "hello": Budget(6, 4, 1_250),
    "params": Budget(15, 12, 2_100),
    "json": Budget(22, 12, 2_500),
    "form": Budget(18, 9, 2_100),
    "headers": Budget(15, 9, 2_300),
    "404": Budget(37, 10, 3_200),
    "405": Budget(49, 13, 3_700),
    "hooks": Budget(64, 16, 2_500),
    "session": Budget(119, 30, 245_000),  # nearly all of it is zlib's
    "no reads": Budget(10, 7, 1_350),
    "reads": Budget(50, 7, 1_350),
    "template": Budget(262, 41, 8_600),
    "string": Budget(88, 19, 6_300),
    "static": Budget(76, 26, 23_000),
    "304": Budget(88, 28, 23_000),
    "async": Budget(23, 9, 7_000),
}

WEAK = ("/weakref.py", "/_weakrefset.py")


@pytest.fixture(params=WORKS, ids=lambda work: work.name)
def asking(request: pytest.FixtureRequest) -> Asking:
    return Asking(request.param)


def test_every_work_has_a_budget() -> None:
    assert [work.name for work in WORKS] == list(BUDGETS)


def test_work_enters_no_more_functions_than_it_may(asking: Asking) -> None:
    files: list[str] = []

    def note(frame: FrameType, event: str, arg: Any) -> None:
        file = frame.f_code.co_filename
        # What is called when an object goes, on whatever thread, is nobody's step; nor
        # is what gevent answers where another test has loaded it.
        if event == "call" and not file.endswith(WEAK) and "/gevent/" not in file:
            files.append(file)

    environ = asking.environ()
    gc.disable()  # somebody's callbacks would be counted
    sys.setprofile(note)
    try:
        asking.answer(environ)
    finally:
        sys.setprofile(None)
        gc.enable()
    budget = BUDGETS[asking.work.name]
    assert len(files) <= budget.calls
    assert len(set(files)) <= budget.files, sorted(set(files))


def test_work_allocates_no_more_than_it_may(asking: Asking) -> None:
    environs = [asking.environ() for _ in range(3)]
    peaks = []
    gc.collect()
    tracemalloc.start()
    try:
        asking.answer(asking.environ())
        for environ in environs:
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            asking.answer(environ)
            peaks.append(tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    assert min(peaks) <= BUDGETS[asking.work.name].bytes
