"""Sources: which files are read, and what is said of those that cannot be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from insula.deps.notebooks import cells_of
from insula.deps.sources import find_files, read_source

if TYPE_CHECKING:
    from pathlib import Path


def put(folder: Path, *names: str, text: str = "") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def names(folder: Path, *ignore: str, **options: Any) -> list[str]:
    found = find_files(folder, ignore, **options)
    return sorted(path.relative_to(folder).as_posix() for path in found)


def test_folders_of_tools_and_environments_are_not_entered(project: Path) -> None:
    put(project, "a.py", "b.pyi", "c.pyw", "d.ipynb", "e.txt", "env/app.py")
    put(project, ".venv/x.py", "node_modules/x.py", "build/x.py", "dist/x.py")
    put(project, "myenv/pyvenv.cfg", "myenv/lib/x.py", "__pycache__/x.py")
    put(project, "shop/build/__init__.py")
    assert names(project) == [
        "a.py",
        "b.pyi",
        "c.pyw",
        "d.ipynb",
        "env/app.py",
        "shop/build/__init__.py",
    ]


def test_program_without_suffix_is_known_by_its_first_line(project: Path) -> None:
    put(project, "manage", text="#!/usr/bin/env python3\nimport a\n")
    put(project, "other", text="#!/bin/sh\n")
    assert names(project) == ["manage"]


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        (["old"], ["a.py", "shop/b.py"]),
        (["./old/"], ["a.py", "shop/b.py"]),
        (["shop/old", "a.py"], ["old/c.py", "shop/b.py"]),
        (["*/b.py", "o*"], ["a.py"]),
    ],
)
def test_ignored_are_names_paths_and_patterns(
    project: Path, ignore: list[str], left: list[str]
) -> None:
    put(project, "a.py", "shop/b.py", "shop/old/d.py", "old/c.py")
    assert names(project, *ignore) == left


def test_links_that_lead_round_in_a_circle_are_followed_once(
    project: Path, tmp_path: Path
) -> None:
    put(project, "shop/a.py")
    put(tmp_path, "shared/b.py")
    (project / "shop" / "again").symlink_to(project)
    (project / "shop" / "up").symlink_to(tmp_path)
    (project / "one").symlink_to(tmp_path / "shared")
    (project / "two").symlink_to(tmp_path / "shared")
    (project / "nowhere.py").symlink_to(project / "gone.py")
    assert names(project) == ["one/b.py", "shop/a.py"]
    assert names(project, follow_links=False) == ["shop/a.py"]


def found(path: Path, encoding: str | None = None) -> tuple[list[str], list[Any]]:
    source = read_source(path, path.parent, encoding)
    problems = [(one.line, one.cell, one.message) for one in source.problems]
    return [one.name for _, one in source.imports], problems


@pytest.mark.parametrize(
    ("data", "encoding", "line", "message"),
    [
        (b"import a\nx = (\n", None, 2, "is no Python: '(' was never closed"),
        (b"import a\nprint 'x'\n", None, 2, "is no Python: "),
        (
            b"import a\n# caf\xe9\n",
            None,
            2,
            "cannot be decoded: byte 0xe9 is not utf-8",
        ),
        (b"# coding: nothing\n", None, 0, "is no Python: unknown encoding: nothing"),
        (b"import a\0\n", None, 0, ""),
        (b"x = " + b"(" * 5000 + b")" * 5000, None, 1, ""),
    ],
)
def test_file_that_cannot_be_read_is_a_problem_with_its_line(
    project: Path, data: bytes, encoding: str | None, line: int, message: str
) -> None:
    path = project / "a.py"
    path.write_bytes(data)
    imports, problems = found(path, encoding)
    assert imports == []
    assert len(problems) == 1
    assert message in problems[0][2]
    if message:
        assert problems[0][0] == line


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"# coding: latin-1\n# caf\xe9\nimport a\n", None),
        (b"\xef\xbb\xbfimport a\n", None),
        (b"# caf\xe9\nimport a\n", "cp1252"),
        (b"# coding: utf-8\n# caf\xc3\xa9\nimport a\n", "ascii"),
        (b"import a\r# one\r\n", None),
        (b"x = '\\d'\nimport a\n", None),
    ],
)
def test_encoding_is_that_of_the_file_before_that_of_the_option(
    project: Path, data: bytes, encoding: str | None
) -> None:
    path = project / "a.py"
    path.write_bytes(data)
    assert found(path, encoding) == (["a"], [])


def test_import_that_says_so_is_ignored(project: Path) -> None:
    put(project, "a.py", text="import a  # deps: ignore\nimport b\n")
    assert found(project / "a.py") == (["b"], [])


def notebook(*cells: Any, language: str = "python") -> bytes:
    made = [
        {"cell_type": "code", "source": cell} if not isinstance(cell, dict) else cell
        for cell in cells
    ]
    metadata = {"kernelspec": {"language": language}}
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4}).encode()


def test_notebook_is_read_cell_by_cell_without_magic(project: Path) -> None:
    path = project / "a.ipynb"
    path.write_bytes(
        notebook(
            {"cell_type": "markdown", "source": ["import no"]},
            ["%matplotlib inline\n", "import a\n", "!pip install x \\\n", "  y\n"],
            "%%bash\nimport no",
            "%%time\nimport b\nb.run?\n",
            "files = !ls\nif files:\n    %time import no\nimport c\nawait c.x()",
            "import d\nx = (\n",
            's = """\n%d is kept\n"""\nimport e',
        )
    )
    source = read_source(path, project)
    imports = [(cell, one.line, one.name) for cell, one in source.imports]
    assert imports == [(2, 2, "a"), (4, 2, "b"), (5, 4, "c"), (7, 4, "e")]
    assert [(one.cell, one.line) for one in source.problems] == [(6, 2)]


def test_notebook_of_another_language_has_no_imports() -> None:
    assert list(cells_of(notebook("import a", language="R"))) == []


@pytest.mark.parametrize("data", [b"{}", b"[", b"[]", b"\xff"])
def test_file_that_is_no_notebook_is_a_problem(project: Path, data: bytes) -> None:
    path = project / "a.ipynb"
    path.write_bytes(data)
    assert found(path) == ([], [(0, 0, "cannot be read: it is no notebook")])
