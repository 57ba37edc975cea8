"""Which target stands in which row, and what each ratio is of."""

from __future__ import annotations

import pytest
from benchmarks.beside.environment import merged
from benchmarks.beside.report import Report
from benchmarks.beside.served import SERVERS, Rates


def rates(**slower: float) -> Rates:
    """Return rates of one round; by the clock each server is at a tenth."""
    found = Rates(4)
    for name in SERVERS:
        rate = slower.get(name.replace(" ", "_"), 1_000.0)
        found.add(name, 100.0)
        found.add(f"{name} processor", rate)
    return found


def rows(report: Report) -> dict[str, list[str]]:
    table = [line.strip("| ").split(" | ") for line in report.lines if line[:1] == "|"]
    return {cells[0]: cells for cells in table}


@pytest.mark.parametrize("title", ["Insula on its own server", "Insula on Granian"])
def test_servers_judges_insula_by_the_same_targets_on_either_server(title: str) -> None:
    report = Report()
    report.servers(rates(insula=895.0, granian=895.0, falcon=800.0, flask=100.0))
    assert rows(report)[title][-1] == (
        "0.9 times bare WSGI application on Granian, is 0.895: **missed**"
        "<br>1 times Falcon on Granian, is 1.119: met"
        "<br>5 times Flask on Granian, is 8.950: met"
    )


def test_servers_compares_what_runs_on_granian_by_processor_time() -> None:
    report = Report()
    report.servers(rates(insula=500.0, flask=250.0))
    cells = rows(report)["Insula on its own server"]
    assert cells[1:5] == ["100", "500", "0.50", "2.00"]


def test_servers_compares_commands_as_they_come_by_the_clock() -> None:
    report = Report()
    report.servers(rates(insula_run=9_000.0))
    cells = rows(report)["`insula run`, as it comes"]
    assert cells[1:5] == ["100", "9,000", "1.00", "1.00"]
    assert cells[5].startswith(
        "15 times `flask run`, as it comes, is 1.000: **missed**"
    )


def test_servers_says_of_what_its_ratios_are() -> None:
    report = Report()
    report.servers(rates())
    text = " ".join(report.lines)
    assert "requests per second of the server's processor time" in text
    assert (
        "Those of `insula run`, as it comes; Flask on gunicorn, gthread, 4 threads;"
        " `flask run`, as it comes are of requests per second by the clock" in text
    )


def test_summary_counts_every_target_once() -> None:
    report = Report()
    report.servers(rates(insula=895.0))
    report.summary()
    told = sum(line.count(": met") + line.count("**missed**") for line in report.lines)
    assert told == 9
    assert f"{9 - len(report.missed)} of 9 met." in report.lines


def test_merged_versions_that_differ_are_both_told() -> None:
    found = [{"granian": "2", "sqlalchemy": "1"}, {"granian": "3", "sqlalchemy": "1"}]
    assert merged(found) == "granian 2 and 3, sqlalchemy 1"
