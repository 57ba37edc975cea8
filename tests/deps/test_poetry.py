"""Dependencies in the tables of Poetry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from insula.deps import Changes, FileError, PyprojectFile
from insula.deps.poetry import versions_of
from insula.deps.requirement import Requirement

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
[tool.poetry]
name = "shop"

[tool.poetry.dependencies]
python = "^3.10"
Flask = "^3.0"
requests = { version = "~2.31", extras = ["socks", "use_chardet_on_py3"] }
redis = { version = "*", optional = true }
waitress = "3.0"  # deps: keep
forked = { git = "https://example.org/forked.git", rev = "abc" }
beside = { path = "../beside", develop = true }
windows = { version = ">=1", markers = "sys_platform == 'win32'" }
either = [
  { version = "<2", python = "<3.11" },
  { version = ">=2", python = ">=3.11" },
]

[tool.poetry.dependencies.tabled]
version = "^0.4.1"

[tool.poetry.group.lint.dependencies]
ruff = "*"

[tool.poetry.dev-dependencies]
pytest = ">=8,<9"
"""


def file_of(folder: Path, text: str) -> PyprojectFile:
    path = folder / "pyproject.toml"
    path.write_text(text)
    return PyprojectFile(path)


def test_each_form_of_a_dependency_is_read(tmp_path: Path) -> None:
    file = file_of(tmp_path, TEXT)
    found = [(d.requirement.text(), d.extra, d.line) for d in file.declared]
    assert found == [
        ("Flask>=3.0,<4", "", 6),
        ("requests[socks,use_chardet_on_py3]>=2.31,<2.32", "", 7),
        ("redis", "optional", 8),
        ("waitress==3.0", "", 9),
        ("forked @ git+https://example.org/forked.git@abc", "", 10),
        ("beside @ ../beside", "", 11),
        ("windows>=1; sys_platform == 'win32'", "", 12),
        ("either", "", 13),
        ("tabled>=0.4.1,<0.5", "", 19),
        ("ruff", "lint", 22),
        ("pytest>=8,<9", "dev", 25),
    ]
    assert [d.requirement.name for d in file.declared if d.keep] == ["waitress"]
    assert (file.name, file.requires_python) == ("shop", ">=3.10,<4")
    assert file.is_of_poetry
    assert not file.holds_dependencies


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", ""),
        ("*", ""),
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("^2.0b1", ">=2.0b1,<3"),
        ("~=1.2", "~=1.2"),
        ("1.2", "==1.2"),
        ("1.*", "==1.*"),
        (">=1.2, !=1.3", ">=1.2,!=1.3"),
        ("^1.2, !=1.3", ">=1.2,<2,!=1.3"),
        ("^1 || ^2", ""),
    ],
)
def test_versions_are_those_of_pep_440(said: str, meant: str) -> None:
    assert versions_of(said) == meant


@pytest.mark.parametrize(
    ("text", "expected", "names"),
    [
        (
            "[project]\ndependencies = ['a>=1']\n[tool.poetry.dependencies]\na = {}\n",
            False,
            ["a"],
        ),
        (
            "[project]\ndynamic = ['dependencies']\n[tool.poetry.dependencies]\na='1'",
            True,
            ["a"],
        ),
        ("[tool.poetry]\nname = 'x'\ndependencies = { a = '*' }\n", True, ["a"]),
        ("[tool.poetry]\nname = 'x'\n", False, []),
    ],
)
def test_table_of_poetry_is_what_counts_without_the_projects_own(
    tmp_path: Path, text: str, expected: bool, names: list[str]
) -> None:
    file = file_of(tmp_path, text)
    assert file.is_of_poetry is expected
    assert [one.requirement.name for one in file.declared] == names


def test_changes_are_left_to_poetry_with_the_commands(tmp_path: Path) -> None:
    file = file_of(tmp_path, TEXT)
    assert file.changed(Changes()) == TEXT
    changes = Changes(
        add=[Requirement("one"), Requirement("two")],
        add_dev=[Requirement("three")],
        remove={"redis"},
    )
    with pytest.raises(FileError) as caught:
        file.changed(changes)
    assert str(caught.value) == (
        f"{file.path} has its dependencies in [tool.poetry.dependencies], which Poetry"
        " writes: poetry add one two, poetry add --group dev three, poetry remove"
        " redis. Another file is named with --savepath."
    )
