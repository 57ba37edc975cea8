"""Files of requirements: all that is not changed stays as it was."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from insula.deps import Changes, FileError, PyprojectFile, Requirement, RequirementsFile
from insula.deps.toml_arrays import Toml, TomlError

if TYPE_CHECKING:
    from pathlib import Path

REQUIREMENTS = """\
# what the shop needs
-r base.txt
--index-url https://h/simple
flask[async]>=2  # web
requests==2.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
git+https://h/x.git@v1#egg=My.Lib
-e ./libs/one
tomli==1.0 ; python_version < "3.11"

zope.event==4   # last; deps: keep
"""


@pytest.fixture
def requirements(tmp_path: Path) -> RequirementsFile:
    """Return a file that includes another."""
    (tmp_path / "base.txt").write_text("click\n-r requirements.txt\n")
    path = tmp_path / "requirements.txt"
    path.write_text(REQUIREMENTS)
    return RequirementsFile(path)


def test_requirements_are_read_with_their_lines(requirements: RequirementsFile) -> None:
    found = [
        (one.requirement.name, one.path.name, one.line, one.in_target)
        for one in requirements.declared
    ]
    assert found == [
        ("click", "base.txt", 1, False),
        ("flask", "requirements.txt", 4, True),
        ("requests", "requirements.txt", 5, True),
        ("My.Lib", "requirements.txt", 8, True),
        ("", "requirements.txt", 9, True),
        ("tomli", "requirements.txt", 10, True),
        ("zope.event", "requirements.txt", 12, True),
    ]
    by_key = {one.key: one for one in requirements.declared}
    assert (by_key["requests"].frozen, by_key[""].frozen) == (True, True)
    assert (by_key["zope-event"].keep, by_key["flask"].keep) == (True, False)


def test_file_without_changes_is_the_same(requirements: RequirementsFile) -> None:
    assert requirements.changed(Changes()) == REQUIREMENTS


def test_lines_are_changed_added_and_removed_alone(
    requirements: RequirementsFile,
) -> None:
    changes = Changes(
        add=[Requirement("attrs", versions="==1")],
        update={
            "flask": Requirement("flask", ("async",), "==3.1"),
            "zope-event": Requirement("zope.event", versions="==5"),
        },
        remove={"requests", "tomli"},
    )
    assert requirements.changed(changes) == (
        "# what the shop needs\n-r base.txt\n--index-url https://h/simple\n"
        "attrs==1\nflask[async]==3.1  # web\n"
        "git+https://h/x.git@v1#egg=My.Lib\n-e ./libs/one\n\n"
        "zope.event==5   # last; deps: keep\n"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "b==1\n"),
        ("# note\n", "# note\nb==1\n"),
        ("a\nc", "a\nb==1\nc"),
        ("a", "a\nb==1\n"),
        ("a\r\nc\r\n", "a\r\nb==1\r\nc\r\n"),
        ("z\na\n", "z\na\nb==1\n"),
        ("a\n# about c\nc\n\n# end\n", "a\n# about c\nb==1\nc\n\n# end\n"),
    ],
)
def test_new_line_keeps_order_and_line_ends(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "requirements.txt"
    path.write_bytes(old.encode())
    file = RequirementsFile(path)
    assert file.changed(Changes(add=[Requirement("b", versions="==1")])) == new


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_bytes_of_other_encodings_are_kept(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "requirements.txt"
    path.write_bytes("# größer\nclick\n".encode(encoding))
    file = RequirementsFile(path)
    assert [one.key for one in file.declared] == ["click"]
    file.source.write(file.changed(Changes(update={"click": Requirement("Click")})))
    assert path.read_bytes().decode(encoding) == "# größer\nClick\n"


def test_file_that_includes_what_is_not_there_says_where(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("click\n-r nothing.txt\n")
    with pytest.raises(FileError, match=r"requirements.txt:2 includes 'nothing.txt'"):
        RequirementsFile(path)


PYPROJECT = """\
# top
[build-system]
requires = ["hatchling"]

[project]
name = "shop"  # ours
requires-python = '>=3.10'
dependencies = [
  # web
  'Flask>=2',  # the framework
  'requests[socks]',
  "tomli; python_version < '3.11'"
]

[project.optional-dependencies]
db = ["sqlalchemy"]

