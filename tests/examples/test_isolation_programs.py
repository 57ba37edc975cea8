"""Every program of `examples/isolation` runs and prints what its row promises.

The programs run as a reader runs them: by themselves, with warnings as errors.
"""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "isolation"
PROGRAMS = sorted(path.name for path in FOLDER.glob("*.py"))
PATIENCE = 90


@cache
def output(program: str) -> list[str]:
    """Run a program; return the lines it prints, and nothing may be on stderr."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(FOLDER / program)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def columns(program: str) -> dict[str, str]:
    """Return the lines that read `name: what it is`."""
    parts = (re.split(r":\s+", line, maxsplit=1) for line in output(program))
    return {part[0].strip(): part[1] for part in parts if len(part) == 2}


@pytest.mark.parametrize("program", PROGRAMS)
def test_program_opens_with_a_docstring_and_is_a_page_long(program: str) -> None:
    text = (FOLDER / program).read_text()

    assert text.startswith('"""')
    assert len(text.splitlines()) <= 100


@pytest.mark.parametrize("program", PROGRAMS)
def test_program_is_listed_in_the_folders_readme(program: str) -> None:
    assert f"| `{program}` |" in (FOLDER / "README.md").read_text()


def test_shared_object_ten_threads_all_read_the_last_value() -> None:
    lines = output("shared_object.py")

    assert lines[:10] == [f"thread {n} wrote {n} and read 9" for n in range(10)]
    assert lines[10:] == ["1 of 10 threads read what they wrote"]


def test_local_object_ten_threads_each_reads_its_own() -> None:
    lines = output("local_object.py")

    assert lines[:10] == [f"thread {n} wrote {n} and read {n}" for n in range(10)]
    assert lines[10:] == ["10 of 10 threads read what they wrote"]


def test_problem_and_cure_are_one_program_but_for_the_object() -> None:
    problem, cure = (
        (FOLDER / name).read_text().partition("seen: dict")[2]
        for name in ("shared_object.py", "local_object.py")
    )

    assert problem
    assert problem == cure


def test_identities_give_back_the_dead_and_tell_tasks_apart() -> None:
    shown = columns("identities.py")

    assert shown["two threads run"] == "entries of ['ada', 'bob']"
    assert shown["both have ended"] == "0 entries"
    assert shown["a plain dictionary"] == "1 entry of a dead thread"
    assert shown["ten tasks, key thread"] == "1 right"
    assert shown["ten tasks, key task"] == "10 right"


def test_stack_shows_top_order_emptiness_and_another_thread() -> None:
    lines = output("stack.py")

    assert lines == [
        "empty:        top=None pop()=None",
        "two pushed:   top=inner len=2 ['outer', 'inner']",
        "popped:       inner, and top=outer again",
        "proxy:        OUTER, equal to 'outer': True",
        "after a push: INNER",
        "new thread:   starts with []",
        "new thread:   pushed, has ['of the new thread']",
        "old thread:   still has ['outer']",
        "released:     RuntimeError: object unbound",
    ]


def test_partial_goes_from_the_method_to_the_proxy() -> None:
    shown = columns("partial.py")

    assert shown["a bound method remembers its object"] == "True"
    assert shown["a partial remembers its arguments"] == "('request',)"
    assert shown["calling the partial looks it up now"] == "Request(path='/first')"
    assert shown["touching the proxy calls the partial"] == "/first"
    assert shown["one name, another request"] == "/second"
    assert shown["and it passes for what it stands for"] == "True"
    error = shown["with no request, the partial's error"]
    assert error == "no request is being answered"


def test_abandoned_stream_leaves_nothing_and_is_torn_down_once() -> None:
    lines = output("abandoned_stream.py")

    for how, shown in (("closed", lines[:4]), ("dropped", lines[4:])):
        assert shown == [
            "one piece:         /stream 0 for ada",
            "on the thread:     0 requests, 0 apps",
            f"{how + ':':18} torn down ['/stream'], current: False",
            "the next request:  user: nobody",
        ]


def test_many_apps_are_chosen_by_mount_and_keep_their_contexts() -> None:
    assert output("many_apps.py") == [
        "GET /page            shop: (root) /page",
        "GET /sec/page        secure: /sec /sec/page",
        "GET /sec/vault/page  vault: /sec/vault /sec/vault/page",
        "GET /second/page     404 NOT FOUND",
        "at the same time:    ['shop, still shop', 'secure, still secure']",
        "one inside another:  shop, secure, shop",
    ]


def test_lost_updates_are_mended_by_a_lock() -> None:
    shown = columns("lost_updates.py")

    assert shown["without a lock"] == "10 sold, 9 left; 9 updates were lost"
    assert shown["with a lock"] == "10 sold, 0 left"


def test_lock_or_local_each_where_it_belongs() -> None:
    shown = columns("lock_or_local.py")

    assert shown["lock for the stock"] == "5 of 5 tickets sold, 0 left"
    assert shown["local for the buyer"] == "5 different buyers, 8 at work at once"
    instead = "8 of 8 right, but only 1 at work at once"
    assert shown["lock instead of local"] == instead


def test_job_queue_does_each_job_once_and_holds_two() -> None:
    shown = columns("job_queue.py")

    assert shown["20 jobs, 3 workers"] == "20 done, each once"
    assert shown["never more than 2 waited"] == "True"


def test_start_signal_lets_all_go_on_after_the_event() -> None:
    shown = columns("start_signal.py")

    assert shown["before the event"] == str(["came"] * 5)
    assert shown["after the event"] == str([f"hello from {n}" for n in range(5)])


def test_connections_are_never_more_than_three() -> None:
    lines = output("connections.py")

    assert lines[0] == "9 requests done, 3 connections used at once"
    assert lines[1].startswith("given back once too often: ")


def test_thread_pool_leaks_plainly_and_carries_contexts() -> None:
    assert output("thread_pool.py") == [
        "same thread: True; the next request is ada's",
        "each in a Context of its own: the next request is nobody's",
        "a plain pool's job sees:    no request",
        "a carrying pool's job sees: /report ada",
    ]


def test_greenlets_share_a_thread_but_no_local() -> None:
    assert output("greenlets.py") == [
        "10 greenlets on 1 thread",
        "threading.local: 1 right",
        "Local:           10 right",
        "LocalStack:      10 right",
    ]


def test_tasks_share_no_local_and_cannot_change_their_creators() -> None:
    assert output("tasks.py") == [
        "threading.local: 1 right",
        "Local:           10 right",
        """the child starts with ["parent's"]""",
        """the child pushed, has ["parent's", "child's"]""",
        """the parent still has  ["parent's"]""",
    ]


def test_serving_modes_overlap_as_each_mode_allows() -> None:
    assert output("serving_modes.py") == [
        "4 requests at once:",
        "one thread             at once inside: 1   processes: 1",
        "threads                at once inside: 4   processes: 1",
        "processes              at once inside: 2   processes: 2",
        "processes and threads  at once inside: 4   processes: 2",
    ]


def test_every_program_has_a_test_of_what_it_prints() -> None:
    tested = set(re.findall(r'"(\w+\.py)"', Path(__file__).read_text(encoding="utf-8")))

    assert tested == set(PROGRAMS)
