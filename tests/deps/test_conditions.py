"""Conditions: which Pythons and systems get to an import."""

from __future__ import annotations

import ast
import sys

import pytest

from insula.deps.conditions import PYTHONS, Condition, condition_of, marker_of
from insula.deps.conditions import pythons_of as pythons

FROM_8 = pythons(">=3.8")


def markers(test: str) -> tuple[str | None, str | None]:
    expression = ast.parse(test, mode="eval").body
    yes, no = condition_of(expression)
    return marker_of([yes], FROM_8), marker_of([no], FROM_8)


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (
            "sys.version_info >= (3, 11)",
            ('python_version >= "3.11"', 'python_version < "3.11"'),
        ),
        (
            "version_info < (3, 9, 2)",
            ('python_version < "3.9"', 'python_version >= "3.9"'),
        ),
        (
            "sys.version_info[:2] == (3, 9)",
            (
                'python_version >= "3.9" and python_version < "3.10"',
                '(python_version < "3.9") or (python_version >= "3.10")',
            ),
        ),
        ("sys.version_info[0] == 2", (None, "")),
        ("sys.version_info.major >= 3", ("", None)),
        ("six.PY2", (None, "")),
        ("sys.version_info < (3, 8)", (None, "")),
        (
            "not sys.version_info >= (3, 10)",
            ('python_version < "3.10"', 'python_version >= "3.10"'),
        ),
        (
            "sys.version_info >= (3, 9) and sys.version_info < (3, 11)",
            (
                'python_version >= "3.9" and python_version < "3.11"',
                '(python_version < "3.9") or (python_version >= "3.11")',
            ),
        ),
        ("flag and sys.version_info >= (3, 10)", ('python_version >= "3.10"', "")),
        ("flag or sys.version_info >= (3, 10)", ("", "")),
        ("sys.version_info >= limit", ("", "")),
        ("sys.version_info >= 'x'", ("", "")),
        ("sys.version_info[9] > 1", ("", "")),
        ("debug", ("", "")),
        (
            "sys.platform == 'win32'",
            ('sys_platform == "win32"', 'sys_platform != "win32"'),
        ),
        ("os.name != 'nt'", ('os_name != "nt"', 'os_name == "nt"')),
        (
            "sys.platform.startswith('win')",
            ('sys_platform == "win32"', 'sys_platform != "win32"'),
        ),
        ("name == 'x'", ("", "")),
    ],
)
def test_marker_is_that_of_the_branch(
    test: str, expected: tuple[str | None, str | None]
) -> None:
    assert markers(test) == expected


def test_marker_of_a_system_and_pythons_holds_for_both() -> None:
    both = Condition(frozenset({8, 9})) & Condition(system='os_name == "nt"')
    assert marker_of([both], FROM_8) == 'os_name == "nt" and python_version < "3.10"'


def test_conditions_are_joined_and_what_is_always_wins() -> None:
    old, windows = Condition(frozenset({8})), Condition(system='os_name == "nt"')
    joined = marker_of([old, windows], FROM_8)
    assert joined == 'python_version < "3.9" or os_name == "nt"'
    assert marker_of([old, Condition()], FROM_8) == ""


def test_condition_holds_here_or_does_not() -> None:
    yes, no = condition_of(ast.parse("sys.platform == 'nowhere'", mode="eval").body)
    minor = sys.version_info.minor
    assert (yes.holds(minor), no.holds(minor)) == (False, True)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        (">=3.10", 10, max(PYTHONS)),
        (">=3.9,<3.12", 9, 11),
        ("~=3.10", 10, max(PYTHONS)),
        ("~=3.10.2", 10, 10),
        (">3.8", 9, max(PYTHONS)),
        (">3.8.1", 8, max(PYTHONS)),
        ("==3.11.*", 11, 11),
        ("<=3.9", min(PYTHONS), 9),
        (">=3", min(PYTHONS), max(PYTHONS)),
        ("", min(PYTHONS), max(PYTHONS)),
        ("nonsense", min(PYTHONS), max(PYTHONS)),
        (">=2.7, !=3.6.*, <4", 7, max(PYTHONS)),
    ],
)
def test_pythons_are_those_that_requires_python_allows(
    text: str, first: int, last: int
) -> None:
    assert (min(pythons(text)), max(pythons(text))) == (first, last)