[tool.x]
dependencies = ["not this"]
"""


def pyproject(path: Path, text: str) -> PyprojectFile:
    path.write_bytes(text.encode())
    return PyprojectFile(path)


def test_project_is_read_with_lines_and_extras(tmp_path: Path) -> None:
    file = pyproject(tmp_path / "pyproject.toml", PYPROJECT)
    assert (file.name, file.requires_python) == ("shop", ">=3.10")
    assert file.holds_dependencies
    found = [(one.key, one.line, one.extra) for one in file.declared]
    assert found == [
        ("flask", 10, ""),
        ("requests", 11, ""),
        ("tomli", 12, ""),
        ("sqlalchemy", 16, "db"),
    ]


def test_array_is_changed_in_place(tmp_path: Path) -> None:
    file = pyproject(tmp_path / "pyproject.toml", PYPROJECT)
    assert file.changed(Changes()) == PYPROJECT
    changes = Changes(
        add=[
            Requirement("click", versions=">=8"),
            Requirement("zz", marker='a == "b"'),
        ],
        update={"flask": Requirement("Flask", versions=">=3")},
        remove={"requests"},
    )
    old = PYPROJECT.partition("  # web")[2].partition("]\n")[0]
    new = (
        "\n  'click>=8',\n  'Flask>=3',  # the framework\n"
        "  \"tomli; python_version < '3.11'\",\n  'zz; a == \"b\"',\n"
    )
    assert file.changed(changes) == PYPROJECT.replace(old, new)


@pytest.mark.parametrize(
    ("old", "remove", "add", "new"),
    [
        ('["a"]', {"a"}, [], "[]"),
        ('["a", "b"]', {"a"}, [], '["b"]'),
        ('["a", "b"]', {"b"}, [], '["a"]'),
        ('["a", "c"]', set(), ["b"], '["a", "b", "c"]'),
        ('["b"]', set(), ["a"], '["a", "b"]'),
        ("[]", set(), ["a"], '[\n    "a",\n]'),
        ("[\n  # none\n]", set(), ["a"], '[\n  # none\n    "a",\n]'),
        ('[\n  "a",\n  "b",\n]', {"a", "b"}, [], "[\n]"),
        ('[\n  "a",\n  "b"  # x\n]', {"b"}, [], '[\n  "a"\n]'),
        ('[\n  "a",  # x\n  "c"\n]', set(), ["b"], '[\n  "a",  # x\n  "b",\n  "c"\n]'),
        ('[\n  "a"  # x\n]', set(), ["b"], '[\n  "a",  # x\n  "b",\n]'),
        (
            f'["a{"a" * 60}"]',
            set(),
            ["b" * 20],
            f'[\n    "a{"a" * 60}",\n    "{"b" * 20}",\n]',
        ),
    ],
)
def test_arrays_of_each_form_stay_of_it(
    tmp_path: Path, old: str, remove: set[str], add: list[str], new: str
) -> None:
    text = "[project]\ndependencies = {}  # end\nname = 'x'\n"
    file = pyproject(tmp_path / "pyproject.toml", text.format(old))
    changes = Changes(add=[Requirement(name) for name in add], remove=remove)
    assert file.changed(changes) == text.format(new)


def test_array_that_is_not_there_is_made_in_its_table(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n\n[tool.y]\nz = 1\n'
    file = pyproject(tmp_path / "pyproject.toml", text)
    changes = Changes(add=[Requirement("a")], add_dev=[Requirement("pytest")])
    assert file.changed(changes) == (
        '[project]\nname = "x"\ndependencies = [\n    "a",\n]\n\n[tool.y]\nz = 1\n\n'
        '[dependency-groups]\ndev = [\n    "pytest",\n]\n'
    )


@pytest.mark.parametrize(
    "table", ["dependency-groups", "project.optional-dependencies"]
)
def test_development_requirements_go_to_the_group_that_is_there(
    tmp_path: Path, table: str
) -> None:
    text = f'[project]\ndependencies = []\n\n[{table}]\ntest = ["a"]\n'
    file = pyproject(tmp_path / "pyproject.toml", text)
    changes = Changes(add_dev=[Requirement("pytest")])
    assert file.changed(changes) == text.replace('["a"]', '["a", "pytest"]')


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("[project]\nname = 'x'\n", True),
        ("[project]\ndynamic = ['version', 'dependencies']\n", False),
        ("[tool.poetry.dependencies]\nflask = '*'\n", False),
        ("", False),
    ],
)
def test_dependencies_are_held_where_the_project_table_is(
    tmp_path: Path, text: str, holds: bool
) -> None:
    assert pyproject(tmp_path / "p.toml", text).holds_dependencies is holds


@pytest.mark.parametrize(
    "text", ["[project\n", "a = \n", "a = [1, 2\n", "= 1\n", "a = 'x\n", "a = {b = 1\n"]
)
def test_text_that_is_no_toml_says_where(tmp_path: Path, text: str) -> None:
    with pytest.raises(FileError, match=r"p.toml:\d+ is no TOML"):
        pyproject(tmp_path / "p.toml", f"# note\n{text}")


TOML = '''\
title = "a \\"b\\" \\u00e9\\n"
'quoted key' = 'C:\\x'
a.b."c.d" = """
two
lines \\
   joined"""
raw = \'\'\'
it's\'\'\'
numbers = [1, 2.5, [true, 1979-05-27T07:32:00Z]]
inline = { x = "y", z = ["q"], "k" = {} }
[[many]]
name = "first"
[[many]]
name = "second"
[table."x.y"]  # [not = "this"]
list = [ # "no"
  "one", # , "no"
  'two' ,
]
'''


def test_values_are_those_that_the_standard_reader_finds() -> None:
    toml = Toml(TOML)
    assert toml.string("title") == 'a "b" é\n'
    assert toml.string("quoted key") == "C:\\x"
    assert toml.string("a", "b", "c.d") == "two\nlines joined"
    assert toml.string("raw") == "it's"
    assert toml.string("inline", "x") == "y"
    assert toml.string("many", "[2]", "name") == "second"
    items = toml.values["table", "x.y", "list"].items
    assert [item.text for item in items or ()] == ["one", "two"]
    if sys.version_info >= (3, 11):
        import tomllib

        read = tomllib.loads(TOML)
        assert read["title"] == toml.string("title")
        assert read["a"]["b"]["c.d"] == toml.string("a", "b", "c.d")
        assert read["raw"] == toml.string("raw")
        assert read["table"]["x.y"]["list"] == ["one", "two"]


def test_error_has_the_line() -> None:
    with pytest.raises(TomlError) as caught:
        Toml("a = 1\nb = [\n")
    assert caught.value.line == 3
