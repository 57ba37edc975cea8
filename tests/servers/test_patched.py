"""A command line started anew with gevent's patches: nothing else changes for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from insula.servers import ServerError, patched
from insula.servers.patched import is_patched, require_patches, split_arguments

if TYPE_CHECKING:
    from pathlib import Path

SHOW = """
import json, socket, sys
import neighbour
from insula.servers.patched import is_patched
first = "insula.servers.patched" in sys.modules and sys.modules["__main__"]
print(json.dumps({
    "argv": sys.argv, "path": sys.path[0], "name": __name__, "main": first.__file__,
    "module": socket.socket.__module__, "patched": is_patched(),
}))
"""
AGAIN = """
import sys
from insula.servers.patched import start_patched
start_patched(3)
import show
"""


@pytest.mark.parametrize(
    ("line", "options", "program"),
    [
        ("shop.py --port 0", "", "shop.py --port 0"),
        ("-u -X dev shop.py -m x", "-u -X dev", "shop.py -m x"),
        ("-Xdev -Wignore -BI shop.py", "-Xdev -Wignore -BI", "shop.py"),
        ("-BW error shop.py", "-BW error", "shop.py"),
        ("-m insula run", "", "-m insula run"),
        ("-Ibm insula -x", "-Ib", "-m insula -x"),
        ("-minsula run", "", "-m insula run"),
        ("-c code a", "", "-c code a"),
        ("--check-hash-based-pycs always shop.py", None, "shop.py"),
        ("-", "", "-"),
        ("-u", "-u", ""),
    ],
)
def test_arguments_are_split_as_the_interpreter_does(
    line: str, options: str | None, program: str
) -> None:
    expected = "--check-hash-based-pycs always" if options is None else options
    assert split_arguments(line.split()) == (expected.split(), program.split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "neighbour.py").touch()
    (tmp_path / "programs" / "show.py").write_text(SHOW)
    (tmp_path / "programs" / "again.py").write_text(AGAIN)
    return tmp_path


def run(folder: Path, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={name: os.environ[name] for name in os.environ if name != "PYTHONPATH"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_script_has_the_arguments_and_the_path_that_it_would_have(folder: Path) -> None:
    plain = run(folder, "programs/show.py", "a", "-b")
    seen = run(folder, patched.__file__, "programs/show.py", "a", "-b")
    assert (plain.pop("patched"), seen.pop("patched")) == (False, True)
    assert (plain.pop("module"), seen.pop("module")) == ("socket", "gevent._socket3")
    # Where the script is, runpy says without making it absolute.
    assert str(folder / plain.pop("main")) == str(folder / seen.pop("main"))
    assert seen == plain


def test_module_has_the_arguments_and_the_path_that_it_would_have(folder: Path) -> None:
    programs = folder / "programs"
    plain = run(programs, "-m", "show", "a")
    seen = run(programs, patched.__file__, "-m", "show", "a")
    assert (plain.pop("patched"), seen.pop("patched")) == (False, True)
    assert (plain.pop("module"), seen.pop("module")) == ("socket", "gevent._socket3")
    assert seen == plain


@pytest.mark.parametrize("options", [[], ["-X", "dev", "-Wignore"]])
def test_program_starts_itself_again_once(folder: Path, options: list[str]) -> None:
    seen = run(folder, *options, "programs/again.py", "a")
    assert seen["patched"]
    assert seen["argv"] == ["programs/again.py", "a"]
    assert seen["path"] == str(folder / "programs")


@pytest.mark.parametrize("code", ["-c", "-"])
def test_program_that_is_no_file_cannot_be_started_again(code: str) -> None:
    text = "from insula.servers.patched import start_patched; start_patched(3)"
    done = subprocess.run(
        [sys.executable, code, *[text] * (code == "-c")],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    last = done.stderr.splitlines()[-1]
    assert "greenlets=3: this program cannot be started again" in last
    assert "put it into a file" in last


def test_process_without_patches_is_refused_with_the_way_to_have_them() -> None:
    assert not is_patched()
    with pytest.raises(
        ServerError, match=r"greenlets=9 needs gevent's patches"
    ) as told:
        require_patches(9)
    assert "monkey.patch_all()" in str(told.value)
    assert "insula run --greenlets 9" in str(told.value)
