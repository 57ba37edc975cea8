"""Requirement: lines are read and written as they were."""

from __future__ import annotations

import pytest

from insula.deps.requirement import Requirement, canonical, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flask", Requirement("flask")),
        ("Flask>=2,<3", Requirement("Flask", versions=">=2,<3")),
        ("flask (>=2)", Requirement("flask", versions=">=2")),
        (
            "flask[async, dotenv]==3.1",
            Requirement("flask", ("async", "dotenv"), "==3.1"),
        ),
        (
            "tomli >= 2 ; python_version < '3.11'",
            Requirement("tomli", versions=">= 2", marker="python_version < '3.11'"),
        ),
        (
            "lib @ git+https://h/x.git@v1 ; os_name == 'nt'",
            Requirement("lib", url="git+https://h/x.git@v1", marker="os_name == 'nt'"),
        ),
        (
            "git+https://h/x.git@v1#egg=My.Lib[a]&subdirectory=p",
            Requirement(
                "My.Lib",
                ("a",),
                url="git+https://h/x.git@v1#egg=My.Lib[a]&subdirectory=p",
            ),
        ),
        (
            "./wheels/my_lib-1.0-py3-none-any.whl",
            Requirement("my_lib", url="./wheels/my_lib-1.0-py3-none-any.whl"),
        ),
        (
            "https://h/my-lib-1.0.tar.gz",
            Requirement("my-lib", url="https://h/my-lib-1.0.tar.gz"),
        ),
        (".[dev]", Requirement("", ("dev",), url=".[dev]")),
        ("./libs/one", Requirement("", url="./libs/one")),
        ("not a requirement", None),
        ("", None),
        ("flask==", None),
    ],
)
def test_line_is_read(text: str, expected: Requirement | None) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "flask",
        "flask[async]>=2,<3",
        'tomli==2.0; python_version < "3.11"',
        'lib @ git+https://h/x@v1 ; os_name == "nt"',
    ],
)
def test_what_was_read_is_written_alike(text: str) -> None:
    requirement = parse(text)
    assert requirement is not None
    assert requirement.text() == text


def test_quote_of_the_marker_is_chosen() -> None:
    requirement = Requirement("a", marker='python_version < "3.11"')
    assert requirement.text("'") == "a; python_version < '3.11'"


@pytest.mark.parametrize(
    ("versions", "exact"),
    [("==1.0", "1.0"), ("=== 1.0", "1.0"), ("==1.*", None), (">=1", None), ("", None)],
)
def test_exact_version_is_the_only_one_allowed(
    versions: str, exact: str | None
) -> None:
    assert Requirement("a", versions=versions).exact == exact


def test_names_are_compared_in_one_form() -> None:
    assert canonical("Zope.Interface_x--Y") == "zope-interface-x-y"
