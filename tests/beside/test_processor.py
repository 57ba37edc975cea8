"""A server's processor time counts whatever it has had."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.beside.processor import processor_seconds

USED = 0.1
BURN = f"""
import sys, threading, time

def burn():
    while time.thread_time() < {USED}:
        pass
"""
THREAD = """
thread = threading.Thread(target=burn)
thread.start()
thread.join()
print("burnt", flush=True)
sys.stdin.read()
"""
CHILD = """
import os

ready, burnt = os.pipe()
if not os.fork():
    burn()
    os.write(burnt, b"burnt")
    sys.stdin.read()
    os._exit(0)
os.read(ready, 5)
print("burnt", flush=True)
sys.stdin.read()
os.wait()
"""


@pytest.mark.parametrize("program", [THREAD, CHILD], ids=["ended thread", "child"])
def test_processor_seconds_counts_it(program: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BURN + program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"burnt\n"
        found = processor_seconds(process.pid)
        process.communicate()
    if Path("/proc/self/task").exists():
        assert found is not None
        assert found >= USED
    else:  # a system that does not tell
        assert found is None


def test_processor_seconds_of_a_process_that_is_gone_is_none() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert processor_seconds(process.pid) is None
