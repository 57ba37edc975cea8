"""Installed distributions: whose the modules are, however they were installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def providing(site: Any, name: str) -> list[str]:
    return [one.name for one in site.environment.providing(name)]


@pytest.mark.parametrize(
    ("files", "name", "is_found"),
    [
        ("a/__init__.py", "a", True),
        ("a/__init__.py", "a.b.c", True),
        ("a.py", "a", True),
        ("a.cpython-311-x86_64-linux-gnu.so a.pyi", "a", True),
        ("a/b.py", "a.b", True),
        ("a/b.py", "a", True),
        ("a/b.py", "a.c", False),
        ("a/__pycache__/b.pyc ../../bin/a a/data.json", "a", False),
        ("a-stubs/__init__.pyi", "a", False),
    ],
)
def test_module_is_found_by_the_files_that_are_recorded(
    site: Any, files: str, name: str, is_found: bool
) -> None:
    site.add("Lib", files)
    assert providing(site, name) == (["Lib"] if is_found else [])


def test_first_of_two_that_are_called_alike_hides_the_other(
    site: Any, tmp_path: Path
) -> None:
    from insula.deps import Environment

    site.add("my-lib", "a.py", "2.0")
    other = type(site)(tmp_path / "other")
    other.add("My_Lib", "b.py", "1.0")
    environment = Environment([str(site.folder), str(other.folder)])
    assert [one.version for one in environment.distributions.values()] == ["2.0"]


def test_distribution_without_metadata_is_passed_over(site: Any) -> None:
    (site.folder / "half-1.0.dist-info").mkdir()
    (site.folder / "half-1.0.dist-info" / "METADATA").write_text("")
    site.add("whole", "a.py")
    assert list(site.environment.distributions) == ["whole"]


def test_editable_installation_is_read_from_its_path_file(
    site: Any, project: Path
) -> None:
    for name in ("shop/__init__.py", "shop/cart.py", "tests/test_a.py", "setup.py"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("")
    site.add("lib", texts={"lib.pth": f"import os; os.x\n{project}\n"})
    assert providing(site, "shop.cart") == ["lib"]
    assert providing(site, "tests") == []


def test_editable_installation_is_read_from_its_finder(
    site: Any, project: Path
) -> None:
    (project / "shop").mkdir()
    (project / "shop" / "__init__.py").write_text("raise RuntimeError('imported')")
    finder = f"MAPPING: dict[str, str] = {{'shop': {str(project / 'shop')!r}}}\n"
    finder += "raise RuntimeError('imported')\n"
    site.add("lib", texts={"__editable___lib_1_0_finder.py": finder})
    assert providing(site, "shop") == ["lib"]


def test_metadata_of_setuptools_without_a_record_is_read(site: Any) -> None:
    info = site.folder / "Old-1.0.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Metadata-Version: 1.0\nName: Old\nVersion: 1.0\n")
    (info / "top_level.txt").write_text("old\n_old\n")
    assert providing(site, "old.x") == ["Old"]


def test_commit_that_was_installed_is_in_the_url(site: Any) -> None:
    site.add(
        "lib",
        "a.py",
        url={
            "url": "https://h/x.git",
            "vcs_info": {"vcs": "git", "commit_id": "abc"},
            "subdirectory": "p",
        },
    )
    (one,) = site.environment.providing("a")
    assert one.vcs_url == "git+https://h/x.git@abc#subdirectory=p"


def test_extras_bring_what_they_name(site: Any) -> None:
    site.add(
        "lib",
        requires=("a", 'b; extra == "My.X"', "c>1; python_version>'3' and extra=='y'"),
    )
    one = site.environment.get("LIB")
    assert [r.name for r in one.required_by_extras(["my-x"])] == ["b"]
    assert [r.name for r in one.required_by_extras(["y", "z"])] == ["c"]
