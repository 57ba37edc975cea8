"""Percentiles, histograms, and how they are shown."""

from __future__ import annotations

from array import array
from collections import Counter

import pytest

from insula.cli.bench.load import LoadOptions
from insula.cli.bench.report import print_result, shown_time
from insula.cli.bench.result import Result, buckets_of, percentile


def test_percentile_is_the_least_value_that_so_many_are_not_above() -> None:
    values = [float(n) for n in range(1, 101)]
    assert percentile(values, 50) == 50
    assert percentile(values, 99) == 99
    assert percentile(values, 99.9) == 100
    assert percentile([7.0], 50) == 7
    assert percentile([], 50) is None


@pytest.mark.parametrize(
    "values",
    [[0.001], [1e-5, 90.0], [0.0011, 0.0012, 0.5], [n / 1e4 for n in range(1, 999)]],
)
def test_histogram_counts_every_value_once_in_few_rows(values: list[float]) -> None:
    rows = buckets_of(sorted(values))
    assert 1 <= len(rows) <= 14
    assert sum(count for _, _, count in rows) == len(values)
    for low, high, count in rows:
        assert count == sum(low <= value < high for value in values)
    assert rows[0][2]
    assert rows[-1][2]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2.5, "2.50 s"), (0.0123, "12.3 ms"), (0.00012, "120 µs"), (1e-7, "0.10 µs")],
)
def test_time_is_shown_with_three_digits(seconds: float, text: str) -> None:
    assert shown_time(seconds).replace("us", "µs") == text


def result_of(latencies: list[float]) -> Result:
    return Result(
        latencies=array("d", latencies),
        statuses=Counter({200: len(latencies)}),
        received=1000,
        seconds=1.0,
    )


def test_result_fits_eighty_columns(capsys: pytest.CaptureFixture[str]) -> None:
    result = result_of([n * n / 1e8 for n in range(1, 100_000)])
    print_result(result, LoadOptions(), title="GET /")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any("█" in line or "#" in line for line in lines)


def test_client_that_is_the_limit_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    result = result_of([0.1])
    result.busy = 0.95
    print_result(result, LoadOptions(), title="GET /")
    assert "at work 95% of the time" in capsys.readouterr().out
    result.busy = 0.5
    print_result(result, LoadOptions(), title="GET /")
    assert "at work" not in capsys.readouterr().out
