"""Columns: how wide they are, and where colours go."""

from __future__ import annotations

import pytest

from insula.cli.table import print_table, shortened, styled, text_width


def test_letters_that_take_two_columns_are_counted_as_two(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table({"Rule": ["/日本", "/e\u0301t"], "Kind": ["sync", "async"]})
    assert capsys.readouterr().out.splitlines() == [
        "Rule   Kind",
        "-----  -----",
        "/日本  sync",
        "/e\u0301t    async",
    ]


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("abc", 1, "…"),
    ],
)
def test_text_that_is_shortened_fits(text: str, width: int, shown: str) -> None:
    assert shortened(text, width) == shown
    assert text_width(shown) <= width


def test_text_without_a_style_has_no_codes() -> None:
    assert styled("a", fg=None, dim=False) == "a"
    assert styled("a", dim=True) == "\x1b[2ma\x1b[0m"
