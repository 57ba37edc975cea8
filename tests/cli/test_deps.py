"""`insula deps`: what it writes, shows and finds, and how it ends."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from insula.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in a folder, with distributions that are installed beside."""
    site = tmp_path / "site"
    for name, version, module, requires in (
        ("Shop-Lib", "2.1.0", "shoplib", "Requires-Dist: extralib; extra == 'x'\n"),
        ("extralib", "1.0+local", "extralib", ""),
        ("devlib", "3", "devlib", ""),
    ):
        info = site / f"{module}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}"
        )
        (info / "RECORD").write_text(f"{module}.py,,\n")
    folder = tmp_path / "project"
    (folder / "tests").mkdir(parents=True)
    (folder / "app.py").write_text("import os\nimport shoplib\nfrom shoplib import a\n")
    (folder / "tests" / "test_app.py").write_text("import app, devlib, nowhere\n")
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(site))

    def invoke(*args: str) -> Result:
        return CliRunner().invoke(main, ["deps", *args])

    return invoke


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    """Return the folder in which the command runs."""
    return tmp_path / "project"


def test_requirements_are_written_and_then_there_is_nothing_to_do(
    run: Run, folder: Path
) -> None:
    done = run()
    assert (done.output, done.exit_code) == (
        "requirements.txt: 1 added\n  + Shop-Lib==2.1.0  app.py:2\n",
        0,
    )
    assert (folder / "requirements.txt").read_text() == "Shop-Lib==2.1.0\n"
    assert run().output == "requirements.txt: nothing to change.\n"
    done = run("--check")
    assert (done.output, done.exit_code) == (
        "requirements.txt declares what 2 files import, and nothing else.\n",
        0,
    )


def test_check_names_the_place_of_each_finding(run: Run, folder: Path) -> None:
    (folder / "requirements.txt").write_text("# web\nextralib\ngone\n")
    (folder / "bad.py").write_text("import absent.sub\n")
    (folder / "worse.py").write_text("x = (\n")
    done = run("--check")
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        (
            "app.py:2: missing: Shop-Lib (module shoplib) is not in requirements.txt;"
            " 1 import more"
        ),
        "requirements.txt:2: unused: extralib is imported nowhere",
        "bad.py:1: unresolved: nothing that is installed has absent.sub",
        "worse.py:1: unread: is no Python: '(' was never closed",
        (
            "requirements.txt:3: unclear: gone is not installed; what it has cannot be"
            " seen"
        ),
        "requirements.txt: 1 missing, 1 unused, 1 unresolved, 1 unread.",
    ]


@pytest.mark.parametrize("pin", ["==", "~=", ">=", "none"])
def test_pin_binds_what_is_new_and_what_is_there(
    run: Run, folder: Path, pin: str
) -> None:
    (folder / "requirements.txt").write_text("devlib>=1  # a\nextralib==0.1\n")
    assert run("--pin", pin).exit_code == 0
    assert (folder / "requirements.txt").read_text() == {
        "==": "devlib==3  # a\nextralib==1.0+local\nShop-Lib==2.1.0\n",
        "~=": "devlib~=3.0  # a\nextralib~=1.0\nShop-Lib~=2.1.0\n",
        ">=": "devlib>=3  # a\nextralib>=1.0\nShop-Lib>=2.1.0\n",
        "none": "devlib  # a\nextralib\nShop-Lib\n",
    }[pin]


def test_without_pin_only_an_exact_version_is_changed(run: Run, folder: Path) -> None:
    (folder / "requirements.txt").write_text("extralib>=1\nShop-Lib==2.0\n")
    done = run()
    assert done.output.splitlines() == [
        "requirements.txt: 1 changed",
        "  ~ Shop-Lib==2.1.0 (was ==2.0)",
        "requirements.txt:1: unused: extralib is imported nowhere",
    ]
    assert (folder / "requirements.txt").read_text() == "extralib>=1\nShop-Lib==2.1.0\n"


def test_diff_shows_and_writes_nothing(run: Run, folder: Path) -> None:
    (folder / "requirements.txt").write_text("extralib\n")
    done = run("--diff", "--clean")
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "--- requirements.txt",
        "+++ requirements.txt (new)",
        "@@ -1 +1 @@",
        "-extralib",
        "+Shop-Lib==2.1.0",
    ]
    assert (folder / "requirements.txt").read_text() == "extralib\n"


def test_print_is_for_pip_and_leaves_notes_to_the_other_output(
    run: Run, folder: Path
) -> None:
    (folder / "requirements.txt").write_text("shop_lib[x]>=2\nlate\n")
    (folder / "more.py").write_text("import late, absent, extralib\n")
    done = run("--print")
    assert done.stdout == "extralib==1.0+local\nlate\nshop_lib[x]>=2\n"
    assert "unresolved: nothing that is installed has absent" in done.stderr
    assert run("--print", "--include-dev").stdout.startswith("devlib==3\n")


def test_what_an_extra_brings_is_neither_missing_nor_unused(
    run: Run, folder: Path
) -> None:
    (folder / "requirements.txt").write_text("Shop-Lib[x]\n")
    (folder / "app.py").write_text("import extralib\n")
    assert run("--check").exit_code == 0


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("extralib  # deps: keep\nShop-Lib\n", []),
        ("extralib\nShop-Lib\n", ["--keep", "other,ExtraLib"]),
    ],
)
def test_what_is_to_be_kept_is_not_unused(
    run: Run, folder: Path, text: str, args: list[str]
) -> None:
    (folder / "requirements.txt").write_text(text)
    assert run("--check", *args).exit_code == 0
    assert run("--clean", *args).output == "requirements.txt: nothing to change.\n"


