"""The soak, short: it runs in each form, and would notice if requests crossed."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.soaking.client import Client, Findings
from benchmarks.soaking.memory import GROWTH_BOUND, MIB, Sample, judge
from benchmarks.soaking.outcome import Outcome, conclude, table
from benchmarks.soaking.wire import Answer

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.soak


def soak(*arguments: str) -> tuple[int, str]:
    """Run the soak; return its exit code and what it printed."""
    command = [sys.executable, "-m", "benchmarks.soak", "--seed", "1", *arguments]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=100)
    finally:
        # Its server and its clients, should it not have come to ending them.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return process.returncode, output


def number(name: str, output: str) -> int:
    """Return the number on the line of that name."""
    found = re.search(rf"^{name} +([\d,]+)", output, re.MULTILINE)
    assert found, output
    return int(found[1].replace(",", ""))


@pytest.mark.parametrize(
    "mode",
    [
        ("--form", "threads", "--threads", "8"),
        ("--form", "threads", "--threads", "1"),
        ("--form", "processes", "--threads", "4"),
        ("--form", "greenlets"),
        ("--form", "tasks"),
        ("--form", "tasks", "--server", "uvicorn"),
        ("--form", "tasks", "--switch", "1e-6"),
    ],
    ids=" ".join,
)
def test_a_short_soak_finds_no_mismatch(mode: tuple[str, ...]) -> None:
    code, output = soak("--operations", "2000", "--clients", "16", *mode)
    assert code == 0, output
    assert number("operations", output) >= 1900
    assert number("mismatches", output) == 0
    assert number("errors", output) == 0
    assert "result      ok" in output


def test_a_short_soak_of_all_that_runs_code_in_one_process_finds_no_mismatch() -> None:
    code, output = soak("--form", "mixed", "--operations", "15000", "--switch", "1e-6")
    assert code == 0, output
    assert number("operations", output) >= 15000
    assert number("mismatches", output) == 0
    assert number("errors", output) == 0
    assert "was destroyed" not in output
    assert "result      ok" in output


@pytest.mark.parametrize(
    "mode",
    [
        ("--form", "threads", "--control"),
        ("--form", "greenlets", "--control"),
        ("--form", "tasks", "--control", "threadlocal"),
        ("--form", "mixed", "--control", "threadlocal"),
    ],
    ids=" ".join,
)
def test_a_soak_of_data_that_is_not_isolated_finds_mismatches(
    mode: tuple[str, ...],
) -> None:
    code, output = soak("--operations", "1000", "--clients", "16", *mode)
    assert code == 0, output
    assert number("mismatches", output) > 0
    assert "control     detected" in output


def test_a_control_with_one_thread_is_refused_as_it_cannot_cross() -> None:
    code, output = soak("--control", "--threads", "1")
    assert code == 2
    assert "--control needs --threads of at least 2" in output


TALLY = {"begun": 9, "ended": 9, "crossed": 0, "behind": 4, "waiting": 3, "left": 3}


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({}, ""),
        ({"ended": 8}, "teardowns differ"),
        ({"left": 2}, "cancellations differ"),
        ({"behind": 3}, "background tasks differ"),
        ({"crossed": 1}, "1 crossed"),
    ],
)
def test_an_outcome_whose_counts_are_not_even_has_failed(
    change: dict[str, int], failure: str
) -> None:
    outcome = Outcome("tasks", "", 400_000, tally=TALLY | change)
    findings = Findings(kinds={"background": 2})
    conclude(outcome, findings, samples(leak=0), 1)
    assert "; ".join(outcome.failures) == failure
    assert outcome.has_failed == bool(failure)


def test_a_table_says_of_each_run_whether_it_has_failed() -> None:
    good = Outcome("threads", "", tally=TALLY)
    bad = Outcome("tasks", "", tally=TALLY, failures=["2 mismatches"])
    missed = Outcome("mixed", "globals")
    found = Outcome("mixed", "globals", mismatches=5)
    notes = ["ok", "FAILED: 2 mismatches", "NOT DETECTED", "(globals) detected"]
    lines = table([good, bad, missed, found]).splitlines()[1:5]
    assert all(line.endswith(note) for line, note in zip(lines, notes, strict=True)), (
        lines
    )
    assert [o.has_failed for o in (good, bad, missed, found)] == [
        False,
        True,
        True,
        False,
    ]


SEEN = dict.fromkeys(
    ("g", "local", "stack", "var", "session", "header", "query", "path"), "c.1"
)


@pytest.mark.parametrize("place", SEEN)
def test_a_client_notices_any_single_place_that_is_another_requests(place: str) -> None:
    client = Client(0, "c", 1)
    client.check_seen("c.1", SEEN)
    assert client.findings.mismatches == 0
    client.check_seen("c.1", SEEN | {place: "c.2"})
    assert client.findings.mismatches == 1
    client.check_seen("c.1", {k: v for k, v in SEEN.items() if k != place})
    assert client.findings.mismatches == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("left", {"g": "c.0"}),
        ("previous", "d.9"),
        ("count", 3),
        ("who", "d"),
        ("flashes", []),
        ("flashes", ["flash of d.9"]),
        ("flashes", ["flash of c.1", "flash of d.9"]),
    ],
)
def test_a_client_notices_any_part_of_a_session_that_is_not_its_own(
    name: str, value: object
) -> None:
    own = {
        "left": {},
        "previous": "c.1",
        "count": 1,
        "who": "c",
        "flashes": ["flash of c.1"],
    }
    for before, mismatches in ((own, 0), (own | {name: value}, 1)):
        client = Client(0, "c", 1)
        client.wrote("c.1")
        client.check_before("c.2", before)
        assert client.findings.mismatches == mismatches


@pytest.mark.parametrize("wrong", ["x-soak-request", "x-soak-g", "cookie"])
def test_a_client_notices_a_header_of_another_request(wrong: str) -> None:
    client = Client(0, "c", 1)
    headers = {"x-soak-request": "c.1", "x-soak-g": "c.1"}
    client.check_headers("c.1", Answer(200, dict(headers), {"soak_seen": "c.1"}))
    assert client.findings.mismatches == 0
    cookie = "c.2" if wrong == "cookie" else "c.1"
    if wrong in headers:
        headers[wrong] = "c.2"
    client.check_headers("c.1", Answer(200, headers, {"soak_seen": cookie}))
    assert client.findings.mismatches == 1


def samples(*, leak: float, requests: int = 400_000) -> list[Sample]:
    """Return samples of a server that keeps `leak` bytes of each request."""
    return [
        Sample(done, int(80 * MIB + leak * done + (done % 3) * MIB))
        for done in range(0, requests, 5_000)
    ]


def test_memory_that_moves_without_growing_is_accepted() -> None:
    assert judge(samples(leak=0), warm_up=50_000, processes=1).failure is None


def test_memory_that_grows_a_little_with_each_request_is_refused() -> None:
    failure = judge(samples(leak=28), warm_up=50_000, processes=1).failure
    assert failure
    assert "per 100,000 requests" in failure


def test_memory_that_grows_much_in_few_requests_is_refused() -> None:
    grown = [Sample(1_000, 80 * MIB), Sample(3_000, 81 * MIB + GROWTH_BOUND)]
    failure = judge(grown, warm_up=1_000, processes=1).failure
    assert failure
    assert "memory grew by 9.0 MiB, more than 8.0 MiB" in failure
    assert judge(grown, warm_up=1_000, processes=2).failure is None


def test_memory_that_was_not_looked_at_after_the_warm_up_is_refused() -> None:
    failure = judge(samples(leak=0), warm_up=500_000, processes=1).failure
    assert failure == "too few samples after the warm-up"
