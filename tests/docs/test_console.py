"""The sessions in the pages about commands are held, word for word.

Rules of the file, which are those of the pages in ``docs/commands``:

* A block whose first line says ```` ```python shop.py ```` (any language, any path)
  is a file of the reader's folder; it is there for all blocks after it.
* A block ```` ```console ```` is a session in that folder. What stands after ``$`` is
  run by a shell, in 80 columns, and what follows is all that it prints, errors
  included. ``...`` stands for any text within a line, and alone on a line for any
  number of lines. ``echo $?`` shows an exit code.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(ROOT.glob("docs/commands/*.md"))
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\$ (.*(?:\n> .*)*)\n?", re.MULTILINE)
_LIMIT = 60.0  # seconds


def _pages() -> list[Any]:
    return [pytest.param(page, id=page.stem) for page in PAGES]


@pytest.fixture
def reader(tmp_path: Path) -> dict[str, str]:
    """Return variables that make `insula` and `python` those under test."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, words in {"insula": "-m insula", "python": ""}.items():
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("FLASK_", "INSULA_", "NO_COLOR", "FORCE_COLOR"))
    }
    return kept | {
        "PATH": f"{programs}{os.pathsep}{kept['PATH']}",
        "HOME": str(tmp_path),
        "COLUMNS": "80",
        "LC_ALL": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
    }


def steps_of(page: str) -> list[tuple[str, str]]:
    """Return the files (their paths, with ``>``) and commands (``$``), in order."""
    steps: list[tuple[str, str]] = []
    for language, path, text in _BLOCK.findall(page):
        if path:
            steps.append((f">{path}", text))
        elif language == "console":
            parts = _COMMAND.split(text)
            assert not parts[0], f"a session begins with a command: {parts[0]!r}"
            for command, output in zip(parts[1::2], parts[2::2], strict=True):
                steps.append((f"${command}".replace("\n> ", "\n"), output))
    return steps


def pattern_of(output: str) -> str:
    """Return what matches the text, with ``...`` for anything."""
    lines = []
    for line in output.splitlines():
        if line.strip() == "...":
            lines.append(r"(?:.*\n)*?")
        else:
            parts = [re.escape(part) for part in line.rstrip().split("...")]
            lines.append(r"[^\n]*?".join(parts) + r"[ \t]*\n")
    return "".join(lines)


def test_there_are_pages_with_sessions() -> None:
    assert PAGES
    assert all(steps_of(page.read_text("utf-8")) for page in PAGES)


def test_pattern_matches_what_it_says_and_nothing_else() -> None:
    pattern = pattern_of("a...c\n...\nend.\n")
    assert re.fullmatch(pattern, "abc\nx\ny\nend.\n")
    assert re.fullmatch(pattern, "ac\nend.\n")
    assert not re.fullmatch(pattern, "ac\nend!\n")
    assert not re.fullmatch(pattern, "ac\nend.\nmore\n")


@pytest.mark.parametrize("page", _pages())
def test_sessions_of_the_page_are_held(
    page: Path, tmp_path: Path, reader: dict[str, str]
) -> None:
    folder = tmp_path / "reader"
    folder.mkdir()
    for step, text in steps_of(page.read_text("utf-8")):
        if step.startswith(">"):
            path = folder / step[1:]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            continue
        done = subprocess.run(
            ["sh", "-c", step[1:]],
            cwd=folder,
            env=reader,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_LIMIT,
            check=False,
        )
        found = done.stdout.decode("utf-8", "replace")
        assert re.fullmatch(pattern_of(text), found), (
            f"$ {step[1:]}\n--- the page says\n{text}--- it was\n{found}"
        )
