"""How what pytest wrote of a run is read, and results are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.suites.outcomes import Outcome, keep, kept, read_report

if TYPE_CHECKING:
    from pathlib import Path


def test_report_is_read_with_each_test_once_and_repeated_names_numbered(
    tmp_path: Path,
) -> None:
    file = tmp_path / "report.xml"
    file.write_text(
        """<testsuites><testsuite>
        <testcase classname="m" name="a"/>
        <testcase classname="m" name="a"><error/></testcase>
        <testcase classname="m" name="b"><failure/></testcase>
        <testcase classname="m" name="c"><skipped/></testcase>
        </testsuite></testsuites>"""
    )

    assert read_report(file) == Outcome({"m::a"}, {"m::a (2)", "m::b"}, {"m::c"})


def test_test_named_after_an_address_has_one_name_in_every_process(
    tmp_path: Path,
) -> None:
    file = tmp_path / "report.xml"
    file.write_text(
        """<testsuites><testsuite>
        <testcase classname="m" name="a[object at 0x7f0012ab34cd]"/>
        </testsuite></testsuites>"""
    )

    assert read_report(file).passed == {"m::a[object at 0x]"}


def test_results_that_are_kept_are_read_as_they_were(tmp_path: Path) -> None:
    results = {"tests": Outcome({"a", "b"}, {"c"}, {"d"}), "none": Outcome()}

    keep(results, tmp_path / "kept.json")

    assert kept(tmp_path / "kept.json") == results
