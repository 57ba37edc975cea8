"""Which Pythons are found on a machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.suites.environments import (
    OLDEST,
    candidates,
    interpreters,
    look_at,
)


def program(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def says(version: str, implementation: str = "cpython", gil: str = "false") -> str:
    return f"""echo '[[{version}], "{implementation}", {gil}, "'$0'"]'"""


def test_candidates_are_the_pythons_by_name_on_the_path_and_of_pyenv(
    tmp_path: Path,
) -> None:
    path = os.pathsep.join([str(tmp_path / "bin"), "", str(tmp_path / "absent")])
    wanted = [
        program(tmp_path / "bin" / "python3.10"),
        program(tmp_path / "bin" / "python3.14t"),
        program(tmp_path / "pyenv" / "versions" / "3.12.1" / "bin" / "python3.12"),
    ]
    for name in ("python3.12-config", "python3", "python2.7", "pip3.10"):
        program(tmp_path / "bin" / name)

    assert candidates(path, tmp_path / "pyenv") == wanted
    assert candidates("", tmp_path / "absent") == []


def test_interpreters_are_one_of_each_release_in_order_and_none_too_old(
    tmp_path: Path,
) -> None:
    found = [
        program(tmp_path / "a", says("3, 13, 0")),
        program(tmp_path / "b", says("3, 13, 0")),
        program(tmp_path / "c", says("3, 13, 0", gil="true")),
        program(tmp_path / "d", says("3, 10, 2")),
        program(tmp_path / "e", says("3, 9, 9")),
        program(tmp_path / "f", says("3, 11, 0", "pypy")),
        program(tmp_path / "shim", "exit 127"),
        tmp_path / "absent",
    ]

    chosen = interpreters(found)

    assert [each.tag for each in chosen] == [
        "3.10.2",
        "pypy-3.11.0",
        "3.13.0",
        "3.13.0t",
    ]
    assert [Path(each.path).name for each in chosen] == ["d", "f", "a", "c"]


def test_interpreters_of_this_machine_have_this_one_among_them() -> None:
    this = look_at(sys.executable)
    assert this is not None

    found = interpreters()

    assert this.tag in {each.tag for each in found}
    assert all(each.version >= OLDEST for each in found)
