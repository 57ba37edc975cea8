"""The page for users has every row of the table."""

from __future__ import annotations

from tests.legacy.page import PAGE, filled, tables

from insula.flask._legacy import OLD_NAMES


def test_page_has_the_tables_as_they_are() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert filled(page) == page, "run `python -m tests.legacy.page`"


def test_page_has_each_row_once() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert all(page.count(f"| `{row.name}` |") == 1 for row in OLD_NAMES)
    assert [f"<!-- {name} -->" in page for name in tables()] == [True] * 5
