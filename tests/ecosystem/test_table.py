"""What is a difference, and how the page's table is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.ecosystem.suite import all_suites
from tests.ecosystem.table import BEGIN, END, PAGE, Row, differences, table, update
from tests.suites.outcomes import Outcome

if TYPE_CHECKING:
    from pathlib import Path

REAL = Outcome(passed={"a", "b"}, failed={"c"}, skipped={"d"})


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        (Outcome({"a", "b"}, {"c"}, {"d"}), []),
        (Outcome({"a", "b", "c", "d", "more"}), []),
        (Outcome({"a", "b"}, {"c", "d", "more"}), []),
        (Outcome({"a"}, {"b"}), ["fails: b"]),
        (Outcome({"a"}, set(), {"b"}), ["is skipped: b"]),
        (Outcome(), ["is not there: a", "is not there: b"]),
    ],
)
def test_difference_is_a_test_that_passes_on_the_real_flask_alone(
    ours: Outcome, said: list[str]
) -> None:
    assert differences(REAL, ours) == said


def test_difference_is_told_where_nothing_passes_on_the_real_flask() -> None:
    real = Outcome(failed={"a"})

    assert differences(real, real) == [
        "no test passes on the real Flask: nothing is measured"
    ]


def row(suite: str, tests: int, difference: int = 0) -> Row:
    return Row(suite, "1.0", tests, tests, tests - difference, difference)


def test_table_has_its_columns_aligned() -> None:
    lines = table([row("Flask-Long-Name", 5).cells, row("F", 1200, 3).cells])

    assert lines.splitlines() == [
        "| Suite           | Release | Tests | On Flask | On Insula | Difference |",
        "| --------------- | ------- | ----: | -------: | --------: | ---------: |",
        "| Flask-Long-Name | 1.0     |     5 |        5 |         5 |       none |",
        "| F               | 1.0     |  1200 |     1200 |      1197 |          3 |",
    ]


def test_page_keeps_the_lines_of_suites_that_did_not_run(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}{END}after\n")
    known = ["a", "b", "c"]

    update(page, {"c": row("c", 1), "a": row("a", 1), "gone": row("gone", 1)}, known)
    update(page, {"a": row("a", 2, 1), "b": row("b", 3)}, known)

    rows = [row("a", 2, 1), row("b", 3), row("c", 1)]
    written = table(each.cells for each in rows)
    assert page.read_text() == f"before\n{BEGIN}{written}{END}after\n"


def test_page_without_a_place_for_the_table_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing\n")

    with pytest.raises(ValueError, match=r"has no place for the table"):
        update(page, {"a": row("a", 1)}, ["a"])

    assert page.read_text() == "nothing\n"


def test_page_of_the_documentation_has_a_line_for_every_suite() -> None:
    text = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]

    written = [line.split("|")[1].strip() for line in text.splitlines()[2:]]

    assert written == [suite.name for suite in all_suites()]