def test_project_table_is_the_target_and_tests_have_their_group(
    run: Run, folder: Path
) -> None:
    text = '[project]\nname = "app"\ndependencies = []  # ours\n'
    (folder / "pyproject.toml").write_text(text)
    done = run("--include-dev")
    assert done.output.splitlines() == [
        "pyproject.toml: 2 added",
        "  + Shop-Lib>=2.1.0  app.py:2",
        "  + devlib>=3        tests/test_app.py:1",
        "tests/test_app.py:1: unresolved: nothing that is installed has nowhere",
    ]
    assert (folder / "pyproject.toml").read_text() == (
        '[project]\nname = "app"\ndependencies = [\n    "Shop-Lib>=2.1.0",\n]  # ours\n'
        '\n[dependency-groups]\ndev = [\n    "devlib>=3",\n]\n'
    )
    assert run("--check").exit_code == 0
    assert run("--check", "--include-dev").exit_code == 1  # nowhere


def test_savepath_names_another_file(run: Run, folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[project]\nname = "app"\n')
    assert run("--savepath", "needs.txt", "--pin", "none").exit_code == 0
    assert (folder / "needs.txt").read_text() == "Shop-Lib\n"


def test_ignore_encoding_and_links_are_handed_on(run: Run, folder: Path) -> None:
    (folder / "old.py").write_bytes(b"# caf\xe9\nimport devlib\n")
    (folder.parent / "linked").mkdir()
    (folder.parent / "linked" / "x.py").write_text("import extralib\n")
    (folder / "link").symlink_to(folder.parent / "linked")
    assert "old.py:1: unread: cannot be decoded" in run("--print").stderr
    done = run("--print", "--encoding", "latin-1", "--pin", "none")
    assert done.stdout == "devlib\nextralib\nShop-Lib\n"
    done = run("--print", "--ignore", "old.py,app.py", "--no-follow-links")
    assert (done.stdout, done.stderr) == ("", "")


def test_list_tells_kinds_apart(run: Run, folder: Path) -> None:
    (folder / "more.py").write_text(
        "try:\n    import extralib\nexcept ImportError:\n    extralib = None\n"
    )
    lines = run("--list").stdout.splitlines()
    assert [line.split() for line in lines if not line.startswith("-")] == [
        ["Distribution", "Version", "Needed", "Imported", "at"],
        ["devlib", "3", "required,", "dev", "tests/test_app.py:1"],
        ["extralib", "1.0+local", "optional", "more.py:2"],
        ["Shop-Lib", "2.1.0", "required", "app.py:2"],
    ]


def test_other_python_is_asked_for_its_packages(run: Run) -> None:
    done = run("--print", "--python", sys.executable)
    # This one has the distributions on a path of the test's process alone.
    assert "nothing that is installed has shoplib" in done.stderr
    assert done.exit_code == 0


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--check", "--diff"], "exclude each other"),
        (["--encoding", "klingon"], "Python knows no encoding 'klingon'"),
        (["--pin", "=>"], "'=>' is not one of"),
        (["nowhere"], "does not exist"),
        (["--savepath", "pyproject.toml"], "has no [project] table"),
        (["--savepath", "no/such/folder.txt"], "cannot be written"),
        (["--python", "app.py"], "did not say where its packages are"),
    ],
)
def test_error_is_one_line_and_exit_code_2(
    run: Run, args: list[str], says: str
) -> None:
    done = run(*args)
    assert done.exit_code == 2
    assert says in done.output
    assert done.output.count("\n") == 1


def test_nothing_of_the_project_is_imported(run: Run, folder: Path) -> None:
    (folder / "app.py").write_text("import shoplib\nraise RuntimeError('imported')\n")
    (folder / "conftest.py").write_text("raise RuntimeError('imported')\n")
    assert run("--include-dev", "--check").exit_code == 1
    assert "app" not in sys.modules


def test_tables_of_poetry_are_read_and_left_to_poetry(run: Run, folder: Path) -> None:
    text = "[tool.poetry.dependencies]\npython = '^3.10'\nextralib = '^1.0'\n"
    (folder / "pyproject.toml").write_text(text)
    done = run("--check")
    assert done.exit_code == 1
    assert done.output == (
        "app.py:2: missing: Shop-Lib (module shoplib) is not in pyproject.toml;"
        " 1 import more\n"
        "pyproject.toml:3: unused: extralib is imported nowhere\n"
        "pyproject.toml: 1 missing, 1 unused.\n"
    )
    for args in ((), ("--diff",)):
        done = run(*args)
        assert "which Poetry writes: poetry add Shop-Lib." in done.output
        assert done.exit_code == 2
    (folder / "pyproject.toml").write_text(f"{text}shop_lib = '*'  # ours\n")
    assert run("--diff").output.startswith("pyproject.toml: nothing to change.\n")
    assert run("--print").output == "shop_lib\n"
    assert not (folder / "requirements.txt").exists()
