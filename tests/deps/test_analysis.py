"""Analysis: whose the imports are, and which distributions are needed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from insula.deps import analyse, pythons_of

if TYPE_CHECKING:
    from pathlib import Path

    from insula.deps import Analysis


def write(folder: Path, **files: str) -> None:
    """Write files; ``__`` in a name is a slash, and the suffix is ``.py``."""
    for name, text in files.items():
        below = name.replace("____init__", "/?").replace("__", "/")
        path = folder / f"{below.replace('?', '__init__')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def needs(analysis: Analysis) -> dict[str, str]:
    return {key: used.need.value for key, used in analysis.used.items()}


def unresolved(analysis: Analysis) -> list[tuple[str, int, str]]:
    return [
        (u.occurrence.path.name, u.occurrence.found.line, u.occurrence.found.module)
        for u in analysis.unresolved
    ]


def test_name_of_the_distribution_is_found_and_not_guessed(
    site: Any, project: Path
) -> None:
    site.add("PyYAML", "yaml/__init__.py _yaml/__init__.py", "6.0")
    write(project, app="import os, yaml, _yaml\nimport bs4\n")
    analysis = analyse(project, site.environment)
    assert needs(analysis) == {"pyyaml": "required"}
    assert analysis.used["pyyaml"].distribution.version == "6.0"
    assert unresolved(analysis) == [("app.py", 2, "bs4")]


def test_namespace_packages_are_told_apart_by_the_longest_name(
    site: Any, project: Path
) -> None:
    site.add("google-cloud-storage", "google/cloud/storage/__init__.py")
    site.add("google-auth", "google/auth/__init__.py google/oauth2/__init__.py")
    shared = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)"
    site.add("azure-core", "azure/core/a.py", texts={"azure/__init__.py": shared})
    site.add("azure-nspkg", texts={"azure/__init__.py": shared})
    write(
        project,
        app="from google.cloud import storage\nimport google.auth.transport\n"
        "import azure.core.a as a\nfrom google.cloud import bigquery\nimport google\n"
        "from azure.storage import blob\n",
    )
    analysis = analyse(project, site.environment)
    assert set(analysis.used) == {"google-cloud-storage", "google-auth", "azure-core"}
    assert unresolved(analysis) == [
        ("app.py", 4, "google.cloud"),
        ("app.py", 5, "google"),
        ("app.py", 6, "azure.storage"),
    ]
    assert analysis.unresolved[1].candidates == ("google-auth", "google-cloud-storage")


def test_module_of_several_distributions_is_of_the_one_that_is_declared(
    site: Any, project: Path
) -> None:
    site.add("opencv-python", "cv2/__init__.py")
    site.add("opencv-python-headless", "cv2/__init__.py")
    write(project, app="import cv2\n")
    analysis = analyse(project, site.environment)
    assert analysis.unresolved[0].candidates == (
        "opencv-python",
        "opencv-python-headless",
    )
    analysis = analyse(project, site.environment, declared=["opencv_python_headless"])
    assert set(analysis.used) == {"opencv-python-headless"}


@pytest.mark.parametrize("layout", ["", "src__"])
def test_own_modules_are_left_out_in_either_layout(
    site: Any, project: Path, layout: str
) -> None:
    site.add("redis", "redis/__init__.py")
    site.add("helpers", "helpers.py")
    write(
        project,
        **{
            f"{layout}shop____init__": "",
            f"{layout}shop__redis": "",
            f"{layout}shop__app": "import shop.redis, redis\nfrom shop import redis\n",
            f"{layout}single": "import shop, single",
            "tests__helpers": "",
            "tests__test_app": "import helpers, single, shop.app\n",
            "other__run": "import single, tool",
            "more__tool": "",
        },
    )
    analysis = analyse(project, site.environment)
    assert set(analysis.used) == {"redis"}
    assert unresolved(analysis) == []


def test_folder_without_init_hides_no_distribution(site: Any, project: Path) -> None:
    site.add("redis", "redis/__init__.py")
    write(project, redis__backup="import redis\n", jobs__run="import jobs.run, jobs")
    analysis = analyse(project, site.environment)
    assert set(analysis.used) == {"redis"}
    assert unresolved(analysis) == []


def test_package_that_is_named_knows_itself(site: Any, project: Path) -> None:
    write(project, shop____init__="", shop__sub__a="import shop.b", shop__b="")
    assert unresolved(analyse(project / "shop", site.environment)) == []


def test_project_that_is_installed_editable_is_its_own(
    site: Any, project: Path
) -> None:
    write(project, src__shop____init__="")
    site.add(
        "Shop",
        url={"url": project.as_uri(), "dir_info": {"editable": True}},
        texts={"_shop.pth": f"{project / 'src'}\n"},
    )
    write(project, tests__test_a="import shop\n")
    assert analyse(project, site.environment).used == {}
    other = project / "examples" / "demo"
    write(other, app="import shop\n")
    assert set(analyse(other, site.environment).used) == {"shop"}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("fast", "slow", {"fast": "required", "slow": "optional"}),
        ("absent", "slow", {"slow": "required"}),
        ("fast", "json", {"fast": "optional"}),
        ("json", "slow", {"slow": "optional"}),
        ("fast", "app", {"fast": "optional"}),
    ],
)
def test_one_branch_of_a_choice_is_needed_if_nothing_else_is_there(
    site: Any, project: Path, first: str, second: str, expected: dict[str, str]
) -> None:
    site.add("fast", "fast.py")
    site.add("slow", "slow.py")
    text = f"try:\n    import {first}\nexcept ImportError:\n    import {second}\n"
    write(project, app=text)
    analysis = analyse(project, site.environment)
    assert needs(analysis) == expected
    assert unresolved(analysis) == []


def test_choice_of_which_nothing_is_there_is_unresolved_once(
    site: Any, project: Path
) -> None:
    write(project, app="try:\n    import fast\nexcept ImportError:\n    import slow\n")
    analysis = analyse(project, site.environment)
    assert unresolved(analysis) == [("app.py", 4, "slow")]


@pytest.mark.parametrize(
    "text",
    [
        "if sys.version_info >= (3, 11):\n    import tomllib\nelse:\n    import tomli",
        "try:\n    import tomllib\nexcept ImportError:\n    import tomli as tomllib",
        "try:\n    import tomli\nexcept ImportError:\n    import tomllib as tomli",
        "try:\n    from typing import Self\nexcept ImportError:\n    import tomli",
    ],
)
def test_what_older_pythons_need_has_a_marker(
    site: Any, project: Path, text: str
) -> None:
    site.add("tomli", "tomli/__init__.py", "2.0")
    write(project, app=text)
    used = analyse(project, site.environment).used["tomli"]
    assert (used.need.value, used.marker) == ("required", 'python_version < "3.11"')
    new = analyse(project, site.environment, pythons=pythons_of(">=3.11"))
    assert all(used.need.value == "optional" for used in new.used.values())
    old = analyse(project, site.environment, pythons=pythons_of("<3.11"))
    assert old.used["tomli"].marker == ""


def test_what_is_not_reached_here_is_not_unresolved(site: Any, project: Path) -> None:
    after = sys.version_info.minor + 1
    write(
        project,
        app=f"import sys\nif sys.version_info >= (3, {after}):\n    import later\n"
        "if sys.platform == 'nowhere':\n    import winapi\n"
        "if sys.version_info[0] == 2:\n    import urllib2\n",
    )
    analysis = analyse(project, site.environment)
    assert unresolved(analysis) == []
    assert [one.found.name for one in analysis.absent] == ["later", "winapi"]


def test_declared_by_the_very_name_is_resolved_though_not_installed(
    site: Any, project: Path
) -> None:
    write(project, app="import my_lib\n")
    analysis = analyse(project, site.environment, declared=["My-Lib"])
    assert (analysis.declared, unresolved(analysis)) == ({"my-lib"}, [])


def test_tests_and_documentation_are_told_apart(site: Any, project: Path) -> None:
    for name in ("a", "b", "c", "d"):
        site.add(name, f"{name}.py")
    write(
        project,
        app="import a",
        conftest="import b",
        tests__test_x="import a, b",
        docs__conf="import c",
        shop____init__="",
        shop__tests__check="import d",
        shop__examples____init__="import a",
    )
    used = analyse(project, site.environment).used
    dev = {key: one.dev for key, one in used.items()}
    assert dev == {"a": False, "b": True, "c": True, "d": True}


def test_function_that_needs_what_another_import_does_without_is_no_need(
    site: Any, project: Path
) -> None:
    site.add("extra", "extra.py")
    write(
        project,
        app="try:\n    import extra\nexcept ImportError:\n    extra = None\n"
        "def f():\n    from extra import x\n",
    )
    assert needs(analyse(project, site.environment)) == {"extra": "optional"}


def test_module_that_left_the_standard_library_is_not_unresolved(
    site: Any, project: Path
) -> None:
    write(project, app="import imp, telnetlib, annotationlib\n")
    assert unresolved(analyse(project, site.environment)) == []
    site.add("legacy-telnet", "telnetlib.py")
    assert (
        "telnetlib" not in sys.stdlib_module_names
        or not analyse(project, site.environment).used
    )
