"""The judge itself: what it complains of."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.compat.flask_suite import BY_NATURE, complaints, together, without
from tests.suites.outcomes import Outcome

ROOT = Path(__file__).resolve().parents[2]
ONLY_HERE = "is there on the stand-in only"


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        (Outcome({"a", "b", "c"}, set(), {"d"}), []),
        (Outcome({"a", "b", "c", "d"}), []),
        (
            Outcome({"a", "b"}, {"c"}, {"d"}),
            ["fails on the stand-in and on the real Flask: c"],
        ),
        (Outcome({"a", "c"}, {"b"}, {"d"}), ["fails on the stand-in: b"]),
        (
            Outcome({"a", "c"}, set(), {"b", "d"}),
            ["is skipped on the stand-in only: b"],
        ),
        (
            Outcome({"a", "b"}, set(), {"c", "d"}),
            ["is skipped on the stand-in only: c"],
        ),
        (Outcome({"a", "c"}, set(), {"d"}), ["is not there on the stand-in: b"]),
        (Outcome({"a", "b", "c"}), ["is not there on the stand-in: d"]),
        (Outcome({"a", "b", "c", "new"}, set(), {"d"}), [f"{ONLY_HERE}: new"]),
        (
            Outcome({"a", "b", "c"}, {"new"}, {"d"}),
            ["fails on the stand-in: new"],
        ),
        (
            Outcome(),
            [f"is not there on the stand-in: {test}" for test in "abcd"],
        ),
    ],
)
def test_complaints_name_each_test_that_differs_from_the_real_flasks(
    ours: Outcome, said: list[str]
) -> None:
    real = Outcome(passed={"a", "b"}, failed={"c"}, skipped={"d"})

    assert complaints(real, ours) == said


def test_complaints_of_different_numbers_of_tests_are_made() -> None:
    assert complaints(Outcome({"a"}), Outcome({"a", "b"})) == [f"{ONLY_HERE}: b"]


def test_complaints_are_made_where_nothing_passed_on_the_real_flask() -> None:
    assert complaints(Outcome(), Outcome()) == [
        "no test passed on the real Flask: nothing is measured"
    ]


def test_tests_that_are_expected_to_fail_are_left_out_and_must_fail() -> None:
    ours = Outcome(passed={"a", "b"}, failed={"c", "d"}, skipped={"e"})

    rest, said = without(ours, ["b", "c", "e"])

    assert rest == Outcome({"a"}, {"d"}, set())
    assert said == [
        "is expected to fail and does not: b",
        "is expected to fail and does not: e",
    ]
    assert len(BY_NATURE) == 3


def test_outcomes_together_are_counted() -> None:
    outcome = Outcome({"a"}, {"b", "c"}, {"d"})

    assert together([outcome, outcome]) == "2 passed, 4 failed, 2 skipped"


def test_judge_asked_for_no_python_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.compat.flask_suite", "--python", os.devnull],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert f"{os.devnull} is no Python" in done.stderr
