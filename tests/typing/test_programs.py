"""What an editor tells a user of Insula, by mypy and by pyright.

The programs are a user's. They say with ``assert_type`` what each expression must be,
and with ``type: ignore[code]`` which lines must be errors: both checkers complain of an
ignored line that has none.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
CONFIG = "pyrightconfig.json"
Checker: TypeAlias = "Callable[[Path], subprocess.CompletedProcess[str]]"


def by_mypy(folder: Path) -> subprocess.CompletedProcess[str]:
    flags = ["--config-file=", "--strict", "--python-version=3.10"]
    cache = f"--cache-dir={folder.parent / '.mypy_cache'}"
    return subprocess.run(
        [sys.executable, "-m", "mypy", *flags, cache, folder],
        capture_output=True,
        text=True,
        check=False,
    )


def by_pyright(folder: Path) -> subprocess.CompletedProcess[str]:
    project = folder.parent / CONFIG
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pyright",
            "-p",
            project,
            "--pythonpath",
            sys.executable,
        ],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Copy the programs, so that a test may spoil them."""
    shutil.copy(HERE / CONFIG, tmp_path)
    return Path(shutil.copytree(PROGRAMS, tmp_path / "programs"))


@pytest.mark.parametrize("check", [by_mypy, by_pyright])
def test_programs_of_users_are_clean(check: Checker, copied: Path) -> None:
    done = check(copied)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("check", [by_mypy, by_pyright])
@pytest.mark.parametrize(
    ("program", "right", "wrong"),
    [
        (
            "proxies.py",
            "assert_type(request.path, str)",
            "assert_type(request.path, int)",
        ),
        (
            "views.py",
            "assert_type(returns_str(), str)",
            "assert_type(returns_str(), int)",
        ),
        ("hooks.py", 'work("1")', "work(1)"),
        ("objects.py", "Insula()  #", 'Insula("a")  #'),
        # A view that has become right leaves its ignored error without one ...
        ("wrong.py", "def returns_set() -> set[int]:", "def returns_set() -> Any:"),
        # ... and one that has become wrong is an error.
        (
            "answers.py",
            "def own_response() -> MyResponse:",
            "def own_response() -> MyResponse | None:",
        ),
    ],
)
def test_wrong_expectation_is_an_error(
    check: Checker, copied: Path, program: str, right: str, wrong: str
) -> None:
    path = copied / program
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong))

    done = check(copied)

    assert done.returncode == 1, done.stdout + done.stderr
    assert program in done.stdout
